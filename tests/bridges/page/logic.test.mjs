// The page's modules that need no browser: history, selection, requests, piece, note lookup, recipe, settings, SSE, timing.

import assert from "node:assert/strict";
import { test } from "node:test";

const PAGE = new URL("../../../bridges/ripieno_bridges/page/", import.meta.url);
const load = (name) => import(new URL(name, PAGE));
const { begin, changed, redone, undone } = await load("history.js");
const { bounded, MAX_LETTERS, MAX_STEPS, packed, unpacked } = await load("kept_work.js");
const { clicked, includes, keyed, span, within } = await load("selection.js");
const guidance = await load("guidance.js");
const { endNotes, melodyNoteAt, melodyNotes, nextFree, tailOfChain } = await load("phrase_ends.js");
const { keyName, keySetting, KEYS, KEYS_TO_COMPOSE } = await load("keys.js");
const requests = await load("requests.js");
const { fileStem, opened, toggled, toWrite, withAlternative, withMelody, withMovedNote } = await load("piece.js");
const { headOfChain, lineOfNotes, measureAt, measuresOf, muteName, notesOf, shadesFor, voiceOf, writtenIds } = await load("note_lookup.js");
const { differenceTexts, firstDifference, spacingText } = await load("differences.js");
const { commandLines, quoted, recipeText } = await load("recipe.js");
const { attributesOf, choicesOf, filledIn, otherSettings, valueOf } = await load("settings.js");
const { EventReader } = await load("sse.js");
const { perform, performedAt, writtenAt } = await load("performance.js");
const { NO_MARKS, playingOrder } = await load("repeats.js");
const { countIn } = await load("count_in.js");
const { Mixer, volumeText } = await load("mixer.js");
const { soundingParts } = await load("sung_parts.js");
const { RATE, partialsOf, struckString } = await load("piano_tones.js");
const { quarterAt, secondsAt } = await load("timing.js");
const { parted } = await load("tones.js");
const { Transport } = await load("transport.js");
const { meterNote } = await load("meters.js");
const { chordWords } = await load("numerals.js");
const { chordsText, keeping, measuresAround, shownChords, withKept, without } = await load("chords.js");
const { Rows } = await load("rows.js");
const { factsOf } = await load("versions.js");
const { figureText, keyText, measuresName, counted, doneText, momentName, placeOf, sentence, symbolText, temperatureName } =
    await load("texts.js");

const plain = (text) => text.replaceAll("\u00a0", " ");

// A pickup of one quarter and four bars of 3/4.
const MEASURES = [
    { number: "0", onset: 0, duration: 1 },
    ...[1, 2, 3, 4].map((number) => ({ number: String(number), onset: 3 * number - 2, duration: 3 }))
];
const line = (voice, staff, notes) => ({ voice, staff, part: voice, notes });
const READING = {
    ...{ name: "tune.musicxml", title: "A tune", document: "<melody/>", measures: MEASURES },
    ...{ voices: [line("soprano", 0, 9)], faults: [], remarks: [] }
};
const CHOIR = ["soprano", "alto", "tenor", "bass"].map((voice, staff) => line(voice, staff, 9));
const SETTINGS = { model: null, temperature: null, alternatives: 3, seed: null };
const MELODY = opened(READING);
const note = (onset, pitch, duration = 1) => ({ onset, duration, pitch });
const replyWith = (voices, more = {}) => ({
    ...{ seed: 7, model: "lstm", weights: "ab", remarks: [], moved: 0, complete: true },
    alternatives: [
        { document: "<satb/>", voices, faults: [], originality: null, log_likelihood: -3, ...more }
    ]
});
const wrote = (voice, staff, ...notes) => ({ voice, staff, notes });
const REREAD = { ...READING, document: "<satb/>", voices: CHOIR };

function harmonized() {
    const { request } = requests.write(MELODY, null, SETTINGS, "choir");
    const reply = replyWith([
        wrote("alto", 1, note(0, 60), note(1, 62, 3)),
        wrote("bass", 3, note(0, 48), note(4, 50))
    ]);
    return withAlternative(MELODY, request, reply, 0, REREAD);
}

// -- undo --------------------------------------------------------------------------------------------------

test("undo and redo give every state back, and a change after undo forgets what was undone", () => {
    let history = changed(changed(begin("a"), "b"), "c");
    history = undone(undone(history));
    assert.equal(history.present, "a");
    assert.equal(undone(history), history);
    assert.equal(redone(redone(history)).present, "c");
    assert.equal(redone(changed(history, "d")).present, "d");
});

// -- work that is kept -------------------------------------------------------------------------------------

// A history of pieces, each made from the one before, whose documents have some letters.
function longHistory(count, letters) {
    const pieces = [];
    for (let number = 0; number < count; number += 1) {
        const base = pieces.at(-1) ?? null;
        const text = (version) => `${number} ${version} `.padEnd(letters, "x");
        const reply = { alternatives: [{ document: text("a") }, { document: text("b") }] };
        const request = { task: "vary", body: { document: base?.document } };
        pieces.push({
            name: number,
            document: text("a"),
            source: null,
            result: { base, request, reply },
            chosen: 0
        });
    }
    const present = {
        ...pieces[count - 1],
        document: pieces[count - 1].result.reply.alternatives[1].document,
        chosen: 1
    };
    return { past: pieces, present, future: [] };
}

test("work comes back as it was, its documents are kept once, and what was one object is one again", () => {
    const work = {
        history: longHistory(3, 5000),
        settings: { seed: 4 },
        moreSettings: { beam: "2" },
        saved: null
    };
    const kept = structuredClone(packed(work));
    assert.equal(kept.texts.length, 6);
    assert.equal(JSON.stringify(kept.graph).includes("xxxxx"), false);
    const back = unpacked(kept);
    assert.deepEqual(back, work);
    const { past, present } = back.history;
    assert.equal(present.result.reply, past[2].result.reply);
    assert.equal(past[2].result.base, past[1]);
});

test("of a long history the nearest steps are kept, and nothing of what lies beyond", () => {
    const { past, present } = bounded(longHistory(MAX_STEPS + 20, 5000));
    assert.equal(past.length, MAX_STEPS);
    assert.equal(present.result.reply, past.at(-1).result.reply);
    assert.equal(past[0].result.base.result, null);
    const work = { history: longHistory(10, MAX_LETTERS / 5), settings: {}, moreSettings: {}, saved: null };
    const kept = packed(work);
    const letters = kept.texts.reduce((sum, text) => sum + text.length, 0);
    assert.ok(letters <= MAX_LETTERS, `${letters}`);
    assert.equal(unpacked(kept).history.present.document, work.history.present.document);
});

test("a moment has its day where that is not today", () => {
    const now = new Date(2026, 10, 28, 12, 0);
    assert.equal(momentName(new Date(2026, 10, 28, 9, 5), now), "09:05");
    assert.equal(momentName(new Date(2026, 10, 27, 23, 59), now), "yesterday, 23:59");
    assert.equal(momentName(new Date(2026, 9, 3, 9, 5), now), "3 October, 09:05");
});

// -- chords that stay --------------------------------------------------------------------------------------

const IN_THREE = MEASURES.map((measure) => ({ ...measure, meter: "3/4" }));
const kept = (onset, end, symbol) => ({ onset, end, symbol });

test("chords that stay are words of a text, one for each beat where they need it", () => {
    const cases = [
        [[], ""],
        [[kept(1, 4, "G")], "? | G | ? | ? | ?"],
        [[kept(0, 1, "D7")], "D7 | ? | ? | ? | ?"],
        [[kept(2, 3, "C/E")], "? | ? C/E ? | ? | ? | ?"],
        [[kept(2, 4, "C/E")], "? | ? C/E . | ? | ? | ?"],
        [[kept(2, 5, "C/E")], "? | ? C/E . | C/E ? ? | ? | ?"],
        [[kept(1.5, 2, "Am"), kept(2, 3, "Am")], "? | ? Am Am . ? ? | ? | ? | ?"]
    ];
    for (const [chords, text] of cases) {
        assert.equal(chordsText(chords, IN_THREE), text);
    }
    const six = [{ number: "1", onset: 0, duration: 3, meter: "6/8" }];
    assert.equal(chordsText([kept(1.5, 3, "F")], six), "? F");
    assert.equal(chordsText([kept(0.5, 3, "F")], six), "? F . . . .");
});

test("a chord that is kept stands in the place of what sounds there, and of others that were kept", () => {
    const chord = (onset, symbol) => ({ measure: "1", onset, key: "C major", figure: "I", symbol });
    const piece = { ...MELODY, chords: [chord(0, "C"), chord(2, "G"), chord(3, "C")] };
    const names = (one) => shownChords(one).map(({ onset, end, symbol, isKept }) => [onset, end, symbol, isKept]);
    assert.deepEqual(names(piece), [
        [0, 2, "C", false],
        [2, 3, "G", false],
        [3, 13, "C", false]
    ]);
    const both = withKept([kept(2, 3, "Em")], kept(1, 3, "F"));
    assert.deepEqual(both, [kept(1, 3, "F")]);
    assert.deepEqual(names(keeping(piece, both))[1], [1, 3, "F", true]);
    assert.equal(names(keeping(piece, both)).length, 3);
    assert.deepEqual(without(both, kept(2, 4)), []);
    assert.deepEqual(without(both, kept(3, 4)), both);
});

test("around a chord its own measures and their neighbours settle anew", () => {
    assert.deepEqual(measuresAround(kept(5, 6), IN_THREE), { anchor: 1, focus: 3 });
    assert.deepEqual(measuresAround(kept(0, 1), IN_THREE), { anchor: 0, focus: 1 });
    assert.deepEqual(measuresAround(kept(3, 5), IN_THREE), { anchor: 0, focus: 3 });
});

test("what is written obeys the chords that stay, and goes before what is typed elsewhere", () => {
    const under = (selection) =>
        requests.write(keeping({ ...MELODY, measures: IN_THREE }, [kept(4, 7, "G")]), selection, SETTINGS, "choir")
            .request.texts;
    assert.deepEqual(under(null), { chords: "? | ? | G | ? | ?" });
    assert.deepEqual(under({ anchor: 2, focus: 3 }), { chords: "G | ?" });
    assert.equal(under({ anchor: 3, focus: 4 }), undefined);
});

test("a chord symbol is printed with its signs, and nothing else in it changes", () => {
    const printed = { "Bb7(#11)": "B♭7(♯11)", "F#m7b5/A": "F♯m7♭5/A", Ebb: "E♭♭", Dsus4: "Dsus4", "C/Bb": "C/B♭" };
    for (const [symbol, text] of Object.entries(printed)) {
        assert.equal(symbolText(symbol), text);
    }
});

test("a label that has no room beside the one before goes into the next row, or to the right", () => {
    const rows = new Rows(2, 6);
    const at = (system, left) => Object.values(rows.placeOf({ system, left }, 20));
    const places = [at(0, 0), at(0, 10), at(0, 26), at(0, 30), at(0, 60), at(1, 0)];
    assert.deepEqual(places, [[0, 0], [1, 10], [0, 26], [1, 36], [0, 60], [0, 0]]);
});

// -- selection ---------------------------------------------------------------------------------------------

test("a click selects one bar, Shift makes it a span in either direction", () => {
    const one = clicked(null, 3, false);
    assert.deepEqual(span(one, MEASURES), [7, 10]);
    const many = clicked(one, 1, true);
    assert.deepEqual(span(many, MEASURES), [1, 10]);
    assert.deepEqual(
        [0, 1, 2, 3, 4].map((index) => includes(many, index)),
        [false, true, true, true, false]
    );
    assert.deepEqual(span(clicked(many, 0, false), MEASURES), [0, 1]);
});

test("arrow keys move, with Shift they extend, they stay inside, and Escape clears", () => {
    const press = (selection, keys) =>
        keys.reduce((now, [key, shift]) => keyed(now, key, shift, 5), selection);
    assert.deepEqual(press(null, [["ArrowRight"]]), { anchor: 0, focus: 0 });
    assert.deepEqual(press(null, [["ArrowLeft"]]), { anchor: 4, focus: 4 });
    assert.deepEqual(press(null, [["Home"], ["ArrowRight", true], ["ArrowRight", true]]), {
        anchor: 0,
        focus: 2
    });
    assert.deepEqual(press(null, [["End"], ["ArrowRight"]]), { anchor: 4, focus: 4 });
    assert.equal(press(null, [["Home"], ["Escape"]]), null);
    const before = { anchor: 1, focus: 1 };
    assert.equal(keyed(before, "a", false, 5), before);
    assert.equal(within({ anchor: 4, focus: 5 }, 5), null);
});

// -- what a button says and sends --------------------------------------------------------------------------

test("a melody is given, and the button says which voices will be written", () => {
    assert.deepEqual(MELODY.given, ["soprano"]);
    const { text, request } = requests.write(MELODY, null, SETTINGS, "choir");
    assert.equal(text, "Write alto, tenor, bass");
    assert.equal(request.task, "harmonize");
    assert.equal(request.body.given, undefined);
    assert.equal(request.body.document, "<melody/>");
    assert.ok(!("seed" in request.body) && !("temperature" in request.body) && !("model" in request.body));
});

test("with bars selected only those bars of the voices that are not given are requested", () => {
    const piece = toggled({ ...MELODY, voices: CHOIR, given: ["soprano", "alto"] }, "alto");
    const { text, request } = requests.write(
        piece,
        { anchor: 4, focus: 3 },
        { ...SETTINGS, seed: 0 },
        "choir"
    );
    assert.equal(plain(text), "Write alto, tenor, bass in measures 3–4");
    assert.equal(request.task, "infill");
    assert.deepEqual(request.body.selection, [7, 13]);
    assert.deepEqual(request.body.anew, ["alto", "tenor", "bass"]);
    assert.equal(request.body.seed, 0);
});

test("voices that have notes and are not given are regenerated, and the given ones are named", () => {
    const { text, request } = requests.write(
        { ...MELODY, voices: CHOIR, given: ["soprano", "bass"] },
        null,
        SETTINGS,
        "choir"
    );
    assert.equal(text, "Regenerate alto, tenor");
    assert.deepEqual(request.body.given, ["soprano", "bass"]);
});

const full = { ...MELODY, voices: CHOIR, given: ["soprano", "alto", "tenor", "bass"] };

test("where nothing may be written the button says why and sends nothing", () => {
    const offer = requests.write(full, { anchor: 1, focus: 1 }, SETTINGS, "choir");
    assert.equal(offer.request, null);
    assert.match(offer.why, /All voices are given/);
    assert.equal(requests.write({ ...full, given: [] }, null, SETTINGS, "choir").request, null);
});

test("a score with holes is filled, and of a full one the inner voices are offered", () => {
    const holes = { ...full, voices: [...CHOIR.slice(0, 3), { ...CHOIR[3], empty: 2 }] };
    const filling = requests.write(holes, null, SETTINGS, "choir");
    assert.equal(filling.text, "Fill the empty measures");
    assert.deepEqual(filling.request.body.anew, ["soprano", "alto", "tenor", "bass"]);
    const { text, why, request } = requests.write(full, null, SETTINGS, "choir");
    assert.equal(text, "Regenerate alto, tenor");
    assert.match(why, /alto and tenor become ripieno’s/);
    const after = withAlternative(full, request, replyWith([wrote("alto", 1, note(0, 60))]), 0, REREAD);
    assert.deepEqual(after.given, ["soprano", "bass"]);
});

test("a voice without a note cannot be given", () => {
    assert.equal(toggled(MELODY, "alto"), MELODY);
    assert.deepEqual(toWrite(toggled(MELODY, "soprano")), ["soprano", "alto", "tenor", "bass"]);
});

test("bars are named by their printed numbers, a pickup as such", () => {
    const name = (first, last) => plain(measuresName(MEASURES, first, last));
    assert.equal(name(0, 0), "the pickup");
    assert.equal(name(0, 2), "the pickup to measure 2");
    assert.equal(name(3, 3), "measure 3");
    assert.equal(name(3, 4), "measures 3–4");
});

test("numbers become words", () => {
    assert.deepEqual([null, 0, 0.3, 0.5, 1].map(temperatureName), [
        "as suits the task",
        "strict",
        "balanced",
        "lively",
        "free"
    ]);
    assert.equal(counted(1, "note", "notes"), "1 note");
    assert.equal(sentence("measure 3 is too long"), "Measure 3 is too long");
    assert.equal(sentence("my.tune.mid: it is empty"), "my.tune.mid: it is empty");
    assert.equal(
        placeOf({ measure: "6", beat: 2.5, voices: ["soprano", "tenor"] }),
        "Measure 6, beat 2.5, soprano and tenor"
    );
});

// -- whose a note is ---------------------------------------------------------------------------------------

test("what was given stays given, what came is ripieno's", () => {
    const piece = harmonized();
    assert.deepEqual(piece.given, ["soprano"]);
    assert.equal(piece.document, "<satb/>");
    assert.deepEqual(
        piece.written.map((one) => one.voice),
        ["alto", "alto", "bass", "bass"]
    );
    assert.equal(MELODY.written.length, 0);
});

test("after infill the notes outside the selection are ripieno's still", () => {
    const before = harmonized();
    const { request } = requests.write(before, { anchor: 0, focus: 0 }, SETTINGS, "choir");
    const after = withAlternative(before, request, replyWith([wrote("alto", 1, note(0, 65))]), 0, REREAD);
    assert.deepEqual(
        after.written.map((one) => [one.voice, one.onset, one.pitch]),
        [
            ["alto", 1, 62],
            ["bass", 4, 50],
            ["alto", 0, 65]
        ]
    );
    assert.equal(after.steps.length, 2);
});

test("a variation keeps the given voices, and is not offered where there are no others", () => {
    const { text, request } = requests.variation(harmonized(), 0.3, SETTINGS, "choir");
    assert.equal(text, "Vary alto, tenor, bass");
    assert.deepEqual(request.body.given, ["soprano"]);
    assert.equal(requests.variation(MELODY, 0.3, SETTINGS, "choir").request, null);
    assert.equal(requests.variation(MELODY, 0.3, SETTINGS, "piano").request.body.given, undefined);
});

test("a variation leaves ripieno's other notes ripieno's", () => {
    const before = harmonized();
    const { request } = requests.variation({ ...before, given: [] }, 0.3, SETTINGS, "choir");
    const after = withAlternative(
        before,
        request,
        replyWith([wrote("soprano", 0, note(0, 72)), wrote("alto", 1, note(2, 64))]),
        0,
        REREAD
    );
    assert.deepEqual(
        after.written.map((one) => one.pitch),
        [60, 48, 50, 72, 64]
    );
});

test("a piano's hands are lines of their own, under the melody", () => {
    const { request } = requests.write(MELODY, null, SETTINGS, "piano");
    const reply = replyWith([
        wrote("right", 1, note(0, 60)),
        wrote("right", 1, note(0, 64)),
        wrote("left", 2, note(0, 40))
    ]);
    const piece = withAlternative(MELODY, request, reply, 0, { ...REREAD, voices: [] });
    assert.deepEqual(
        piece.voices.map(({ voice, staff, notes }) => [voice, staff, notes]),
        [
            ["soprano", 0, 9],
            ["right", 1, 2],
            ["left", 2, 1]
        ]
    );
});

const engraved = (id, staff, onset, end, pitch, number = "1") => ({
    id,
    staff,
    number,
    onset,
    end,
    pitch
});

test("written notes are found by staff and time, tied and regrouped ones too", () => {
    const notes = [
        engraved("s", 0, 0, 1, 72),
        engraved("a", 1, 1, 3, 62),
        engraved("tied", 1, 3, 4, 62),
        engraved("b", 3, 1, 4, 50)
    ];
    const ids = writtenIds(notes, CHOIR, [{ voice: "alto", onset: 1, duration: 3, pitch: 62 }]);
    assert.deepEqual([...ids], ["a", "tied"]);
    assert.deepEqual(shadesFor(notes, ids, MEASURES).runs, [{ staff: 1, first: 1, last: 1 }]);
});

const CLOSED = [
    ["soprano", 0, "1"],
    ["alto", 0, "2"],
    ["tenor", 1, "1"],
    ["bass", 1, "2"]
].map(([voice, staff, number]) => ({ ...line(voice, staff, 9), number }));

test("on a staff of two voices the document's voice numbers tell whose a note is, in whatever order it stands", () => {
    const bass = engraved("b", 1, 0, 1, 50, "2");
    const tenor = engraved("t", 1, 0, 1, 50, "1"); // behind the bass, and on the same key
    assert.deepEqual(
        [bass, tenor].map((one) => voiceOf(one, CLOSED).voice),
        ["bass", "tenor"]
    );
    const written = [{ voice: "tenor", onset: 0, duration: 1, pitch: 50 }];
    assert.deepEqual([...writtenIds([bass, tenor], CLOSED, written)], ["t"]);
    assert.deepEqual(
        notesOf({ onset: 0, voices: ["bass"] }, [bass, tenor], CLOSED).map((one) => one.id),
        ["b"]
    );
    assert.equal(voiceOf(engraved("cue", 1, 0, 1, 60, "3"), CLOSED), null);
});

test("beside a given voice single notes are shaded, and the whole staff where all is ripieno's", () => {
    const notes = [
        engraved("t1", 1, 0, 1, 55, "1"),
        engraved("b1", 1, 0, 1, 50, "2"),
        engraved("t2", 1, 1, 4, 55, "1"),
        engraved("b2", 1, 1, 4, 50, "2")
    ];
    const { runs, single } = shadesFor(notes, new Set(["t1", "t2", "b2"]), MEASURES);
    assert.deepEqual(runs, [{ staff: 1, first: 1, last: 1 }]);
    assert.deepEqual(
        single.map((one) => one.id),
        ["t1"]
    );
});

test("every line is muted under a name of its own", () => {
    const names = [CLOSED[2], { ...CLOSED[3], voice: null }, { ...line(null, 0, 3) }].map(muteName);
    assert.deepEqual(names, ["tenor", "staff-1-2", "staff-0"]);
});

test("a fault is found at the notes that its voices sing then, held ones too", () => {
    const notes = [
        engraved("s", 0, 1, 2, 72),
        engraved("held", 1, 0, 4, 60),
        engraved("t", 2, 1, 2, 55),
        engraved("later", 0, 2, 3, 71)
    ];
    const fault = { onset: 1, voices: ["soprano", "alto"] };
    assert.deepEqual(
        notesOf(fault, notes, CHOIR).map((one) => one.id),
        ["s", "held"]
    );
});

test("moments and stretches find their measures", () => {
    assert.deepEqual(
        [0, 0.99, 1, 12.99, 13].map((moment) => measureAt(moment, MEASURES)),
        [0, 0, 1, 4, -1]
    );
    assert.deepEqual(measuresOf([1, 7], MEASURES), [1, 2]);
    assert.deepEqual(measuresOf([4, Infinity], MEASURES), [2, 4]);
    assert.equal(measuresOf([13, 14], MEASURES), null);
});

// -- a note moved by hand ----------------------------------------------------------------------------------

test("a moved note is ripieno's no more, stays in later requests, and stands in the recipe", () => {
    const before = harmonized();
    const place = { voice: "alto", onset: 1, end: 4 };
    const moved = withMovedNote(before, place, "Alto, measure 1: D4 1 step up", { ...REREAD, document: "<moved/>" });
    assert.deepEqual(
        moved.written.map((one) => [one.voice, one.onset]),
        before.written.map((one) => [one.voice, one.onset]).filter(([voice, onset]) => voice !== "alto" || onset !== 1)
    );
    const again = withMovedNote(moved, place, "Alto, measure 1: E4 1 step up", REREAD);
    assert.deepEqual(again.givenNotes, [["alto", 1]]);
    assert.equal(again.steps.length, before.steps.length + 1);
    assert.deepEqual(requests.write(again, null, SETTINGS, "choir").request.body.given_notes, [["alto", 1]]);
    const infill = requests.write({ ...again, given: ["soprano", "alto"] }, { anchor: 1, focus: 1 }, SETTINGS, "choir");
    assert.equal(infill.request.body.given_notes, undefined); // the alto is given as a whole
    assert.match(commandLines(again.steps).at(-1), /^# by hand: Alto, measure 1: D4 1 step up; Alto, /);
});

test("a note that is tied over a barline is one note from its head on", () => {
    const notes = [engraved("a", 0, 0, 1, 60), { ...engraved("b", 0, 1, 2, 60), tied: true }, engraved("c", 0, 2, 3, 62)];
    assert.equal(headOfChain(notes[1], notes).id, "a");
    assert.deepEqual(
        lineOfNotes(notes[0], [notes[2], notes[1], notes[0]]).map((one) => one.id),
        ["a", "b", "c"]
    );
});

// -- the recipe --------------------------------------------------------------------------------------------

test("the recipe is a chain of lines for the terminal", () => {
    const first = harmonized();
    const infill = requests.write(
        first,
        { anchor: 3, focus: 4 },
        { ...SETTINGS, temperature: 0.6 },
        "choir"
    ).request;
    const two = {
        ...replyWith([]),
        alternatives: [...replyWith([]).alternatives, ...replyWith([]).alternatives]
    };
    const { steps } = withAlternative(first, infill, two, 1, REREAD);
    const more = withAlternative(
        withAlternative(first, infill, two, 1, REREAD),
        requests.continuation(first, 2, SETTINGS).request,
        replyWith([]),
        0,
        REREAD
    );
    assert.deepEqual(commandLines(more.steps), [
        "ripieno harmonize tune.musicxml --model lstm --seed 7 -o tune-1.musicxml",
        "ripieno infill tune-1.musicxml --measures 3-4 --voices alto,tenor,bass --model lstm --temperature 0.6 --alternatives 2 --seed 7 -o tune-2.musicxml",
        "ripieno continue tune-2-2.musicxml --bars 2 --model lstm --seed 7 -o tune-3.musicxml"
    ]);
    assert.match(
        recipeText(steps, "1.0"),
        /^ripieno 1\.0\n\n1\. harmonize\nmodel: lstm\nweights: ab\nseed: 7/
    );
});

test("compose gets key, meter and upbeat, the upbeat in the meter's own unit", () => {
    const fields = { key: "f# minor", meter: "6/8", bars: 4, pickup: 0.5 };
    const { request } = requests.composition(fields, SETTINGS);
    const { steps } = withAlternative(null, request, replyWith([wrote("alto", 1, note(0, 60))]), 0, REREAD);
    assert.deepEqual(commandLines(steps), [
        "ripieno compose --bars 4 --key 'f# minor' --meter 6/8 --pickup 1 --model lstm --seed 7 -o ripieno-1.musicxml"
    ]);
});

test("a file's name is one word for the shell, whatever stands in it", () => {
    assert.equal(quoted("it's; rm -rf.musicxml"), "'it'\\''s; rm -rf.musicxml'");
    assert.equal(quoted("tune-1.musicxml"), "tune-1.musicxml");
});

// -- settings ----------------------------------------------------------------------------------------------

const setting = (name, kind, more = {}) => ({
    ...{ name, key: name, option: name, kind, minimum: null, maximum: null, exclusive: false, choices: null },
    ...{ default: null, defaults: null, otherwise: null, tasks: ["harmonize", "compose"], families: null },
    ...{ label: name, help: `About ${name}.`, ...more }
});
const BEAM = setting("beam", "whole", { minimum: 1, maximum: 16, label: "Beam" });
const THRESHOLD = setting("threshold", "number", {
    ...{ minimum: 0, maximum: 1, exclusive: true, families: ["rbm", "dbn"], label: "Threshold" }
});
const DESCENT = setting("descent", "named_numbers", { label: "Descent" });
const DEADLINE = setting("deadline", "milliseconds", { minimum: 0, maximum: 9000, option: null });

test("a field has the bounds, the default and the help of the table", () => {
    const bars = setting("bars", "whole", {
        minimum: 1,
        maximum: 512,
        defaults: { compose: 8, continue: 4 }
    });
    assert.deepEqual(attributesOf(bars, { task: "continue" }), {
        ...{ min: "1", max: "512", step: "1", value: "4", placeholder: "4", title: "About bars." }
    });
    const temperature = setting("temperature", "number", { minimum: 0, maximum: 2, otherwise: "0.5" });
    assert.deepEqual(attributesOf(temperature, {}), {
        ...{ min: "0", max: "2", step: "any", value: null, placeholder: "0.5", title: "About temperature." }
    });
});

test("the page may be narrower than the table, never wider", () => {
    const narrow = attributesOf(BEAM, { min: "2", max: "8", step: "2", start: "4" });
    assert.deepEqual([narrow.min, narrow.max, narrow.step, narrow.value], ["2", "8", "2", "4"]);
    const wide = attributesOf(BEAM, { min: "0", max: "99" });
    assert.deepEqual([wide.min, wide.max], ["1", "16"]);
});

test("what has no field of its own stands under More settings, but nothing that is chosen in the score", () => {
    const all = [
        BEAM,
        setting("voices", "voices"),
        setting("layout", "choice"),
        setting("key", "key"),
        DESCENT
    ];
    assert.deepEqual(otherSettings([...all, setting("selection", "selection")], ["key"]), [BEAM, DESCENT]);
});

test("texts of fields become values, and null where they are none", () => {
    const values = (one, ...texts) => texts.map((text) => valueOf(one, text));
    assert.deepEqual(values(BEAM, "1", "16", "0", "17", "1.5", "?"), [1, 16, null, null, null, null]);
    assert.deepEqual(values(THRESHOLD, "0.25", "1", "0", "1.1"), [0.25, 1, null, null]);
    assert.deepEqual(values(DESCENT, "steps=120, rate=0.1", "steps", "steps=", "=1", "steps=x"), [
        { steps: 120, rate: 0.1 },
        ...[null, null, null, null]
    ]);
    assert.deepEqual(values(setting("transpose", "transposition"), "-3", "auto"), [-3, "auto"]);
    assert.deepEqual(values(setting("performers", "choice", { choices: ["choir", "piano"] }), "piano"), [
        "piano"
    ]);
});

test("a request has what is filled in, if the task and the model know it", () => {
    const table = [BEAM, THRESHOLD, DEADLINE];
    const texts = { beam: " 8 ", threshold: "0.5", deadline: "" };
    assert.deepEqual(filledIn(table, texts, "harmonize", "lstm"), {
        ...{ body: { beam: 8 }, extras: [{ name: "beam", option: "beam", value: 8 }], fault: null }
    });
    assert.deepEqual(filledIn(table, texts, "harmonize", "rbm").body, { beam: 8, threshold: 0.5 });
    assert.deepEqual(filledIn(table, texts, "vary", "rbm").body, {});
    assert.deepEqual(filledIn(table, texts, "harmonize", null).body, { beam: 8 });
});

test("a text that is no value is a sentence with the bounds", () => {
    const fault = (one, text) => filledIn([one], { [one.key]: text }, "harmonize", "dbn").fault;
    assert.equal(fault(BEAM, "99"), 'Beam "99" is impossible; give a whole number from 1 to 16, or nothing.');
    assert.equal(
        fault(THRESHOLD, "0"),
        'Threshold "0" is impossible; give a number above 0, up to 1, or nothing.'
    );
    assert.equal(
        fault(DESCENT, "steps"),
        'Descent "steps" is impossible; give name=number, with commas between them, or nothing.'
    );
});

test("a switch is yes or no, and its name alone on the command line", () => {
    const strict = setting("strict_range", "switch", {
        option: "strict-range",
        default: 0,
        minimum: 0,
        maximum: 1
    });
    assert.deepEqual(choicesOf(strict), { choices: ["yes"], empty: "no" });
    assert.deepEqual(choicesOf({ ...strict, default: 1 }), { choices: ["no"], empty: "yes" });
    assert.equal(choicesOf(BEAM), null);
    assert.deepEqual(
        ["yes", "no", "1"].map((text) => valueOf(strict, text)),
        [true, false, null]
    );
    const { request } = requests.write(MELODY, null, SETTINGS, "choir");
    const lines = (text) => {
        const { body, extras } = filledIn([strict], { strict_range: text }, "harmonize", "lstm");
        const whole = { ...request, body: { ...request.body, ...body }, extras };
        return commandLines(withAlternative(MELODY, whole, replyWith([]), 0, REREAD).steps);
    };
    const ends = "--model lstm --seed 7";
    assert.deepEqual(lines("yes"), [
        `ripieno harmonize tune.musicxml ${ends} --strict-range -o tune-1.musicxml`
    ]);
    assert.deepEqual(lines("no"), [`ripieno harmonize tune.musicxml ${ends} -o tune-1.musicxml`]);
});

test("the recipe has what was filled in, as the command line writes it", () => {
    const { request } = requests.write(MELODY, null, SETTINGS, "choir");
    const table = [setting("top_p", "number", { option: "top-p", maximum: 1 }), DESCENT, DEADLINE];
    const texts = { top_p: "0.9", descent: "steps=120 rate=0.1", deadline: "500" };
    const { body, extras } = filledIn(table, texts, "harmonize", "dbn");
    const whole = { ...request, body: { ...request.body, ...body }, extras };
    const { steps } = withAlternative(MELODY, whole, replyWith([]), 0, REREAD);
    assert.deepEqual(commandLines(steps), [
        "ripieno harmonize tune.musicxml --model lstm --seed 7 --top-p 0.9 --descent steps=120 --descent rate=0.1 -o tune-1.musicxml"
    ]);
    assert.match(recipeText(steps, "1.0"), /\ntop_p: 0\.9\ndescent: steps=120 rate=0\.1\ndeadline: 500\n/);
});

// -- versions ----------------------------------------------------------------------------------------------

const BARS = [0, 1, 2].map((number) => ({ number: String(number + 1), onset: 4 * number, duration: 4 }));
const version = (lines) => ({
    voices: Object.entries(lines).map(([voice, notes]) => wrote(voice, 0, ...notes))
});
const melody = (...pitches) => pitches.map((pitch, index) => note(2 * index, pitch, 2));

test("a version is told apart by the first measure that differs, its voices, and in how many measures they do", () => {
    const inScore = version({ alto: melody(60, 60, 60, 60, 60), bass: melody(48, 48, 48, 48, 48) });
    const says = (lines) => differenceTexts(version(lines), inScore, BARS).map(plain);
    assert.deepEqual(says({ alto: melody(60, 60, 60, 60, 60), bass: melody(48, 48, 48, 48, 48) }), [
        "The same notes"
    ]);
    assert.deepEqual(says({ alto: melody(60, 60, 64, 60, 62), bass: melody(48, 48, 52, 48, 48) }), [
        "Measure 2: alto and bass a third higher",
        "Differs in 2 of 3 measures: alto 2, bass 1"
    ]);
    assert.deepEqual(
        says({ alto: [note(0, 60, 4), ...melody(60, 60, 60, 60, 60).slice(2)], bass: melody(48, 43) }),
        [
            "Measure 1: alto in another rhythm, bass a fourth lower",
            "Differs in 3 of 3 measures: alto 1, bass 3"
        ]
    );
    assert.deepEqual(says({ alto: melody(60, 60, 60, 60, 60), bass: melody(48, 48) }), [
        "Measure 2: bass rests",
        "Differs in 2 of 3 measures: bass 2"
    ]);
    assert.deepEqual(says({ alto: melody(60, 60, 60, 60, 60), bass: melody(48, 48, 30, 48, 48) }), [
        "Measure 2: bass more than an octave lower",
        "Differs in 1 of 3 measures: bass 1"
    ]);
});

test("the first difference is looked for in all versions, and a note that sounds on counts where it is heard", () => {
    const versions = [melody(60, 60, 60), melody(60, 60, 60), melody(60, 62, 60)].map((alto) =>
        version({ alto })
    );
    assert.equal(firstDifference(versions, BARS), 0);
    assert.equal(firstDifference(versions.slice(0, 2), BARS), null);
    const held = [version({ alto: [note(2, 60, 4)] }), version({ alto: [note(2, 60, 5)] })];
    assert.equal(firstDifference(held, BARS), 0);
    assert.deepEqual(differenceTexts(held[1], held[0], BARS).map(plain), [
        "Measure 1: alto in another rhythm",
        "Differs in 2 of 3 measures: alto 2"
    ]);
});

test("numerals and keys are printed as in a book, and a screen reader hears the key where it is new", () => {
    const figures = ["V65/V", "bII6", "viio7", "viiø43", "#ivo", "I64", "vi"];
    const printed = ["V⁶₅/V", "♭II⁶", "vii°⁷", "viiø⁴₃", "♯iv°", "I⁶₄", "vi"];
    assert.deepEqual(figures.map(figureText), printed);
    assert.deepEqual(["G major", "B-flat minor", "F-sharp major"].map(keyText), ["G:", "b♭:", "F♯:"]);
    const chords = [
        { onset: 0, key: "C major", figure: "I" },
        { onset: 2, key: "C major", figure: "V6" },
        { onset: 4, key: "A minor", figure: "i" }
    ];
    assert.equal(chordWords(chords, { onset: 0, duration: 4 }), "C major, I, V6");
    assert.equal(chordWords(chords, { onset: 4, duration: 4 }), "A minor, i");
});

test("a card says how a version's harmony differs from the first, whichever is in the score", () => {
    const chords = [{ measure: "1", onset: 0, key: "C major", figure: "I" }];
    const [first, second] = [
        { ...version({ alto: melody(60) }), chords, faults: [], difference: "" },
        { ...version({ alto: melody(64) }), chords, faults: [], difference: "vi for I in measure 1" }
    ];
    const piece = { measures: BARS };
    assert.deepEqual(factsOf(first, second, piece, []), ["nothing to mark"]);
    assert.deepEqual(factsOf(second, second, piece, []), ["nothing to mark", "Unlike No. 1: vi for I in measure 1"]);
});

test("the position is close while soprano and tenor are less than an octave apart", () => {
    const tenor = [note(0, 60, 8)];
    assert.equal(spacingText(melody(71, 71, 71, 72), tenor), "mostly close position");
    assert.equal(spacingText(melody(72, 72, 72, 71), tenor), "mostly open position");
    assert.equal(spacingText(melody(72, 72, 71, 71), tenor), "close and open position");
    assert.equal(spacingText(melody(72), [note(4, 60)]), "");
});

// -- what is told ------------------------------------------------------------------------------------------

test("a file gets a name of its own, and one word of what was done", () => {
    const stem = (name, ...tasks) => fileStem({ name, steps: tasks.map((task) => ({ task })) });
    assert.equal(stem("tune.musicxml"), "tune");
    assert.equal(stem("tune.v2.mxl", "harmonize"), "tune.v2-harmonized");
    assert.equal(stem("tune.mid", "harmonize", "infill"), "tune-harmonized");
    assert.equal(stem("tune-harmonized.xml", "infill"), "tune-harmonized");
    assert.equal(stem("tune.xml", "harmonize", "continue"), "tune-continued");
    assert.equal(stem("tune.xml", "vary"), "tune-varied");
    assert.equal(stem("composed.musicxml", "compose", "infill"), "composed");
});

test("a remark is told once, as a sentence", () => {
    const reply = { ...replyWith([wrote("alto", 1, note(0, 60))]), moved: -2 };
    const remarks = ["the piece was moved by -2 semitones", "tune.mid: 2 notes moved."];
    assert.equal(
        doneText({ ...reply, remarks }, 1234),
        "1 note in 1.2 s. The piece was moved by −2 semitones. tune.mid: 2 notes moved."
    );
});

test("only a network of one meter has something to say, and only where the piece has another", () => {
    const rag = { name: "dbn-ragtime", family: "dbn", meter: "2/4" };
    assert.equal(meterNote(rag, ["2/4", "4/4"]), "");
    assert.match(meterNote(rag, ["4/4", "3/4"]), /^dbn-ragtime learned music in 2\/4 only\. In 3\/4 /);
    assert.equal(meterNote({ ...rag, family: "lstm" }, ["6/8"]), "");
    assert.equal(meterNote({ ...rag, meter: "6/8" }, ["6/8"]), "");
    assert.equal(meterNote(null, ["6/8"]), "");
});

// -- events and time ---------------------------------------------------------------------------------------

test("a stream is read the same however it is cut", () => {
    const text =
        'event: started\ndata: {"id":"a"}\n\n: keep\n\nevent: progress\r\ndata: {"fraction":0.5}\r\n\r\nevent: done\ndata: {"seed":1}\n\n';
    const whole = new EventReader().push(text);
    assert.deepEqual(
        whole.map(({ event }) => event),
        ["started", "progress", "done"]
    );
    for (let cut = 1; cut < text.length; cut += 1) {
        const reader = new EventReader();
        assert.deepEqual(
            [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))],
            whole,
            `cut at ${cut}`
        );
    }
});

test("time follows the score's own tempo and the speed that was chosen", () => {
    const map = [
        { quarter: 0, seconds: 0 },
        { quarter: 4, seconds: 4 },
        { quarter: 8, seconds: 6 }
    ];
    assert.equal(secondsAt(map, 6), 5);
    assert.equal(secondsAt(map, 6, 2), 2.5);
    assert.equal(quarterAt(map, 2.5, 2), 6);
});

// Marks in short: "|:" and ":|" repeat (":|3" three times), "[1,2" in these endings, "DC", "DS", "segno", "coda", "to", "fine".
function marks(...texts) {
    return texts.map((text) => {
        const [, ending] = /\[([\d,]+)/.exec(text) ?? [];
        const [, back, times] = /(:\|)(\d?)/.exec(text) ?? [];
        const jump = /DC/.test(text) ? "capo" : /DS/.test(text) ? "segno" : null;
        return {
            ...{ ...NO_MARKS, forward: text.includes("|:"), backward: back ? Number(times) : null, jump },
            ...{ ending: ending ? ending.split(",").map(Number) : null, segno: text.includes("segno") },
            ...{ coda: text.includes("coda"), toCoda: text.includes("to"), fine: text.includes("fine") }
        };
    });
}

test("measures are played as their marks say", () => {
    const cases = [
        [["", ""], "1 2"],
        [["", ":|", ""], "1 2 1 2 3"],
        [["", "|:", ":|", ""], "1 2 3 2 3 4"],
        [["|:", ":|", "|:", ":|"], "1 2 1 2 3 4 3 4"],
        [["", ":|", "", ":|"], "1 2 1 2 3 4 3 4"],
        [["", "[1 :|", "[2", ""], "1 2 1 3 4"],
        [["|:", "[1,2 :|", "[3", ""], "1 2 1 2 1 3 4"],
        [["|:", "[1 :|", "[2 :|", ""], "1 2 1 3 4"],
        [["", ":|3"], "1 2 1 2 1 2"],
        [["", "fine", "DC"], "1 2 3 1 2"],
        [["", "segno", "fine", "DS"], "1 2 3 4 2 3"],
        [["", "to", "DC", "coda", ""], "1 2 3 1 2 4 5"],
        [["|:", "[1 :|", "[2 fine", "", "DC"], "1 2 1 3 4 5 1 3"],
        [["DC", "DC"], "1 1 2"]
    ];
    for (const [texts, order] of cases) {
        assert.equal(
            playingOrder(marks(...texts))
                .map((index) => index + 1)
                .join(" "),
            order,
            texts.join(" | ")
        );
    }
});

test("a performance plays the notes and the tempo of the score again, and knows which is which", () => {
    const measures = [0, 1, 2].map((number) => ({
        number: String(number + 1),
        onset: 4 * number,
        duration: 4
    }));
    const map = [
        { quarter: 0, seconds: 0 },
        { quarter: 4, seconds: 2 },
        { quarter: 12, seconds: 10 }
    ];
    const notes = [
        { onset: 0, end: 2, pitch: 60 },
        { onset: 7, end: 8, pitch: 62, heardUntil: 9 },
        { onset: 8, end: 9, pitch: 62, tied: true }
    ];
    const played = perform(notes, map, [0, 1, 0, 2], measures);
    assert.deepEqual(
        played.notes.map(({ onset, end, pitch }) => [onset, end, pitch]),
        [
            [0, 2, 60],
            [7, 8, 62], // the tie leads into the last measure, which does not follow
            [8, 10, 60],
            [12, 13, 62] // and there it is struck
        ]
    );
    assert.deepEqual(
        [0, 4, 8, 12, 16].map((quarter) => secondsAt(played.map, quarter)),
        [0, 2, 6, 8, 12]
    );
    assert.deepEqual(
        [0, 7, 8, 11, 13].map((quarter) => writtenAt(played.spans, quarter)),
        [0, 7, 0, 3, 9]
    );
    assert.deepEqual(
        [0, 3, 7, 9].map((quarter) => performedAt(played.spans, quarter)),
        [0, 3, 7, 13]
    );
});

// -- the rehearsal -----------------------------------------------------------------------------------------

const TWO_TEMPOS = [
    { quarter: 0, seconds: 0 },
    { quarter: 4, seconds: 2 },
    { quarter: 8, seconds: 6 }
];

test("notes are handed on once, in order, from where Play began; one that sounds there already begins there", () => {
    const notes = [
        { onset: 5, end: 6, pitch: 64 },
        { onset: 0, end: 2, pitch: 60 },
        { onset: 1, end: 5, pitch: 62 }
    ];
    const transport = new Transport({ map: TWO_TEMPOS, loops: false, begin: 2 }, 1, 2, 10);
    const windows = [
        [2, 4],
        [4, 5],
        [5, 9]
    ].flatMap(([from, to]) => transport.eventsBetween(notes, from, to));
    assert.deepEqual(
        windows.map(({ start, endTime, note: { pitch } }) => [start, endTime, pitch]),
        [
            [10, 12, 62],
            [12, 13, 64]
        ]
    );
    assert.equal(transport.endTime, 15);
});

test("in a loop the quarters count on, and every round has its notes again", () => {
    const transport = new Transport({ map: TWO_TEMPOS, loops: true, begin: 6 }, 2, 6, 0);
    assert.deepEqual([0, 1, 2, 4].map((time) => transport.positionAt(time)), [6, 8, 12, 16]);
    assert.deepEqual([6, 8, 12, 16].map((position) => transport.timeAt(position)), [0, 1, 2, 4]);
    assert.equal(transport.quarterOf(12), 4);
    const notes = [{ onset: 0, end: 1, pitch: 60 }];
    const starts = transport.eventsBetween(notes, 6, 17).map(({ start }) => start);
    assert.deepEqual(starts, [1, 4]);
    assert.equal(transport.endTime, Infinity);
});

test("a voice that is alone silences the others, muted or not, and half the volume is 12 dB softer", () => {
    const mixer = new Mixer();
    const gains = () => ["soprano 1", "soprano 2", "bass"].map((voice) => mixer.gain(voice));
    mixer.set("bass", { muted: true });
    assert.deepEqual(gains(), [1, 1, 0]);
    mixer.set("bass", { solo: true, volume: 0.5 });
    assert.deepEqual(gains(), [0, 0, 0.25]);
    assert.deepEqual([1, 0.5, 0].map(volumeText), ["0 dB", "−12 dB", "off"]);
    mixer.reset();
    assert.deepEqual([...gains(), mixer.isTouched(["bass"])], [1, 1, 1, false]);
});

test("a count-in has a measure's beats, and counts up to a short measure", () => {
    const short = (duration, meter = "4/4") => ({ number: "0", onset: 0, duration, meter });
    const clicks = (measures, index = 0) =>
        countIn(measures, index).map(({ quarters, isFirst }) => (isFirst ? `[${quarters}]` : String(quarters)));
    assert.deepEqual(clicks([short(4)]), ["[4]", "3", "2", "1"]);
    assert.deepEqual(clicks([short(1)]), ["[7]", "6", "5", "4", "[3]", "2", "1"]);
    assert.deepEqual(clicks([short(3, "6/8")]), ["[3]", "1.5"]);
    assert.equal(clicks([short(4), short(3), short(1)], 2).length, 7); // the rest of a measure
    assert.equal(clicks([short(4), short(3), short(1)], 1).length, 4); // its beginning
});

test("the mixer has the names of the score for any number of voices, and knows what is sung", () => {
    const line = (voice, part, staff = 0) => ({ voice, part, staff, notes: 1, ...(voice ? {} : { number: "1" }) });
    const lines = [
        line("soprano", "Sopran"),
        line("alto", "Choir", 1),
        line("tenor", "Choir", 1),
        line(null, "Tenor II", 2),
        line("bass", "Double Bass", 3),
        line("right", "Piano", 4),
        line("left", "Piano", 5)
    ];
    assert.deepEqual(
        soundingParts(lines, []).map(({ name, sound }) => `${name}: ${sound}`),
        [
            ...["Sopran: choir", "Alto: choir", "Tenor: choir", "Tenor II: choir"],
            ...["Double Bass: plain", "Right hand: piano", "Left hand: piano"]
        ]
    );
});

test("a struck string has its pitch, dies away, and its high partials do so first", () => {
    const HERTZ = { 45: 110, 69: 440, 93: 1760 };
    for (const [pitch, hertz] of Object.entries(HERTZ)) {
        const samples = struckString(Number(pitch));
        const level = (frequency, from) => {
            let [real, imaginary] = [0, 0];
            for (let index = from * RATE; index < (from + 0.2) * RATE; index += 1) {
                const angle = (2 * Math.PI * frequency * index) / RATE;
                real += samples[index] * Math.cos(angle);
                imaginary += samples[index] * Math.sin(angle);
            }
            return Math.hypot(real, imaginary);
        };
        assert.ok(level(hertz, 0) > 4 * Math.max(level(hertz * 1.06, 0), level(hertz / 1.06, 0)));
        const stiff = partialsOf(Number(pitch))[2].frequency;
        assert.ok(stiff > 3 * hertz && stiff < 3.1 * hertz); // as strings are, a little sharp
        const [first, third] = [hertz, stiff].map((frequency) => level(frequency, 0.6) / level(frequency, 0));
        assert.ok(first < 0.8 && third < first);
        assert.equal(samples[0], 0);
        assert.ok(Math.abs(samples.at(-1)) < 1e-4 && samples.every((sample) => Math.abs(sample) < 1));
    }
});

test("a note before the same pitch of its voice is parted from it, also where a loop begins again", () => {
    const note = (voice, onset, pitch) => ({ voice, onset, end: onset + 1, pitch });
    const notes = [note("alto", 0, 60), note("alto", 1, 60), note("tenor", 2, 60), note("alto", 3, 60)];
    assert.deepEqual(
        parted(notes, 4).map(({ isParted }) => isParted),
        [true, false, false, true]
    );
});

// -- key and phrases ---------------------------------------------------------------------------------------

const METERED = MEASURES.map((measure) => ({ ...measure, meter: "3/4" }));
const place = (onset, measures = METERED) => guidance.placeText(onset, measures);

test("a place is written as the setting takes it: a pickup counts back from the barline, 6/8 has two beats", () => {
    assert.deepEqual([0, 1, 3.5, 4].map((onset) => place(onset)), ["0.3", "1.1", "1.3.5", "2.1"]);
    const jig = [{ number: "1", onset: 0, duration: 3, meter: "6/8" }];
    assert.deepEqual([0, 1.5, 1].map((onset) => place(onset, jig)), ["1.1", "1.2", "1.1.667"]);
});

test("a beat that is no decimal number is rounded up, so that the note of it sounds there", () => {
    const triplet = Number(/\.(\d+\.\d+)$/.exec(place(1 + 1 / 3))[1]);
    assert.ok(triplet >= 4 / 3 && triplet < 4 / 3 + 1e-3, String(triplet));
});

test("a measure without a number of its own has no place in that notation", () => {
    const ending = { number: "4", onset: 13, duration: 3, meter: "3/4" };
    assert.deepEqual([place(10, [...METERED, ending]), place(13, [...METERED, ending])], ["4.1", ""]);
    assert.equal(place(0, [{ number: "", onset: 0, duration: 3, meter: "3/4" }]), "");
});

test("the onsets that the server tells are found again, and so is their text", () => {
    const ends = [{ measure: "0", beat: 3 }, { measure: "1", beat: 2.333 }, { measure: "9", beat: 1 }];
    const onsets = guidance.onsetsOf(ends, METERED);
    assert.deepEqual(onsets.map((onset) => Math.round(1000 * onset)), [0, 2333]);
    assert.equal(guidance.onsetsOf(null, METERED), null);
    assert.equal(guidance.phrasesText([4, 12], METERED), "2.1, 4.3");
});

test("an end is moved, added and removed, and two never fall together", () => {
    assert.deepEqual(guidance.withEnd([4, 7, 12], 7, 8), [4, 8, 12]);
    assert.deepEqual(guidance.withEnd([4, 12], null, 7), [4, 7, 12]);
    assert.deepEqual(guidance.withEnd([4, 7, 12], 4, null), [7, 12]);
    assert.deepEqual(guidance.withEnd([4, 7, 12], 4, 12), [7, 12]);
});

const engravedLine = [0, 1, 2, 3, 4].map((onset) => ({
    ...{ id: `n${onset}`, staff: 0, index: onset, number: "1", onset, end: onset + 1, pitch: 60 + onset }
}));
const SUNG = {
    ...opened({ ...READING, measures: METERED, key: "G major", phrases: [{ measure: "1", beat: 2 }] }),
    given: ["soprano"]
};

test("phrases end with notes of the highest given voice, but its last note is nobody's to move", () => {
    const melody = melodyNotes(SUNG, engravedLine);
    assert.deepEqual(melody.map(({ onset }) => onset), [0, 1, 2, 3, 4]);
    assert.deepEqual(endNotes(SUNG, melody).map(({ onset }) => onset), [2]);
    const closing = guidance.guided(SUNG, { phrases: "1.2, 2.1", ends: [2, 4] });
    assert.deepEqual(endNotes(closing, melody).map(({ onset }) => onset), [2]);
    const four = { ...SUNG, voices: CHOIR, given: ["bass"] };
    const bass = engravedLine.map((one) => ({ ...one, staff: 3 }));
    assert.deepEqual(melodyNotes(four, [...engravedLine, ...bass]).map(({ staff }) => staff), Array(5).fill(3));
});

test("an end steps over the others, and stops before the first and the last note", () => {
    const melody = melodyNotes(SUNG, engravedLine);
    const taken = [melody[1], melody[2]];
    assert.equal(nextFree(melody[1], 1, taken, melody), melody[3]);
    assert.equal(nextFree(melody[3], 1, taken, melody), null);
    assert.equal(nextFree(melody[0], -1, taken, melody), null);
});

test("a note of another voice stands for the note of the melody that sounds with it", () => {
    const melody = melodyNotes(SUNG, engravedLine);
    assert.equal(melodyNoteAt({ onset: 1.5 }, melody), melody[1]);
    assert.equal(melodyNoteAt({ onset: 4.5 }, melody), null);
    const rested = melody.filter(({ onset }) => onset !== 1);
    assert.equal(melodyNoteAt({ onset: 1.5 }, rested), null);
});

test("of tied notes the mark stands at the last", () => {
    const first = { ...engravedLine[0], heardUntil: 2 };
    const last = { ...engravedLine[1], pitch: first.pitch, tied: true, heardUntil: 2 };
    assert.equal(tailOfChain(first, [first, last]), last);
    assert.equal(tailOfChain(engravedLine[3], engravedLine), engravedLine[3]);
});

test("what is set by hand goes with the piece, is moved with it, and what is found stays to go back to", () => {
    const byHand = guidance.guided(SUNG, { key: "e minor", phrases: "2.1", ends: [4] });
    const { request } = requests.write(byHand, null, SETTINGS, "choir");
    const told = { key: "E minor", phrases: [{ measure: "2", beat: 1 }, { measure: "4", beat: 1 }] };
    const reread = { ...REREAD, measures: METERED, key: "D major", phrases: [{ measure: "1", beat: 1 }] };
    const after = (base, more) =>
        withAlternative(base, request, { ...replyWith([wrote("alto", 1, note(0, 60))]), ...told, ...more }, 0, reread);
    assert.deepEqual(after(byHand).guidance, { key: "e minor", phrases: "2.1", ends: [4, 10] });
    assert.deepEqual(after(byHand).found, { key: "G major", phrases: [{ measure: "1", beat: 2 }] });
    assert.deepEqual(after(byHand, { moved: 6, key: "B-flat minor" }).guidance.key, "Bb minor");
    assert.deepEqual(after(SUNG).found, told);
    assert.deepEqual(guidance.phraseOnsets(after(SUNG)), [4, 10]);
});

test("another melody has phrases of its own, and keeps the key", () => {
    const byHand = guidance.guided(SUNG, { key: "e minor", phrases: "2.1", ends: [4] });
    const chosen = withMelody(byHand, "2", { ...READING, key: null, phrases: [] });
    assert.deepEqual(guidance.guidanceTexts(chosen), { key: "e minor", phrases: "" });
});

test("the recipe has a key once, whether it was chosen for a new piece or set by hand", () => {
    const byHand = { ...requests.write(MELODY, null, SETTINGS, "choir").request };
    byHand.body = { ...byHand.body, key: "e minor", phrases: "2.1" };
    byHand.extras = [
        { name: "key", option: "key", value: "e minor" },
        { name: "phrases", option: "phrases", value: "2.1" }
    ];
    const { steps } = withAlternative(MELODY, byHand, replyWith([wrote("alto", 1, note(0, 60))]), 0, REREAD);
    assert.deepEqual(commandLines(steps), [
        "ripieno harmonize tune.musicxml --model lstm --seed 7 --key 'e minor' --phrases 2.1 -o tune-1.musicxml"
    ]);
});

test("there are fifteen keys of each mode, with names as they are printed", () => {
    assert.deepEqual([KEYS.major.length, KEYS.minor.length, KEYS_TO_COMPOSE.length], [15, 15, 18]);
    assert.deepEqual(["B-flat minor", "f# minor", "Bb", "b"].map(keyName), ["B♭ minor", "f♯ minor", "B♭", "b"]);
    assert.equal(keySetting("F-sharp major"), "F# major");
});
