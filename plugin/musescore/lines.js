// Which line of the score is which voice, and what can be done with it.
//
// A line is {staff, voice, name, events}; an event {tick, ticks, rest} or {tick, ticks, pitch, tpc, tie, ...}.

.pragma library

var CHOIR = ["soprano", "alto", "tenor", "bass"];
var BEGINNINGS = [
    ["soprano", /^(sopr|cantus|discant|dessus|superius|treble|s\.?\s*\d?\.?$)/],
    ["alto", /^(alt|contralto|haute|a\.?\s*\d?\.?$)/],
    ["tenor", /^(ten|tén|taille|t\.?\s*\d?\.?$)/],
    ["bass", /^(bas|baß|baj|b\.?\s*\d?\.?$)/]
];
var INSTRUMENTS = new RegExp("sax|clar|klar|flut|flöt|flaut|horn|tromb|posaun|trump|guit|gitar|viol|oboe|drum|tuba|" +
    "bassoon|fagott|basso continuo|recorder");

// What becomes of a voice: these words stay as they are, the texts may change.
var NEW = "new"; // a part is added
var WRITE = "write"; // an empty staff is written on
var KEEP = "keep"; // its notes and rests stand
var FILL = "fill"; // its notes stand, its empty measures are written
var ANEW = "anew"; // its notes are replaced
var GO_ON = "go on"; // its notes stand, and more come after them
var OUT = "out"; // it takes no part

function title(voice) {
    return voice.charAt(0).toUpperCase() + voice.slice(1);
}

// The voice that a part's name means; null where it means none, or an instrument.
function role(name) {
    var plain = String(name).toLowerCase().replace(/^\s+|\s+$/g, "");
    if (INSTRUMENTS.test(plain)) {
        return null;
    }
    for (var index = 0; index < BEGINNINGS.length; index += 1) {
        if (BEGINNINGS[index][1].test(plain)) {
            return BEGINNINGS[index][0];
        }
    }
    return null;
}

// Lines of one name are told apart by their staff, counted from the top.
function withNames(lines) {
    return lines.map(function (line) {
        var same = lines.filter(function (other) {
            return other.part === line.part && other.voice === line.voice;
        });
        var place = same.length > 1 ? " (staff " + (line.staff + 1) + ")" : "";
        line.name = line.part + place + (line.voice > 0 ? ", voice " + (line.voice + 1) : "");
        return line;
    });
}

function notesIn(line, part) {
    return line.events.filter(function (event) {
        return !event.rest && event.tick >= part.start && event.tick < part.end;
    });
}

function sings(line, part) {
    return line.events.some(function (event) {
        return !event.rest && event.tick >= part.start && event.tick < part.end;
    });
}

// A staff is empty where none of its lines has a note.
function isEmptyStaff(lines, staff, part) {
    return lines.every(function (line) {
        return line.staff !== staff || !sings(line, part);
    });
}

// For each measure whether a note of the line sounds in it.
function sounding(line, measures) {
    var found = [];
    var index = 0;
    line.events.forEach(function (event) {
        while (index < measures.length && event.tick >= measures[index].tick + measures[index].ticks) {
            index += 1;
        }
        for (var place = index; !event.rest && place < measures.length &&
                measures[place].tick < event.tick + event.ticks; place += 1) {
            found[place] = true;
        }
    });
    return measures.map(function (_, place) {
        return Boolean(found[place]);
    });
}

// The measures in which the melody sings and the line has nothing: their indices.
function gaps(line, melody, measures, part) {
    var own = sounding(line, measures);
    var found = [];
    sounding(melody, measures).forEach(function (sings, index) {
        if (sings && !own[index] && index >= part.first && index <= part.last) {
            found.push(index);
        }
    });
    return found;
}

// -- what may be chosen --------------------------------------------------------------------------------------

function choice(kind, line, text) {
    return {kind: kind, line: line, text: text};
}

// The lines that can be the melody: those with notes; where there are none, all.
function melodies(lines, part) {
    var singing = lines.filter(function (line) {
        return sings(line, part);
    });
    return singing.length > 0 ? singing : lines;
}

// What can become of a voice in a task, besides the melody.
function choices(task, lines, melody, part, measures) {
    var found = [];
    lines.forEach(function (line) {
        if (line === melody) {
            return;
        }
        if (task === "harmonize") {
            found = found.concat(harmonizing(line, lines, melody, part, measures));
        } else if (sings(line, part)) {
            if (task === "infill") {
                found.push(choice(ANEW, line, line.name + ": write anew"));
                found.push(choice(KEEP, line, line.name + ": keep"));
            } else {
                found.push(choice(task === "check" ? KEEP : GO_ON, line, line.name));
            }
        }
    });
    if (task === "harmonize") {
        found.unshift(choice(NEW, null, "New staff"));
    }
    found.push(choice(OUT, null, task === "harmonize" ? "Leave out" : "None"));
    return found;
}

function harmonizing(line, lines, melody, part, measures) {
    if (!sings(line, part)) {
        var empty = line.voice === 0 && isEmptyStaff(lines, line.staff, part);
        return empty ? [choice(WRITE, line, line.name + ": write")] : [];
    }
    var found = [choice(KEEP, line, line.name + ": keep its notes")];
    if (gaps(line, melody, measures, part).length > 0) {
        found.push(choice(FILL, line, line.name + ": fill its empty measures"));
    }
    found.push(choice(ANEW, line, line.name + ": write anew"));
    return found;
}

// -- what is chosen at first ---------------------------------------------------------------------------------

// The index of the melody among the choices. selected: {firstStaff, lastStaff}, or null.
// Where a selection is written anew, the melody is what is sung, wherever the selection lies.
function firstMelody(task, lines, selected) {
    var index;
    if (selected && task !== "infill") {
        for (index = 0; index < lines.length; index += 1) {
            if (lines[index].staff >= selected.firstStaff && lines[index].staff <= selected.lastStaff) {
                return index;
            }
        }
    }
    for (index = 0; index < lines.length; index += 1) {
        if (role(lines[index].part) === "soprano") {
            return index;
        }
    }
    return 0;
}

// The voice that a melody sings at first: what its name says, else the soprano.
function firstVoice(line) {
    return role(line.part) || "soprano";
}

// Which line is which voice: by name; four lines whose names say nothing are the choir in order.
function assigned(lines, melody, melodyVoice) {
    var found = {};
    var unnamed = [];
    found[melodyVoice] = melody;
    lines.forEach(function (line) {
        var voice = role(line.part);
        if (voice === null && line.voice === 0) {
            unnamed.push(line);
        } else if (voice !== null && line !== melody && !found[voice]) {
            found[voice] = line;
        }
    });
    if (lines.length === CHOIR.length && unnamed.length === CHOIR.length) {
        CHOIR.forEach(function (voice, index) {
            if (lines[index] !== melody && !found[voice]) {
                found[voice] = lines[index];
            }
        });
    }
    return found;
}

// The index of a voice's first choice. line: the one that is that voice; undefined where there is none.
function firstChoice(task, found, line, selected) {
    var wanted = [OUT];
    if (task === "harmonize") {
        wanted = [WRITE, FILL, KEEP];
    } else if (task === "infill") {
        var inside = line && selected && line.staff >= selected.firstStaff && line.staff <= selected.lastStaff;
        wanted = inside ? [ANEW] : [KEEP];
    } else {
        wanted = [GO_ON, KEEP];
    }
    for (var rank = 0; line && rank < wanted.length; rank += 1) {
        for (var index = 0; index < found.length; index += 1) {
            if (found[index].line === line && found[index].kind === wanted[rank]) {
                return index;
            }
        }
    }
    return task === "harmonize" ? 0 : found.length - 1;
}
