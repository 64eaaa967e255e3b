// @ts-check
// The token of a ripieno that other computers reach. It comes in the page's address, behind #token=, or is typed
// once; it is kept until the tab is closed, and sent to nobody but the server that the page came from.

const KEY = "ripieno-token";
const IN_ADDRESS = /^#token=([A-Za-z0-9._~-]+)$/;

let token = fromAddress() ?? kept();

/** @returns {string | null} the token in the address, where it does not stay: others may see it there */
function fromAddress() {
    const found = IN_ADDRESS.exec(window.location.hash);
    if (found === null) {
        return null;
    }
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    keep(found[1]);
    return found[1];
}

/** @returns {string | null} */
function kept() {
    try {
        return sessionStorage.getItem(KEY);
    } catch {
        return null; // the browser keeps nothing
    }
}

/** @param {string} text */
function keep(text) {
    try {
        sessionStorage.setItem(KEY, text);
    } catch {
        // it is known until the page is left
    }
}

/** @param {string} text as it was typed */
export function setToken(text) {
    token = text.trim();
    keep(token);
}

/** @returns {Record<string, string>} the headers of a request that carry the token */
export function tokenHeaders() {
    return token ? { Authorization: `Bearer ${token}` } : {};
}
