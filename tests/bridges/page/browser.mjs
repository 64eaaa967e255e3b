// Uses the page as a musician does, in a real Chromium with the real server, and records what is seen.
//
//   node browser.mjs CHROMIUM ADDRESS FOLDER
//
// FOLDER has the files to open, and gets the downloads and seen.json. When this script prints "stop the server", the
// caller stops it and writes a line to its standard input; the script then records what the page says.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { launchChromium, noteErrors } from "../../support/node/chromium.mjs";
import { chooseChords } from "./chords.mjs";
import { singAClosedHymn } from "./closed.mjs";
import { chooseEnsembles } from "./ensembles.mjs";
import { moveNotes } from "./editing.mjs";
import { chooseAMelody } from "./melody.mjs";
import { useATelephone } from "./narrow.mjs";
import { readNumerals } from "./numerals.mjs";
import { printHymns } from "./paper.mjs";
import { setPhrases } from "./phrases.mjs";
import { rehearse } from "./rehearsal.mjs";
import { keepWork, workWithoutDatabase } from "./keeping.mjs";
import { notesByStaff } from "./steps.mjs";
import { chooseModels, orderRepeats, switchWhilePlaying } from "./listening.mjs";

const [, , program, address, folder] = process.argv;
const PATIENCE_MS = 30_000;
const seen = { requests: [], errors: [] };

const browser = await launchChromium(program, "--autoplay-policy=no-user-gesture-required");
const context = await newContext();
let page = await context.newPage();

// A browser that has nothing of ripieno yet.
async function newContext() {
    const fresh = await browser.newContext({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
    fresh.setDefaultTimeout(PATIENCE_MS);
    fresh.on("request", (request) => seen.requests.push(request.url()));
    noteErrors(fresh, seen.errors, (text) => text.startsWith("Failed to load resource")); // provoked by a test
    return fresh;
}

// A part that works in a browser of its own.
const apart = (part) => Object.defineProperty(() => separately(part), "name", { value: part.name });

async function separately(part) {
    const fresh = await newContext();
    await part(fresh, address, seen, folder);
    await fresh.close();
}

// -- helpers -----------------------------------------------------------------------------------------------

const text = (id) => page.evaluate((name) => document.getElementById(name).textContent, id);
const state = (read) => page.evaluate(`(${read})(window.ripieno.actions)`);
const idle = () =>
    page.waitForFunction(
        () => window.ripieno.actions.job === null && !window.ripieno.actions.status.endsWith("…")
    );
const steps = (count) =>
    page.waitForFunction((many) => window.ripieno.actions.piece?.steps.length === many, count);

async function download(id, name) {
    await page.click("#save summary");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click(`#${id}`)]);
    await file.saveAs(join(folder, name));
    return file.suggestedFilename();
}

async function open(name) {
    const base64 = readFileSync(join(folder, name)).toString("base64");
    await page.evaluate(
        ([data, file]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], file));
            window.dispatchEvent(
                new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
            );
        },
        [base64, name]
    );
    await page.waitForFunction(() => !window.ripieno.actions.status.endsWith("…"));
}

async function drag(from, to) {
    const [start, end] = await Promise.all(
        [from, to].map((index) => page.locator(`.bar[data-index="${index}"]`).boundingBox())
    );
    await page.mouse.move(start.x + start.width / 2, start.y + 20);
    await page.mouse.down();
    await page.mouse.move(end.x + end.width / 2, end.y + 20, { steps: 4 });
    await page.mouse.up();
}

// Waits until the score is engraved for the room that it has now.
const engraved = () =>
    page.waitForFunction(() => {
        const { dataset, clientWidth } = document.getElementById("score");
        return clientWidth > 0 && dataset.engraved === String(clientWidth);
    });

// The roles of controls that have no accessible name, as the browser computes it.
async function nameless() {
    const session = await context.newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const roles = [
        "button",
        "textbox",
        "slider",
        "combobox",
        "checkbox",
        "spinbutton",
        "radio",
        "listbox",
        "option",
        "link",
        "progressbar"
    ];
    return nodes
        .filter((node) => !node.ignored && roles.includes(node.role?.value) && !node.name?.value)
        .map((node) => node.role.value);
}

// The controls that Tab does not reach from the top.
async function missedByTab() {
    const wanted = await page.evaluate(() => {
        const all = [...document.querySelectorAll("button, summary, select, input, [tabindex='0']")];
        const isEnabled = (element) =>
            element.checkVisibility() && !element.disabled && element.tabIndex >= 0;
        return all.filter(isEnabled).map((element, index) => (element.dataset.stop = String(index)));
    });
    await page.evaluate(() => {
        document.activeElement?.blur();
        window.scrollTo(0, 0);
    });
    const reached = new Set();
    for (let press = 0; press < wanted.length + 3; press += 1) {
        await page.keyboard.press("Tab");
        reached.add(await page.evaluate(() => document.activeElement?.dataset.stop));
    }
    const missed = wanted.filter((stop) => !reached.has(stop));
    return page.evaluate(
        (stops) =>
            stops.map((stop) => document.querySelector(`[data-stop="${stop}"]`).outerHTML.slice(0, 80)),
        missed
    );
}

// The loudest moment within some milliseconds, as root mean square.
const loudest = (milliseconds) =>
    page.evaluate(async (length) => {
        let loudest = 0;
        const until = performance.now() + length;
        while (performance.now() < until) {
            loudest = Math.max(loudest, window.ripieno.player.level);
            await new Promise(requestAnimationFrame);
        }
        return loudest;
    }, milliseconds);

// -- what a musician does ----------------------------------------------------------------------------------

async function arrive() {
    await page.goto(address);
    await page.waitForSelector("#examples button");
    seen.examples = await page.locator("#examples button").allTextContents();
    seen.settings = (
        await (await context.request.get(new URL("/v1/settings", address).href)).json()
    ).settings;
    seen.fields = await page.evaluate(() =>
        [...document.querySelectorAll("input[type=number], input[type=range]")]
            .filter((field) => !field.closest(".player, #more-settings"))
            .map(({ id, dataset, min, max, value, title }) => [id, { ...dataset }, min, max, value, title])
    );
    seen.namelessAtFirst = await nameless();
    seen.missedAtFirst = await missedByTab();
}

async function harmonize() {
    await page.click('#examples button:has-text("Twinkle")');
    await page.waitForSelector(".bar");
    seen.offer = await text("write");
    seen.notesBefore = await notesByStaff(page);
    await page.fill("#seed", "3");
    await page.click("#write");
    seen.working = await text("status");
    await steps(1);
    await idle();
    seen.notesAfter = await notesByStaff(page);
    seen.focusAfterWriting = await page.evaluate(() => document.activeElement.id);
    await page.waitForFunction(() => document.querySelectorAll("#cards .picture > svg").length === 3);
    seen.versions = await page.locator("#cards .card").evaluateAll((cards) =>
        cards.map((card) => ({
            facts: [...card.querySelectorAll(".fact")].map((fact) => fact.textContent),
            notesByStaff: [...card.querySelectorAll("g.measure > g.staff")].map((staff) => [
                Number(staff.dataset.n),
                staff.querySelectorAll("g.note").length,
                staff.querySelectorAll("g.note.new").length
            ])
        }))
    );
    seen.pictured = await text("pictured");
    seen.figures = await page.locator("#figures tr").allTextContents();
    seen.replyVersions = await state((actions) =>
        actions.piece.result.reply.alternatives.map(({ voices }) => voices)
    );
    seen.replyHarmonies = await state((actions) =>
        actions.piece.result.reply.alternatives.map(({ chords, difference }) => ({ chords, difference }))
    );
    seen.originality = await text("originality");
    seen.brackets = await page.locator(".bracket").count();
    seen.recipe = await text("recipe");
    await download("save-musicxml", "harmonized.musicxml");
    seen.nameless = await nameless();
    seen.missed = await missedByTab();
}

// In a second page, whose table of settings has one more.
async function useMoreSettings() {
    const first = page;
    page = await context.newPage();
    await page.route("**/v1/settings", async (route) => {
        const table = await (await route.fetch()).json();
        const beam = table.settings.find(({ key }) => key === "beam");
        const added = { label: "Boldness", help: "How bold the bass is.", minimum: 0, maximum: 5 };
        table.settings.push({ ...beam, ...added, name: "boldness", key: "boldness", otherwise: "shy" });
        await route.fulfill({ json: table });
    });
    await page.goto(address);
    await page.click('#examples button:has-text("Twinkle")');
    await page.waitForSelector(".bar");
    await page.focus("#more-settings summary");
    await page.keyboard.press("Enter");
    const labels = () => page.locator("#more-settings label:visible").allTextContents();
    seen.moreSettings = await labels();
    const read = ({ min, max, placeholder }) => [min, max, placeholder];
    seen.addedField = await page.getByLabel("Boldness").evaluate(read);
    seen.addedHelp = await text("setting-boldness-help");
    seen.namelessInMore = await nameless();
    seen.missedInMore = await missedByTab();
    await page.setViewportSize({ width: 400, height: 760 });
    await engraved();
    seen.narrowMore = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.selectOption("#model", "rbm-chorales");
    seen.moreOfRbm = await labels();
    await page.getByLabel("Threshold").fill("0.5");
    await page.selectOption("#model", "lstm-chorales");
    await page.getByLabel("Beam").fill("99");
    await page.click("#write");
    seen.beamFault = await text("message-text");
    await page.getByLabel("Beam").fill("2");
    await page.getByLabel("Boldness").fill("");
    const [sent] = await Promise.all([page.waitForRequest("**/v1/musicxml/harmonize"), page.click("#write")]);
    seen.sentOfMore = Object.keys(sent.postDataJSON());
    await steps(1);
    await idle();
    seen.recipeOfMore = await text("recipe");
    await page.close();
    page = first;
}

async function listen() {
    await page.click("#mixer summary");
    seen.namelessInMixer = await nameless();
    seen.missedInMixer = await missedByTab();
    await page.focus("#count-in");
    await page.keyboard.press("Escape");
    seen.focusAfterMixer = await page.evaluate(() => [
        document.activeElement.parentElement.id,
        document.getElementById("mixer").open
    ]);
    await page.focus("#score");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => window.ripieno.player.level > 0.01);
    const place = () =>
        page.evaluate(() => [
            window.ripieno.player.position,
            document.getElementById("cursor").style.transform
        ]);
    seen.cursor = [await place()];
    seen.lit = await page.locator("g.note.sounding").count();
    await page.waitForFunction((before) => window.ripieno.player.position > before + 1, seen.cursor[0][0]);
    seen.cursor.push(await place());
    seen.loudness = await loudest(200);
    await page.keyboard.press("Space");
    seen.stopped = await page.evaluate(() => [
        window.ripieno.player.playing,
        document.getElementById("cursor").hidden
    ]);
    await page.waitForFunction(() => window.ripieno.player.level < 1e-4);
    for (const voice of ["soprano", "alto", "tenor", "bass"]) {
        await page.click(`#mute-${voice}`);
    }
    await page.click('.bar[data-index="4"]');
    await page.click("#play");
    await page.waitForFunction(() => window.ripieno.player.playing);
    seen.mutedLoudness = await loudest(500);
    seen.startedAt = await page.evaluate(() => window.ripieno.player.position);
    await page.click("#mute-bass");
    await page.waitForFunction(() => window.ripieno.player.level > 0.005);
    await page.click("#play");
}

async function rewriteABar() {
    await page.focus("#score");
    await page.keyboard.press("Escape");
    await page.click('.bar[data-index="2"]');
    await drag(1, 4);
    seen.dragged = await text("write");
    await page.click('.bar[data-index="2"]');
    seen.selected = await page.locator('.bar[aria-selected="true"]').count();
    await page.keyboard.press("Shift+ArrowRight");
    seen.extended = await text("write");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.click(".staff-label >> nth=3"); // makes the bass given
    seen.offerForABar = await text("write");
    await page.fill("#seed", "");
    await page.click("#write");
    await steps(2);
    await idle();
    seen.notesRewritten = await notesByStaff(page);
    await download("save-musicxml", "rewritten.musicxml");
    seen.midiName = await download("save-midi", "rewritten.mid");
    seen.lilypondName = await download("save-lilypond", "rewritten.ly");
    await dragMidiOut();
    seen.svgName = await download("save-svg", "rewritten.svg");
}

/** What another program gets of the MIDI row when it is dragged there: the browser's own words, and the file. */
async function dragMidiOut() {
    await page.click("#save summary");
    await page.waitForSelector("#save-midi[draggable=true]");
    const offered = await page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        const row = document.getElementById("save-midi");
        row.dispatchEvent(new DragEvent("dragstart", { dataTransfer, bubbles: true }));
        return dataTransfer.getData("DownloadURL");
    });
    const [, type, name, url] = /^([^:]+):([^:]+):(.*)$/.exec(offered);
    const click = page.evaluate((href) => {
        const link = document.createElement("a");
        Object.assign(link, { href, download: "" }).click();
    }, url);
    const [file] = await Promise.all([page.waitForEvent("download"), click]);
    await file.saveAs(join(folder, "dragged.mid"));
    seen.midiDragged = { type, name };
    await page.click("#save summary");
}

async function undoAndChoose() {
    const document = () => state((actions) => actions.piece.document);
    const rewritten = await document();
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z"); // the toggle of the bass
    const harmonized = await document();
    seen.undone = harmonized === readFileSync(join(folder, "harmonized.musicxml"), "utf8");
    await page.keyboard.press("Control+Shift+Z");
    await page.keyboard.press("Control+Shift+Z");
    seen.redone = (await document()) === rewritten;
    await page.click("#undo");
    await page.click("#undo");
    await page.click("#cards button >> nth=1");
    await page.waitForFunction(() => window.ripieno.actions.piece.chosen === 1);
    seen.otherVersion = (await document()) !== harmonized;
    await download("save-musicxml", "second.musicxml");
}

async function continueAndVary() {
    await page.fill("#alternatives", "1");
    await page.fill("#continue-bars", "2");
    const before = await state((actions) => actions.piece.measures.length);
    const done = await state((actions) => actions.piece.steps.length);
    await page.click("#continue");
    await page.focus("#seed");
    await steps(done + 1);
    await idle();
    seen.focusWhileTyping = await page.evaluate(() => document.activeElement.id);
    seen.grown = (await state((actions) => actions.piece.measures.length)) - before;
    seen.givenToVary = await state((actions) => actions.piece.given);
    await download("save-musicxml", "grown.musicxml");
    await page.click("#vary");
    await steps(done + 2);
    await idle();
    await download("save-musicxml", "varied.musicxml");
}

async function cancelWork() {
    await page.click("#new");
    await page.fill("#compose-bars", "200");
    const before = await state((actions) => actions.piece.document);
    await page.click("#compose-go");
    await page.waitForFunction(() => window.ripieno.actions.job !== null);
    await page.evaluate(() => document.getElementById("cancel").click());
    await idle();
    seen.cancelled = await state((actions) => actions.status);
    seen.keptByCancel = before === (await state((actions) => actions.piece.document));
    await page.fill("#compose-bars", "4");
    await page.selectOption("#compose-key", "G minor");
    await page.selectOption("#compose-meter", "3/4");
    await page.selectOption("#compose-pickup", "1");
    await page.click("#compose-go");
    await page.waitForFunction(() => window.ripieno.actions.piece.name === "composed.musicxml");
    await idle();
    seen.composed = await state((actions) =>
        actions.piece.measures.map((measure) => [measure.number, measure.duration])
    );
}

async function lookAtFaults() {
    await open("fifths.musicxml");
    seen.focusAfterOpening = await page.evaluate(() => document.activeElement.id);
    await page.waitForSelector("#faults button");
    seen.faults = await page.locator("#faults button").allTextContents();
    await page.focus("#faults button >> nth=0");
    seen.tip = await text("tooltip");
    seen.markedHeads = await page.evaluate(() => {
        const heads = window.ripieno.view.notes.map((note) => [
            note,
            window.ripieno.view.group(note.id).querySelector(".notehead").getBoundingClientRect()
        ]);
        const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
        return [...document.querySelectorAll(".mark.current")].map((mark) => {
            const [x, y] = middle(mark.getBoundingClientRect());
            const near = heads.filter(([, box]) => Math.hypot(middle(box)[0] - x, middle(box)[1] - y) < 4);
            return near.map(([note]) => [note.staff, note.onset, note.pitch]);
        });
    });
}

async function openBadFiles() {
    seen.refusals = {};
    for (const name of ["bomb.musicxml", "nonsense.mid", "long.musicxml"]) {
        await open(name);
        seen.refusals[name] = await text("message-text");
    }
    seen.keptByRefusal = await state((actions) => actions.piece.name);
    await open("script.musicxml");
    seen.title = await text("title");
    seen.message = await text("message-text");
    seen.hacked = await page.evaluate(() => window.hacked ?? null);
}

async function harmonizeTooHigh() {
    await open("high.musicxml");
    await page.click("#more-settings summary");
    await page.getByLabel("Strict ranges").selectOption("yes");
    await page.click("#write");
    await page.waitForFunction(() => window.ripieno.actions.message !== "");
    seen.complaint = await text("message-text");
    seen.errorPlace = await page.evaluate(() => {
        const middle = (box) => box.left + box.width / 2;
        const box = document.querySelector(".error-place")?.getBoundingClientRect();
        const bars = [...document.querySelectorAll(".bar")];
        return (
            box &&
            bars
                .filter((bar) => Math.abs(middle(bar.getBoundingClientRect()) - middle(box)) < 2)
                .map((bar) => bar.getAttribute("aria-label"))
        );
    });
    seen.mending = await text("message-mend");
    await page.click("#message-mend");
    await steps(1);
    seen.tickOfMending = await page.isChecked("#transpose");
    await idle();
    seen.moved = await text("status");
    seen.messageAfterMending = await text("message-text");
    seen.recipeOfStrict = await text("recipe");
    await page.uncheck("#transpose");
    await page.getByLabel("Strict ranges").selectOption("no");
}

async function lookAround() {
    const contrast = () =>
        page.evaluate(() => {
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const light = (name) => {
                canvas.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
                canvas.fillRect(0, 0, 1, 1);
                const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
                const [r, g, b] = parts.map((part) =>
                    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
                );
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ratio = (a, b) =>
                (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
            const pairs = [
                ["--ink", "--paper"],
                ["--ink", "--background"],
                ["--soft", "--paper"],
                ["--soft", "--background"],
                ["--new", "--new-shade"],
                ["--new", "--paper"]
            ];
            pairs.push(
                ["--on-new", "--new"],
                ["--fault", "--paper"],
                ["--warning", "--paper"],
                ["--originality", "--paper"],
                ["--paper", "--ink"]
            );
            return Object.fromEntries(pairs.map(([a, b]) => [`${a} on ${b}`, ratio(a, b)]));
        });
    seen.contrast = { light: await contrast() };
    await page.emulateMedia({ colorScheme: "dark" });
    seen.contrast.dark = await contrast();
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 400, height: 760 });
    await engraved();
    seen.narrow = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.getElementById("score").clientWidth
    ]);
    seen.narrowWrite = await page.evaluate(
        () => document.getElementById("write").getBoundingClientRect().bottom <= window.innerHeight
    );
    await page.setViewportSize({ width: 1366, height: 800 });
    await engraved();
    await page.evaluate(() => document.querySelector(".panel").scrollTo(0, 0));
    seen.below = await page.evaluate(() => {
        const floor = document.querySelector(".player").getBoundingClientRect().top;
        const isBelow = (id) => document.getElementById(id).getBoundingClientRect().bottom > floor;
        return ["write", "continue", "vary"].filter(isBelow);
    });
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    seen.printed = await page.evaluate(() =>
        [...document.body.children].filter((child) => child.checkVisibility()).map((child) => child.id)
    );
    seen.printedTitle = await page.evaluate(() => document.querySelector("#sheets svg").textContent);
    await page.emulateMedia({ media: null });
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
}

// The link to the listening test, which must sound, and the way back.
async function openListeningTest(fresh) {
    const other = await fresh.newPage();
    await other.goto(address);
    await other.click("#welcome a");
    await other.waitForFunction(() => window.ripieno !== undefined);
    await other.click("#begin");
    seen.listeningTest = [await other.textContent("#question-title"), await other.textContent("#progress-text")];
    await other.keyboard.press("Space");
    await other.waitForFunction(() => window.ripieno.player.playing);
    await other.goBack();
    seen.backFromTest = await other.textContent("#welcome-title");
}

async function loseTheServer() {
    const before = await state((actions) => actions.piece.document);
    console.log("stop the server");
    await new Promise((gone) => process.stdin.once("data", gone));
    await page.click("#continue");
    await idle();
    seen.gone = await text("message-text");
    seen.keptByLoss = before === (await state((actions) => actions.piece.document));
    await download("save-musicxml", "after.musicxml");
}

const PARTS = [
    arrive,
    harmonize,
    useMoreSettings,
    listen,
    rewriteABar,
    undoAndChoose,
    continueAndVary,
    cancelWork,
    lookAtFaults,
    harmonizeTooHigh,
    openBadFiles,
    lookAround,
    apart(keepWork),
    apart(workWithoutDatabase),
    apart(chooseModels),
    apart(orderRepeats),
    apart(switchWhilePlaying),
    apart(rehearse),
    apart(singAClosedHymn),
    apart(printHymns),
    apart(useATelephone),
    apart(moveNotes),
    apart(setPhrases),
    apart(chooseAMelody),
    apart(chooseEnsembles),
    apart(readNumerals),
    apart(chooseChords),
    apart(openListeningTest),
    loseTheServer
];
for (const part of PARTS) {
    const began = performance.now();
    try {
        await part();
    } catch (error) {
        await page.screenshot({ path: join(folder, "failed.png") });
        console.error(
            `${part.name}: ${error.message}; the page says: ${await text("message-text")} ${await text("status")}`
        );
        process.exit(1);
    }
    console.error(`${part.name} ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
writeFileSync(join(folder, "seen.json"), JSON.stringify(seen));
await browser.close();
process.exit(0);
