// The connection to ripieno: whether it answers, and on which port. No host calls: `host` sends, listens and waits.
//
// Max's udpsend cannot receive replies, a udpreceive port belongs to one device only, and a script cannot ask whether a
// port is free. So the device listens on a port, tells ripieno its number and pings; if no pong comes (another device
// has the port, or ripieno is not running), it goes on to the next port.

var RipienoConnection = (function () {
    var FIRST_PORT = 7420;
    var PORTS = 80;
    var PONG_MS = 1000;
    var HEARTBEAT_MS = 3000;
    var MAX_TRIES = 3; // ports without a pong before the connection counts as lost
    var MAX_MISSED = 2; // pongs

    /**
     * @constructor
     * @param {RipienoHost} host
     * @param {number} pingId the id of pings
     * @param {number} start any number; devices with different ones begin at different ports
     * @param {{onChange: (state: "looking" | "connected" | "lost", version?: string) => void}} callbacks
     */
    function RipienoConnection(host, pingId, start, callbacks) {
        this.host = host;
        this.pingId = pingId;
        this.port = FIRST_PORT + start % PORTS;
        this.callbacks = callbacks;
        this.state = "";
        this.tries = 0;
        this.missed = 0; // pongs
        /** @type {RipienoTimer | null} */
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
        this.wait(PONG_MS, this.tryNextPort);
    };

    // Sends the port each time: ripieno may have been restarted.
    RipienoConnection.prototype.ping = function () {
        this.host.send("/ripieno/reply_to", [this.port, this.pingId]);
        this.host.send("/ripieno/ping", [this.pingId]);
    };

    RipienoConnection.prototype.tryNextPort = function () {
        this.port = FIRST_PORT + (this.port - FIRST_PORT + 1) % PORTS;
        this.tries += 1;
        if (this.tries === MAX_TRIES) {
            this.change("lost");
        }
        if (this.tries < MAX_TRIES) {
            this.attempt();
        } else {
            this.wait(HEARTBEAT_MS - PONG_MS, this.attempt); // ripieno may be started meanwhile
        }
    };

    /** @param {number} id @param {string} version */
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

    /** @param {number} milliseconds @param {() => void} callback a method of this object */
    RipienoConnection.prototype.wait = function (milliseconds, callback) {
        var self = this;
        this.stop();
        this.timer = this.host.later(milliseconds, function () {
            callback.call(self);
        });
    };

    /** @param {"looking" | "connected" | "lost"} state @param {string} [version] */
    RipienoConnection.prototype.change = function (state, version) {
        if (state !== this.state) {
            this.state = state;
            this.callbacks.onChange(state, version);
        }
    };

    return RipienoConnection;
}());
