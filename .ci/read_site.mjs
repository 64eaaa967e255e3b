// Reads the pages of the site in a real Chromium, as wide as a telephone, and writes what is wrong with them as JSON:
// a list of [address, fault].
//
//   node read_site.mjs CHROMIUM ADDRESS PAGES [FOLDER]
//
// PAGES: the names of the pages behind ADDRESS, as JSON. FOLDER gets a picture of each.

import { join } from "node:path";

import { launchChromium, noteErrors } from "../tests/support/node/chromium.mjs";

const [, , program, site, pages, folder] = process.argv;
const PHONE = { width: 400, height: 800 };
const SMALLEST_PX = 10; // of any letter

const faults = [];
const errors = []; // of the page that is open
const browser = await launchChromium(program);
const context = await browser.newContext({ viewport: PHONE });
context.setDefaultTimeout(20_000);
noteErrors(context, errors, (text) => text.startsWith("Failed to load resource")); // told with its address here:
context.on("response", (answer) => answer.status() >= 400 && errors.push(`${answer.status()} for ${answer.url()}`));

for (const name of JSON.parse(pages)) {
    const page = await context.newPage();
    await page.goto(new URL(name, site).href, { waitUntil: "load" });
    errors.push(...(await page.evaluate(unreadable, [PHONE.width, SMALLEST_PX])));
    if (folder) {
        await page.screenshot({ path: join(folder, `${name.replaceAll("/", "-")}.png`), fullPage: true });
    }
    await page.close();
    faults.push(...errors.splice(0).map((error) => [name, error]));
}

errors.push(...(await withoutAnswer("figured bass")));
faults.push(...errors.map((error) => ["index.html", error]));
await browser.close();
process.stdout.write(JSON.stringify(faults));

// Runs in the page: what sticks out of the screen, is too small, or was not loaded.
async function unreadable([width, smallest]) {
    const found = [];
    if (document.scrollingElement.scrollWidth > width) {
        const wide = [...document.querySelectorAll("article *")].filter(
            (element) => element.getBoundingClientRect().right > width && !element.closest("table, pre, code")
        );
        found.push(`wider than ${width} pixels: ${wide.map((element) => element.outerHTML.slice(0, 60)).join(", ")}`);
    }
    for (const image of document.querySelectorAll("article img")) {
        await image.decode().catch(() => found.push(`no picture: ${image.src}`));
    }
    for (const sound of document.querySelectorAll("audio")) {
        sound.preload = "metadata";
        const heard = new Promise((resolve) => {
            sound.addEventListener("loadedmetadata", () => resolve(sound.duration > 0));
            sound.addEventListener("error", () => resolve(false));
        });
        sound.load();
        if (!(await heard)) {
            found.push(`no sound: ${sound.src}`);
        }
    }
    const texts = [...document.querySelectorAll("article p, article li, article td, article code")];
    const small = texts.filter((element) => element.textContent && parseFloat(getComputedStyle(element).fontSize) < smallest);
    if (small.length > 0) {
        found.push(`letters below ${smallest} pixels: ${small[0].outerHTML.slice(0, 60)}`);
    }
    return found;
}

// The faults of the site's search.
async function withoutAnswer(words) {
    const page = await context.newPage();
    await page.goto(new URL("index.html", site).href);
    await page.click("label[for=__search]");
    await page.type(".md-search__input", words); // it listens to keys
    try {
        await page.waitForSelector(".md-search-result__item a", { timeout: 10_000 });
        return [];
    } catch {
        return [`the search for "${words}" finds nothing`];
    } finally {
        await page.close();
    }
}
