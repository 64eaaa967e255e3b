// Does a listening test in a real Chromium: by keyboard alone, from a file, without a server; and looks at others.
//
//   node listening_page.mjs CHROMIUM FOLDER ADDRESS
//
// FOLDER has pairs/index.html, single/index.html, piano/index.html, and plan.json: the choices of the ten questions, and what is measured
// of the sound. It gets seen.json, the download and pictures. ADDRESS is that of ripieno's own server.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { launchChromium, noteErrors } from "../../support/node/chromium.mjs";
import { hear, measured, silentPage } from "../page/offline.mjs";

const [, , program, folder, server] = process.argv;
const SECONDS = 10; // of sound
const { choices, moments, pianoMoments } = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
const seen = { requests: [], errors: [] };
const browser = await launchChromium(program);

async function newContext(options = {}) {
    const fresh = await browser.newContext({
        viewport: { width: 1280, height: 860 },
        acceptDownloads: true,
        reducedMotion: "reduce",
        ...options
    });
    fresh.setDefaultTimeout(20_000);
    fresh.on("request", (request) => seen.requests.push(request.url().slice(0, 40)));
    noteErrors(fresh, seen.errors);
    return fresh;
}

const address = (name) => pathToFileURL(join(folder, name, "index.html")).href;
const text = (page, id) => page.textContent(`#${id}`);
const focus = (page) => page.evaluate("document.activeElement.id || document.activeElement.value");
const picture = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });

// -- ten pairs, by keyboard --------------------------------------------------------------------------------

async function firstQuestion(page) {
    const { keyboard } = page;
    seen.start = [await text(page, "start-title"), await text(page, "begin"), await focus(page)];
    await picture(page, "start");
    await keyboard.press("Enter");
    seen.question = [await text(page, "question-title"), await text(page, "progress-text"), await focus(page)];
    await keyboard.press("1");
    await keyboard.press("Enter");
    seen.tooEarly = [await text(page, "status"), await text(page, "progress-text")];
    await keyboard.press("Space");
    await page.waitForFunction("window.ripieno.player.playing");
    seen.pressed = await page.getAttribute(".excerpt button", "aria-label");
    await hear(page, 3);
    const at = () => page.evaluate("window.ripieno.player.position");
    seen.before = await at();
    await keyboard.press("Space");
    seen.paused = await page.evaluate("window.ripieno.player.playing");
    seen.kept = await page.evaluate("document.querySelector('.excerpt progress').value");
    await hear(page, 4.5);
    await keyboard.press("Space");
    await page.waitForFunction("window.ripieno.player.playing");
    seen.resumed = await at();
    await hear(page, 6);
    await keyboard.press("b");
    await page.waitForFunction("document.querySelectorAll('.excerpt button')[1].ariaPressed === 'true'");
    await hear(page, 9);
    await picture(page, "question");
    seen.controls = await page.locator(".of-question").ariaSnapshot();
    seen.heard = await measured(page, moments);
    await answer(page, choices[0], false);
}

async function answer(page, choice, byArrow) {
    const keys = byArrow ? ["ArrowLeft", "ArrowRight"] : ["1", "2"];
    await page.keyboard.press(keys[choice]);
    seen.checked.push(await page.inputValue("input[name=choice]:checked"));
    await page.keyboard.press("Enter");
}

async function otherQuestions(page) {
    await page.reload();
    seen.again = await text(page, "begin");
    await page.keyboard.press("Enter");
    for (const [index, choice] of choices.entries()) {
        if (index > 0) {
            seen.progress.push(await text(page, "progress-text"));
            seen.shown.push(await page.evaluate("document.body.querySelector('main').innerHTML"));
            for (const key of ["a", "b"]) {
                await page.keyboard.press(key);
                await page.waitForFunction("window.ripieno.player.playing");
            }
            await answer(page, choice, index % 2 === 1);
        }
    }
}

async function result(page) {
    seen.result = [await text(page, "result-title"), await text(page, "result-lead"), await focus(page)];
    seen.shares = await page.locator(".share-name").allTextContents();
    seen.features = await page.locator("#features tr").evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent))
    );
    seen.list = await page.locator("#heard li").allTextContents();
    await picture(page, "result");
    await page.keyboard.press("Tab");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    seen.file = download.suggestedFilename();
    await download.saveAs(join(folder, "result.csv"));
    await page.reload();
    seen.afterReload = await text(page, "result-title");
    await page.setViewportSize({ width: 390, height: 844 });
    seen.overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    await picture(page, "result-narrow");
    const kept = () => page.evaluate("JSON.parse(Object.values(localStorage)[0])");
    const { listener } = await kept();
    await page.click("#again");
    const next = await kept();
    seen.next = [await text(page, "begin"), next.answers, next.listener !== listener];
}

// -- others ------------------------------------------------------------------------------------------------

async function single() {
    const context = await newContext({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    const page = await context.newPage();
    await page.goto(address("single"));
    await page.click("#begin");
    seen.single = await page.locator(".choice span").allTextContents();
    await page.click(".excerpt button");
    await page.waitForFunction("window.ripieno.player.playing");
    await page.click(".choice >> nth=1");
    await picture(page, "single-narrow");
    await page.click("#next");
    seen.singleProgress = await text(page, "progress-text");
    seen.singleOverflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    await context.close();
}

async function piano() {
    const context = await newContext();
    const page = await silentPage(context, address("piano"), 4, "#begin");
    seen.pianoRules = await page.locator("#start-rules li").allTextContents();
    await page.keyboard.press("Enter");
    await page.keyboard.press("a");
    await page.waitForFunction("window.ripieno.player.playing");
    await hear(page, 3.8);
    seen.piano = await measured(page, pianoMoments);
    await picture(page, "piano");
    await context.close();
}

async function onServer() {
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(server);
    seen.onServer = [await text(page, "start-title"), await focus(page)];
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await page.waitForSelector('.excerpt button[aria-pressed="true"]');
    seen.onServer.push(await page.getAttribute(".excerpt button", "aria-label"));
    await context.close();
}

Object.assign(seen, { checked: [], progress: [], shown: [] });
const context = await newContext();
const page = await silentPage(context, address("pairs"), SECONDS, "#begin");
await firstQuestion(page);
await otherQuestions(page);
await result(page);
await single();
await piano();
await onServer();
await browser.close();
writeFileSync(join(folder, "seen.json"), JSON.stringify(seen));
