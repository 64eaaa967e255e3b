// What a musician does on the page, for the parts of browser.mjs that have a page of their own.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[4]; // with the files to open; it gets what is saved

/**
 * Opens the page, and waits until it can be used.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} address
 */
export async function arrive(page, address) {
    await page.goto(address);
    await page.waitForSelector("html[data-ready=true]");
}

/**
 * How many notes each staff has, and how many of them are ripieno's.
 *
 * @param {import("playwright-core").Page} page
 * @returns {Promise<Record<string, [number, number]>>}
 */
export function notesByStaff(page) {
    return page.evaluate(() => {
        const count = {};
        for (const note of window.ripieno.view.notes) {
            const [all, fresh] = count[note.staff] ?? [0, 0];
            const isNew = window.ripieno.view.group(note.id).classList.contains("new");
            count[note.staff] = [all + 1, fresh + Number(isNew)];
        }
        return count;
    });
}

/**
 * Drops a file on the page, and waits until it is read.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function openFile(page, name) {
    const base64 = readFileSync(join(folder, name)).toString("base64");
    await page.evaluate(
        ([data, file]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], file));
            const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            window.dispatchEvent(drop);
        },
        [base64, name]
    );
    await page.waitForFunction(() => !window.ripieno.actions.status.endsWith("…"));
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} id of the entry of the menu
 * @param {string} name under which the file is kept
 */
export async function save(page, id, name) {
    await page.click("#save summary");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click(`#${id}`)]);
    await file.saveAs(join(folder, name));
}

/**
 * Waits until the piece was made in so many steps, and nothing is being done.
 *
 * @param {import("playwright-core").Page} page
 * @param {number} steps
 */
export async function written(page, steps) {
    await page.waitForFunction(
        (count) =>
            window.ripieno.actions.job === null && window.ripieno.actions.piece?.steps.length === count,
        steps
    );
}
