// ripieno in Max for Live: the functions that Max calls, and what it is sent. The rest is in the files below.
//
//   in     bang                         live.thisdevice: Live is ready for us
//          press harmonize              a button (also continue, compose, vary, cancel, keep, next, ping)
//          setting temperature 0.5      a control
//          reply /ripieno/pong 1 0.1.0  a message from ripieno
//   out 0  /ripieno/ping 1              to udpsend
//   out 1  port 7423                    to udpreceive
//   out 2  status, light, seed, models  to the display
//
// js and Tasks run in Max's low-priority thread, where LiveAPI may be used.

autowatch = 0;
inlets = 1;
outlets = 3;

include("ripieno_notes.js");
include("ripieno_line.js");
include("ripieno_settings_table.js");
include("ripieno_settings.js");
include("ripieno_connection.js");
include("ripieno_request.js");
include("ripieno_confirmation.js");
include("ripieno_result.js");
include("ripieno_live.js");
include("ripieno_read_clip.js");
include("ripieno_write_clips.js");
include("ripieno_device.js");

setinletassist(0, "bang, press, setting, reply");
setoutletassist(0, "to udpsend");
setoutletassist(1, "to udpreceive");
setoutletassist(2, "to the display");

var TO_SERVER = 0;
var TO_RECEIVER = 1;
var TO_DISPLAY = 2;
// Colours: red, green, blue, alpha.
var GREY = [0.45, 0.45, 0.45, 1];
var RED = [0.9, 0.3, 0.25, 1];
var YELLOW = [0.95, 0.75, 0.2, 1];
var GREEN = [0.35, 0.75, 0.35, 1];
var BLUE = [0.3, 0.6, 0.95, 1];
var LIGHTS = {
    looking: GREY, lost: RED, connected: GREEN, working: BLUE, asking: YELLOW, done: GREEN, failed: RED
};
// The models that the patch's menu always has. A saved Set keeps the model as its place in the menu.
var KNOWN_MODELS = [
    "default", "lstm-chorales", "bachbot-chorales", "rbm-chorales", "rbm-blues", "dbn-chorales", "dbn-ragtime",
    "lstm-ragtime", "lstm-blues"
];
/** @type {Task[]} */
var tasks = []; // referenced here, or Max frees them before they run

var device = new RipienoDevice({
    send: function (address, values) {
        outlet(TO_SERVER, address, values);
    },
    listen: function (port) {
        outlet(TO_RECEIVER, "port", port);
    },
    status: function (text) {
        outlet(TO_DISPLAY, "status", text);
    },
    light: function (state) {
        outlet(TO_DISPLAY, "light", LIGHTS[state] || GREY);
    },
    seed: function (number) {
        outlet(TO_DISPLAY, "seed", number);
    },
    models: function (names) {
        var others = names.filter(function (name) {
            return KNOWN_MODELS.indexOf(name) < 0;
        });
        if (others.length > 0) {
            outlet(TO_DISPLAY, "models", KNOWN_MODELS.concat(others));
        }
    },
    random: function (below) {
        return Math.floor(Math.random() * below);
    },
    later: function (milliseconds, callback) {
        var task = new Task(function () {
            forget(task);
            callback();
        });
        tasks.push(task);
        task.schedule(milliseconds);
        return {
            cancel: function () {
                task.cancel();
                forget(task);
            }
        };
    },
    messageOf: function (thrown) {
        if (thrown instanceof RipienoUserError) {
            return thrown.message;
        }
        error("ripieno: " + thrown + "\n" + (thrown.stack || "") + "\n");
        return "Something went wrong in the device itself. The Max console says what.";
    },
    reader: ripienoClipReader,
    writer: ripienoClipWriter
});

/** @param {Task} task */
function forget(task) {
    tasks = tasks.filter(function (other) {
        return other !== task;
    });
}
forget.local = 1; // no message of Max calls it

function bang() {
    device.ready(Number(new LiveAPI("this_device").id));
}

function press(button) {
    device.press(button);
}

function setting(name, value) {
    device.set(name, value);
}

function reply(address) {
    device.receive(address, arrayfromargs(arguments).slice(1));
}

// The device is taken out of the track, or Live closes the Set.
function notifydeleted() {
    device.stop();
    tasks.forEach(function (task) {
        task.cancel();
    });
}
