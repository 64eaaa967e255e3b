// @ts-check
// HTTP requests to the server that this page came from (docs/protocol.md), and to no other.

import { EventReader } from "./sse.js";
import { tokenHeaders } from "./token.js";

const GONE =
    "ripieno does not answer. Start it again in a terminal with `ripieno serve`; what is on this page stays.";

/** The server refused, or it does not answer (code "gone"). */
export class ServerError extends Error {
    /**
     * @param {{code: string, text: string, place?: {measure: string | number | null} | null, setting?: string | null}} error
     *     as in docs/protocol.md
     */
    constructor(error) {
        super(error.text);
        this.code = error.code;
        this.place = error.place ?? null;
        this.setting = error.setting ?? null;
    }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function send(path, options = {}) {
    let response;
    try {
        const headers = { ...tokenHeaders(), ...options.headers };
        response = await fetch(path, { cache: "no-store", ...options, headers });
    } catch (cause) {
        if (cause instanceof Error && cause.name === "AbortError") {
            throw cause;
        }
        throw new ServerError({ code: "gone", text: GONE });
    }
    if (!response.ok) {
        throw new ServerError(await errorOf(response));
    }
    return response;
}

/** @param {Response} response */
async function errorOf(response) {
    try {
        return (await response.json()).error;
    } catch {
        return {
            code: "failed",
            text: `ripieno answered with ${response.status}; the terminal where it runs says more.`
        };
    }
}

/**
 * @param {Record<string, any>} body
 * @param {Record<string, string>} headers
 * @returns {RequestInit}
 */
function posting(body, headers = {}) {
    return {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body)
    };
}

/** @param {string} path */
export async function get(path) {
    return (await send(path)).json();
}

/**
 * @param {string} path
 * @param {Record<string, any>} body
 */
export async function post(path, body) {
    return (await send(path, posting(body))).json();
}

/**
 * An example melody, as MusicXML.
 *
 * @param {string} name
 */
export async function example(name) {
    return (await send(`/v1/examples/${encodeURIComponent(name)}`)).text();
}

/**
 * Stops a request, if it is there.
 *
 * @param {string} id
 * @returns {Promise<boolean>} false where the server has no such request, or does not answer
 */
export async function cancel(id) {
    try {
        await send(`/v1/requests/${encodeURIComponent(id)}`, { method: "DELETE" });
        return true;
    } catch {
        return false; // the request's own end tells the user what happened
    }
}

/**
 * Runs a task on a document.
 *
 * @param {import("./requests.js").Request} request
 * @param {string} id by which it can be cancelled
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<import("./piece.js").Reply | null>} null where it was cancelled
 * @throws {ServerError}
 */
export async function perform(request, id, onProgress) {
    const accept = { Accept: "text/event-stream" };
    const response = await send(`/v1/musicxml/${request.task}`, posting({ ...request.body, id }, accept));
    const reader = new EventReader();
    const decoder = new TextDecoder();
    const stream = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    try {
        for (;;) {
            const { done, value } = await stream.read();
            if (done) {
                break;
            }
            for (const { event, data } of reader.push(decoder.decode(value, { stream: true }))) {
                if (event === "progress") {
                    onProgress(data.fraction);
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
