// The js object of Max 8 runs ES5: newer keywords are syntax errors there, and newer functions are missing.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const vm = require("node:vm");
const {FOLDER, TOO_NEW} = require("./max.js");

const NEW_WORDS = /\b(let|const|class|extends|super|import|export|async|await|yield|of)\b/;
const NEW_SIGNS = /=>|`|\.\.\.|\*\*|\?\?|\?\./;
const NEW_METHODS = /\bfunction\s*\*|\{\s*\w+\s*\(\)\s*\{|\bfunction[^(]*\([^)]*=/;

const QUIET = [
    /\/\/[^\n]*/, // comments
    /\/\*[\s\S]*?\*\//,
    /"(?:\\.|[^"\\\n])*"/, // strings
    /'(?:\\.|[^'\\\n])*'/,
    /(?<=[=(,:]\s*)\/(?:\\.|[^/\\\n])+\/\w*/ // regular expressions: no division stands there
];

// The code without comments, strings and regular expressions.
function bare(code) {
    return code.replace(new RegExp(QUIET.map((pattern) => pattern.source).join("|"), "g"), " ");
}

function findings(code) {
    return [NEW_WORDS, NEW_SIGNS, NEW_METHODS].map((pattern) => pattern.exec(bare(code)))
        .filter(Boolean).map((found) => found[0]);
}

const scripts = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".js"));

for (const name of scripts) {
    test(`${name} is ES5`, () => {
        assert.deepEqual(findings(fs.readFileSync(path.join(FOLDER, name), "utf8")), []);
    });
}

for (const code of [
    "let a = 1;", "const b = 2;", "class C {}", "f(() => 1);", "`text`", "f(...list);", "2 ** 3",
    "for (x of y) {}", "function f(a = 1) {}", "a ?? b", "a?.b", "function* g() {}", "({m() {}})"
]) {
    test(`the check finds ${code}`, () => assert.notDeepEqual(findings(code), []));
}

test("the check does not mind new words in strings, comments and regular expressions", () => {
    assert.deepEqual(findings("var a = \"let it => be\"; // const\nvar r = /class|`/; /* of */ var d = 4 / 2;"), []);
});

test("every script is included, and only scripts that are there", () => {
    const code = fs.readFileSync(path.join(FOLDER, "ripieno.js"), "utf8");
    const included = [...code.matchAll(/^include\("(.+)"\);$/gm)].map((found) => found[1]);
    assert.deepEqual([...included, "ripieno.js"].sort(), scripts.sort());
});

test("what ES5 does not have is missing in the stand-in for Max, too", () => {
    const scope = vm.createContext({});
    vm.runInContext(TOO_NEW, scope);
    assert.equal(vm.runInContext("typeof [].includes + typeof Object.assign + typeof Promise", scope),
        "undefinedundefinedundefined");
});
