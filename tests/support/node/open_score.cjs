// Opens scores with MuseScore 4's core: node open_score.cjs, and on standard input a line for each score,
// ["given.musicxml", "saved.musicxml"]. Saves it as MusicXML again, and prints a line: its title, measures and
// parts as JSON.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");

delete globalThis.fetch; // else webmscore asks the network for its own files

/** A core that has opened nothing yet: a second score in the same one ends in "memory access out of bounds". */
function newCore() {
    delete require.cache[require.resolve("webmscore")];
    return require("webmscore");
}

async function open(given, saved) {
    const WebMscore = newCore();
    await WebMscore.ready;
    const score = await WebMscore.load("xml", fs.readFileSync(given));
    const { title, measures, parts } = await score.metadata();
    fs.writeFileSync(saved, await score.saveXml());
    return { title, measures, parts: parts.map((part) => part.name) };
}

async function openAll() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        process.stdout.write(`${JSON.stringify(await open(...JSON.parse(line)))}\n`);
    }
}

openAll().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
});
