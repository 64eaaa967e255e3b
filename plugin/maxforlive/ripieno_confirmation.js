// Confirmation before a clip of the musician's is replaced: the first press asks, a second one soon after confirms.

var RipienoConfirmation = (function () {
    var TIMEOUT_MS = 5000;

    /**
     * @constructor
     * @param {RipienoHost} host
     * @param {{onAsk: (text: string) => void, onTimeout: () => void}} callbacks
     */
    function RipienoConfirmation(host, callbacks) {
        this.host = host;
        this.callbacks = callbacks;
        /** @type {string | null} */
        this.question = null; // the button and the clips that the open question is about
        /** @type {RipienoTimer | null} */
        this.timer = null;
    }

    /**
     * @param {string} button its text
     * @param {RipienoObstacle[]} obstacles the clips that would be replaced
     * @returns {number[] | null} the ids of the clips that may be replaced; null until the musician confirms
     */
    RipienoConfirmation.prototype.confirmed = function (button, obstacles) {
        var clips = obstacles.map(function (obstacle) {
            return obstacle.clip;
        });
        var question = button + " " + clips.join(" ");
        var confirmed = clips.length === 0 || question === this.question;
        this.close();
        if (confirmed) {
            return clips;
        }
        this.open(question);
        var others = clips.length > 1 ? " and " + (clips.length - 1) + " more" : "";
        this.callbacks.onAsk("Press " + button + " again to replace " + obstacles[0].text + others + ".");
        return null;
    };

    /** @param {string} question */
    RipienoConfirmation.prototype.open = function (question) {
        var self = this;
        this.question = question;
        this.timer = this.host.later(TIMEOUT_MS, function () {
            self.close();
            self.callbacks.onTimeout();
        });
    };

    RipienoConfirmation.prototype.close = function () {
        if (this.timer !== null) {
            this.timer.cancel();
        }
        this.timer = null;
        this.question = null;
    };

    return RipienoConfirmation;
}());
