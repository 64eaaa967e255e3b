// The Roman numerals under the score are switched on, and another version is taken. Called by browser.mjs.

import { arrive, written } from "./steps.mjs";

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function readNumerals(context, address, seen) {
    const page = await context.newPage();
    await arrive(page, address);
    await page.click('#examples button:has-text("Twinkle")');
    await page.waitForSelector(".bar");
    await page.fill("#seed", "3");
    await page.click("#write");
    await written(page, 1);
    const look = () =>
        page.evaluate(() => {
            const numerals = [...document.querySelectorAll("#numeral-labels .numeral")];
            const lines = [...document.querySelectorAll("#pictures g.system:first-of-type g.staff > path")];
            const lowest = Math.max(...lines.map((line) => line.getBoundingClientRect().bottom));
            return {
                shown: numerals.map((one) => one.textContent),
                bar: document.querySelector(".bar").getAttribute("aria-label"),
                below: numerals.slice(0, 1).every((one) => one.getBoundingClientRect().top > lowest)
            };
        });
    seen.numerals = [await look()];
    await page.getByLabel("Roman numerals").check();
    await page.waitForSelector("#numeral-labels .numeral");
    seen.numerals.push(await look());
    await page.click("#cards button >> nth=1");
    await page.waitForFunction(() => window.ripieno.actions.piece.chosen === 1);
    seen.numerals.push(await look());
}
