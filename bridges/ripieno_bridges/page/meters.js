// @ts-check
// What a model that learned one meter does with another. No DOM.

const OF_ONE_METER = ["rbm", "dbn"]; // families of networks that learn measures of one length
const IN_TWO = ["2/4", "4/4", "2/2"]; // whose measures fit into each other

/**
 * What there is to say before a model plays under a piece; empty where its meter suits.
 *
 * @param {{name: string, family: string | null, meter: string} | null} model
 * @param {string[]} meters of the piece's measures
 */
export function meterNote(model, meters) {
    if (model === null || !OF_ONE_METER.includes(model.family ?? "")) {
        return "";
    }
    const suits = (/** @type {string} */ meter) =>
        meter === model.meter || (IN_TWO.includes(meter) && IN_TWO.includes(model.meter));
    const other = meters.find((meter) => !suits(meter));
    return other === undefined
        ? ""
        : `${model.name} learned music in ${model.meter} only. In ${other} its accents will fall on other beats.`;
}
