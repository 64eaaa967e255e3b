// Opens scores with MuseScore 4's core: node open_score.cjs, and on standard input a line for each score,
// ["given.musicxml", "saved.musicxml"]. Saves it as MusicXML again, and prints a line: its title, measures and
// parts as JSON.
//
// A second score in one core ends in "memory access out of bounds", so after each the core's memory is set back
// to what it was before the first.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");

delete globalThis.fetch; // else webmscore asks the network for its own files
const instantiate = WebAssembly.instantiate;
let memory = null;
WebAssembly.instantiate = (code, imports) => {
    const given = Object.values(imports).flatMap(Object.values);
    memory = given.find((each) => each instanceof WebAssembly.Memory);
    return instantiate(code, imports);
};
const WebMscore = require("webmscore");

async function open(given, saved) {
    await WebMscore.setLogLevel(0);
    const score = await WebMscore.load("xml", fs.readFileSync(given));
    const { title, measures, parts } = await score.metadata();
    fs.writeFileSync(saved, await score.saveXml());
    return { title, measures, parts: parts.map((part) => part.name) };
}

async function openAll() {
    await WebMscore.ready;
    const before = new Uint8Array(memory.buffer).slice();
    for await (const line of readline.createInterface({ input: process.stdin })) {
        process.stdout.write(`${JSON.stringify(await open(...JSON.parse(line)))}\n`);
        const now = new Uint8Array(memory.buffer); // it may have grown
        now.set(before);
        now.fill(0, before.length);
    }
}

openAll().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
});
