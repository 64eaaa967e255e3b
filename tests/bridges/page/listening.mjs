// What a musician hears: repeats, and versions that are changed while they play. Called by browser.mjs.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The order in which the page plays the measures of each file repeats-*.musicxml.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} address
 * @param {Record<string, any>} seen
 * @param {string} folder
 */
export async function orderRepeats(context, address, seen, folder) {
    const page = await context.newPage();
    await page.goto(address);
    seen.orders = {};
    for (const name of readdirSync(folder).filter((file) => file.startsWith("repeats-"))) {
        const text = readFileSync(join(folder, name), "utf8");
        seen.orders[name] = await page.evaluate(async (musicxml) => {
            const { marksIn, playingOrder } = await import("/page/repeats.js");
            return playingOrder(marksIn(musicxml));
        }, text);
    }
}

/**
 * Chooses another version while one plays, in a piece whose first measures are repeated.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} address
 * @param {Record<string, any>} seen
 * @param {string} folder
 */
export async function switchWhilePlaying(context, address, seen, folder) {
    const page = await context.newPage();
    const read = (expression) => page.evaluate(`window.ripieno.${expression}`);
    await page.goto(address);
    await page.waitForSelector("#examples button");
    await page.setInputFiles("#file", join(folder, "repeats-song.musicxml"));
    await page.waitForSelector(".bar");
    await page.fill("#alternatives", "2");
    await page.fill("#seed", "1");
    await page.fill("#temperature", "1");
    await page.click("#write");
    await page.waitForSelector("#cards button >> nth=1");
    await page.evaluate(() => {
        const tempo = document.getElementById("tempo");
        tempo.value = "130";
        tempo.dispatchEvent(new Event("input"));
        window.places = [];
        const { player } = window.ripieno;
        const look = () => {
            const { position } = player;
            if (position !== null && Math.abs(position - (window.places.at(-1) ?? -1)) > 0.01) {
                window.places.push(position);
            }
            requestAnimationFrame(look);
        };
        look();
    });
    await page.click("#mixer summary");
    await page.click("#solo-tenor");
    await page.click("#mute-alto");
    const mixed = () =>
        page
            .locator("#faders button")
            .evaluateAll((all) => all.map((button) => button.getAttribute("aria-pressed") === "true"));
    const mixedBefore = await mixed();
    await page.click("#play");
    await page.waitForFunction(() => window.ripieno.player.position > 1);
    const before = await read("actions.piece.document");
    await page.click("#cards button >> nth=1");
    await page.waitForFunction(() => window.ripieno.actions.piece.chosen === 1);
    seen.otherVersionPlays = [
        (await read("actions.piece.document")) !== before,
        await read("player.playing"),
        await page.inputValue("#tempo")
    ];
    seen.mixed = [mixedBefore, await mixed()];
    seen.soundsAfterSwitch = await page
        .waitForFunction(() => window.ripieno.player.level > 0.005)
        .then(() => true);
    await page.waitForFunction(() => !window.ripieno.player.playing);
    seen.placesPlayed = await page.evaluate("window.places");
}

/**
 * Chooses models for a piece in 6/8.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} address
 * @param {Record<string, any>} seen
 */
export async function chooseModels(context, address, seen) {
    const page = await context.newPage();
    await page.goto(address);
    await page.click('#examples button:has-text("Greensleeves")');
    await page.waitForSelector(".bar");
    seen.meterNotes = [];
    for (const model of ["lstm-chorales", "dbn-ragtime", "rbm-chorales"]) {
        await page.selectOption("#model", model);
        seen.meterNotes.push(await page.textContent("#meter-note"));
    }
}
