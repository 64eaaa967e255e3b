// Server-sent events out of a stream of text that may be cut anywhere. No DOM.

export class EventReader {
    #rest = "";

    // The events that are whole with this piece of text: [{event, data}], data decoded from JSON.
    push(text) {
        const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
        this.#rest = blocks.pop();
        return blocks.map(decoded).filter((event) => event !== null);
    }
}

function decoded(block) {
    let event = "message";
    const data = [];
    for (const line of block.split("\n")) {
        const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        if (name === "event") {
            event = value;
        } else if (name === "data") {
            data.push(value);
        }
    }
    return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
