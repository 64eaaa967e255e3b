// @ts-check
// The room in which it sounds: an impulse response of noise that dies away, generated here.

const SECONDS = 1.9; // until it is 60 dB softer
const BEFORE_SECONDS = 0.018; // the way to the nearest wall
const DULLER = 6; // time constants: the high tones die away so much sooner

/**
 * @param {BaseAudioContext} context
 * @returns {ConvolverNode}
 */
export function room(context) {
    const { sampleRate } = context;
    const buffer = new AudioBuffer({ numberOfChannels: 2, length: Math.ceil(sampleRate * SECONDS), sampleRate });
    for (let channel = 0; channel < 2; channel += 1) {
        fill(buffer.getChannelData(channel), sampleRate, noise(channel + 1));
    }
    return new ConvolverNode(context, { buffer });
}

/**
 * @param {Float32Array} samples
 * @param {number} sampleRate
 * @param {() => number} next a random number from −1 to 1
 */
function fill(samples, sampleRate, next) {
    let dull = 0;
    for (let index = Math.round(BEFORE_SECONDS * sampleRate); index < samples.length; index += 1) {
        const share = index / samples.length;
        dull += (next() - dull) * Math.exp(-DULLER * share) * 0.7;
        samples[index] = dull * 10 ** (-3 * share);
    }
}

/**
 * Noise that is the same each time, so that a room always sounds alike (Numerical Recipes, a quick generator).
 *
 * @param {number} seed
 * @returns {() => number}
 */
function noise(seed) {
    let state = seed;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 31 - 1;
    };
}
