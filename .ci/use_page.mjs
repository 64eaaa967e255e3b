// Harmonizes an example on ripieno's page in a real Chromium, and writes as JSON how many notes each staff has then, and
// how many of them are shown as new: {"1": [14, 0], ...}.
//
//   node use_page.mjs CHROMIUM ADDRESS
//
// Ends with an error where the page does not work, complains, or asks anybody but ADDRESS.

import { arrive, notesByStaff } from "../tests/bridges/page/steps.mjs";
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
await arrive(page, address);
await page.click("#examples button");
await page.click("#write:enabled");
await page.waitForFunction(() =>
    window.ripieno.view?.notes.some(({ id }) => window.ripieno.view.group(id).classList.contains("new"))
);
const staves = await notesByStaff(page);
await browser.close();
if (faults.length > 0) {
    throw new Error(faults.join("\n"));
}
process.stdout.write(JSON.stringify(staves));
