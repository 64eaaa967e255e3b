// The ends of phrases and the key, set by hand: with mouse, keys, finger and fields. Called by browser.mjs.

import { arrive, save, written } from "./steps.mjs";

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, any>} seen what is recorded
 */
export async function setPhrases(context, address, seen) {
    const page = await context.newPage();
    const look = () =>
        page.evaluate(() => ({
            setting: document.getElementById("setting-phrases").value,
            marks: [...document.querySelectorAll(".phrase-end")].map((mark) => mark.getAttribute("aria-valuetext")),
            said: document.getElementById("status").textContent,
            line: document.getElementById("phrases-state").textContent,
            key: document.getElementById("key").selectedOptions[0].textContent,
            focus: document.activeElement.getAttribute("aria-valuetext") ?? document.activeElement.id
        }));
    const middle = async (selector) => {
        const box = await page.locator(selector).boundingBox();
        return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const headOf = (onset) =>
        page.evaluate((time) => {
            const { view } = window.ripieno;
            const note = view.notes.find((one) => one.voice === "soprano" && one.onset === time);
            const { left, top, width, height } = view.group(note.id).querySelector(".notehead").getBoundingClientRect();
            return [left + width / 2, top + height / 2];
        }, onset);
    const sent = async () => {
        const done = await page.evaluate(() => window.ripieno.actions.piece.steps.length);
        const [request] = await Promise.all([page.waitForRequest("**/v1/musicxml/harmonize"), page.click("#write")]);
        await written(page, done + 1);
        const { key = null, phrases = null } = request.postDataJSON();
        const reply = await page.evaluate(() => window.ripieno.actions.piece.result.reply);
        return { key, phrases, told: [reply.key, reply.phrases] };
    };
    const unread = (text) =>
        page.waitForFunction((old) => document.getElementById("message-text").textContent !== old, text);

    await arrive(page, address);
    await page.click('#examples button:has-text("Old Hundredth")');
    await page.waitForSelector(".phrase-end");
    await page.fill("#alternatives", "1");
    await page.fill("#seed", "7");
    const document = () => page.evaluate(() => window.ripieno.actions.piece.document);
    const before = await document();
    seen.phrases = { found: await look() };
    seen.phrases.named = await page.getByRole("slider", { name: /^End of phrase \d of 4$/ }).count();
    seen.phrases.placeholder = await page.getAttribute("#setting-phrases", "placeholder");

    // with the mouse: the first mark goes to the note before; a press without a way opens the menu
    const [x, y] = await middle(".phrase-end >> nth=0");
    const [goal] = await headOf(6);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(goal + 15, y + 8, { steps: 5 });
    await page.mouse.up();
    seen.phrases.dragged = await look();
    await page.mouse.click(...(await middle(".phrase-end >> nth=1")));
    seen.phrases.menu = await page.locator(".mark-menu button").allTextContents();
    await page.click(".mark-menu button >> nth=1");
    seen.phrases.later = await look();
    await page.click("#title");
    seen.phrases.menuIsClosed = (await page.locator(".mark-menu").count()) === 0;

    // with the keys
    await page.focus(".phrase-end >> nth=1");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    seen.phrases.keyed = await look();
    await page.keyboard.press("Delete");
    seen.phrases.removed = await look();
    await page.keyboard.press("Control+z");
    seen.phrases.undone = await look();
    await page.keyboard.press("Control+y");
    seen.phrases.redone = await look();

    // at a picked note: with P, and with the button there
    await page.mouse.click(...(await headOf(18)));
    await page.keyboard.press("p");
    seen.phrases.added = await look();
    await page.keyboard.press("P");
    seen.phrases.addedAndRemoved = await look();
    await page.click(".add-phrase-end");
    seen.phrases.byButton = await look();

    // with a finger
    const finger = await context.newCDPSession(page);
    await finger.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    const touch = (type, ...touchPoints) => finger.send("Input.dispatchTouchEvent", { type, touchPoints });
    const [from, height] = await middle(".phrase-end >> nth=0");
    const [to] = await headOf(5);
    await touch("touchStart", { x: from, y: height });
    for (const share of [0.25, 0.5, 0.75, 1]) {
        await touch("touchMove", { x: from + (to + 15 - from) * share, y: height });
    }
    await touch("touchEnd");
    await page.waitForFunction((old) => document.getElementById("status").textContent !== old, seen.phrases.byButton.said);
    seen.phrases.touched = await look();
    await finger.send("Emulation.setTouchEmulationEnabled", { enabled: false });

    // the key; then a reload
    await page.selectOption("#key", "E minor");
    seen.phrases.keySet = await look();
    seen.phrases.keyField = await page.inputValue("#setting-key");
    seen.phrases.unchanged = (await document()) === before;
    await page.waitForFunction(() => !window.ripieno.shelf.isWriting);
    await page.reload();
    await page.waitForFunction(() => window.ripieno?.offer.isReady);
    await page.click("#offer-take");
    await page.waitForSelector(".phrase-end");
    seen.phrases.reloaded = await look();
    await page.click("#more-settings summary");

    // the next harmonization
    seen.phrases.sent = await sent();
    seen.phrases.recipe = await page.textContent("#recipe");
    await save(page, "save-musicxml", "phrases.musicxml");
    seen.phrases.afterWriting = await look();

    // fields
    await page.fill("#setting-phrases", "2, 99");
    await page.press("#setting-phrases", "Enter");
    await unread("");
    seen.phrases.refused = await page.textContent("#message-text");
    await page.fill("#setting-phrases", "none");
    await page.press("#setting-phrases", "Enter");
    await page.waitForFunction(() => window.ripieno.actions.piece.guidance.ends?.length === 1);
    seen.phrases.none = await look();
    await page.click("#phrases-reset");
    await page.selectOption("#key", "");
    seen.phrases.reset = await look();
    seen.phrases.sentAsFound = await sent();
    await page.selectOption("#key", "C major");

    // a pianist goes by neither
    await page.selectOption("#model", "dbn-ragtime");
    seen.phrases.ofPianist = [await page.locator(".phrase-end").count(), await page.isVisible("#guidance")];
    const [request] = await Promise.all([page.waitForRequest("**/v1/musicxml/harmonize"), page.click("#write")]);
    seen.phrases.sentToPianist = Object.keys(request.postDataJSON());
    await page.close();
}
