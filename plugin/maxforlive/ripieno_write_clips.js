// Writes new clips into the Set, one for each voice.
//
// New notes go to ripieno's own tracks, named "Alto (ripieno)" and so on. Clips there are replaced only where they are
// still as ripieno wrote them (their name tells) and no other melody's, or where the musician has agreed.

/**
 * @typedef {{scene: number | null, time: number | null}} RipienoTarget where clips go: a scene or a time
 * @typedef {{clip: number, text: string}} RipienoObstacle a clip of the musician's where a new one would go
 */

var ripienoClipWriter = (function () {
    var live = ripienoLive;
    var TRACK_SUFFIX = " (ripieno)";
    /** @type {Record<string, number>} */
    var COLORS = {
        "Soprano": 0xf2b84b,
        "Alto": 0x5fb2a5,
        "Tenor": 0x5b8def,
        "Bass": 0xa06cd5,
        "Right hand": 0xf2b84b,
        "Left hand": 0x5b8def
    };

    /** @type {Record<number, number | null>} */
    var sources = {}; // clip that was written -> the clip that it belongs to, since the Set was opened

    // -- where -------------------------------------------------------------------------------------------------

    /**
     * ripieno's tracks: their ids by the name of their voice. Walks through the Set once; a large one has hundreds of
     * tracks.
     *
     * @returns {Record<string, number>}
     */
    function ripienoTracks() {
        return live.ids(live.song(), "tracks").reduce(function (found, id) {
            var name = voiceOf(id);
            if (name !== null && !found[name] && live.number(live.at(id), "has_midi_input") === 1) {
                found[name] = id;
            }
            return found;
        }, {});
    }

    /**
     * The name of the voice whose track that is; null where the track is not ripieno's.
     *
     * @param {number | null} track
     */
    function voiceOf(track) {
        var name = track === null ? "" : live.text(live.at(track), "name");
        return name.slice(-TRACK_SUFFIX.length) === TRACK_SUFFIX ? name.slice(0, -TRACK_SUFFIX.length) : null;
    }

    /** @param {number} slot */
    function clipsIn(slot) {
        return live.number(live.at(slot), "has_clip") === 1 ? live.ids(live.at(slot), "clip") : [];
    }

    /**
     * Whether ripieno wrote the clip, and nobody has changed it since.
     *
     * @param {LiveAPI} clip
     */
    function isAsWritten(clip) {
        return ripienoNotes.isUntouched(live.text(clip, "name"), live.notesOf(clip));
    }

    /**
     * Whether a clip is a voice of another melody, which is still there.
     *
     * @param {number} clip @param {RipienoSource} source
     */
    function isOfAnother(clip, source) {
        var melody = sources[clip];
        return typeof melody === "number" && source.clip !== null && melody !== source.clip &&
            live.exists(live.at(melody));
    }

    /**
     * The clips where a new one would go.
     *
     * @param {number} track @param {RipienoTarget} place @param {number} length in beats
     */
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

    /**
     * Where new clips go: beside the source, or after it where it is on one of the tracks that are written to.
     *
     * @param {RipienoSource} source @param {string[]} names of the voices that are written
     * @returns {RipienoTarget}
     */
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

    /**
     * The musician's clips where new ones would go. The source counts as one, whoever wrote it, and so do the voices
     * of another melody.
     *
     * @param {RipienoSource} source @param {RipienoTarget} place @param {string[]} names
     * @param {number} length in beats
     */
    function obstacles(source, place, names, length) {
        return obstaclesOn(ripienoTracks(), source, place, names, length);
    }

    /**
     * @param {Record<string, number>} tracks @param {RipienoSource} source @param {RipienoTarget} place
     * @param {string[]} names @param {number} length
     * @returns {RipienoObstacle[]}
     */
    function obstaclesOn(tracks, source, place, names, length) {
        return names.reduce(function (found, name) {
            var clips = tracks[name] ? clipsAt(tracks[name], place, length) : [];
            return found.concat(clips.filter(function (id) {
                return id === source.clip || isOfAnother(id, source) || !isAsWritten(live.at(id));
            }).map(function (id) {
                var title = live.text(live.at(id), "name");
                var words = title === "" ? "a clip" : "the clip \"" + title + "\"";
                return {clip: id, text: words + " on the track " + name + TRACK_SUFFIX};
            }));
        }, /** @type {RipienoObstacle[]} */ ([]));
    }

    // -- tracks, scenes, clips -----------------------------------------------------------------------------

    /** @param {string} name of the voice */
    function createTrack(name) {
        var set = live.song();
        set.call("create_midi_track", -1);
        var tracks = live.ids(set, "tracks");
        var track = live.at(tracks[tracks.length - 1]);
        track.set("name", name + TRACK_SUFFIX);
        track.set("color", COLORS[name]);
        return Number(track.id);
    }

    /** @param {RipienoTarget} place */
    function createSceneFor(place) {
        var set = live.song();
        if (place.scene !== null && place.scene >= live.ids(set, "scenes").length) {
            set.call("create_scene", -1);
        }
    }

    /** @param {number} track @param {RipienoTarget} place @param {number[]} clips */
    function removeClips(track, place, clips) {
        clips.forEach(function (id) {
            if (place.scene !== null) {
                live.at(live.ids(live.at(track), "clip_slots")[place.scene]).call("delete_clip");
            } else {
                live.at(track).call("delete_clip", "id", id);
            }
        });
    }

    /** @param {number} track @param {RipienoTarget} place @param {number} length */
    function createClip(track, place, length) {
        if (place.scene !== null) {
            live.at(live.ids(live.at(track), "clip_slots")[place.scene]).call("create_clip", length);
        } else {
            live.at(track).call("create_midi_clip", place.time, length);
        }
        var made = clipsAt(track, place, length);
        if (made.length !== 1) {
            throw new RipienoUserError("Live made no clip on " + live.text(live.at(track), "name") + ". " +
                (place.scene === null ? "Before Live 12, drag your clip to the Session view." : "Is it frozen?"));
        }
        return live.at(made[0]);
    }

    /**
     * A clip without notes. One of that length that is there already is emptied, not replaced: it may be playing.
     *
     * @param {number} track @param {RipienoTarget} place @param {number} start @param {number} length
     */
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

    /**
     * Sets the clip's meter and loop as the source has them. In the Arrangement the barlines are the Set's.
     *
     * @param {LiveAPI} clip @param {RipienoTarget} place @param {RipienoSource} source @param {number} length
     * @returns where the music begins in the clip, in beats
     */
    function setLoop(clip, place, source, length) {
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

    /** @param {LiveAPI} clip @param {RipienoPart} part @param {number} offset @param {string} title */
    function fill(clip, part, offset, title) {
        var notes = ripienoNotes.forLive(part.notes, offset);
        clip.call("add_new_notes", {notes: notes});
        var written = live.notesOf(clip);
        if (written.length !== notes.length) {
            throw new RipienoUserError("Live took " + written.length + " of the " + notes.length + " notes of the " +
                part.name + ". Undo it, please, and try again.");
        }
        clip.set("name", ripienoNotes.withMark(title, written));
        clip.set("color", COLORS[part.name]);
    }

    // -- what buttons do -----------------------------------------------------------------------------------

    /**
     * Writes a clip for each part, or none where a clip is in the way.
     *
     * @param {RipienoSource} source
     * @param {RipienoPart[]} parts
     * @param {{target: RipienoTarget, length: number, version: string, replaceable: number[]}} options
     *     version: what the names of the clips end with
     * @returns {{clips: number[], newTracks: number}} the clips' ids, and how many tracks were added
     */
    function write(source, parts, options) {
        var names = parts.map(function (part) {
            return part.name;
        });
        var tracks = ripienoTracks();
        var inTheWay = obstaclesOn(tracks, source, options.target, names, options.length).filter(function (obstacle) {
            return options.replaceable.indexOf(obstacle.clip) < 0;
        });
        if (inTheWay.length > 0) {
            throw new RipienoUserError("Nothing was written: " + inTheWay[0].text +
                " is in the way. Move it, or press Next.");
        }
        return live.inOneUndoStep(function () {
            createSceneFor(options.target);
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

    /**
     * @param {RipienoSource} source @param {RipienoPart} part @param {number} track
     * @param {{target: RipienoTarget, length: number, version: string}} options
     */
    function writePart(source, part, track, options) {
        var clip = emptyClip(track, options.target, source.start, options.length);
        var offset = setLoop(clip, options.target, source, options.length);
        fill(clip, part, offset, part.name + options.version);
        sources[Number(clip.id)] = source.clip;
        return Number(clip.id);
    }

    /**
     * Makes clips the musician's own.
     *
     * @param {number[]} clips
     */
    function keep(clips) {
        live.inOneUndoStep(function () {
            clips.map(live.at).filter(live.exists).forEach(function (clip) {
                clip.set("name", ripienoNotes.withoutMark(live.text(clip, "name")));
            });
        });
    }

    return {voiceOf: voiceOf, targetOf: targetOf, obstacles: obstacles, write: write, keep: keep};
}());
