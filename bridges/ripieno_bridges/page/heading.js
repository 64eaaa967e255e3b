// @ts-check
// The heading of a printed score: title, subtitle, who wrote the words and the music; page numbers from the second
// page on. It is put into the engraver's own format, MEI, so that the engraver leaves room for it.

const TITLE_LETTERS = 56; // in a line of the title
const SMALL_LETTERS = 62; // in a line of the names

/**
 * @typedef {object} Heading
 * @property {string} title
 * @property {string} subtitle the others may be empty
 * @property {string} music
 * @property {string} words
 */

/**
 * What a document says of itself.
 *
 * @param {string} musicxml
 * @param {string} title
 * @returns {Heading}
 */
export function headingOf(musicxml, title) {
    const parsed = new DOMParser().parseFromString(musicxml, "application/xml");
    const texts = (/** @type {string} */ selector) =>
        [...parsed.querySelectorAll(selector)]
            .map((element) => (element.textContent ?? "").trim())
            .filter(Boolean);
    const creators = (/** @type {string[]} */ ...types) =>
        [...new Set(types.flatMap((type) => texts(`identification > creator[type="${type}"]`)))].join(", ");
    const below = [
        ...texts("movement-title"),
        ...texts("credit:has(> credit-type:is(subtitle)) > credit-words")
    ];
    const subtitles = parsed.querySelector("work > work-title") === null ? [] : below;
    return {
        title,
        subtitle: [...new Set(subtitles)].filter((text) => text !== title).join(", "),
        music: creators("composer", "arranger"),
        words: creators("lyricist", "poet")
    };
}

/**
 * A text in as few lines as possible, of about the same length, broken at spaces.
 *
 * @param {string} text
 * @param {number} letters at most in a line, unless a word is longer
 * @returns {string[]}
 */
export function inLines(text, letters) {
    const { length } = broken(text, letters);
    let shorter = Math.ceil(text.length / Math.max(1, length));
    while (broken(text, shorter).length > length) {
        shorter += 1;
    }
    return broken(text, shorter);
}

/**
 * A text in lines that are as full as they can be.
 *
 * @param {string} text
 * @param {number} letters
 */
function broken(text, letters) {
    /** @type {string[]} */
    const lines = [];
    for (const word of text.split(/\s+/).filter(Boolean)) {
        const longer = `${lines.at(-1)} ${word}`;
        if (lines.length && longer.length <= letters) {
            lines[lines.length - 1] = longer;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

/**
 * The score with a heading in place of the one that it may have.
 *
 * @param {string} mei
 * @param {Heading} heading
 */
export function withHeading(mei, heading) {
    const parsed = new DOMParser().parseFromString(mei, "application/xml");
    parsed.querySelectorAll("pgHead, pgFoot").forEach((old) => old.remove());
    const make = (
        /** @type {string} */ name,
        /** @type {Record<string, string>} */ attributes,
        /** @type {(Node | string)[]} */ ...children
    ) => {
        const element = parsed.createElementNS(parsed.documentElement.namespaceURI, name);
        Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
        element.append(...children);
        return element;
    };
    const rend = (
        /** @type {string} */ text,
        /** @type {Record<string, string>} */ attributes,
        /** @type {number} */ letters
    ) => inLines(text, letters).map((line) => make("rend", attributes, line));
    const first = make(
        "pgHead",
        { func: "first" },
        ...rend(heading.title, { halign: "center", valign: "top", fontsize: "200%" }, TITLE_LETTERS),
        ...rend(heading.subtitle, { halign: "center", valign: "middle", fontstyle: "italic" }, SMALL_LETTERS),
        ...rend(heading.words, { halign: "left", valign: "bottom" }, SMALL_LETTERS / 2),
        ...rend(
            heading.music,
            { halign: "right", valign: "bottom" },
            heading.words ? SMALL_LETTERS / 2 : SMALL_LETTERS
        )
    );
    const later = make(
        "pgHead",
        { func: "all" },
        make("rend", { halign: "right", valign: "top" }, make("num", { label: "page" }, "#"))
    );
    parsed.querySelector("scoreDef")?.prepend(first, later);
    return new XMLSerializer().serializeToString(parsed);
}
