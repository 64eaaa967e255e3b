// A single note is moved by hand: with the mouse and the keys, then with the keys alone. Called by browser.mjs.

import { arrive, openFile, save, written } from "./steps.mjs";

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function moveNotes(context, address, seen) {
    const page = await context.newPage();
    const status = (text) =>
        page.waitForFunction((part) => document.getElementById("status").textContent.includes(part), text);
    const heard = () => page.textContent("#status");
    await arrive(page, address);
    await openFile(page, "hymn.musicxml");
    await page.waitForSelector(".bar");
    await page.click("#voice-tenor");
    await page.fill("#alternatives", "1");
    await page.fill("#seed", "7");
    await page.click("#write");
    await written(page, 1);
    await save(page, "save-musicxml", "edit-before.musicxml");
    seen.edit = { unchanged: await page.evaluate(() => window.ripieno.actions.piece.document) };

    // the tenor's third note, with the mouse
    const head = await page.evaluate(() => {
        const { view } = window.ripieno;
        const [, , note] = view.notes.filter((one) => one.voice === "tenor");
        const { left, top, width, height } = view
            .group(note.id)
            .querySelector(".notehead")
            .getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2, onset: note.onset };
    });
    await page.mouse.click(head.x, head.y);
    seen.edit.picked = await heard();
    await page.keyboard.press("ArrowUp");
    await status("and given");
    seen.edit.moved = await heard();
    await page.keyboard.press("Control+ArrowDown");
    await page.waitForFunction((old) => {
        const now = document.getElementById("status").textContent;
        return now !== old && now.includes("and given");
    }, seen.edit.moved);
    seen.edit.movedBack = await heard();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(
        () => window.ripieno.actions.piece.steps.at(-1).changes?.length === 4 && window.ripieno.picker.note
    );
    await save(page, "save-musicxml", "edit-after.musicxml");
    seen.edit.black = await page.evaluate(
        ({ onset }) =>
            window.ripieno.view.notes
                .filter((note) => note.voice === "tenor")
                .filter((note) => !window.ripieno.view.group(note.id).classList.contains("new"))
                .map((note) => note.onset === onset),
        head
    );
    seen.edit.recipe = await page.textContent("#recipe");

    // it is given: it stays when its voice is written anew
    await page.fill("#seed", "9");
    await page.evaluate(() => {
        window.ripieno.actions.set("temperature", 2);
        window.ripieno.actions.setMore("beam", "1"); // drawn, not searched, so that the other notes change
    });
    await page.click("#write");
    await written(page, 3);
    await save(page, "save-musicxml", "edit-kept.musicxml");
    for (let press = 0; press < 5; press += 1) {
        await page.keyboard.press("Control+z");
    }
    seen.edit.undone = (await page.evaluate(() => window.ripieno.actions.piece.document)) === seen.edit.unchanged;

    // without a mouse
    await page.focus("#score");
    for (const key of ["Home", "ArrowRight", "Enter", "ArrowRight"]) {
        await page.keyboard.press(key);
    }
    seen.edit.byKeys = await heard();
    await page.keyboard.press("ArrowDown");
    await status("and given");
    seen.edit.movedByKeys = await heard();
    await page.keyboard.press("Escape");
    seen.edit.released = await page.evaluate(() => window.ripieno.picker.note);
}
