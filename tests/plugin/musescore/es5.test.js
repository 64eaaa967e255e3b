// MuseScore 3 runs Qt 5.9's JavaScript: newer keywords are syntax errors there, and the whole plugin would be missing.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const {FOLDER} = require("./scripts.js");

const NEW = [
    /\b(let|const|class|extends|super|export|async|await|yield|of)\b/, /=>|`|\.\.\.|\*\*|\?\?|\?\./,
    /\bfunction\s*\*|\bfunction[^(]*\([^)]*=/,
    /\.(includes|startsWith|endsWith|padStart|repeat|find|findIndex|fill|flat|flatMap|assign|entries|values)\(/
];
const QUIET = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|(?<=[=(,:[]\s*)\/(?:\\.|[^/\\\n])+\/\w*/g;
const OWN = /\b(?:Snapshot|Texts)\.(?:find|fill)\(/g; // the plugin's own functions, not the language's

function findings(code) {
    const bare = code.replace(QUIET, " ").replace(OWN, " ");
    return NEW.map((pattern) => pattern.exec(bare)).filter(Boolean).map((found) => found[0]);
}

for (const name of fs.readdirSync(FOLDER).filter((each) => /\.(js|qml)$/.test(each))) {
    test(`${name} is ES5`, () =>
        assert.deepEqual(findings(fs.readFileSync(path.join(FOLDER, name), "utf8")), []));
}

for (const code of ["let a = 1;", "f(() => 1);", "`text`", "f(...list)", "[1].includes(1)", "for (x of y) {}",
    "function f(a = 1) {}", "a?.b", "Object.assign({}, a)"]) {
    test(`the check finds ${code}`, () => assert.notDeepEqual(findings(code), []));
}

test("a script imports what is there, and only that", () => {
    for (const name of fs.readdirSync(FOLDER).filter((each) => each.endsWith(".js"))) {
        const code = fs.readFileSync(path.join(FOLDER, name), "utf8");
        for (const [, file, word] of code.matchAll(/^\.import "(.+)" as (\w+)$/gm)) {
            assert.ok(fs.existsSync(path.join(FOLDER, file)), `${name}: ${file}`);
            assert.ok(new RegExp(`\\b${word}\\.`).test(code.replace(/^\.import.*$/gm, "")), `${name}: ${word}`);
        }
    }
});

test("what a script uses of another is there", () => {
    for (const name of fs.readdirSync(FOLDER).filter((each) => /\.(js|qml)$/.test(each))) {
        const code = fs.readFileSync(path.join(FOLDER, name), "utf8");
        for (const [, file, word] of code.matchAll(/^\.?import "(.+\.js)" as (\w+)$/gm)) {
            const other = fs.readFileSync(path.join(FOLDER, file), "utf8");
            for (const [, used] of code.matchAll(new RegExp(`\\b${word}\\.(\\w+)`, "g"))) {
                assert.match(other, new RegExp(`^(function|var) ${used}\\b`, "m"), `${name}: ${word}.${used}`);
            }
        }
    }
});

test("the head of the plugin is one that MuseScore 3 takes and MuseScore 4.4 understands", () => {
    const code = fs.readFileSync(path.join(FOLDER, "ripieno.qml"), "utf8");
    assert.match(code, /^ {4}\/\/4\.4 title: ".+"$/m);
    assert.match(code, /^ {4}\/\/4\.4 categoryCode: ".+"$/m);
    assert.doesNotMatch(code, /^ {4}(title|categoryCode|thumbnailName):/m);
    assert.doesNotMatch(code, /QtQuick\.Dialogs|Qt\.labs|QtQuick\.Controls 1/);
    assert.match(code, /^ {4}pluginType: "dialog"$/m);
});
