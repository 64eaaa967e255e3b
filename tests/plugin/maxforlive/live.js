// A stand-in for Live: a Set in memory, reached through LiveAPI as a Max device reaches it, with Live's own rules.
//
// The rules of Live: get returns a list; what is refused raises no error, it goes to the console (`errors`) and has no
// effect; a slot takes one clip; notes of one pitch do not overlap, the later one cuts the earlier; a clip made in the
// Arrangement replaces what is there; every write is an undo step of its own unless a step is open.

"use strict";

const UNDO_STEPS_SINCE = 12;
const ARRANGEMENT_SINCE = 12;
const NOTE_FIELDS = ["pitch", "start_time", "duration", "velocity", "mute", "probability"];

class Refused extends Error {}

class Live {
    constructor({version = 12, scenes = 4} = {}) {
        this.version = version;
        this.objects = new Map();
        this.lastId = 0;
        this.errors = [];
        this.undo = []; // how many writes each step has
        this.openSteps = 0;
        this.isReady = false; // LiveAPI may not be used before live.thisdevice has banged
        this.song = this.add("Song", {
            tracks: [], scenes: [], signature_numerator: 4, signature_denominator: 4, root_note: 0, scale_name: "Major"
        });
        if (version >= 12) {
            this.song.scale_mode = 0;
        }
        this.app = this.add("Application", {});
        this.device = this.add("MaxDevice", {});
        this.view = this.add("View", {detail_clip: null, selected_scene: null});
        for (let i = 0; i < scenes; i += 1) {
            this.song.scenes.push(this.add("Scene", {}));
        }
        this.view.selected_scene = this.song.scenes[0];
        this.LiveAPI = makeLiveAPI(this);
    }

    add(type, fields) {
        this.lastId += 1; // Live never uses an id twice
        const object = {type, id: this.lastId, ...fields};
        this.objects.set(object.id, object);
        return object;
    }

    // -- making a Set ------------------------------------------------------------------------------------------

    track(name, {midi = true} = {}) {
        const track = this.add("Track", {
            name, color: 0, has_midi_input: midi ? 1 : 0, clip_slots: [], arrangement_clips: [], is_frozen: 0
        });
        this.song.scenes.forEach(() => this.addSlot(track));
        this.song.tracks.push(track);
        return track;
    }

    addSlot(track) {
        track.clip_slots.push(this.add("ClipSlot", {canonical_parent: track, clip: null}));
    }

    // notes: [[pitch, start, duration]...] or Live's own form.
    clip(track, scene, name, notes, {start = 0, length = 4, meter = [4, 4]} = {}) {
        const slot = track.clip_slots[scene];
        slot.clip = this.newClip(slot, start + length, {name});
        Object.assign(slot.clip, {
            loop_start: start, start_marker: start, signature_numerator: meter[0], signature_denominator: meter[1]
        });
        this.put(slot.clip, notes);
        return slot.clip;
    }

    arrangementClip(track, time, name, notes, {length = 4, looping = 0} = {}) {
        const clip = this.newClip(track, length, {
            name, looping, is_arrangement_clip: 1, start_time: time, end_time: time + length
        });
        track.arrangement_clips.push(clip);
        this.put(clip, notes);
        return clip;
    }

    newClip(parent, length, fields) {
        return this.add("Clip", {
            canonical_parent: parent, name: "", color: 0, is_midi_clip: 1, is_arrangement_clip: 0, looping: 1,
            loop_start: 0, loop_end: length, start_marker: 0, end_marker: length, start_time: 0, end_time: length,
            signature_numerator: 4, signature_denominator: 4, notes: [], ...fields
        });
    }

    put(clip, notes) {
        notes.forEach((note) => addNote(clip, Array.isArray(note) ? {
            pitch: note[0], start_time: note[1], duration: note[2], velocity: 100
        } : note));
    }

    // -- reading it ------------------------------------------------------------------------------------------

    named(name) {
        return this.song.tracks.find((track) => track.name === name);
    }

    // "E4 0 1" lines: pitch start duration.
    static notes(clip) {
        return [...clip.notes].sort((a, b) => a.start_time - b.start_time || a.pitch - b.pitch)
            .map((note) => [note.pitch, note.start_time, note.duration]);
    }

    resolve(path) {
        const words = path.replace(/"/g, "").split(" ");
        if (words[0] === "id") {
            return this.objects.get(Number(words[1])) || null;
        }
        const roots = {
            "live_set": this.song,
            "live_app": this.app,
            "this_device": this.device,
            "live_set view": this.view,
            "live_set view detail_clip": this.view.detail_clip
        };
        return roots[path] || null;
    }

    remove(clip) {
        this.objects.delete(clip.id);
        if (this.view.detail_clip === clip) {
            this.view.detail_clip = null;
        }
    }

    didWrite() {
        if (this.openSteps === 0) {
            this.undo.push(0);
        }
        this.undo[this.undo.length - 1] += 1;
    }
}

function addNote(clip, note) {
    const end = note.start_time + note.duration;
    clip.notes = clip.notes.filter((old) => old.pitch !== note.pitch || old.start_time !== note.start_time);
    clip.notes.filter((old) => old.pitch === note.pitch).forEach((old) => {
        if (old.start_time < note.start_time && old.start_time + old.duration > note.start_time) {
            old.duration = note.start_time - old.start_time;
        } else if (old.start_time > note.start_time && old.start_time < end) {
            note = {...note, duration: old.start_time - note.start_time};
        }
    });
    clip.notes.push({velocity: 100, mute: 0, probability: 1, ...note});
}

function refuse(condition, reason) {
    if (condition) {
        throw new Refused(reason);
    }
}

// -- what can be called ----------------------------------------------------------------------------------------

const FUNCTIONS = {
    Application: {
        get_major_version: (live) => live.version
    },
    Song: {
        create_midi_track(live, song, index) {
            refuse(index !== -1, "the stand-in adds tracks at the end only");
            live.track(`${song.tracks.length + 1}-MIDI`);
            live.didWrite();
        },
        create_scene(live, song, index) {
            refuse(index !== -1, "the stand-in adds scenes at the end only");
            song.scenes.push(live.add("Scene", {}));
            song.tracks.forEach((track) => live.addSlot(track));
            live.didWrite();
        },
        begin_undo_step(live) {
            refuse(live.version < UNDO_STEPS_SINCE, "'Song' object has no attribute 'begin_undo_step'");
            live.openSteps += 1;
            live.undo.push(0);
        },
        end_undo_step(live) {
            refuse(live.openSteps === 0, "no undo step is open");
            live.openSteps -= 1;
        }
    },
    Track: {
        create_midi_clip(live, track, time, length) {
            refuse(live.version < ARRANGEMENT_SINCE, "'Track' object has no attribute 'create_midi_clip'");
            refuse(track.is_frozen || !track.has_midi_input || !(length > 0), "cannot create a clip here");
            track.arrangement_clips = track.arrangement_clips.filter((old) => {
                const stays = old.end_time <= time || old.start_time >= time + length;
                if (!stays) {
                    live.remove(old);
                }
                return stays;
            });
            live.arrangementClip(track, time, "", [], {length});
            live.didWrite();
        },
        delete_clip(live, track, word, id) {
            const clip = live.objects.get(id);
            refuse(word !== "id" || !track.arrangement_clips.includes(clip), "no such clip");
            track.arrangement_clips = track.arrangement_clips.filter((other) => other !== clip);
            live.remove(clip);
            live.didWrite();
        }
    },
    ClipSlot: {
        create_clip(live, slot, length) {
            const track = slot.canonical_parent;
            refuse(slot.clip !== null, "the slot has a clip already");
            refuse(track.is_frozen || !track.has_midi_input || !(length > 0), "cannot create a clip here");
            slot.clip = live.newClip(slot, length, {});
            live.didWrite();
        },
        delete_clip(live, slot) {
            refuse(slot.clip === null, "the slot has no clip");
            live.remove(slot.clip);
            slot.clip = null;
            live.didWrite();
        }
    },
    Clip: {
        get_notes_extended(live, clip, fromPitch, pitches, from, span) {
            const notes = clip.notes.filter((note) => within(note, fromPitch, pitches, from, span));
            return JSON.stringify({notes: notes.map((note, index) => ({note_id: index, ...note}))});
        },
        remove_notes_extended(live, clip, fromPitch, pitches, from, span) {
            clip.notes = clip.notes.filter((note) => !within(note, fromPitch, pitches, from, span));
            live.didWrite();
        },
        add_new_notes(live, clip, dictionary) {
            dictionary.notes.forEach((note) => {
                const unknown = Object.keys(note).filter((field) => !NOTE_FIELDS.includes(field));
                refuse(unknown.length > 0, `Invalid dictionary entry ${unknown}`);
                refuse(!Number.isInteger(note.pitch) || note.pitch < 0 || note.pitch > 127, "Invalid pitch");
                refuse(!Number.isFinite(note.start_time) || !(note.duration > 0), "Invalid time");
                refuse(!(note.velocity >= 0 && note.velocity <= 127), "Invalid velocity");
            });
            dictionary.notes.forEach((note) => addNote(clip, note));
            live.didWrite();
        }
    }
};

function within(note, fromPitch, pitches, from, span) {
    refuse(![fromPitch, pitches, from, span].every(Number.isFinite), "Invalid arguments");
    return note.pitch >= fromPitch && note.pitch < fromPitch + pitches &&
        note.start_time >= from && note.start_time < from + span;
}

const INTEGERS = ["color", "looping", "signature_numerator", "signature_denominator"];
const FLOATS = ["loop_start", "loop_end", "start_marker", "end_marker"];
const READ_ONLY = ["id", "type", "canonical_parent", "has_midi_input", "is_midi_clip", "is_arrangement_clip"];

function setProperty(live, object, property, value) {
    refuse(!(property in object) || READ_ONLY.includes(property), `cannot set ${property}`);
    refuse(INTEGERS.includes(property) && !Number.isInteger(value), "set: invalid value");
    refuse(FLOATS.includes(property) && !Number.isFinite(value), "set: type mismatch");
    const after = {...object, [property]: value};
    refuse(after.loop_start >= after.loop_end, "Loop start must be before loop end");
    refuse(after.start_marker >= after.end_marker, "Start marker must be before end marker");
    object[property] = value;
    live.didWrite();
}

function asList(value) {
    if (Array.isArray(value)) {
        return value.flatMap(asList);
    }
    if (value === null || typeof value === "object") {
        return ["id", value === null ? 0 : value.id];
    }
    return [value];
}

function makeLiveAPI(live) {
    return class LiveAPI {
        constructor(path) {
            if (!live.isReady) {
                throw new Error("LiveAPI was used before live.thisdevice banged");
            }
            this.object = live.resolve(path);
        }

        get id() {
            return String(this.object === null ? 0 : this.object.id); // Live gives text
        }

        get info() {
            const properties = Object.keys(this.object || {}).map((name) => `property ${name}`);
            return `id ${this.id}\n${properties.join("\n")}\ndone`;
        }

        get(property) {
            return this.attempt(() => {
                const object = this.object;
                if (property === "has_clip") {
                    return [object.clip === null ? 0 : 1];
                }
                refuse(!(property in object), `'${object.type}' object has no attribute '${property}'`);
                return asList(object[property]);
            });
        }

        set(property, value) {
            this.attempt(() => setProperty(live, this.object, property, value));
        }

        call(name, ...values) {
            return this.attempt(() => {
                const found = (FUNCTIONS[this.object.type] || {})[name];
                refuse(!found, `'${this.object.type}' object has no attribute '${name}'`);
                return found(live, this.object, ...values);
            });
        }

        // Live reports refusals on the console; the script does not see them.
        attempt(work) {
            if (this.object === null || !live.objects.has(this.object.id)) {
                live.errors.push("no valid object set");
                return undefined;
            }
            try {
                return work();
            } catch (error) {
                if (!(error instanceof Refused)) {
                    throw error;
                }
                live.errors.push(error.message);
                return undefined;
            }
        }
    };
}

module.exports = {Live};
