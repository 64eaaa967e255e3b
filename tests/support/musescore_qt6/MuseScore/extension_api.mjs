// What an extension has of MuseScore 4.7: the global object ``api``. The types of elements are names, but newElement
// takes numbers; a plugin's root object, curScore, Element and the modules of plugins are not there.

import { makeScore, removeElement, scoreApi, setNames } from "./api.mjs";
import { newElement } from "./elements.mjs";
import { fraction, strict } from "./strict.mjs";

const tests = { model: null, refused: [], numbers: {} };  // what the tests look at

class Engraving {
    constructor(names) { this._names = names; }
    get division() { return 480; }
    get mscoreVersion() { return 40700; }
    get mscoreMajorVersion() { return 4; }
    get mscoreMinorVersion() { return 7; }
    get mscoreUpdateVersion() { return 0; }
    get curScore() { return tests.model === null ? null : scoreApi(tests.model); }
    get Element() { return this._names; }
    get Placement() { return Object.freeze({ ABOVE: "ABOVE", BELOW: "BELOW" }); }
    newElement(number) {
        const kinds = Object.keys(tests.numbers);
        return newElement(kinds.find((kind) => tests.numbers[kind] === (number | 0)));  // a name becomes 0, as in Qt
    }
    removeElement(element) { removeElement(element); }
    fraction(numerator, denominator) { return fraction(numerator, denominator); }
    cmd(action) { tests.refused.push(action); }
    quit() {}  // closes no extension
    readScore() { throw new Error("readScore opens another score"); }
    writeScore() { throw new Error("the model cannot write scores"); }
}

/** The object ``api``. kinds: of elements, as an object; numbers: those of newElement. */
export function makeApi(kinds, segments, numbers) {
    const names = {};
    for (const kind of Object.keys(kinds))
        names[kind] = kind;
    setNames(Object.freeze(names), segments);
    tests.numbers = numbers;
    return Object.freeze({ engraving: strict(new Engraving(names)), log: Object.freeze({ info() {}, warn() {}, error() {} }) });
}

export function open(description) {
    const told = JSON.parse(description);
    tests.model = told === null ? null : makeScore(told);
}

/** What an expression of a test finds besides the names of the window. */
export function known() {
    return { model: tests.model, curScore: tests.model === null ? null : scoreApi(tests.model), refused: tests.refused };
}
