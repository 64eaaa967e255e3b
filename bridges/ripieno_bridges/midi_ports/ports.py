"""The MIDI ports of this machine: list them and open them, with python-rtmidi.

A system here is a MIDI API: CoreMIDI, Windows, ALSA, JACK. There may be several at once.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

from mido import Message

from ripieno.errors import RipienoError, short

NAME = "ripieno"  # of virtual ports, and of this program as others see it
Direction = Literal["in", "out"]
MessageCallback = Callable[[Message, float], None]


class PortError(RipienoError):
    """A MIDI port that does not exist or cannot be used."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of another program or device. system: rtmidi's number. index: among the system's ports."""

    name: str
    system: int
    index: int


def list_ports(direction: Direction) -> tuple[Port, ...]:
    """The ports to receive from ("in") or to send to ("out")."""
    found: list[Port] = []
    with silenced_stderr():
        for system, device in devices(direction):
            found += [Port(name, system, index) for index, name in enumerate(device.get_ports())]
            device.delete()
    return tuple(found)


def choose_port(wanted: str, there: Sequence[Port], direction: Direction) -> Port:
    """Find a port by its name, by a part of the name that no other port has, or by its number from 1.

    Raises PortError.
    """
    text = wanted.strip().casefold()
    named = [port for port in there if port.name.casefold() == text]
    if not named and text.isdecimal() and 1 <= int(text) <= len(there):
        named = [there[int(text) - 1]]
    found = named or [port for port in there if text and text in port.name.casefold()]
    if len(found) == 1:
        return found[0]
    if not there:
        raise PortError(
            f"there are no ports for --{direction}; plug something in, or make a port with --virtual"
        )
    if found:
        fault = (
            f'{len(found)} ports for --{direction} are called "{short(wanted)}"; say more of the name, or its'
        )
        raise PortError(f"{fault} number: {numbered_ports(there)}")
    raise PortError(
        f'there is no port "{short(wanted)}" for --{direction}; there are: {numbered_ports(there)}'
    )


def numbered_ports(there: Sequence[Port]) -> str:
    """The ports with their numbers, in one line."""
    return ", ".join(f"{number} {short(port.name)}" for number, port in enumerate(there, 1))


class Input:
    """An open port to receive from. port: None creates a virtual one. Raises PortError.

    on_message: called with every message and its time (``time.monotonic``), in a thread of rtmidi.
    """

    def __init__(self, port: Port | None, on_message: MessageCallback) -> None:
        self._on_message = on_message
        self._device = open_device(port, "in")
        # Receive the MIDI clock; by default rtmidi ignores it, like system exclusive and active sensing.
        self._device.ignore_types(timing=False)
        self._device.set_callback(self._receive)

    def _receive(self, event: tuple[list[int], float], _: object) -> None:
        seconds = time.monotonic()
        with suppress(ValueError):  # not a MIDI message; a loose cable causes such bytes
            self._on_message(Message.from_bytes(event[0]), seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._device.cancel_callback()  # first, so that its thread does not use a closed device
        self._device.close_port()
        self._device.delete()


class Output:
    """An open port to send to. port: None creates a virtual one. Raises PortError."""

    def __init__(self, port: Port | None) -> None:
        self._device = open_device(port, "out")

    def send(self, message: Message) -> None:
        """Send a message at once. Raises PortError."""
        try:
            self._device.send_message(message.bytes())
        except rtmidi().RtMidiError as exc:
            raise PortError(f"nothing can be sent any more ({exc}); is it still plugged in?") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._device.close_port()
        self._device.delete()


# -- rtmidi ------------------------------------------------------------------------------------------------


def rtmidi() -> Any:
    """Import rtmidi, which has no types. Raises PortError where it is not installed."""
    try:
        return importlib.import_module("rtmidi")
    except ModuleNotFoundError as exc:
        raise PortError(
            'live MIDI needs python-rtmidi, which is not installed; say pip install "ripieno[live]"'
        ) from exc


def devices(direction: Direction) -> Iterator[tuple[int, Any]]:
    """Yield (system, a device without an open port) for every system that runs here."""
    module = rtmidi()
    make = module.MidiIn if direction == "in" else module.MidiOut
    for system in module.get_compiled_api():
        if system == module.API_RTMIDI_DUMMY:
            continue
        # A system may be compiled in and not run, such as JACK without its server.
        with suppress(module.RtMidiError):
            yield system, make(system, NAME)


def open_device(port: Port | None, direction: Direction) -> Any:
    """Open the port, or a virtual one for None, and return its device. Raises PortError."""
    with silenced_stderr():
        for system, device in devices(direction):
            if port is None:
                if open_virtual(device):
                    return device
            elif port.system == system:
                open_port(device, port)
                return device
            device.delete()
    if port is None:
        raise PortError(
            "no virtual ports can be made here; make a port with another program (loopMIDI on Windows) and "
            "name it with --in and --out"
        )
    raise PortError(f'"{short(port.name)}" is gone; plug it in again')


def open_virtual(device: Any) -> bool:
    """Open a virtual port; returns False where the device's system has none."""
    try:
        device.open_virtual_port(NAME)
    except (rtmidi().RtMidiError, NotImplementedError):
        return False
    return True


def open_port(device: Any, port: Port) -> None:
    """Open the port with this device. Raises PortError."""
    names = device.get_ports()
    if names[port.index : port.index + 1] != [port.name]:
        raise PortError(f'"{short(port.name)}" is gone; plug it in again')
    try:
        device.open_port(port.index, NAME)
    except rtmidi().RtMidiError as exc:
        raise PortError(
            f'"{short(port.name)}" cannot be opened ({exc}); another program may use it, so close that one'
        ) from exc


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Suppress the messages of ALSA and JACK where they do not run.

    Their libraries write to file descriptor 2 directly, so the descriptor itself is redirected meanwhile.
    """
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
