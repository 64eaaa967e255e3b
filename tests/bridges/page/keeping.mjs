// Work that must not be lost: a musician reloads, leaves, comes back, forgets. Called by browser.mjs.

/**
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, unknown>} seen what is recorded
 */
export async function keepWork(context, address, seen) {
    const page = await context.newPage();
    seen.asked = [];
    page.on("dialog", async (dialog) => {
        seen.asked.push([dialog.type(), when]);
        await dialog.accept();
    });
    let when = "";
    const leave = async (name) => {
        when = name;
        await page.reload();
        await page.waitForSelector("#examples button");
        await page.waitForFunction(() => window.ripieno.offer.isReady);
    };
    const piece = () => page.evaluate(() => JSON.stringify(window.ripieno.actions.piece));
    const offered = () => page.textContent("#offer:not([hidden]) p");
    const kept = () => page.waitForFunction(() => !window.ripieno.shelf.isWriting);

    await page.goto(address);
    await page.click('#examples button:has-text("Old Hundredth")');
    await page.waitForSelector(".bar");
    await leave("opened only");
    await page.click("#offer-take");
    await page.fill("#seed", "5");
    await page.fill("#alternatives", "2");
    await page.click("#write");
    await page.waitForSelector("#cards button >> nth=1");
    await page.click("#cards button >> nth=1");
    await page.waitForFunction(() => window.ripieno.actions.piece.chosen === 1);
    await kept();
    const before = await piece();
    await leave("written");
    seen.offeredWork = await offered();
    const second = await context.newPage();
    await second.goto(address);
    await second.waitForSelector("#offer:not([hidden])");
    await page.bringToFront(); // behind another it has a frame a second
    await page.click("#offer-take");
    await page.waitForSelector(".bar");
    seen.sameAfterReload = (await piece()) === before;
    seen.seedAfterReload = await page.inputValue("#seed");
    await second.bringToFront();
    await second.reload();
    await second.waitForFunction(() => window.ripieno?.offer.isReady);
    seen.offeredElsewhere = await second.isVisible("#offer");
    await second.close();
    for (let press = 0; press < 2; press += 1) {
        await page.keyboard.press("Control+z");
    }
    seen.undoneAfterReload = await page.textContent("#write");
    await page.keyboard.press("Control+y");
    seen.redoneAfterReload = await page.textContent("#write");
    await page.click("#save summary");
    await Promise.all([page.waitForEvent("download"), page.click("#save-musicxml")]);
    await kept();
    await leave("saved");
    await page.click("#offer-forget");
    await page.waitForSelector("#offer", { state: "hidden" });
    await leave("forgotten");
    seen.offeredAgain = await page.isVisible("#offer");
    await forbid();

    async function forbid() {
        await page.click('#examples button:has-text("Old Hundredth")');
        await page.waitForSelector(".bar");
        await page.click("#save summary");
        await page.uncheck("#keep");
        await page.waitForFunction(() => !window.ripieno.shelf.isAllowed);
        await page.click("#voice-soprano");
        await kept();
        await leave("forbidden");
        seen.offeredThoughForbidden = await page.isVisible("#offer");
        await page.click('#examples button:has-text("Old Hundredth")');
        await page.waitForSelector(".bar");
        await page.click("#save summary");
        seen.tickAfterForbidding = await page.isChecked("#keep");
    }
}

/**
 * A browser that has no database, as in some private windows.
 *
 * @param {import("playwright-core").BrowserContext} context a fresh one
 * @param {string} address
 * @param {Record<string, unknown>} seen
 */
export async function workWithoutDatabase(context, address, seen) {
    const page = await context.newPage();
    await page.addInitScript(() =>
        Object.defineProperty(window, "indexedDB", {
            get() {
                throw new DOMException("denied", "SecurityError");
            }
        })
    );
    await page.goto(address);
    await page.click('#examples button:has-text("Old Hundredth")');
    await page.waitForSelector(".bar");
    await page.fill("#alternatives", "1");
    await page.click("#write");
    await page.waitForFunction(() => window.ripieno.actions.piece.steps.length === 1);
    seen.withoutDatabase = [
        await page.textContent("#message-text"),
        await page.isVisible("#offer"),
        await page.isVisible("#keep-choice")
    ];
}
