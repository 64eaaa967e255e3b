// Asking before anything of the musician's is replaced: the first press asks, a second one soon after agrees.

var RipienoConfirmation = (function () {
    var OPEN_MS = 5000;

    // told: {asked(text), expired()}
    function RipienoConfirmation(host, told) {
        this.host = host;
        this.told = told;
        this.about = null; // which button and which clips the open question is about
        this.timer = null;
    }

    // obstacles: [{clip, text}], what would be replaced. Returns the clips that may be; null while nobody has agreed.
    RipienoConfirmation.prototype.agreed = function (word, obstacles) {
        var clips = obstacles.map(function (obstacle) {
            return obstacle.clip;
        });
        var about = [word].concat(clips).join(" ");
        var agreed = clips.length === 0 || about === this.about;
        this.close();
        if (agreed) {
            return clips;
        }
        this.open(about);
        var others = clips.length > 1 ? " and " + (clips.length - 1) + " more" : "";
        this.told.asked("Press " + word + " again to replace " + obstacles[0].text + others + ".");
        return null;
    };

    RipienoConfirmation.prototype.open = function (about) {
        var self = this;
        this.about = about;
        this.timer = this.host.later(OPEN_MS, function () {
            self.close();
            self.told.expired();
        });
    };

    RipienoConfirmation.prototype.close = function () {
        if (this.timer !== null) {
            this.timer.cancel();
        }
        this.timer = null;
        this.about = null;
    };

    return RipienoConfirmation;
}());
