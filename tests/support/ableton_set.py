"""The set of the stand-in for Ableton Live: tracks, slots, clips and notes, with Live's rules."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Note:
    pitch: int
    start: float
    duration: float
    velocity: float = 100.0
    mute: bool = False

    @property
    def end(self) -> float:
        return self.start + self.duration


@dataclass
class Clip:
    length: float = 4.0
    name: str = ""
    notes: list[Note] = field(default_factory=list)
    color: int = 0
    is_midi_clip: bool = True
    looping: bool = True
    loop_start: float = 0.0
    loop_end: float = 0.0
    start_marker: float = 0.0

    def __post_init__(self) -> None:
        self.loop_end = self.loop_end or self.length

    def add(self, note: Note) -> None:
        """Add a note. Notes of one pitch cannot overlap, so an earlier one is cut or removed."""
        kept = []
        for old in self.notes:
            if old.pitch == note.pitch and old.start < note.end and note.start < old.end:
                if old.start < note.start:
                    old.duration = note.start - old.start
                    kept.append(old)
            else:
                kept.append(old)
        self.notes = [*kept, note]

    def between(self, pitch: int, pitches: int, start: float, span: float) -> list[Note]:
        return [
            n for n in self.notes if pitch <= n.pitch < pitch + pitches and start <= n.start < start + span
        ]

    def music(self) -> list[tuple[int, float, float]]:
        return sorted(((n.pitch, n.start, n.duration) for n in self.notes), key=lambda n: (n[1], n[0]))


@dataclass
class Slot:
    """coming: a new clip, and how often a client must still ask for it until it exists."""

    clip: Clip | None = None
    coming: tuple[Clip, int] | None = None

    def has_clip(self) -> bool:
        if self.coming is not None:
            clip, polls = self.coming
            self.coming = (clip, polls - 1) if polls else None
            self.clip = None if polls else clip
        return self.clip is not None


@dataclass
class Track:
    name: str
    slots: list[Slot]
    has_midi_input: bool = True
    color: int = 0
    playing_slot_index: int = -1
    is_frozen: bool = False


@dataclass
class LiveSet:
    """An open set. selected: track and scene; None for a return track. max_tracks: 8 in Live Lite."""

    scenes: int = 8
    tracks: list[Track] = field(default_factory=list)
    tempo: float = 120.0
    signature_numerator: int = 4
    signature_denominator: int = 4
    root_note: int = 0
    scale_name: str = "Major"
    selected: tuple[int, int] | None = (0, 0)
    max_tracks: int = 99

    def add_track(self, name: str, *, midi: bool = True) -> Track:
        track = Track(name, [Slot() for _ in range(self.scenes)], midi)
        self.tracks.append(track)
        return track

    def put(self, track: int, slot: int, clip: Clip) -> Clip:
        self.tracks[track].slots[slot].clip = clip
        return clip

    def clip(self, track: int, slot: int) -> Clip:
        clip = self.tracks[track].slots[slot].clip
        assert clip is not None, f"no clip in track {track}, slot {slot}"
        return clip

    def named(self, name: str) -> Track:
        return next(track for track in self.tracks if track.name == name)
