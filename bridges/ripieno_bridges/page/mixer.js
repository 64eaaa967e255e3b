// @ts-check
// How loud each voice is: its volume, and which voices are muted or alone. No DOM.

/** @typedef {{volume: number, muted: boolean, solo: boolean}} Fader volume: 0 to 1 */

/** @type {Readonly<Fader>} */
const AS_WRITTEN = Object.freeze({ volume: 1, muted: false, solo: false });

/**
 * The factor of a volume's loudness: half the way is 12 dB softer.
 *
 * @param {number} volume 0 to 1
 */
export function gainOf(volume) {
    return volume * volume;
}

/**
 * A volume as it is shown: "−12 dB"; "off" where nothing sounds.
 *
 * @param {number} volume 0 to 1
 */
export function volumeText(volume) {
    return volume === 0 ? "off" : `${Math.round(20 * Math.log10(gainOf(volume)))} dB`.replace("-", "−");
}

export class Mixer {
    /** @type {Map<string, Readonly<Fader>>} */
    #faders = new Map(); // of the voices that are not as written

    /** @type {(() => void)[]} */
    #listeners = [];

    /** @param {() => void} listener called after each change */
    listen(listener) {
        this.#listeners.push(listener);
    }

    /**
     * @param {string} voice
     * @returns {Readonly<Fader>}
     */
    of(voice) {
        return this.#faders.get(voice) ?? AS_WRITTEN;
    }

    /**
     * @param {string} voice
     * @param {Partial<Fader>} change
     */
    set(voice, change) {
        this.#faders.set(voice, { ...this.of(voice), ...change });
        this.#tell();
    }

    /** Every voice as loud as the others again. */
    reset() {
        this.#faders.clear();
        this.#tell();
    }

    /** @param {string[]} voices */
    isTouched(voices) {
        return voices.some((voice) => {
            const { volume, muted, solo } = this.of(voice);
            return volume !== 1 || muted || solo;
        });
    }

    /**
     * The factor of a voice's loudness. Where voices are alone, all others are silent; being alone goes before being muted.
     *
     * @param {string | null} voice null for what is no voice of the score
     */
    gain(voice) {
        const { volume, muted, solo } = voice === null ? AS_WRITTEN : this.of(voice);
        const anySolo = [...this.#faders.values()].some((fader) => fader.solo);
        return (anySolo ? solo : !muted) ? gainOf(volume) : 0;
    }

    #tell() {
        for (const listener of this.#listeners) {
            listener();
        }
    }
}
