// The chords over the score: with keys and mouse another one is chosen, typed, kept and freed. Called by browser.mjs.

import { arrive, save, written } from "./steps.mjs";

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function chooseChords(context, address, seen) {
    const page = await context.newPage();
    const look = () =>
        page.evaluate(() => {
            const labels = [...document.querySelectorAll("#chord-labels .chord")];
            return {
                shown: labels.map((label) => label.textContent),
                kept: labels.filter((label) => label.matches(".kept")).map((label) => label.getAttribute("aria-label")),
                said: document.getElementById("status").textContent,
                focus: document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent
            };
        });
    const boxes = () =>
        page.evaluate(() => {
            const box = (element) => {
                const { left, right, top, bottom } = element.getBoundingClientRect();
                return [left, right, top, bottom];
            };
            return {
                labels: [...document.querySelectorAll("#chord-labels .chord")].map(box),
                systems: [...document.querySelectorAll("#pictures g.system")].map((system) => {
                    const lines = [...system.querySelectorAll("g.staff > path")].map(box);
                    return [Math.min(...lines.map((line) => line[2])), Math.max(...lines.map((line) => line[3]))];
                })
            };
        });
    const document_ = () => page.evaluate(() => window.ripieno.actions.piece.document);
    const sentBy = async (task, press, count) => {
        const [request] = await Promise.all([page.waitForRequest(`**/v1/musicxml/${task}`), press()]);
        await written(page, count);
        const { selection = null, chords = null, anew = null } = request.postDataJSON();
        return { selection, chords, anew };
    };

    await arrive(page, address);
    await page.click('#examples button:has-text("Twinkle")');
    await page.waitForSelector(".bar");
    await page.fill("#seed", "3");
    await page.fill("#alternatives", "1");
    seen.chords = { before: [await page.isVisible("#harmony-choice"), await page.locator(".chord").count()] };
    await page.click("#write");
    await written(page, 1);
    seen.chords.written = await look();
    seen.chords.reply = await page.evaluate(() => window.ripieno.actions.piece.result.reply.alternatives[0].chords);
    seen.chords.boxes = await boxes();
    await page.getByRole("checkbox", { name: "Chords" }).uncheck();
    seen.chords.off = await look();
    await page.getByRole("checkbox", { name: "Chords" }).check();

    await save(page, "save-musicxml", "chords-before.musicxml");

    // with the keys: the third chord becomes another one that fits
    await page.focus(".chord >> nth=0");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    seen.chords.third = await look();
    const [answer] = await Promise.all([
        page.waitForResponse("**/v1/musicxml/chords"),
        page.keyboard.press("Enter")
    ]);
    seen.chords.fitting = (await answer.json()).fitting;
    await page.waitForSelector(".fits");
    seen.chords.menu = await page.locator(".fits").allTextContents();
    seen.chords.inMenu = await look();
    await page.keyboard.press("ArrowRight");
    const before = await document_();
    seen.chords.chosen = await sentBy("infill", () => page.keyboard.press("Enter"), 2);
    seen.chords.settled = await look();
    await save(page, "save-musicxml", "chords-chosen.musicxml");
    seen.chords.recipe = await page.textContent("#recipe");
    await page.focus(".chord.kept");
    await page.keyboard.press("Control+z");
    seen.chords.undone = { ...(await look()), isBack: (await document_()) === before };
    await page.keyboard.press("Control+y");
    seen.chords.redone = await look();

    // typed: what is no chord is said beside the field, what is one is taken
    await page.click(".chord >> nth=0");
    await page.fill("#chord-typed", "Cfoo");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#chord-fault:not([hidden])");
    seen.chords.fault = [await page.textContent("#chord-fault"), (await look()).focus];
    await page.fill("#chord-typed", "C maj7 / E");
    seen.chords.typed = await sentBy("infill", () => page.keyboard.press("Enter"), 3);
    seen.chords.taken = await look();

    // kept and freed; nothing is written
    const now = await document_();
    await page.click(".chord >> nth=-1");
    await page.click("#chord-keep");
    seen.chords.keptToo = await look();
    await page.keyboard.press("Delete");
    seen.chords.freed = { ...(await look()), isSame: (await document_()) === now };
    await page.click(".chord >> nth=0");
    await page.keyboard.press("Escape");
    seen.chords.closed = [await page.locator(".chord-menu").count(), (await look()).focus];

    // a chord sounds under the pointer
    await page.click(".chord >> nth=4");
    await page.waitForSelector(".fits");
    await page.hover(".fits >> nth=0");
    await page.waitForFunction(() => window.ripieno.player.level > 0.001);
    await page.click("#title");
    seen.chords.menuIsClosed = (await page.locator(".chord-menu").count()) === 0;

    // the whole anew, after a reload, under the chords that stay
    await page.waitForFunction(() => !window.ripieno.shelf.isWriting);
    await page.reload();
    await page.waitForFunction(() => window.ripieno?.offer.isReady);
    await page.click("#offer-take");
    await page.waitForSelector(".chord.kept");
    seen.chords.whole = await sentBy("harmonize", () => page.click("#write"), 4);
    seen.chords.anew = await look();
    await save(page, "save-musicxml", "chords-anew.musicxml");

    // on a telephone the menu stays inside of the window
    await page.setViewportSize({ width: 400, height: 640 });
    const isEngraved = () => {
        const score = document.getElementById("score");
        return window.innerWidth === 400 && score.dataset.engraved === String(score.clientWidth);
    };
    await page.waitForFunction(isEngraved);
    seen.chords.boxesOnTelephone = await boxes();
    await page.focus(".chord >> nth=3");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".fits");
    const { x, width } = await page.locator(".chord-menu").boundingBox();
    seen.chords.onTelephone = [x, x + width];
    await page.close();
}
