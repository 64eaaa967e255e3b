// @ts-check
// The bar in which the token is typed, where the server asks for one and the page has none, or a wrong one.

import { byId } from "./dom.js";
import { setToken } from "./token.js";

export class TokenField {
    #connection;

    /** @param {import("./connection.js").Connection} connection */
    constructor(connection) {
        this.#connection = connection;
        byId("locked").addEventListener("submit", async (event) => {
            event.preventDefault();
            const typed = byId("token").value;
            if (!/^[\x21-\x7e\s]+$/.test(typed)) {
                this.#say("A token has only plain letters, digits and - . _ ~; type it once more.");
                return;
            }
            setToken(typed);
            await connection.check();
            if (connection.state === "locked") {
                this.#say("That is not the token of this ripieno; type it once more.");
            }
        });
    }

    draw() {
        byId("locked").hidden = this.#connection.state !== "locked";
    }

    /** @param {string} text */
    #say(text) {
        byId("locked-text").textContent = text;
        byId("token").focus();
    }
}
