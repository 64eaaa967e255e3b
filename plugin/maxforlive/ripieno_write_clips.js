// Writing: new clips in the Set, one a voice.
//
// The musician's clips are never written to. New notes go to tracks of our own, named "Alto (ripieno)" and so on.
// There, only a clip is replaced that still is as we wrote it (its name tells), or one that the musician agreed to.

var ripienoClipWriter = (function () {
    var live = ripienoLive;
    var OURS = " (ripieno)";
    var COLORS = {
        "Soprano": 0xf2b84b,
        "Alto": 0x5fb2a5,
        "Tenor": 0x5b8def,
        "Bass": 0xa06cd5,
        "Right hand": 0xf2b84b,
        "Left hand": 0x5b8def
    };

    // -- where -------------------------------------------------------------------------------------------------

    // Our tracks by the name of their voice: {name: id}. One walk through the Set; a large one has hundreds of tracks.
    function ourTracks() {
        return live.ids(live.song(), "tracks").reduce(function (found, id) {
            var name = voiceOf(id);
            if (name !== null && !found[name] && live.number(live.at(id), "has_midi_input") === 1) {
                found[name] = id;
            }
            return found;
        }, {});
    }

    // The voice whose track of ours that is; null for any other track.
    function voiceOf(track) {
        var name = track === null ? "" : live.text(live.at(track), "name");
        return name.slice(-OURS.length) === OURS ? name.slice(0, -OURS.length) : null;
    }

    function clipsIn(slot) {
        return live.number(live.at(slot), "has_clip") === 1 ? live.ids(live.at(slot), "clip") : [];
    }

    // Whether we wrote the clip, and nobody has changed it since.
    function isAsWritten(clip) {
        return ripienoNotes.isUntouched(live.text(clip, "name"), live.notesOf(clip));
    }

    // The clips that lie where a new one would go.
    function clipsAt(track, place, length) {
        if (place.scene !== null) {
            var slot = live.ids(live.at(track), "clip_slots")[place.scene];
            return slot === undefined ? [] : clipsIn(slot);
        }
        return live.ids(live.at(track), "arrangement_clips").filter(function (id) {
            var clip = live.at(id);
            return live.number(clip, "start_time") < place.time + length &&
                live.number(clip, "end_time") > place.time;
        });
    }

    // Beside the source; behind it where it lies on one of the tracks that are to be written to.
    function targetOf(source, names) {
        var place = source.place;
        if (names.indexOf(voiceOf(place.track)) < 0) {
            return {scene: place.scene, time: place.time};
        }
        if (place.scene === null) {
            return {scene: null, time: place.time + source.span};
        }
        var slots = live.ids(live.at(place.track), "clip_slots");
        var scene = place.scene + 1;
        while (scene < slots.length && clipsIn(slots[scene]).length > 0) {
            scene += 1;
        }
        return {scene: scene, time: null};
    }

    // The musician's own clips where new ones would go: [{clip, text}]. The source is one of them, whoever wrote it.
    function obstacles(source, place, names, length) {
        return obstaclesOn(ourTracks(), source, place, names, length);
    }

    function obstaclesOn(tracks, source, place, names, length) {
        return names.reduce(function (found, name) {
            var clips = tracks[name] ? clipsAt(tracks[name], place, length) : [];
            return found.concat(clips.filter(function (id) {
                return id === source.clip || !isAsWritten(live.at(id));
            }).map(function (id) {
                var title = live.text(live.at(id), "name");
                var words = title === "" ? "a clip" : "the clip \"" + title + "\"";
                return {clip: id, text: words + " on the track " + name + OURS};
            }));
        }, []);
    }

    // -- tracks, scenes, clips -----------------------------------------------------------------------------

    function createTrack(name) {
        var set = live.song();
        set.call("create_midi_track", -1);
        var tracks = live.ids(set, "tracks");
        var track = live.at(tracks[tracks.length - 1]);
        track.set("name", name + OURS);
        track.set("color", COLORS[name]);
        return Number(track.id);
    }

    function createSceneFor(place) {
        var set = live.song();
        if (place.scene !== null && place.scene >= live.ids(set, "scenes").length) {
            set.call("create_scene", -1);
        }
    }

    function removeClips(track, place, clips) {
        clips.forEach(function (id) {
            if (place.scene !== null) {
                live.at(live.ids(live.at(track), "clip_slots")[place.scene]).call("delete_clip");
            } else {
                live.at(track).call("delete_clip", "id", id);
            }
        });
    }

    function createClip(track, place, length) {
        if (place.scene !== null) {
            live.at(live.ids(live.at(track), "clip_slots")[place.scene]).call("create_clip", length);
        } else {
            live.at(track).call("create_midi_clip", place.time, length);
        }
        var made = clipsAt(track, place, length);
        if (made.length !== 1) {
            throw new RipienoComplaint("Live made no clip on " + live.text(live.at(track), "name") + ". " +
                (place.scene === null ? "Before Live 12, drag your clip to the Session view." : "Is it frozen?"));
        }
        return live.at(made[0]);
    }

    // A clip with no notes. One of that length that is there is emptied, not replaced: it may be playing.
    function emptyClip(track, place, start, length) {
        var old = clipsAt(track, place, length);
        var clip = old.length === 1 ? live.at(old[0]) : null;
        if (clip !== null && place.scene !== null && isAsWritten(clip) && live.number(clip, "loop_start") === start &&
            live.number(clip, "loop_end") === start + length) {
            live.removeNotes(clip);
            return clip;
        }
        removeClips(track, place, old);
        return createClip(track, place, length);
    }

    // The new clip's barlines and loop lie as the source's do. In the Arrangement the barlines are the Set's.
    function shape(clip, place, source, length) {
        clip.set("signature_numerator", source.meter.numerator);
        clip.set("signature_denominator", source.meter.denominator);
        if (place.scene === null || source.start === 0) {
            return 0;
        }
        var ends = ["loop_end", "end_marker"];
        var starts = ["loop_start", "start_marker"];
        // Live keeps every start before its end: where both move to the right, the end goes first.
        (source.start > 0 ? ends.concat(starts) : starts.concat(ends)).forEach(function (marker) {
            clip.set(marker, source.start + (ends.indexOf(marker) >= 0 ? length : 0));
        });
        return source.start;
    }

    function fill(clip, part, offset, title) {
        var notes = ripienoNotes.forLive(part.notes, offset);
        clip.call("add_new_notes", {notes: notes});
        var written = live.notesOf(clip);
        if (written.length !== notes.length) {
            throw new RipienoComplaint("Live took " + written.length + " of the " + notes.length + " notes of the " +
                part.name + ". Undo it, please, and try again.");
        }
        clip.set("name", ripienoNotes.withMark(title, written));
        clip.set("color", COLORS[part.name]);
    }

    // -- what a button does --------------------------------------------------------------------------------

    // parts: [{name, notes}]. options: {place, length, version, agreed: [ids of clips that may be replaced]}.
    // Returns {clips: their ids, newTracks: how many}. Nothing is written where a clip is in the way.
    function write(source, parts, options) {
        var names = parts.map(function (part) {
            return part.name;
        });
        var tracks = ourTracks();
        var inTheWay = obstaclesOn(tracks, source, options.place, names, options.length).filter(function (obstacle) {
            return options.agreed.indexOf(obstacle.clip) < 0;
        });
        if (inTheWay.length > 0) {
            throw new RipienoComplaint("Nothing was written: " + inTheWay[0].text +
                " is in the way. Move it, or press Next.");
        }
        return live.inOneUndoStep(function () {
            createSceneFor(options.place);
            return {
                clips: parts.map(function (part) {
                    return writePart(source, part, tracks[part.name] || createTrack(part.name), options);
                }),
                newTracks: names.filter(function (name) {
                    return !tracks[name];
                }).length
            };
        });
    }

    function writePart(source, part, track, options) {
        var clip = emptyClip(track, options.place, source.start, options.length);
        var offset = shape(clip, options.place, source, options.length);
        fill(clip, part, offset, part.name + options.version);
        return Number(clip.id);
    }

    // From now on these clips are the musician's own.
    function keep(clips) {
        live.inOneUndoStep(function () {
            clips.map(live.at).filter(live.exists).forEach(function (clip) {
                clip.set("name", ripienoNotes.withoutMark(live.text(clip, "name")));
            });
        });
    }

    return {voiceOf: voiceOf, targetOf: targetOf, obstacles: obstacles, write: write, keep: keep};
}());
