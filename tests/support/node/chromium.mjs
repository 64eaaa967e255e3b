// Starts a real Chromium for a script, and notes what goes wrong in it.

import { createRequire } from "node:module";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync"
];

// program: the path of Chromium. switches: further ones.
export function launchChromium(program, ...switches) {
    return chromium.launch({ executablePath: program, args: [...SWITCHES, ...switches] });
}

// Notes in a list the errors of all pages of a browser context. isProvoked tells which message is an answer to what the
// script did.
export function noteErrors(context, errors, isProvoked = () => false) {
    context.on("weberror", (error) => errors.push(error.error().stack));
    context.on("console", (message) => {
        if (message.type() === "error" && !isProvoked(message.text())) {
            errors.push(message.text());
        }
    });
}
