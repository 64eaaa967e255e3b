// MuseScore 4's core opens a score: node open_score.cjs GIVEN.musicxml AGAIN.musicxml
// Prints as JSON what it found, and writes the score as MusicXML of its own.
// One score a process: a second one ends in "memory access out of bounds".
"use strict";

const fs = require("node:fs");

delete globalThis.fetch; // else webmscore asks the network for its own files
const WebMscore = require("webmscore");

async function open(given, again) {
    await WebMscore.ready;
    const score = await WebMscore.load("xml", fs.readFileSync(given));
    const { title, measures, parts } = await score.metadata();
    fs.writeFileSync(again, await score.saveXml());
    process.stdout.write(JSON.stringify({ title, measures, parts: parts.map((part) => part.name) }));
}

open(...process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
});
