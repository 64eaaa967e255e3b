// The bridge that served this page; docs/protocol.md, chapter HTTP. Nobody else is ever asked.

import { EventReader } from "./sse.js";

const GONE =
    "ripieno does not answer. Start it again in a terminal with `ripieno serve`; what is on this page stays.";

// What the server refuses, or that it is not there. place: as in docs/protocol.md, or null.
export class ServerError extends Error {
    constructor(error) {
        super(error.text);
        this.code = error.code;
        this.place = error.place ?? null;
    }
}

async function ask(path, options = {}) {
    let response;
    try {
        response = await fetch(path, { cache: "no-store", ...options });
    } catch (cause) {
        if (cause.name === "AbortError") {
            throw cause;
        }
        throw new ServerError({ code: "gone", text: GONE });
    }
    if (!response.ok) {
        throw new ServerError(await faultOf(response));
    }
    return response;
}

async function faultOf(response) {
    try {
        return (await response.json()).error;
    } catch {
        return {
            code: "failed",
            text: `ripieno answered with ${response.status}; the terminal where it runs says more.`
        };
    }
}

function posting(body, headers = {}) {
    return {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body)
    };
}

export async function get(path) {
    return (await ask(path)).json();
}

export async function post(path, body) {
    return (await ask(path, posting(body))).json();
}

// A tune to try, as MusicXML.
export async function example(name) {
    return (await ask(`/v1/examples/${encodeURIComponent(name)}`)).text();
}

// Stops a request; whether there was one to stop does not matter.
export async function cancel(id) {
    try {
        await ask(`/v1/requests/${encodeURIComponent(id)}`, { method: "DELETE" });
    } catch {
        // Its own end says what happened.
    }
}

// Does a task on a document and tells how far it is. order: {task, body}. progress(fraction).
// Returns the answer, or null where it was cancelled. Raises ServerError.
export async function perform(order, id, progress) {
    const accept = { Accept: "text/event-stream" };
    const response = await ask(`/v1/musicxml/${order.task}`, posting({ ...order.body, id }, accept));
    const reader = new EventReader();
    const decoder = new TextDecoder();
    const stream = response.body.getReader();
    try {
        for (;;) {
            const { done, value } = await stream.read();
            if (done) {
                break;
            }
            for (const { event, data } of reader.push(decoder.decode(value, { stream: true }))) {
                if (event === "progress") {
                    progress(data.fraction);
                } else if (event === "done") {
                    return data;
                } else if (event === "cancelled") {
                    return null;
                } else if (event === "error") {
                    throw new ServerError(data.error);
                }
            }
        }
    } catch (cause) {
        if (cause instanceof ServerError) {
            throw cause;
        }
    }
    throw new ServerError({ code: "gone", text: GONE });
}
