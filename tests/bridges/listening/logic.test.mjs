// The listening test's modules that need no browser: the interval, the counting, the table that is saved.

import assert from "node:assert/strict";
import { test } from "node:test";

const PAGE = new URL("../../../bridges/ripieno_bridges/page/", import.meta.url);
const load = (name) => import(new URL(name, PAGE));
const { wilsonInterval } = await load("wilson.js");
const { csvOf, featureTable, featureText, openTest, performanceOf, scores } = await load("listening_test.js");
const { featuresText, rulesOf, tellingRow, verdict } = await load("listening_texts.js");
const { scoreOf } = await load("listening_test.js");

const seal = (answers) => Buffer.from(JSON.stringify(answers)).toString("base64");
const NOTES = [[0, 1.5, 60, 0]];
const question = { quarters: 8, excerpts: [NOTES, NOTES] };
const told = (right, model, [people, other]) => ({
    ...{ right, model, piece: 'A "tune", in ä', measures: "1 to 4" },
    authors: right === 0 ? ["", model] : [model, ""],
    features: right === 0 ? [{ leaps: people }, { leaps: other }] : [{ leaps: other }, { leaps: people }]
});
const ANSWERS = [
    told(0, "x", [[1, 50], [30, 50]]),
    told(1, "x", [[2, 50], [20, 50]]),
    told(1, "y", [[3, 50], [5, 100]])
];
const KEPT = {
    ...{ id: "abc", show: "pairs", task: "harmonize", people: "Bach", tempo_qpm: 60, voices: [], plays: "choir" },
    ...{ questions: [question, question, question], sealed: seal(ANSWERS) }
};
const TEST = openTest(JSON.stringify(KEPT));

test("Wilson's interval is that of the literature (Newcombe 1998, method 3)", () => {
    const published = [
        [81, 263, 0.2553, 0.3662],
        [15, 148, 0.0624, 0.1605],
        [0, 20, 0, 0.1611],
        [1, 29, 0.0061, 0.1718]
    ];
    for (const [right, of, ...bounds] of published) {
        assert.deepEqual(
            wilsonInterval(right, of).map((bound) => Number(bound.toFixed(4))),
            bounds
        );
    }
    assert.deepEqual(wilsonInterval(0, 0), [0, 1]);
});

test("answers are counted of all and by model", () => {
    const { all, models } = scores(TEST, [0, 0, 1]);
    assert.deepEqual([all.right, all.of], [2, 3]);
    assert.deepEqual(models.map(([name, { right, of }]) => [name, right, of]), [["x", 1, 2], ["y", 1, 1]]);
});

test("an excerpt lasts as long as its quarters, also where its last note is shorter", () => {
    const { notes, map } = performanceOf(TEST, 0, 1);
    assert.deepEqual(notes, [{ onset: 0, end: 1.5, pitch: 60, voice: "0" }]);
    assert.deepEqual(map.at(-1), { quarter: 8, seconds: 8 });
});

test("what was found out is compared with what was taken for people's, and with people's own", () => {
    const { rows, counts } = featureTable(TEST, [0, 1, 0]); // the last one is wrong
    assert.deepEqual(counts, { found: 2, taken: 1, people: 3 });
    const leaps = rows.find(({ name }) => name === "leaps");
    assert.deepEqual([leaps.found, leaps.taken, leaps.people], [50, 5, 4]);
    assert.equal(tellingRow(rows), leaps);
    assert.match(featuresText(TEST, { rows, counts }), /leaps wider than a fourth \(50 % against 5 %\)/);
});

test("a piano is played, not sung, and only what was counted in its music is compared", () => {
    const answers = [1, 1].map(() => ({ ...told(0, "x", [[1, 2], [1, 2]]), features: [{ keys: [8, 2] }, { keys: [9, 2] }] }));
    const { piano, choir } = Object.fromEntries(
        ["piano", "choir"].map((plays) => [
            plays,
            openTest(JSON.stringify({ ...KEPT, plays, questions: [question, question], sealed: seal(answers) }))
        ])
    );
    assert.match(rulesOf(piano)[1], /^All are played on the same piano, equally loud/);
    assert.match(rulesOf(choir)[1], /^All are sung by the same voices, equally loud/);
    const { rows } = featureTable(piano, [0, 1]);
    assert.deepEqual(rows.map(({ name, found, taken, people }) => [name, found, taken, people]), [["keys", 4.5, 4.5, 4]]);
});

test("a difference of a single note tells nothing", () => {
    const rows = [{ name: "parallels", found: 0, taken: 1, people: 0, deviations: 1 }];
    assert.equal(tellingRow(rows), null);
});

test("where all was found out there is nothing to compare", () => {
    assert.match(featuresText(TEST, featureTable(TEST, [0, 1, 1])), /^Everything by the program was found out/);
    assert.equal(featureText("leaps", null), "–");
});

test("the verdict claims no more than the answers hold", () => {
    const say = (right, of) => verdict(TEST, scoreOf(right, of)).split(".")[0];
    assert.equal(say(9, 10), "You told Bach from the program, more often than chance would");
    assert.equal(say(7, 10), "A little more than guessing, but so few answers may be chance");
    assert.equal(say(5, 10), "You could not tell Bach from the program in these excerpts");
    assert.equal(say(1, 10), "You hear a difference, but took the program for Bach");
});

test("the table has a row for each answer, with quotes where a cell needs them", () => {
    const [head, first, , third] = csvOf(TEST, [0, 0, 1], "00ff").split("\r\n");
    assert.equal(head.split(",").length, 12);
    assert.equal(first, 'abc,00ff,pairs,harmonize,Bach,x,1,"A ""tune"", in ä",1 to 4,first,first,1');
    assert.equal(third.slice(-16), "second,second,1".padStart(16, ","));
});
