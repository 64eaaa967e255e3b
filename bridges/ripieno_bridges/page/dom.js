// Small helpers for elements.

export function byId(id) {
    return document.getElementById(id);
}

// An element with attributes, properties and children: make("button", {class: "plain", type: "button"}, "Close").
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children);
    return element;
}

// Places an element over a rectangle {left, top, width, height}, in pixels of its layer.
export function place(element, box) {
    for (const side of ["left", "top", "width", "height"]) {
        if (box[side] !== undefined) {
            element.style[side] = `${box[side]}px`;
        }
    }
    return element;
}
