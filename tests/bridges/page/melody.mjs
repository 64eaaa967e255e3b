// Another line is chosen as the melody: at its staff, and in the list. Called by browser.mjs.

import { arrive, openFile, written } from "./steps.mjs";

/**
 * Records which line is the soprano, before and after.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function chooseAMelody(context, address, seen) {
    const page = await context.newPage();
    await arrive(page, address);
    await openFile(page, "song.musicxml");
    await page.waitForSelector(".bar");
    seen.melodies = [await page.evaluate(voices)];
    await page.click('.staff-label[title^="Piano is left as it is"]');
    await page.waitForFunction(() => window.ripieno.actions.piece.melody !== undefined);
    seen.melodyStatus = await page.textContent("#status");
    seen.melodies.push(await page.evaluate(voices));
    await page.click("#write");
    await written(page, 1);
    seen.melodies.push(await page.evaluate(voices));
    seen.melodyRecipe = await page.textContent("#recipe");
    await page.evaluate(() => window.ripieno.actions.undo());
    await page.click("#voices button:has-text('Voice')");
    await page.waitForFunction(() => window.ripieno.actions.piece.melody === "1");
    seen.melodies.push(await page.evaluate(voices));
}

// In the browser: the part of each voice.
function voices() {
    const lines = window.ripieno.actions.piece.voices.filter((line) => line.voice !== null);
    return Object.fromEntries(lines.map((line) => [line.voice, line.part]));
}
