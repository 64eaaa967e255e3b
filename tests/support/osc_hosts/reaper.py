"""A stand-in for REAPER: the functions of its API that the action calls, run by real Lua.

REAPER cannot be installed by a test, so this is written from the documents of the API. It is stricter than
REAPER: a function that the documents do not have, an argument of another kind, an object that is gone, a change
outside of an undo block are faults of the action, and so are blocks that it leaves open.
"""

from __future__ import annotations

import copy
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lupa import lua53, lua54

from common import ROOT
from osc_hosts.reaper_project import TICKS, Item, MidiNote, Project, Source, Take, Track

LUAS = {"6": lua53, "7": lua54}  # of each REAPER
ACTION = ROOT / "plugin" / "reaper" / "ripieno.lua"
COMMAND = 'local COMMAND = "ripieno osc"'
MAX_TURNS = 3000  # of deferred functions; a turn is a hundredth of a second here
MIDI_BYTE = range(128)
Function = Callable[..., Any]


class ApiError(Exception):
    """The action uses the API in a way that its documents do not allow."""


def is_integer(value: object) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())  # as Lua converts them


KINDS: dict[str, Callable[[Any], bool]] = {
    "project": lambda value: value in (None, 0) or isinstance(value, Project),
    "track": lambda value: isinstance(value, Track),
    "item": lambda value: isinstance(value, Item),
    "take": lambda value: isinstance(value, Take),
    "source": lambda value: isinstance(value, Source),
    "integer": is_integer,
    "number": lambda value: type(value) in (int, float),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "function": lambda value: any(lua.lua_type(value) == "function" for lua in LUAS.values()),
    "object": lambda value: isinstance(value, (Track, Item, Take)),
}
CHANGES = "changes"


def api(kinds: str = "", *options: str) -> Callable[[Function], Function]:
    """A function of the API. kinds: of its arguments, in order; those with ? may be missing."""

    def mark(function: Function) -> Function:
        function.kinds = kinds.split()  # type: ignore[attr-defined]
        function.options = options  # type: ignore[attr-defined]
        return function

    return mark


class Reaper:
    """REAPER with a project. command: runs instead of the process, where there is one."""

    def __init__(
        self, project: Project, folder: Path, command: Callable[[Sequence[str]], None] | None = None
    ) -> None:
        self.project = project
        self.folder = folder
        self.command = command
        self.settings: str | None = ""  # what is typed into the dialog; None: it is cancelled
        self.offered: list[str] = []  # what stood in it
        self.ext_state: dict[tuple[str, str], str] = {}
        self.messages: list[str] = []
        self.keys: list[int] = []  # typed while the window is open
        self.drawn: list[str] = []
        self.history: list[tuple[str, list[Track]]] = []  # titles, and the tracks before
        self.on_turn: Callable[[int], None] = lambda _: None
        self.processes: list[subprocess.Popen[bytes]] = []
        self._before: list[Track] | None = None
        self._frozen = 0
        self._window = False
        self._deferred: list[Function] = []
        self._at_exit: list[Function] = []
        self._faults: list[str] = []

    # -- running an action -----------------------------------------------------------------------------------

    def run(self, port: int, version: str = "7") -> None:
        """Run the action to its end. port: of ripieno's server. version: of REAPER."""
        lua = LUAS[version].LuaRuntime(
            unpack_returned_tuples=True, register_eval=False, register_builtins=False
        )
        names = lua.globals()
        names.python = None
        names.reaper = self._table(lua, "api_")
        names.gfx = self._table(lua, "gfx_")
        names.gfx.w, names.gfx.h, names.gfx.x, names.gfx.y = 0, 0, 0, 0
        self._gfx = names.gfx
        source = ACTION.read_text("utf-8")
        assert COMMAND in source
        start = "from ripieno_bridges.cli.start import main; main()"
        program = f'"{sys.executable}" -c "{start}" osc --port {port}'
        lua.execute(source.replace(COMMAND, f"local COMMAND = [[{program}]]"))
        self._between_turns()
        for turn in range(MAX_TURNS):
            self.on_turn(turn)
            turns, self._deferred = self._deferred, []
            if not turns:
                break
            for function in turns:
                function()
                self._between_turns()
            if self._window and self.command is None:
                time.sleep(0.01)
        assert not self._deferred, "the action does not end"
        for function in self._at_exit:
            function()
        assert not self._faults, self._faults
        assert not self._window

    def end(self) -> None:
        """Wait for the commands that the action did not wait for."""
        for process in self.processes:
            process.wait(20)

    def undo(self) -> str:
        """What the musician's Undo does; returns the title of the step."""
        title, tracks = self.history.pop()
        self.project.tracks = tracks
        return title

    def _table(self, lua: Any, prefix: str) -> Any:
        table = lua.table()
        for name in dir(self):
            if name.startswith(prefix):
                table[name.removeprefix(prefix)] = self._checked(
                    name.removeprefix(prefix), getattr(self, name)
                )
        guard = lua.eval("function (table, missing) return setmetatable (table, { __index = missing }) end")
        return guard(table, lambda _, name: self._fault(f"there is no function {name}"))

    def _checked(self, name: str, function: Any) -> Function:
        def call(*arguments: Any) -> Any:
            needed = [kind for kind in function.kinds if not kind.endswith("?")]
            if not len(needed) <= len(arguments) <= len(function.kinds):
                self._fault(f"{name} with {len(arguments)} arguments")
            for kind, value in zip(function.kinds, arguments, strict=False):
                if not KINDS[kind.rstrip("?")](value) and not (kind.endswith("?") and value is None):
                    self._fault(f"{name}: {value!r} is not {kind}")
                if (
                    isinstance(value, (Track, Item, Take))
                    and name != "ValidatePtr2"
                    and not self._is_there(value)
                ):
                    self._fault(f"{name}: that {kind} is gone")
            if CHANGES in function.options and self._before is None:
                self._fault(f"{name} outside of an undo block")
            try:
                return function(*arguments)
            except Exception as exc:
                self._fault(f"{name}{arguments}: {exc!r}")

        return call

    def _fault(self, text: str) -> None:
        self._faults.append(text)
        raise ApiError(text)

    def _between_turns(self) -> None:
        assert self._before is None, "an undo block is open"
        assert self._frozen == 0, "the window is still frozen"
        assert all(item.take is None or item.take.sorted for item in self.project.items()), (
            "notes are unsorted"
        )

    def _is_there(self, thing: Track | Item | Take) -> bool:
        track = (
            thing
            if isinstance(thing, Track)
            else thing.track
            if isinstance(thing, Item)
            else thing.item.track
        )
        item = thing.item if isinstance(thing, Take) else thing
        return track in self.project.tracks and (item is track or item in track.items)

    # -- projects, history, windows --------------------------------------------------------------------------

    @api("integer")
    def api_EnumProjects(self, index: int) -> Any:
        return (self.project, "") if index == -1 else None

    @api("project object string")
    def api_ValidatePtr2(self, _project: Any, thing: Track | Item | Take, kind: str) -> bool:
        names = {Track: "MediaTrack*", Item: "MediaItem*", Take: "MediaItem_Take*"}
        return names[type(thing)] == kind and self._is_there(thing)

    @api("project")
    def api_Undo_BeginBlock2(self, _project: Any) -> None:
        if self._before is not None:
            raise ApiError("a block in a block")
        self._before = copy.deepcopy(self.project.tracks)

    @api("project string integer")
    def api_Undo_EndBlock2(self, _project: Any, title: str, flags: int) -> None:
        if self._before is None or flags != -1:
            raise ApiError("no block, or not all of it would be undone")
        self.history.append((title, self._before))
        self._before = None

    @api("project")
    def api_Undo_DoUndo2(self, _project: Any) -> int:
        self.undo()
        return 1

    @api("integer")
    def api_PreventUIRefresh(self, count: int) -> None:
        self._frozen += count

    @api("boolean")
    def api_TrackList_AdjustWindows(self, _is_minor: bool) -> None:
        pass

    @api()
    def api_UpdateArrange(self) -> None:
        pass

    @api("string string integer")
    def api_ShowMessageBox(self, text: str, _title: str, kind: int) -> int:
        if kind != 0:
            raise ApiError("a question")
        self.messages.append(text)
        return 1

    @api("string integer string string")
    def api_GetUserInputs(self, _title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        caption, *extra = captions.split(",")
        if (
            count != 1
            or not caption
            or [word.partition("=")[0] for word in extra] != ["extrawidth", "separator"]
        ):
            raise ApiError("the dialog has one field, which takes commas")
        self.offered.append(values)
        return self.settings is not None, self.settings if self.settings is not None else values

    @api("string string")
    def api_GetExtState(self, section: str, key: str) -> str:
        return self.ext_state.get((section, key), "")

    @api("string string string boolean")
    def api_SetExtState(self, section: str, key: str, value: str, persist: bool) -> None:
        if persist:
            self.ext_state[section, key] = value

    @api()
    def api_GetResourcePath(self) -> str:
        return str(self.folder)

    @api()
    def api_time_precise(self) -> float:
        return time.perf_counter()

    @api("function")
    def api_defer(self, function: Function) -> bool:
        self._deferred.append(function)
        return True

    @api("function")
    def api_atexit(self, function: Function) -> bool:
        self._at_exit.append(function)
        return True

    @api("string integer")
    def api_ExecProcess(self, line: str, timeout: int) -> str | None:
        if timeout != -2:
            raise ApiError("REAPER would stand still")
        words = shlex.split(line)  # no shell, as in REAPER
        if self.command is not None:
            self.command(words)
            return None
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
        try:
            self.processes.append(subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL))
        except OSError:
            return None
        return "0\n"

    # -- the timeline ----------------------------------------------------------------------------------------

    @api("project number")
    def api_TimeMap_timeToQN_abs(self, _project: Any, seconds: float) -> float:
        return self.project.timeline.quarters(seconds)

    @api("project number")
    def api_TimeMap_QNToTime_abs(self, _project: Any, quarter: float) -> float:
        return self.project.timeline.seconds(quarter)

    @api("project number")
    def api_TimeMap2_timeToBeats(self, _project: Any, seconds: float) -> tuple[float, int, int, float, int]:
        timeline = self.project.timeline
        quarter = timeline.quarters(seconds)
        number = timeline.number_at(quarter)
        info = timeline.measure(number)
        count, unit = info.meter
        return (quarter - info.start) * unit / 4, number, count, timeline.counted(quarter) * unit / 4, unit

    @api("project integer")
    def api_TimeMap_GetMeasureInfo(
        self, _project: Any, number: int
    ) -> tuple[float, float, float, int, int, float]:
        timeline = self.project.timeline
        info = timeline.measure(number)
        start = timeline.counted(info.start)
        tempo = next(marker for marker in reversed(timeline.markers) if marker.at <= info.start).tempo_qpm
        return timeline.seconds(info.start), start, start + info.full, *info.meter, tempo

    @api("number string integer")
    def api_format_timestr_pos(self, seconds: float, _buffer: str, mode: int) -> str:
        if mode != 2:
            raise ApiError("another mode than measures.beats")
        beats, number, *_ = self.api_TimeMap2_timeToBeats(None, seconds)
        return f"{number + 1}.{int(beats) + 1}.{round(beats % 1 * 100):02d}"

    # -- items and takes -------------------------------------------------------------------------------------

    @api("project")
    def api_CountSelectedMediaItems(self, _project: Any) -> int:
        return len([item for item in self.project.items() if item.selected])

    @api("project integer")
    def api_GetSelectedMediaItem(self, _project: Any, index: int) -> Item:
        return [item for item in self.project.items() if item.selected][index]

    @api("item")
    def api_GetActiveTake(self, item: Item) -> Take | None:
        return item.take

    @api("take")
    def api_TakeIsMIDI(self, take: Take) -> bool:
        return take.is_midi

    @api("item")
    def api_GetMediaItem_Track(self, item: Item) -> Track:
        return item.track

    @api("item string")
    def api_GetMediaItemInfo_Value(self, item: Item, name: str) -> float:
        return float({"D_POSITION": item.position, "D_LENGTH": item.length, "B_LOOPSRC": item.loops}[name])

    @api("take string")
    def api_GetMediaItemTakeInfo_Value(self, take: Take, name: str) -> float:
        return float({"D_STARTOFFS": take.offset, "D_PLAYRATE": take.rate}[name])

    @api("take")
    def api_GetMediaItemTake_Source(self, take: Take) -> Source:
        return take.source

    @api("source")
    def api_GetMediaSourceLength(self, source: Source) -> tuple[float, bool]:
        return source.length, True

    @api("item string string boolean", CHANGES)
    def api_GetSetMediaItemInfo_String(
        self, item: Item, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NOTES" or not change:
            raise ApiError(name)
        item.notes_text = text
        return True, text

    @api("take string string boolean", CHANGES)
    def api_GetSetMediaItemTakeInfo_String(
        self, take: Take, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NAME" or not change:
            raise ApiError(name)
        take.name = text
        return True, text

    @api("track number number boolean?", CHANGES)
    def api_CreateNewMIDIItemInProj(
        self, track: Track, start: float, stop: float, _quarters: bool = False
    ) -> Item:
        if _quarters or not 0 <= start < stop:
            raise ApiError(f"an item from {start} to {stop}")
        item = Item(track, start, stop - start)
        timeline = self.project.timeline
        item.take = Take(item, Source(timeline.quarters(stop) - timeline.quarters(start)))
        track.items.append(item)
        return item

    # -- notes -----------------------------------------------------------------------------------------------

    @api("take")
    def api_MIDI_CountEvts(self, take: Take) -> tuple[bool, int, int, int]:
        return True, len(take.notes), 0, 0

    @api("take integer")
    def api_MIDI_GetNote(
        self, take: Take, index: int
    ) -> tuple[bool, bool, bool, float, float, int, int, int]:
        note = take.notes[index]
        return (
            True,
            False,
            note.muted,
            float(note.start),
            float(note.stop),
            note.channel,
            note.pitch,
            note.velocity,
        )

    @api("take number")
    def api_MIDI_GetProjTimeFromPPQPos(self, take: Take, ticks: float) -> float:
        return self.project.timeline.seconds(self.project.place(take, ticks))

    @api("take number")
    def api_MIDI_GetPPQPosFromProjTime(self, take: Take, seconds: float) -> float:
        return self.project.ticks(take, self.project.timeline.quarters(seconds))

    @api("take boolean boolean number number integer integer integer boolean?", CHANGES)
    def api_MIDI_InsertNote(
        self,
        take: Take,
        _selected: bool,
        muted: bool,
        start: float,
        stop: float,
        channel: int,
        pitch: int,
        velocity: int,
        unsorted: bool = False,
    ) -> bool:
        inside = 0 <= start < stop <= take.source.length * TICKS + 0.5
        if not inside or channel not in range(16) or pitch not in MIDI_BYTE or velocity not in range(1, 128):
            raise ApiError("no note of this item")
        take.notes.append(MidiNote(pitch, start, stop, velocity, muted, channel))
        take.sorted = not unsorted
        return True

    @api("take", CHANGES)
    def api_MIDI_Sort(self, take: Take) -> None:
        take.notes.sort(key=lambda note: note.start)
        take.sorted = True

    # -- tracks ----------------------------------------------------------------------------------------------

    @api("project")
    def api_CountTracks(self, _project: Any) -> int:
        return len(self.project.tracks)

    @api("project integer")
    def api_GetTrack(self, _project: Any, index: int) -> Track | None:
        return self.project.tracks[index] if 0 <= index < len(self.project.tracks) else None

    @api("track")
    def api_GetTrackName(self, track: Track) -> tuple[bool, str]:
        return True, track.name or f"Track {self.project.tracks.index(track) + 1}"

    @api("track string")
    def api_GetMediaTrackInfo_Value(self, track: Track, name: str) -> float:
        return {"IP_TRACKNUMBER": self.project.tracks.index(track) + 1.0}[name]

    @api("track string number", CHANGES)
    def api_SetMediaTrackInfo_Value(self, track: Track, name: str, value: float) -> bool:
        if name != "I_CUSTOMCOLOR":
            raise ApiError(name)
        track.colour = int(value)
        return True

    @api("track string string boolean", CHANGES)
    def api_GetSetMediaTrackInfo_String(
        self, track: Track, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NAME" or not change:
            raise ApiError(name)
        track.name = text
        return True, text

    @api("integer integer integer")
    def api_ColorToNative(self, red: int, green: int, blue: int) -> int:
        return red | green << 8 | blue << 16

    @api("integer boolean", CHANGES)
    def api_InsertTrackAtIndex(self, index: int, _with_defaults: bool) -> None:
        self.project.tracks.insert(int(index), Track(""))

    @api("track")
    def api_CountTrackMediaItems(self, track: Track) -> int:
        return len(track.items)

    @api("track integer")
    def api_GetTrackMediaItem(self, track: Track, index: int) -> Item:
        return track.items[index]

    @api("track")
    def api_TrackFX_GetInstrument(self, track: Track) -> int:
        return next((place for place, (_, plays) in enumerate(track.effects) if plays), -1)

    @api("track integer track integer boolean", CHANGES)
    def api_TrackFX_CopyToTrack(
        self, track: Track, index: int, other: Track, place: int, is_move: bool
    ) -> None:
        if is_move:
            raise ApiError("the melody's track loses its instrument")
        other.effects.insert(place, track.effects[index])

    @api("track string boolean integer", CHANGES)
    def api_TrackFX_AddByName(self, track: Track, name: str, for_input: bool, instantiate: int) -> int:
        if name != "ReaSynth" or for_input or instantiate != -1:
            raise ApiError(name)
        track.effects.append((name, True))
        return len(track.effects) - 1

    # -- the window of the script ----------------------------------------------------------------------------

    @api("string number number")
    def gfx_init(self, _title: str, width: float, height: float) -> float:
        self._window = True
        self._gfx.w, self._gfx.h = width, height
        return 1.0

    @api()
    def gfx_getchar(self) -> float:
        if not self._window:
            return -1.0
        return float(self.keys.pop(0)) if self.keys else 0.0

    @api("number number number")
    def gfx_set(self, *_colour: float) -> None:
        pass

    @api("number number number number")
    def gfx_rect(self, *_place: float) -> None:
        if not self._window:
            raise ApiError("there is no window")

    @api("string")
    def gfx_drawstr(self, text: str) -> None:
        self.drawn.append(text)

    @api()
    def gfx_update(self) -> None:
        pass

    @api()
    def gfx_quit(self) -> None:
        self._window = False
