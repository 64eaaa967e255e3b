// The sound of the examples: EXAMPLES has [onset, length, MIDI pitch] of each note, in seconds.
let context = null;
let playing = null;

function stop() {
    context?.close();
    context = null;
    if (playing) {
        playing.textContent = "Play";
    }
    playing = null;
}

function play(button, notes) {
    context = new AudioContext();
    playing = button;
    button.textContent = "Stop";
    const begin = context.currentTime + 0.1;
    let last = null;
    for (const [onset, length, pitch] of notes) {
        const tone = new OscillatorNode(context, { type: "triangle", frequency: 440 * 2 ** ((pitch - 69) / 12) });
        const loudness = new GainNode(context, { gain: 0 });
        const [start, end] = [begin + onset, begin + onset + length];
        loudness.gain.setValueAtTime(0, start);
        loudness.gain.linearRampToValueAtTime(0.16, start + 0.02);
        loudness.gain.setValueAtTime(0.16, Math.max(start + 0.02, end - 0.04));
        loudness.gain.linearRampToValueAtTime(0, end);
        tone.connect(loudness).connect(context.destination);
        tone.start(start);
        tone.stop(end);
        if (!last || end > last.end) {
            last = { tone, end };
        }
    }
    last?.tone.addEventListener("ended", () => playing === button && stop());
}

for (const button of document.querySelectorAll("button[data-example]")) {
    button.addEventListener("click", () => {
        const again = playing === button;
        stop();
        if (!again) {
            play(button, EXAMPLES[Number(button.dataset.example)]);
        }
    });
}
