// The settings: what the controls are set to, and the settings that are sent with a request. No host calls.

var RipienoSettings = (function () {
    var CHOIR = "choir";
    var DEFAULT_MODEL = "default"; // in the menu: the server's own choice
    var OF_SOME_TASKS = ["bars", "amount"];
    var TABLE = ripienoSettingsTable;

    /** @constructor */
    function RipienoSettings() {
        this.values = {
            model: DEFAULT_MODEL, performers: CHOIR, voice: "Soprano", bars: TABLE.bars.initial,
            amount: TABLE.amount.initial, alternatives: TABLE.alternatives.initial,
            temperature: TABLE.temperature.initial, temperature_on: 0, seed: TABLE.seed.initial, seed_held: 0
        };
    }

    RipienoSettings.DEFAULT_MODEL = DEFAULT_MODEL;
    RipienoSettings.SEEDS = TABLE.seed.maximum + 1; // how many may be drawn

    /** @param {string} name @param {any} value as the control has it */
    RipienoSettings.prototype.set = function (name, value) {
        if (TABLE[name] && TABLE[name].kind === "whole") {
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
        ].concat(OF_SOME_TASKS.filter(function (name) {
            return TABLE[name].tasks.indexOf(task) >= 0;
        }).map(function (name) {
            return [name, values[name]];
        })).filter(function (setting) {
            return setting[1] !== null;
        });
    };

    return RipienoSettings;
}());
