// Opens a score with MuseScore 4's core: node open_score.cjs GIVEN.musicxml SAVED.musicxml
// Prints its title, measures and parts as JSON, and saves it as MusicXML again.
// One score a process: a second one ends in "memory access out of bounds".
"use strict";

const fs = require("node:fs");

delete globalThis.fetch; // else webmscore asks the network for its own files
const WebMscore = require("webmscore");

async function open(given, saved) {
    await WebMscore.ready;
    const score = await WebMscore.load("xml", fs.readFileSync(given));
    const { title, measures, parts } = await score.metadata();
    fs.writeFileSync(saved, await score.saveXml());
    process.stdout.write(JSON.stringify({ title, measures, parts: parts.map((part) => part.name) }));
}

open(...process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
});
