// A rehearsal: voices alone and softer, slower, a loop, a count-in. What is heard is rendered and measured; the piece is
// that of rehearsal_piece.py, with measures of two seconds. Called by browser.mjs.

import { join } from "node:path";

import { hear, measured, silentPage } from "./offline.mjs";

const SECONDS = 27;
const PITCHES = { B2: 123.47, A4: 440, C5: 523.25, E5: 659.26, G5: 783.99 }; // Hz
const TOP = "Soprano 1";

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 * @param {string} folder
 */
export async function rehearse(context, address, seen, folder) {
    const page = await silentPage(context, address, SECONDS);
    await page.setInputFiles("#file", join(folder, "rehearsal.musicxml"));
    await page.waitForSelector(".bar");
    const record = (seen.rehearsal = {});
    await page.click("#mixer summary");
    record.names = await page.locator("#faders .name").allTextContents();
    record.labels = await page.locator("#faders :is(button, input)").evaluateAll((all) =>
        all.slice(0, 3).map((control) => control.getAttribute("aria-label"))
    );
    await countedAndAlone(page, record);
    await slower(page, record);
    await inALoop(page, record);
    await page.screenshot({ path: join(folder, "rehearsal.png") });
    record.heard = await measured(page, Object.values(MOMENTS));
    record.heard = Object.fromEntries(Object.keys(MOMENTS).map((name, index) => [name, record.heard[index]]));
}

// What is measured of the whole: from, to, and the pitch or all sound. Play was pressed at 0, 11 and 20.5; what is played
// begins 0.12 s later.
const MOMENTS = {
    click: [0.12, 0.16, null],
    afterClick: [0.3, 0.6, null],
    lastClick: [1.62, 1.66, null],
    bassBefore: [1.7, 2.1, PITCHES.B2],
    bassWithAll: [3.4, 3.8, PITCHES.B2],
    bassWhileAlone: [5.6, 6, PITCHES.B2],
    topAlone: [5.5, 6, null],
    struck: [6.35, 6.45, null],
    between: [6.605, 6.635, null],
    struckAgain: [6.85, 6.95, null],
    full: [8.8, 9.1, null],
    half: [9.6, 9.9, null],
    slowBefore: [14.85, 14.95, PITCHES.E5],
    slowBegun: [15.4, 15.5, PITCHES.E5],
    slowHeld: [17.4, 17.5, PITCHES.E5],
    fasterOver: [18, 18.1, PITCHES.E5],
    fasterNext: [17.8, 17.9, PITCHES.G5],
    ...Object.fromEntries(
        [0, 1, 2].flatMap((round) => [
            [`loopE${round}`, [21.6 + 2 * round, 21.7 + 2 * round, PITCHES.E5]],
            [`loopG${round}`, [21.1 + 2 * round, 21.2 + 2 * round, PITCHES.G5]]
        ])
    )
};

// With a count-in; from measure 2 on Soprano 1 alone; in measure 4 plain, and then half as loud.
async function countedAndAlone(page, record) {
    await page.check("#count-in");
    await page.click("#play");
    await hear(page, 1);
    record.positionWhileCounting = await page.evaluate("window.ripieno.player.position");
    await hear(page, 4.3);
    await page.getByLabel(`Solo: ${TOP}`).click();
    await hear(page, 8.2);
    await page.selectOption("#sound", "plain");
    await hear(page, 9.2);
    const fader = page.getByLabel(`Volume of ${TOP}`);
    await fader.focus();
    for (let press = 0; press < 10; press += 1) {
        await page.keyboard.press("ArrowLeft");
    }
    record.half = await fader.getAttribute("aria-valuetext");
    record.silent = await page.locator("#faders .silent .name").allTextContents();
    await hear(page, 11);
    record.endedBySelf = await page.evaluate("!window.ripieno.player.playing");
}

// All voices at half the tempo; in the middle of measure 2 as written again.
async function slower(page, record) {
    await page.click("#mix-reset");
    await page.uncheck("#count-in");
    await page.fill("#tempo", "50");
    record.tempo = await page.getAttribute("#tempo", "aria-valuetext");
    await page.click("#play");
    await hear(page, 16.12);
    await page.fill("#tempo", "100");
    await hear(page, 20.3);
}

// Measure 2, over and over.
async function inALoop(page, record) {
    await page.click("#play");
    await page.click('.bar[data-index="1"]');
    await page.keyboard.press("l");
    record.said = await page.textContent("#status");
    await hear(page, 20.5);
    await page.keyboard.press("Space");
    await hear(page, 26.2);
    record.loopPosition = await page.evaluate("window.ripieno.player.position");
    record.picture = await page.evaluate(() => {
        const box = ({ left, right }) => [Math.round(left), Math.round(right)];
        const bar = document.querySelector('.bar[data-index="1"]');
        return [...document.querySelectorAll(".loop-span")].map((span) => ({
            kinds: span.className,
            isThere: String(box(span.getBoundingClientRect())) === String(box(bar.getBoundingClientRect()))
        }));
    });
    await page.click("#play");
}
