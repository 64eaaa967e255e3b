// Files for other ensembles than a mixed choir, and a melody that gets the voices of one. Called by browser.mjs.

import { join } from "node:path";

import { arrive, openFile, written } from "./steps.mjs";

/**
 * Records how the files are read, and what the page offers and writes for a melody and four men's voices.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 * @param {string} folder where the picture goes
 */
export async function chooseEnsembles(context, address, seen, folder) {
    const page = await context.newPage();
    const found = (seen.ensembles = { read: {} });
    await arrive(page, address);
    for (const name of ["ssatb", "sab", "ttbb"]) {
        await openFile(page, `${name}.musicxml`);
        await page.waitForFunction((file) => window.ripieno.actions.piece?.name === file, `${name}.musicxml`);
        found.read[name] = await page.evaluate(shown);
    }
    found.choices = await page.$$eval("#ensemble option", (options) => options.map(({ value }) => value));
    found.moreSettings = await page.$("#setting-ensemble");
    await page.click("#voice-tenor-1");
    found.withoutTenor = await page.evaluate(shown);
    await choose(page, "satb");
    found.asMixedChoir = await page.evaluate(shown);
    await page.evaluate(() => window.ripieno.actions.undo());
    found.undone = await page.evaluate(shown);
    await openFile(page, "tune.musicxml");
    await page.waitForFunction(() => window.ripieno.actions.piece.name === "tune.musicxml");
    found.tune = await page.evaluate(shown);
    await choose(page, "ttbb");
    found.tuneForMen = await page.evaluate(shown);
    await page.fill("#alternatives", "2");
    await page.fill("#seed", "1");
    await page.click("#write");
    await written(page, 1);
    found.written = await page.evaluate(shown);
    found.newNotes = await page.evaluate(newByVoice);
    found.recipe = await page.textContent("#recipe");
    await page.click("#voice-bass-1");
    await page.click("#write");
    await written(page, 2);
    found.writtenAgain = await page.evaluate(newByVoice);
    await page.screenshot({ path: join(folder, "ensembles.png"), fullPage: true });
}

/**
 * Chooses an ensemble in the list, and waits until the lines are its voices.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function choose(page, name) {
    await page.selectOption("#ensemble", name);
    await page.waitForFunction((chosen) => window.ripieno.actions.piece.chosenEnsemble === chosen, name);
}

// In the browser: the ensemble that is shown as chosen, its voices with what is theirs, and the main button.
function shown() {
    const field = document.getElementById("ensemble");
    const entries = [...document.querySelectorAll("#voices .voice")];
    return {
        ensemble: field.selectedOptions[0].textContent,
        voices: entries.map((entry) => [...entry.querySelectorAll("span")].map((span) => span.textContent)),
        offer: document.getElementById("write").textContent,
        fault: document.getElementById("message").hidden ? "" : document.getElementById("message-text").textContent
    };
}

// In the browser: of each voice, how many engraved notes there are and how many are coloured as ripieno's.
function newByVoice() {
    const found = {};
    for (const note of window.ripieno.view.notes) {
        const isNew = document.getElementById(note.id).classList.contains("new");
        const [all, fresh] = found[note.voice] ?? [0, 0];
        found[note.voice] = [all + 1, fresh + (isNew ? 1 : 0)];
    }
    return found;
}
