// @ts-check
// The recipe of a piece: all that makes the same notes again, as text and as lines for the terminal. No DOM.

/** @typedef {import("./piece.js").Step} Step */

const PLAIN = /^[\w./,:=@%+-]+$/;

/**
 * A word as a shell takes it whole.
 *
 * @param {unknown} word
 */
export function quoted(word) {
    const text = String(word);
    return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The name of the files that the steps write, without number and ending: melody for melody-1, melody-2.
 *
 * @param {Step[]} steps
 */
function stem(steps) {
    const file = steps.find((step) => step.file)?.file ?? "ripieno.musicxml";
    return file.replace(/\.[^.]*$/, "");
}

/**
 * @param {string} base
 * @param {number} number
 */
function outputFile(base, number) {
    return `${base}-${number}.musicxml`;
}

/**
 * The file that the next step reads: the command line numbers the alternatives from the second on.
 *
 * @param {string} base
 * @param {number} number
 * @param {Step} step
 */
function chosenFile(base, number, step) {
    const name = outputFile(base, number);
    return step.alternative > 1 ? name.replace(/\.musicxml$/, `-${step.alternative}.musicxml`) : name;
}

/**
 * The steps as lines for the terminal; each reads the file that the one before it wrote.
 *
 * @param {Step[]} steps
 */
export function commandLines(steps) {
    const base = stem(steps);
    let input = steps[0]?.file ?? null;
    return steps.map((step, index) => {
        if (step.task === "edit") {
            input = outputFile(base, index + 1);
            return `# by hand: ${(step.changes ?? []).join("; ")}. Save the MusicXML of then as ${input}`;
        }
        const words = ["ripieno", step.task, ...(step.task === "compose" ? [] : [input]), ...options(step)];
        words.push("-o", outputFile(base, index + 1));
        input = chosenFile(base, index + 1, step);
        return words.map(quoted).join(" ");
    });
}

/**
 * Quarters in the unit that a meter counts, as the command line takes them.
 *
 * @param {number} quarters
 * @param {string | undefined} meter
 */
function beats(quarters, meter) {
    return (quarters * Number(meter?.split("/")[1] ?? 4)) / 4;
}

/** @param {Step} step */
function options(step) {
    const { body } = step;
    /** @type {unknown[]} */
    const words = [];
    const add = (/** @type {string} */ name, /** @type {unknown} */ value) => {
        if (value !== undefined && value !== null) {
            words.push(`--${name}`, value);
        }
    };
    add("melody", body.melody);
    add("ensemble", body.ensemble);
    add("given", body.given?.join(","));
    if (step.measures !== null) {
        const [from, to] = step.measures;
        add("measures", from === to ? from : `${from}-${to}`);
        add("voices", body.anew.join(","));
    }
    const own = ["bars", "key", "meter", "amount"].filter((name) => !step.extras.some((extra) => extra.name === name));
    own.forEach((name) => add(name, body[name]));
    add("pickup", body.pickup && beats(body.pickup, body.meter));
    add("transpose", body.transpose);
    add("model", step.model);
    add("temperature", body.temperature);
    add("alternatives", step.alternatives > 1 ? step.alternatives : null);
    add("seed", step.seed);
    for (const { option, value } of step.extras.filter((extra) => extra.option !== null)) {
        if (value === true) {
            words.push(`--${option}`);
        } else if (value !== false) {
            wordsOf(value).forEach((word) => add(String(option), word));
        }
    }
    return words;
}

/**
 * A value as words of the command line; there are several where it is numbers by name.
 *
 * @param {import("./settings.js").Value} value
 */
function wordsOf(value) {
    return typeof value === "object"
        ? Object.entries(value).map(([name, number]) => `${name}=${number}`)
        : [String(value)];
}

/**
 * Everything that decides the notes, the newest step last.
 *
 * @param {Step[]} steps
 * @param {string} version ripieno's
 */
export function recipeText(steps, version) {
    const lines = [`ripieno ${version}`];
    steps.forEach((step, index) => {
        lines.push("", steps.length > 1 ? `${index + 1}. ${step.task}` : step.task);
        if (step.task === "edit") {
            lines.push(...(step.changes ?? []));
            return;
        }
        lines.push(`model: ${step.model}`, `weights: ${step.weights}`, `seed: ${step.seed}`);
        lines.push(`temperature: ${step.body.temperature ?? "as suits the task"}`);
        lines.push(...step.extras.map(({ name, value }) => `${name}: ${wordsOf(value).join(" ")}`));
        lines.push(`alternative: ${step.alternative} of ${step.alternatives}`);
    });
    return [...lines, "", ...commandLines(steps)].join("\n");
}
