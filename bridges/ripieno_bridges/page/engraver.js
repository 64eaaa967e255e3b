// Verovio: a document in, pictures and the places of notes in time out. Nothing here touches the page, but for
// the one font that the pictures need.

const TALLEST = 60000; // Verovio's own limit for a page, in its tenths of a pixel
const LABELLED = "Leipzig";

let loaded = null;

// Resolves to the Verovio module when its program has been compiled.
function module() {
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

// A picture as an element that a strict page may hold: without the style sheets that Verovio writes into it, whose
// rules stand in score.css, and whose font is taken up once.
function element(svg) {
    const bare = svg.replace(STYLE, (_, css) => {
        takeFont(css);
        return "";
    });
    const parsed = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
    parsed.querySelector("desc")?.remove();
    return document.importNode(parsed, true);
}

function takeFont(css) {
    const [, base64] = /url\(data:[^,]*base64,([^)'"]+)\)/.exec(css) ?? [];
    if (!base64 || [...document.fonts].some((font) => font.family === LABELLED)) {
        return;
    }
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const font = new FontFace(LABELLED, bytes.buffer);
    document.fonts.add(font);
}

function quarters(fraction) {
    return fraction[0] / fraction[1];
}

export class Engraver {
    #toolkit;
    #loaded = null; // the document

    static async make() {
        const { toolkit } = await module();
        return new Engraver(new toolkit());
    }

    constructor(toolkit) {
        this.#toolkit = toolkit;
    }

    // Reads a document. Raises Error where Verovio cannot.
    load(musicxml) {
        if (this.#loaded === musicxml) {
            return;
        }
        this.#loaded = null;
        this.#toolkit.resetXmlIdSeed(1); // so that the same document has the same names again
        if (!this.#toolkit.loadData(musicxml)) {
            throw new Error("The score could not be engraved. You can still download it.");
        }
        this.#loaded = musicxml;
    }

    // The whole score as wide as `width` pixels and as tall as it needs: the pictures, one below the other.
    pictures(width, scale) {
        this.#layOut({
            pageWidth: (width * 100) / scale,
            pageHeight: TALLEST,
            scale,
            adjustPageHeight: true
        });
        return this.#pages().map(element);
    }

    // Pages of paper, in tenths of a millimetre, with the title on the first; text of SVG files.
    sheets(width, height) {
        this.#layOut({
            ...{ pageWidth: width, pageHeight: height, scale: 100, adjustPageHeight: false, header: "auto" },
            ...{ pageMarginTop: 0, pageMarginBottom: 0, pageMarginLeft: 0, pageMarginRight: 0, unit: 6.5 }
        });
        return this.#pages();
    }

    // The same pages as elements.
    sheetElements(width, height) {
        return this.sheets(width, height).map(element);
    }

    // Some measures (from 1) of a document, small: one picture. It is loaded for that; an engraver that made one
    // makes nothing else.
    thumbnail(musicxml, measures) {
        this.load(musicxml);
        this.#toolkit.select({ measureRange: `${measures[0]}-${measures[1]}` });
        this.#layOut({
            breaks: "none",
            scale: 100,
            pageHeight: TALLEST,
            adjustPageHeight: true,
            adjustPageWidth: true
        });
        return element(this.#toolkit.renderToSVG(1));
    }

    #layOut(options) {
        const margins = { pageMarginTop: 40, pageMarginBottom: 40, pageMarginLeft: 20, pageMarginRight: 20 };
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
                smuflTextFont: "embedded"
            },
            ...{ spacingStaff: 11, spacingSystem: 14, justifyVertically: false, lyricSize: 4.5, ...options }
        });
        this.#toolkit.redoLayout();
    }

    #pages() {
        const count = this.#toolkit.getPageCount();
        return Array.from({ length: count }, (_, page) => this.#toolkit.renderToSVG(page + 1));
    }

    // The notes of a picture that was made of the loaded score, as `note_lookup.js` and `timing.js` want them.
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

    #note(group) {
        const times = this.#toolkit.getTimesForElement(group.id);
        const layer = group.closest("g.layer");
        const staff = group.closest("g.staff");
        const layers = [...staff.querySelectorAll(":scope > g.layer")];
        const tied = times.qfracTiedDuration ? quarters(times.qfracTiedDuration[0]) : 0;
        return {
            id: group.id,
            staff: Number(staff.dataset.n) - 1,
            layer: layers.indexOf(layer),
            layers: layers.length,
            onset: quarters(times.qfracOn[0]),
            end: quarters(times.qfracOff[0]),
            pitch: this.#toolkit.getMIDIValuesForElement(group.id).pitch,
            tied: tied < 0
        };
    }

    // A note that is tied on is heard until the last of the tie has ended.
    #joinTies(notes) {
        const going = new Map();
        for (const note of [...notes].sort((a, b) => b.onset - a.onset)) {
            const line = `${note.staff} ${note.pitch}`;
            const next = going.get(`${line} ${note.end.toFixed(4)}`);
            note.heardUntil = next?.tied ? next.heardUntil : note.end;
            going.set(`${line} ${note.onset.toFixed(4)}`, note);
        }
    }

    // The score's own tempo, for `timing.js`: [{quarter, seconds}], and the first as quarters a minute.
    tempoMap() {
        const map = this.#toolkit.renderToTimemap({ includeMeasures: true, includeRests: true });
        const points = map.map((entry) => ({ quarter: entry.qstamp, seconds: entry.tstamp / 1000 }));
        return { points, qpm: map.find((entry) => entry.tempo)?.tempo ?? 120 };
    }
}
