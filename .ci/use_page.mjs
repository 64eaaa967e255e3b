// Harmonizes an example on ripieno's page in a real Chromium, and writes as JSON how many notes each staff has then, and
// how many of them are shown as new.
//
//   node use_page.mjs CHROMIUM ADDRESS
//
// Ends with an error where the page does not work, complains, or asks anybody but ADDRESS.

import { launchChromium, noteErrors } from "../tests/support/node/chromium.mjs";

const [, , program, address] = process.argv;
const faults = [];
const browser = await launchChromium(program);
const context = await browser.newContext();
context.setDefaultTimeout(60_000);
noteErrors(context, faults);
const isOurs = (url) => url.startsWith(address) || url.startsWith("data:") || url.startsWith("blob:");
context.on("request", (request) => isOurs(request.url()) || faults.push(`asks ${request.url()}`));

const page = await context.newPage();
await page.goto(address);
await page.click("#examples button");
await page.click("#write:enabled");
const staves = await page
    .waitForFunction(() => {
        const counts = {};
        for (const note of window.ripieno.view?.notes ?? []) {
            counts[note.staff] ??= { notes: 0, fresh: 0 };
            counts[note.staff].notes += 1;
            counts[note.staff].fresh += Number(window.ripieno.view.group(note.id).classList.contains("new"));
        }
        return Object.values(counts).some(({ fresh }) => fresh > 0) && counts;
    })
    .then((found) => found.jsonValue());
await browser.close();
if (faults.length > 0) {
    throw new Error(faults.join("\n"));
}
process.stdout.write(JSON.stringify(staves));
