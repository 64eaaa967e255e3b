// On a telephone: how much of the height the bars at the top and the bottom leave. Called by browser.mjs.

import { arrive, openFile, written } from "./steps.mjs";

/**
 * Records the height that is left between the bars, as a share of the window's.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function useATelephone(context, address, seen) {
    const page = await context.newPage();
    await page.setViewportSize({ width: 400, height: 640 });
    await arrive(page, address);
    await openFile(page, "hymn.musicxml");
    await page.waitForSelector(".bar");
    seen.left = { full: await page.evaluate(share) };
    await page.click("#voice-alto");
    await page.evaluate(() => document.getElementById("write").click());
    await page.waitForFunction(() => window.ripieno.actions.job !== null);
    seen.left.working = await page.evaluate(share);
    await written(page, 1);
    seen.left.written = await page.evaluate(share);
    await page.evaluate(() => {
        window.ripieno.actions.status = "A long sentence about what was left out of the file. ".repeat(6);
        window.ripieno.draw();
    });
    seen.left.remarks = await page.evaluate(share);
    await page.evaluate(() => window.scrollTo(0, document.querySelector("#pictures").offsetTop + 200));
    await page.setViewportSize({ width: 1280, height: 860 });
}

// In the browser: what is left between the bars that stay when the page is scrolled.
function share() {
    window.scrollTo(0, 1000);
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const bottom = Math.min(box(".act").top, box(".player").top);
    const top = Math.max(0, box(".top").bottom);
    return (bottom - top) / window.innerHeight;
}
