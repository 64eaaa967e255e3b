// What is printed, and what is saved as SVG: the pages are measured as the browser draws them. Called by browser.mjs.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { arrive, openFile, save } from "./steps.mjs";

const folder = process.argv[4];

/**
 * Records for each document what is out of place on paper.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function printHymns(context, address, seen) {
    const picture = await context.newPage();
    const page = await context.newPage(); // the last, which is in front; others have a frame a second
    await arrive(page, address);
    seen.paper = {};
    for (const kind of ["open", "closed", "braced"]) {
        await openFile(page, `long-${kind}.musicxml`);
        await page.waitForSelector(".bar");
        await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
        await page.emulateMedia({ media: "print" });
        const printed = await page.evaluate(measure, "#sheets > svg");
        await page.emulateMedia({ media: null });
        await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
        await save(page, "save-svg", `long-${kind}.svg`); // the first of its pages
        await picture.setContent(readFileSync(join(folder, `long-${kind}.svg`), "utf-8"));
        seen.paper[kind] = { printed, saved: await picture.evaluate(measure, "body > svg") };
    }
}

// In the browser: the texts of the first page's heading, and what is cut off, struck through or covered.
function measure(pages) {
    const found = { pages: 0, heading: [], cut: [], struck: [], covered: [], labels: 0, words: 0 };
    const box = (element) => element.getBoundingClientRect();
    const boxed = (element) => ({ element, edges: box(element) });
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const name = ({ element }) => `${element.getAttribute("class")} ${element.textContent.trim()}`;
    for (const page of document.querySelectorAll(pages)) {
        const all = (selector) => [...page.querySelectorAll(selector)].map(boxed);
        const edge = box(page);
        const inside = ({ edges: { left, right, top, bottom } }) =>
            left >= edge.left && right <= edge.right + 1 && top >= edge.top - 1 && bottom <= edge.bottom + 1;
        const drawn = all("g.label, g.labelAbbr, g.mNum, g.grpSym, g.syl, g.note, g.pgHead tspan, g.barLine");
        found.cut.push(...drawn.filter((one) => !inside(one)).map(name));
        const bars = all("g.barLine path");
        const words = all("g.syl text");
        found.struck.push(...words.filter((word) => bars.some((bar) => meet(word.edges, bar.edges))).map(name));
        const [head] = all("g.pgHead");
        found.covered.push(...all("g.system > *").filter((one) => head && meet(one.edges, head.edges)).map(name));
        found.labels += all("g.label, g.labelAbbr").length;
        found.words += words.length;
        found.pages += 1;
    }
    const heading = document.querySelectorAll(`${pages}:first-of-type g.pgHead tspan[font-size]`);
    found.heading = [...heading].map((line) => line.textContent.trim()).filter(Boolean);
    return found;
}
