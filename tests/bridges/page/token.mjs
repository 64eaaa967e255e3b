// Opens the page of a server that asks for a token, in a real Chromium, and records what is seen.
//
//   node token.mjs CHROMIUM OVER_TLS PLAIN TOKEN FOLDER
//
// OVER_TLS and PLAIN are addresses of the same ripieno. FOLDER gets pictures, and seen.json.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { launchChromium } from "../../support/node/chromium.mjs";
import { written } from "./steps.mjs";

const [, , program, overTls, plain, token, folder] = process.argv;
const PATIENCE_MS = 30_000;
const seen = { errors: [] };

const browser = await launchChromium(program, "--ignore-certificate-errors");

async function newPage() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("weberror", (error) => seen.errors.push(error.error().stack));
    return context.newPage();
}

const text = (page, id) => page.evaluate((name) => document.getElementById(name).textContent, id);
const kept = (page) => page.evaluate(() => [window.location.href, { ...sessionStorage }]);

// Whoever has only the address is asked for the token.
let page = await newPage();
await page.goto(overTls);
await page.waitForSelector("#locked:not([hidden])");
seen.locked = [await text(page, "connection"), await page.locator("#examples button").count()];
await page.screenshot({ path: join(folder, "locked.png") });
await page.fill("#token", "this-is-not-the-token");
await page.click("#locked button");
await page.waitForFunction(() => document.getElementById("locked-text").textContent.startsWith("That"));
seen.wrong = await text(page, "locked-text");
await page.fill("#token", token);
await page.keyboard.press("Enter");
await page.waitForSelector("#locked", { state: "hidden" });
await page.waitForSelector("#examples button");
await page.reload();
await page.waitForSelector("#examples button");
seen.typed = await kept(page);
await page.close();

// Whoever has the address with the token in it is not, over TLS or without: there the browser trusts the page less.
for (const [name, address] of Object.entries({ overTls, plain })) {
    page = await newPage();
    await page.goto(`${address}#token=${token}`);
    await page.waitForSelector("#examples button");
    await page.click("#examples button:has-text('Twinkle')");
    await page.waitForFunction(() => window.ripieno.actions.piece !== null);
    await page.click("#write");
    await written(page, 1);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    seen[name] = {
        kept: await kept(page),
        isTrusted: await page.evaluate(() => window.isSecureContext),
        notes: await page.evaluate(() => window.ripieno.actions.piece.voices.map((line) => line.notes))
    };
}

await browser.close();
writeFileSync(join(folder, "seen.json"), JSON.stringify(seen));
