// The host of the scripts in an extension of MuseScore 4: what a plugin's root object offers, from api.engraving.
//
// In extensions an element's type is a name ("HARMONY"), but newElement takes the number, which each version of
// MuseScore may change. So the number is found by trying: what is made must say that it is of that type.

.pragma library

var BELOW = 1; // of Placement; what sets it takes the number in all versions
/** @type {Record<string, number>} */
var NUMBERS = {LYRICS: 45, STAFF_TEXT: 53, HARMONY: 65}; // in MuseScore 4.7.0: where to look first
var FARTHEST = 40; // from there

/**
 * @param {any} engraving api.engraving
 * @returns {any} a host for the scripts
 */
function create(engraving) {
    /** @type {Record<string, any>} */
    var accepted = {}; // what newElement takes, by types
    return {
        get curScore() {
            return engraving.curScore;
        },
        Element: engraving.Element,
        Placement: {BELOW: BELOW},
        mscoreVersion: engraving.mscoreVersion,
        mscoreMajorVersion: engraving.mscoreMajorVersion,
        newElement: function (type) {
            if (accepted[type] === undefined) {
                accepted[type] = acceptedFor(engraving, type);
            }
            return engraving.newElement(accepted[type]);
        },
        removeElement: function (element) {
            engraving.removeElement(element);
        },
        fraction: function (numerator, denominator) {
            return engraving.fraction(numerator, denominator);
        }
    };
}

/**
 * What newElement takes to make an element of a type: the type itself, as in plugins, or its number.
 *
 * @param {any} engraving @param {any} type as in Element
 * @throws {Error} where this MuseScore makes none
 */
function acceptedFor(engraving, type) {
    var tried = [type];
    for (var distance = 0; distance <= FARTHEST; distance += 1) {
        tried.push(NUMBERS[type] + distance, NUMBERS[type] - distance);
    }
    for (var index = 0; index < tried.length; index += 1) {
        if (makes(engraving, tried[index], type)) {
            return tried[index];
        }
    }
    throw new Error("This MuseScore lets an extension write no " + String(type).toLowerCase().replace("_", " ") +
        "; use the plugin instead, and please report this.");
}

/** @param {any} engraving @param {any} value @param {any} type */
function makes(engraving, value, type) {
    try {
        var made = engraving.newElement(value);
        return Boolean(made) && made.type === type;
    } catch (error) {
        return false;
    }
}
