// Whether ripieno answers, and on which port. No host calls: `host` sends, listens and waits.
//
// Max's udpsend has no port of its own to be answered on, a udpreceive port belongs to one device only, and a script
// cannot ask whether a port is free. So: listen on a port, tell ripieno of it, ping, and go to the next one if no
// pong comes (another device has it, or ripieno is not running).

var RipienoConnection = (function () {
    var FIRST_PORT = 7420;
    var PORTS = 80;
    var ANSWER_MS = 1000;
    var HEARTBEAT_MS = 3000;
    var TRIES = 3; // ports without a pong before we say that nobody is there
    var MAX_MISSED = 2; // pongs

    // start: any number; devices with different ones begin at different ports.
    // told: {changed(state, version)}, where state is "looking", "connected" or "lost".
    function RipienoConnection(host, pingId, start, told) {
        this.host = host;
        this.pingId = pingId;
        this.port = FIRST_PORT + start % PORTS;
        this.told = told;
        this.state = "";
        this.tries = 0;
        this.missed = 0;
        this.timer = null;
    }

    RipienoConnection.prototype.look = function () {
        this.tries = 0;
        this.change("looking");
        this.attempt();
    };

    RipienoConnection.prototype.stop = function () {
        if (this.timer !== null) {
            this.timer.cancel();
        }
        this.timer = null;
    };

    RipienoConnection.prototype.attempt = function () {
        this.host.listen(this.port);
        this.ping();
        this.wait(ANSWER_MS, this.noAnswer);
    };

    // The port is told each time: ripieno may have been started anew.
    RipienoConnection.prototype.ping = function () {
        this.host.send("/ripieno/reply_to", [this.port, this.pingId]);
        this.host.send("/ripieno/ping", [this.pingId]);
    };

    RipienoConnection.prototype.noAnswer = function () {
        this.port = FIRST_PORT + (this.port - FIRST_PORT + 1) % PORTS;
        this.tries += 1;
        if (this.tries === TRIES) {
            this.change("lost");
        }
        if (this.tries < TRIES) {
            this.attempt();
        } else {
            this.wait(HEARTBEAT_MS - ANSWER_MS, this.attempt); // someone may start ripieno while we look
        }
    };

    RipienoConnection.prototype.pong = function (id, version) {
        if (id !== this.pingId) {
            return;
        }
        this.missed = 0;
        this.change("connected", version);
        this.wait(HEARTBEAT_MS, this.beat);
    };

    RipienoConnection.prototype.beat = function () {
        if (this.missed === MAX_MISSED) {
            this.missed = 0;
            this.look();
            return;
        }
        this.missed += 1;
        this.ping();
        this.wait(HEARTBEAT_MS, this.beat);
    };

    RipienoConnection.prototype.wait = function (milliseconds, then) {
        var self = this;
        this.stop();
        this.timer = this.host.later(milliseconds, function () {
            then.call(self);
        });
    };

    RipienoConnection.prototype.change = function (state, version) {
        if (state !== this.state) {
            this.state = state;
            this.told.changed(state, version);
        }
    };

    return RipienoConnection;
}());
