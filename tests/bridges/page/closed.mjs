// A hymn on two staves, four voices: each voice is written anew, alone. Called by browser.mjs.

import { arrive, openFile, save, written } from "./steps.mjs";

const VOICES = ["soprano", "alto", "tenor", "bass"];

/**
 * Records for each voice what is coloured, shaded, ringed and muted, as [staff, onset, pitch] of engraved notes.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function singAClosedHymn(context, address, seen) {
    const page = await context.newPage();
    await arrive(page, address);
    seen.closed = {};
    for (const voice of VOICES) {
        await openFile(page, "hymn.musicxml");
        seen.fullOffer = [await page.textContent("#write"), await page.textContent("#why")];
        await page.click(`#voice-${voice}`);
        const offer = await page.textContent("#write");
        await page.fill("#seed", "7");
        await page.fill("#alternatives", "1");
        await page.evaluate(() => window.ripieno.actions.set("temperature", 1.2)); // bold, so that there are faults
        await page.click("#write");
        await written(page, 1);
        if (await page.isVisible("#style-choice")) {
            await page.check("#style");
        }
        await save(page, "save-musicxml", `hymn-${voice}.musicxml`);
        seen.closed[voice] = { offer, ...(await page.evaluate(look)) };
    }
    seen.tenorAlone = await loudness(page, "tenor");
}

// What is seen of the score, in the browser.
function look() {
    const { view, actions } = window.ripieno;
    const place = (note) => [note.staff, note.onset, note.pitch];
    const middle = ({ left, top, width, height }) => [left + width / 2, top + height / 2];
    const head = (note) => middle(view.group(note.id).querySelector(".notehead").getBoundingClientRect());
    const apart = ([x, y], [left, top]) => Math.hypot(x - left, y - top);
    const marked = (selector) => {
        const middles = [...document.querySelectorAll(selector)].map((e) => middle(e.getBoundingClientRect()));
        return view.notes.filter((note) => middles.some((point) => apart(head(note), point) < 2)).map(place);
    };
    const voices = ["soprano", "alto", "tenor", "bass"];
    const faults = actions.piece.faults.map(({ onset, voices: names, sentence }, index) => {
        document.querySelectorAll("#faults button")[index].focus();
        return { onset, voices: names, sentence, ringed: marked(".mark.current") };
    });
    return {
        all: view.notes.map(place),
        coloured: view.notes.filter((note) => view.group(note.id).classList.contains("new")).map(place),
        shaded: marked(".shade"),
        faults,
        muted: Object.fromEntries(
            voices.map((name) => [name, view.notes.filter((note) => note.voice === name).map(place)])
        )
    };
}

/**
 * How loud it is with all other voices muted, and with this one muted, too.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} voice
 */
async function loudness(page, voice) {
    const others = VOICES.filter((name) => name !== voice);
    for (const name of others) {
        await page.click(`#mute-${name}`);
    }
    await page.click("#play");
    await page.waitForFunction(() => window.ripieno.player.level > 0.001); // the sound is loaded first
    const alone = await loudest(page);
    await page.click(`#mute-${voice}`);
    await page.waitForFunction(() => window.ripieno.player.level < 1e-4); // until the room is silent
    const silent = await loudest(page);
    await page.click("#play");
    for (const name of VOICES) {
        await page.click(`#mute-${name}`);
    }
    return [alone, silent];
}

/** @param {import("playwright-core").Page} page */
function loudest(page) {
    return page.evaluate(async () => {
        let most = 0;
        const until = performance.now() + 900;
        while (performance.now() < until) {
            most = Math.max(most, window.ripieno.player.level);
            await new Promise(requestAnimationFrame);
        }
        return most;
    });
}
