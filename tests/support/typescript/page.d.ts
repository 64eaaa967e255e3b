// Globals of the page: its libraries, which are loaded as scripts, and the page itself.

declare const verovio: any;

interface Window {
    Tone: any;
    TONE_SILENCE_LOGGING: boolean;
    ripieno: object;
}
