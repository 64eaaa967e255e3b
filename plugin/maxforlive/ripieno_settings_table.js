// The settings of /ripieno/set, from ripieno's table. Written by build.py; do not change it here.
// initial: the default, or what the device begins with instead (see build.py). tasks: those that use it.

/** @type {Record<string, {kind: string, minimum: any, maximum: any, initial: any, tasks: string[]}>} */
var ripienoSettingsTable = {
    "model": {"kind": "model", "minimum": null, "maximum": null, "initial": "lstm-chorales", "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "bars": {"kind": "whole", "minimum": 1, "maximum": 512, "initial": 4, "tasks": ["compose", "continue"]},
    "length": {"kind": "beats", "minimum": 0, "maximum": 4096, "initial": null, "tasks": ["harmonize", "continue", "infill", "vary"]},
    "key": {"kind": "key", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "phrases": {"kind": "places", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "infill", "vary"]},
    "style": {"kind": "choice", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "chords": {"kind": "harmony", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "numerals": {"kind": "harmony", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "figures": {"kind": "harmony", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "continue", "infill", "vary"]},
    "strict_chords": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "keyboard": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize"]},
    "meter": {"kind": "meter", "minimum": null, "maximum": null, "initial": null, "tasks": ["compose"]},
    "beats_per_bar": {"kind": "beats_per_bar", "minimum": 1, "maximum": 32, "initial": null, "tasks": ["compose"]},
    "pickup": {"kind": "beats", "minimum": 0, "maximum": 4096, "initial": 0, "tasks": ["compose"]},
    "given": {"kind": "voices", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "vary"]},
    "voices": {"kind": "voices", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "infill"]},
    "amount": {"kind": "number", "minimum": 0, "maximum": 1, "initial": 0.3, "tasks": ["vary"]},
    "temperature": {"kind": "number", "minimum": 0, "maximum": 2, "initial": 0.5, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "top_p": {"kind": "number", "minimum": 0, "maximum": 1, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "beam": {"kind": "whole", "minimum": 1, "maximum": 16, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "original": {"kind": "number", "minimum": 0, "maximum": 1, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "threshold": {"kind": "number", "minimum": 0, "maximum": 1, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "descent": {"kind": "named_numbers", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "alternatives": {"kind": "whole", "minimum": 1, "maximum": 16, "initial": 3, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "seed": {"kind": "whole", "minimum": 0, "maximum": 9999, "initial": 0, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "performers": {"kind": "choice", "minimum": null, "maximum": null, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "deadline": {"kind": "milliseconds", "minimum": 0, "maximum": 3600000, "initial": null, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "strict_range": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize", "continue", "infill", "vary"]},
    "accompaniment": {"kind": "choice", "minimum": null, "maximum": null, "initial": "ignored", "tasks": ["harmonize", "continue", "infill", "vary"]},
    "stream": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "send_chords": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "replace": {"kind": "switch", "minimum": 0, "maximum": 1, "initial": 0, "tasks": ["harmonize", "compose", "continue", "infill", "vary"]},
    "task": {"kind": "choice", "minimum": null, "maximum": null, "initial": "continue", "tasks": ["harmonize", "compose", "continue", "infill", "vary"]}
};
