// What makes the same notes again, as text and as lines for the terminal. No DOM.

const PLAIN = /^[\w./,:=@%+-]+$/;

// A word as a shell takes it whole.
export function quoted(word) {
    const text = String(word);
    return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

// What each step is saved as, without an ending: melody-1, melody-2.
function stem(steps) {
    const file = steps.find((step) => step.file)?.file ?? "ripieno.musicxml";
    return file.replace(/\.[^.]*$/, "");
}

function output(base, number) {
    return `${base}-${number}.musicxml`;
}

// What a step left for the next: the command line numbers the alternatives from the second on.
function result(base, number, step) {
    const name = output(base, number);
    return step.alternative > 1 ? name.replace(/\.musicxml$/, `-${step.alternative}.musicxml`) : name;
}

// The steps as lines for the terminal, each going on from the one before.
export function commandLines(steps) {
    const base = stem(steps);
    let input = steps[0]?.file ?? null;
    return steps.map((step, index) => {
        const words = ["ripieno", step.task, ...(step.task === "compose" ? [] : [input]), ...options(step)];
        words.push("-o", output(base, index + 1));
        input = result(base, index + 1, step);
        return words.map(quoted).join(" ");
    });
}

// Quarters in the unit that a meter counts, as the command line has them.
function beats(quarters, meter) {
    return (quarters * Number(meter?.split("/")[1] ?? 4)) / 4;
}

function options(step) {
    const { body } = step;
    const words = [];
    const add = (name, value) => {
        if (value !== undefined && value !== null) {
            words.push(`--${name}`, value);
        }
    };
    add("given", body.given?.join(","));
    if (step.task === "infill") {
        const [from, to] = step.measures;
        add("measures", from === to ? from : `${from}-${to}`);
        add("voices", body.anew.join(","));
    }
    for (const name of ["bars", "key", "meter", "amount"]) {
        add(name, body[name]);
    }
    add("pickup", body.pickup && beats(body.pickup, body.meter));
    add("transpose", body.transpose);
    add("model", step.model);
    add("temperature", body.temperature);
    add("alternatives", step.alternatives > 1 ? step.alternatives : null);
    add("seed", step.seed);
    return words;
}

// Everything that decides the notes, in words, the newest step last.
export function recipeText(steps, version) {
    const lines = [`ripieno ${version}`];
    steps.forEach((step, index) => {
        lines.push("", steps.length > 1 ? `${index + 1}. ${step.task}` : step.task);
        lines.push(`model: ${step.model}`, `weights: ${step.weights}`, `seed: ${step.seed}`);
        lines.push(`temperature: ${step.body.temperature ?? "as suits the task"}`);
        lines.push(`alternative: ${step.alternative} of ${step.alternatives}`);
    });
    return [...lines, "", ...commandLines(steps)].join("\n");
}
