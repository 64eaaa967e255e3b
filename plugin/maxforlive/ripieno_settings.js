// The controls: what they are set to, and what of it ripieno is told. No host calls.

var RipienoSettings = (function () {
    var CHOIR = "choir";
    var DEFAULT_MODEL = "default"; // the menu's word for whatever ripieno's own default is
    var WHOLE = ["bars", "alternatives", "seed"];
    var ONLY_FOR = {"continue": ["bars"], "compose": ["bars"], "vary": ["amount"], "harmonize": []};

    function RipienoSettings() {
        this.values = {
            model: DEFAULT_MODEL, performers: CHOIR, voice: "Soprano", bars: 4, amount: 0.3, alternatives: 3,
            temperature: 0.5, temperature_on: 0, seed: 0, seed_held: 0
        };
    }

    RipienoSettings.DEFAULT_MODEL = DEFAULT_MODEL;

    // value: as the control shows it.
    RipienoSettings.prototype.set = function (name, value) {
        if (WHOLE.indexOf(name) >= 0) {
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

    // The names of all voices, highest first.
    RipienoSettings.prototype.names = function () {
        return ripienoNotes.VOICES[this.values.performers];
    };

    // [name, value] as docs/protocol.md has them.
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
        ].concat(ONLY_FOR[task].map(function (name) {
            return [name, values[name]];
        })).filter(function (setting) {
            return setting[1] !== null;
        });
    };

    return RipienoSettings;
}());
