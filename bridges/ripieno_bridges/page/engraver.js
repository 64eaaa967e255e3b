// @ts-check
// Engraves with Verovio: a document in, SVG pictures and the times of their notes out. It touches nothing of the page
// but the font that the pictures need.

import { withHeading } from "./heading.js";
import { noteIndex, withNoteIds } from "./note_ids.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {{above: boolean, below: boolean}} Room
 */

const MAX_PAGE_HEIGHT = 60000; // Verovio's own limit, in its tenths of a pixel
const TEXT_FONT = "Leipzig"; // for musical signs within texts
const SPACING = 14; // between systems, in Verovio's units
const ROOM = 10; // more of it, for what stands over or under each system
const MARGIN = { pageMarginTop: 180, pageMarginBottom: 160 }; // the same at both ends
const DEFAULT_QPM = 120;
const BRACKET_ROOM = 50; // tenths of a millimetre at the left of paper: Verovio forgets that brackets take room

/** @type {Promise<any> | null} */
let loaded = null;

/** Loads Verovio once: its module, after its program has been compiled. */
function verovioModule() {
    loaded ??= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL("vendor/verovio-toolkit-wasm.js", import.meta.url).href;
        script.onload = () => {
            if (verovio.module.calledRun) {
                resolve(verovio);
            } else {
                verovio.module.onRuntimeInitialized = () => resolve(verovio);
            }
        };
        script.onerror = () => reject(new Error("The engraver could not be loaded; reload this page."));
        document.head.append(script);
    });
    return loaded;
}

const STYLE = /<style[^>]*>([\s\S]*?)<\/style>/g;

/**
 * An SVG picture as an element, without the style sheets that Verovio writes into it: the page's security policy
 * forbids them. Their rules are in score.css, and their font is registered once.
 *
 * @param {string} svg
 */
function svgElement(svg) {
    const bare = svg.replace(STYLE, (_, css) => {
        registerFont(css);
        return "";
    });
    const parsed = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
    parsed.querySelector("desc")?.remove();
    return document.importNode(parsed, true);
}

/** @param {string} css */
function registerFont(css) {
    const [, base64] = /url\(data:[^,]*base64,([^)'"]+)\)/.exec(css) ?? [];
    if (!base64 || [...document.fonts].some((font) => font.family === TEXT_FONT)) {
        return;
    }
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    document.fonts.add(new FontFace(TEXT_FONT, bytes.buffer));
}

/**
 * A document without what takes room between the staves and before them.
 *
 * @param {string} musicxml
 */
function notesAlone(musicxml) {
    return musicxml
        .replace(/<(lyric|direction|harmony)\b[^>]*?(?<!\/)>[\s\S]*?<\/\1>/g, "")
        .replace(/(<(part-name|part-abbreviation)\b[^>]*>)[^<]*(?=<\/\2>)/g, "$1");
}

/** @param {[number, number]} fraction */
function quarters(fraction) {
    return fraction[0] / fraction[1];
}

export class Engraver {
    #toolkit;

    /** @type {string | null} */
    #loaded = null; // the document

    /** @type {{number: string, name: string}[]} */
    #labels = []; // of its notes

    static async make() {
        const { toolkit } = await verovioModule();
        return new Engraver(new toolkit());
    }

    /** @param {any} toolkit Verovio's */
    constructor(toolkit) {
        this.#toolkit = toolkit;
    }

    /**
     * Loads a document, unless it is loaded already.
     *
     * @param {string} musicxml
     * @throws {Error} where Verovio cannot
     */
    load(musicxml) {
        if (this.#loaded === musicxml) {
            return;
        }
        this.#loaded = null;
        this.#toolkit.resetXmlIdSeed(1); // the same document gets the same ids every time
        const { document, labels, hasWords } = withNoteIds(musicxml);
        if (!this.#toolkit.loadData(document) || (hasWords && !this.#toolkit.loadData(this.#openBarlines()))) {
            throw new Error("The score could not be engraved. You can still download it.");
        }
        this.#loaded = musicxml;
        this.#labels = labels;
    }

    /** The loaded score as MEI, with barlines that do not join staves: they would run through the words. */
    #openBarlines() {
        return this.#toolkit.getMEI().replaceAll('bar.thru="true"', 'bar.thru="false"');
    }

    /**
     * The whole score, as tall as it needs to be.
     *
     * @param {number} width in pixels
     * @param {number} scale in percent
     * @param {Room} room for what else will stand at each system
     * @returns the pictures, to be put one below the other
     */
    screenElements(width, scale, { above, below }) {
        this.#layOut({
            pageWidth: (width * 100) / scale,
            pageHeight: MAX_PAGE_HEIGHT,
            scale,
            adjustPageHeight: true,
            spacingSystem: SPACING + ROOM * (Number(above) + Number(below)),
            ...(above ? { pageMarginTop: MARGIN.pageMarginTop } : {}),
            ...(below ? { pageMarginBottom: MARGIN.pageMarginBottom } : {})
        });
        return this.#pages().map(svgElement);
    }

    /**
     * Pages of paper with the heading on the first, as texts of SVG files.
     *
     * @param {import("./heading.js").Heading} heading
     * @param {number} width in tenths of a millimetre
     * @param {number} height in tenths of a millimetre
     */
    paperPages(heading, width, height) {
        const mei = withHeading(this.#toolkit.getMEI(), heading);
        this.#loaded = null; // what is loaded now has the heading
        this.#toolkit.loadData(mei);
        this.#layOut({
            ...{ pageWidth: width, pageHeight: height, scale: 100, adjustPageHeight: false, header: "encoded" },
            ...{ pageMarginTop: 20, pageMarginBottom: 0, pageMarginLeft: BRACKET_ROOM, pageMarginRight: 20 },
            unit: 6.5,
            ...{ bottomMarginHeader: 4, spacingSystem: 10, bracketThickness: 0.7, lyricLineThickness: 0.2 }
        });
        return this.#pages();
    }

    /**
     * The same pages as elements.
     *
     * @param {import("./heading.js").Heading} heading
     * @param {number} width
     * @param {number} height
     */
    paperElements(heading, width, height) {
        return this.paperPages(heading, width, height).map(svgElement);
    }

    /**
     * A small picture of some measures of a document, without words and names. Verovio keeps their selection, so an engraver that makes
     * thumbnails can make nothing else afterwards.
     *
     * @param {string} musicxml
     * @param {[number, number]} measures the first and the last, counted from 1
     */
    thumbnail(musicxml, measures) {
        this.load(notesAlone(musicxml));
        this.#toolkit.select({ measureRange: `${measures[0]}-${measures[1]}` });
        this.#layOut({
            breaks: "none",
            scale: 100,
            pageHeight: MAX_PAGE_HEIGHT,
            adjustPageHeight: true,
            adjustPageWidth: true,
            ...{
                spacingStaff: 6,
                pageMarginTop: 0,
                pageMarginBottom: 0,
                pageMarginLeft: 15,
                pageMarginRight: 0
            }
        });
        return svgElement(this.#toolkit.renderToSVG(1));
    }

    /** @param {Record<string, unknown>} options Verovio's, besides those that are always the same */
    #layOut(options) {
        const margins = { pageMarginTop: 60, pageMarginBottom: 40, pageMarginLeft: 20, pageMarginRight: 20 };
        this.#toolkit.setOptions({
            ...{
                breaks: "auto",
                header: "none",
                footer: "none",
                expandNever: true,
                adjustPageWidth: false,
                unit: 9,
                ...margins
            },
            ...{
                svgViewBox: true,
                svgAdditionalAttribute: ["staff@n", "measure@n", "tie@startid", "fermata@startid"],
                svgFormatRaw: true, // a line break between two names would be a space
                smuflTextFont: "embedded"
            },
            ...{ spacingStaff: 11, spacingSystem: SPACING, justifyVertically: false, lyricSize: 4.5, ...options }
        });
        this.#toolkit.redoLayout();
    }

    /** @returns {string[]} */
    #pages() {
        const count = this.#toolkit.getPageCount();
        return Array.from({ length: count }, (_, page) => this.#toolkit.renderToSVG(page + 1));
    }

    /**
     * The notes in pictures of the loaded score.
     *
     * @param {Element[]} pictures
     * @returns {EngravedNote[]}
     */
    notes(pictures) {
        const found = [];
        for (const picture of pictures) {
            for (const note of picture.querySelectorAll("g.note")) {
                found.push(this.#note(note));
            }
        }
        this.#joinTies(found);
        return found;
    }

    /**
     * @param {Element} group
     * @returns {EngravedNote}
     */
    #note(group) {
        const times = this.#toolkit.getTimesForElement(group.id);
        const staff = /** @type {SVGElement} */ (group.closest("g.staff"));
        const index = noteIndex(group.id);
        const tied = times.qfracTiedDuration ? quarters(times.qfracTiedDuration[0]) : 0;
        return {
            id: group.id,
            staff: Number(staff.dataset.n) - 1,
            index,
            number: this.#labels[index]?.number ?? "1",
            name: this.#labels[index]?.name ?? "",
            onset: quarters(times.qfracOn[0]),
            end: quarters(times.qfracOff[0]),
            pitch: this.#toolkit.getMIDIValuesForElement(group.id).pitch,
            tied: tied < 0
        };
    }

    /**
     * Sets `heardUntil`: a note is heard until the last note that is tied to it ends.
     *
     * @param {EngravedNote[]} notes
     */
    #joinTies(notes) {
        /** @type {Map<string, EngravedNote>} */
        const following = new Map(); // staff, pitch and onset -> note
        for (const note of [...notes].sort((a, b) => b.onset - a.onset)) {
            const line = `${note.staff} ${note.pitch}`;
            const next = following.get(`${line} ${note.end.toFixed(4)}`);
            note.heardUntil = next?.tied ? next.heardUntil : note.end;
            following.set(`${line} ${note.onset.toFixed(4)}`, note);
        }
    }

    /**
     * The score's own tempo.
     *
     * @returns {{points: import("./timing.js").TempoMap, qpm: number}} qpm: quarters a minute at the beginning
     */
    tempoMap() {
        /** @type {{qstamp: number, tstamp: number, tempo?: number}[]} */
        const map = this.#toolkit.renderToTimemap({ includeMeasures: true, includeRests: true });
        const points = map.map((entry) => ({ quarter: entry.qstamp, seconds: entry.tstamp / 1000 }));
        return { points, qpm: map.find((entry) => entry.tempo)?.tempo ?? DEFAULT_QPM };
    }
}
