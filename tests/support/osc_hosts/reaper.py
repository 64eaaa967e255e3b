"""A stand-in for REAPER: the functions of its API that the action calls, run by real Lua.

REAPER cannot be installed by a test, so this is written from the documents of the API. It is stricter than
REAPER: faults of the action are a function that the documents do not have, an argument of another kind, an
object that is gone, a change outside of an undo block, and blocks that it leaves open.
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

from common import ROOT
from osc_hosts.reaper_api import KINDS, LUAS, ApiError, Documented, Function, api
from osc_hosts.reaper_functions import ProjectFunctions
from osc_hosts.reaper_project import Item, Project, Take, Track

ACTION = ROOT / "plugin" / "reaper" / "ripieno.lua"
COMMAND = 'local COMMAND = "ripieno osc"'
MAX_TURNS = 3000  # of deferred functions
TURN_SECONDS = 0.01


class Reaper(ProjectFunctions):
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
        self.clock_rate = 1.0  # how much faster than the test's the clock of REAPER is
        self.broken = ""  # the function of the API that fails, though it is called as documented
        self.terminated_at: int | None = None  # the turn before which the musician ends the script
        self.history: list[tuple[str, list[Track]]] = []  # titles, and the tracks before
        self.processes: list[subprocess.Popen[bytes]] = []
        self._before: list[Track] | None = None
        self._frozen = 0
        self._window = False
        self._deferred: list[Function] = []
        self._at_exit: list[Function] = []
        self._faults: list[str] = []

    # -- running an action -----------------------------------------------------------------------------------

    def run(self, port: int, version: str = "7", program: str = f'"{sys.executable}"') -> None:
        """Run the action to its end. port: of ripieno's server. version: of REAPER. program: Python's."""
        lua = LUAS[version].LuaRuntime(
            unpack_returned_tuples=True, register_eval=False, register_builtins=False
        )
        names = lua.globals()
        names.python = None
        names.reaper, names.gfx = self._table(lua, ""), self._table(lua, "gfx.")
        names.gfx.w, names.gfx.h, names.gfx.x, names.gfx.y = 0, 0, 0, 0
        self._gfx = names.gfx
        for table in (names.reaper, names.gfx, names):
            self._forbid_other_names(lua, table)
        source = ACTION.read_text("utf-8")
        assert COMMAND in source
        start = "from ripieno_bridges.cli.start import main; main()"
        command = f'{program} -c "{start}" osc --port {port}'
        lua.execute(source.replace(COMMAND, f"local COMMAND = [[{command}]]"))
        self._between_turns()
        for turn in range(MAX_TURNS):
            if turn == self.terminated_at:
                self._deferred.clear()
            turns, self._deferred = self._deferred, []
            if not turns:
                break
            for function in turns:
                function()
                self._between_turns()
            if self._window and self.command is None:
                time.sleep(TURN_SECONDS)
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
        """The functions whose names begin so."""
        table = lua.table()
        for function in (getattr(self, name) for name in dir(self)):
            documented = getattr(function, "documented", None)
            if documented and documented.name.startswith(prefix) and (prefix or "." not in documented.name):
                table[documented.name.removeprefix(prefix)] = self._checked(documented, function)
        return table

    def _forbid_other_names(self, lua: Any, table: Any) -> None:
        """Make every name a fault that is not in the table yet, read or written."""
        strict = lua.eval(
            "function (table, fault) setmetatable (table, { __index = fault, __newindex = fault }) end"
        )
        strict(table, lambda _, name, *__: self._fault(f"there is no {name}"))

    def _checked(self, documented: Documented, function: Function) -> Function:
        name, kinds = documented.name, documented.kinds

        def call(*arguments: Any) -> Any:
            if not sum("?" not in kind for kind in kinds) <= len(arguments) <= len(kinds):
                self._fault(f"{name} with {len(arguments)} arguments")
            for kind, value in zip(kinds, arguments, strict=False):
                if not KINDS[kind.rstrip("?")](value):
                    self._fault(f"{name}: {value!r} is not {kind}")
                if (
                    isinstance(value, (Track, Item, Take))
                    and kind != "object"
                    and not self.project.has(value)
                ):
                    self._fault(f"{name}: that {kind} is gone")
            if documented.changes and self._before is None:
                self._fault(f"{name} outside of an undo block")
            if name == self.broken:
                raise RuntimeError(f"{name} is broken")
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

    # -- projects, history, windows --------------------------------------------------------------------------

    @api("EnumProjects", "integer")
    def enum_projects(self, index: int) -> Any:
        return (self.project, "") if index == -1 else None

    @api("ValidatePtr2", "project object string")
    def validate_ptr2(self, project: Any, thing: Track | Item | Take, kind: str) -> bool:
        names = {Track: "MediaTrack*", Item: "MediaItem*", Take: "MediaItem_Take*"}
        return names[type(thing)] == kind and (project or self.project).has(thing)

    @api("Undo_BeginBlock2", "project")
    def undo_begin_block2(self, _project: Any) -> None:
        if self._before is not None:
            raise ApiError("a block in a block")
        self._before = copy.deepcopy(self.project.tracks)

    @api("Undo_EndBlock2", "project string integer")
    def undo_end_block2(self, _project: Any, title: str, flags: int) -> None:
        if self._before is None or flags != -1:
            raise ApiError("no block, or not all of it would be undone")
        self.history.append((title, self._before))
        self._before = None

    @api("Undo_DoUndo2", "project")
    def undo_do_undo2(self, _project: Any) -> int:
        self.undo()
        return 1

    @api("PreventUIRefresh", "integer")
    def prevent_ui_refresh(self, count: int) -> None:
        self._frozen += count

    @api("TrackList_AdjustWindows", "boolean")
    def track_list_adjust_windows(self, _is_minor: bool) -> None:
        pass

    @api("UpdateArrange")
    def update_arrange(self) -> None:
        pass

    @api("ShowMessageBox", "string string integer")
    def show_message_box(self, text: str, _title: str, kind: int) -> int:
        if kind != 0:
            raise ApiError("a question")
        self.messages.append(text)
        return 1

    @api("GetUserInputs", "string integer string string")
    def get_user_inputs(self, _title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        caption, *extra = captions.split(",")
        if (
            count != 1
            or not caption
            or [word.partition("=")[0] for word in extra] != ["extrawidth", "separator"]
        ):
            raise ApiError("the dialog has one field, which takes commas")
        self.offered.append(values)
        return self.settings is not None, self.settings if self.settings is not None else values

    @api("GetExtState", "string string")
    def get_ext_state(self, section: str, key: str) -> str:
        return self.ext_state.get((section, key), "")

    @api("SetExtState", "string string string boolean")
    def set_ext_state(self, section: str, key: str, value: str, persist: bool) -> None:
        if persist:
            self.ext_state[section, key] = value

    @api("GetResourcePath")
    def get_resource_path(self) -> str:
        return str(self.folder)

    @api("time_precise")
    def time_precise(self) -> float:
        return time.perf_counter() * self.clock_rate

    @api("defer", "function")
    def defer(self, function: Function) -> bool:
        self._deferred.append(function)
        return True

    @api("atexit", "function")
    def atexit(self, function: Function) -> bool:
        self._at_exit.append(function)
        return True

    @api("ExecProcess", "string integer")
    def exec_process(self, line: str, timeout: int) -> str | None:
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

    # -- the window of the script ----------------------------------------------------------------------------

    @api("gfx.init", "string number number")
    def gfx_init(self, _title: str, width: float, height: float) -> float:
        self._window = True
        self._gfx.w, self._gfx.h = width, height
        return 1.0

    @api("gfx.getchar")
    def gfx_getchar(self) -> float:
        if not self._window:
            return -1.0
        return float(self.keys.pop(0)) if self.keys else 0.0

    @api("gfx.set", "number number number")
    def gfx_set(self, *_colour: float) -> None:
        pass

    @api("gfx.rect", "number number number number")
    def gfx_rect(self, *_place: float) -> None:
        if not self._window:
            raise ApiError("there is no window")

    @api("gfx.drawstr", "string")
    def gfx_drawstr(self, text: str) -> None:
        self.drawn.append(text)

    @api("gfx.update")
    def gfx_update(self) -> None:
        pass

    @api("gfx.quit")
    def gfx_quit(self) -> None:
        self._window = False
