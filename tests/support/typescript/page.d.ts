// Globals of the page: its library, which is loaded as a script, and the page itself.

declare const verovio: any;

interface Window {
    ripieno: object;
}
