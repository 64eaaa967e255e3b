// The settings: what the controls are set to, and the settings that are sent with a request. No host calls.

var RipienoSettings = (function () {
    var CHOIR = "choir";
    var DEFAULT_MODEL = "default"; // in the menu: the server's own choice
    var INTEGERS = ["bars", "alternatives", "seed"];
    /** @type {Record<string, string[]>} */
    var TASK_SETTINGS = {"continue": ["bars"], "compose": ["bars"], "vary": ["amount"], "harmonize": []};

    /** @constructor */
    function RipienoSettings() {
        this.values = {
            model: DEFAULT_MODEL, performers: CHOIR, voice: "Soprano", bars: 4, amount: 0.3, alternatives: 3,
            temperature: 0.5, temperature_on: 0, seed: 0, seed_held: 0
        };
    }

    RipienoSettings.DEFAULT_MODEL = DEFAULT_MODEL;

    /** @param {string} name @param {any} value as the control has it */
    RipienoSettings.prototype.set = function (name, value) {
        if (INTEGERS.indexOf(name) >= 0) {
            this.values[name] = Math.round(value);
        } else if (name === "amount") {
            this.values[name] = value / 100;
        } else if (name === "performers") {
            this.values[name] = String(value).toLowerCase();
        } else {
            this.values[name] = value;
        }
    };

    RipienoSettings.prototype.isChoir = function () {
        return this.values.performers === CHOIR;
    };

    // The names of all voices, the highest first.
    RipienoSettings.prototype.names = function () {
        return ripienoNotes.VOICES[this.values.performers];
    };

    /**
     * The settings of a request, as docs/protocol.md has them.
     *
     * @param {string} task @param {RipienoSource} source
     * @returns {(string | number)[][]} names and values
     */
    RipienoSettings.prototype.listFor = function (task, source) {
        var values = this.values;
        return [
            ["performers", values.performers],
            ["meter", source.meter.numerator + "/" + source.meter.denominator],
            ["alternatives", values.alternatives],
            ["seed", values.seed],
            ["model", values.model === DEFAULT_MODEL ? null : values.model],
            ["temperature", values.temperature_on ? values.temperature : null],
            ["key", source.key],
            ["pickup", source.pickup || null],
            ["length", source.span || null]
        ].concat(TASK_SETTINGS[task].map(function (name) {
            return [name, values[name]];
        })).filter(function (setting) {
            return setting[1] !== null;
        });
    };

    return RipienoSettings;
}());
