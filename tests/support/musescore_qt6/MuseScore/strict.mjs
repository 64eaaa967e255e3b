// Objects that are as strict as the program's own: a property that does not exist or is read-only cannot be set. What
// 4.0 lacks is undefined, and calling it raises an error.

import { WHOLE } from "./values.mjs";

export const names = { elements: {}, segments: {} };  // the numbers of their kinds

export function strict(object) {
    return new Proxy(object, {
        set(target, name, value) {
            for (let at = target; at; at = Object.getPrototypeOf(at)) {
                const known = Object.getOwnPropertyDescriptor(at, name);
                if (known && known.set) {
                    known.set.call(target, value);
                    return true;
                }
                if (known && known.writable) {
                    target[name] = value;
                    return true;
                }
                if (known)
                    throw new TypeError('Cannot assign to read-only property "' + String(name) + '"');
            }
            throw new TypeError('Cannot assign to non-existent property "' + String(name) + '"');
        },
    });
}

/** An element of the score as a plugin holds it. */
export function wrap(object) {
    object._target = object;
    return strict(object);
}

/** The model's object behind such an element. */
export function unwrap(wrapper) {
    if (!wrapper || wrapper._target === undefined)
        throw new TypeError("this is not an element of the score");
    return wrapper._target;
}

/** Put another object of the model behind an element. */
export function rewrap(wrapper, object) {
    wrapper._target = object;
}

export function fraction(numerator, denominator) {
    return strict({
        get numerator() { return numerator; },
        get denominator() { return denominator; },
        get ticks() { return Math.round(numerator * WHOLE / denominator); },
        get str() { return numerator + "/" + denominator; },
    });
}

/** The base of all elements. */
export class Element {
    constructor(score, kind, track) { this._score = score; this._kind = kind; this._track = track; }
    get type() { return names.elements[this._kind]; }
    get name() { return this._kind; }
    get track() { return this._track; }
    get visible() { return true; }
    is(other) { return unwrap(other)._key() === this._key(); }
    _key() { return this._kind + this._track; }
}
