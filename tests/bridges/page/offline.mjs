// A page whose sound is not played but rendered, by the browser's own OfflineAudioContext, as fast as it can: the clock
// stands still while the page is used, and what was heard is measured. Called by rehearsal.mjs
// and listening_test.mjs.

const RATE = 16_000; // Hz

/**
 * A new page that renders its sound.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} address
 * @param {number} seconds that can be heard in all
 * @param {string} ready what is there once the page can be used
 */
export async function silentPage(context, address, seconds, ready = "#examples button") {
    const page = await context.newPage();
    await page.addInitScript(
        ([rate, length]) => {
            window.AudioContext = function offline() {
                window.clock = new OfflineAudioContext(2, rate * length, rate);
                return window.clock;
            };
        },
        [RATE, seconds]
    );
    await page.goto(address);
    await page.waitForSelector(ready);
    return page;
}

/**
 * Lets the clock go on, with what is scheduled meanwhile.
 *
 * @param {import("playwright-core").Page} page
 * @param {number} until seconds of the audio clock
 */
export function hear(page, until) {
    return page.evaluate(async (end) => {
        const { clock } = window;
        while (clock.currentTime < end - 0.01) {
            const reached = clock.suspend(Math.min(end, clock.currentTime + 1));
            if (window.rendered === undefined) {
                window.rendered = clock.startRendering();
            } else {
                clock.resume();
            }
            await reached;
            window.ripieno.player.schedule();
        }
    }, until);
}

/**
 * The loudness of moments of what was heard, once all is rendered: root mean squares.
 *
 * @param {import("playwright-core").Page} page
 * @param {[number, number, number | null][]} asked from and to in seconds, and a frequency in Hz, or null for all sound
 * @returns {Promise<number[]>}
 */
export function measured(page, asked) {
    return page.evaluate(async (moments) => {
        window.clock.resume();
        const buffer = await window.rendered;
        const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
        const rate = buffer.sampleRate;
        return moments.map(([from, to, frequency]) => {
            const [start, end] = [Math.round(from * rate), Math.round(to * rate)];
            let [power, real, imaginary] = [0, 0, 0];
            for (let index = start; index < end; index += 1) {
                const sample = (left[index] + right[index]) / 2;
                const angle = (2 * Math.PI * (frequency ?? 0) * index) / rate;
                power += sample * sample;
                real += sample * Math.cos(angle);
                imaginary += sample * Math.sin(angle);
            }
            const count = end - start;
            return frequency === null
                ? Math.sqrt(power / count)
                : (Math.hypot(real, imaginary) / count) * Math.SQRT2;
        });
    }, asked);
}
