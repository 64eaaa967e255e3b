"""The functions of REAPER's API about a project: timeline, items, takes, notes, tracks."""

from __future__ import annotations

from typing import Any

from osc_hosts.reaper_api import ApiError, api
from osc_hosts.reaper_project import TICKS, Item, MidiNote, Project, Source, Take, Track

MIDI_BYTE = range(128)


class ProjectFunctions:
    """These functions, for one project."""

    project: Project

    # -- the timeline ----------------------------------------------------------------------------------------

    @api("TimeMap_timeToQN_abs", "project number")
    def time_map_to_quarters(self, _project: Any, seconds: float) -> float:
        return self.project.timeline.quarters(seconds)

    @api("TimeMap_QNToTime_abs", "project number")
    def time_map_to_seconds(self, _project: Any, quarter: float) -> float:
        return self.project.timeline.seconds(quarter)

    @api("TimeMap2_timeToBeats", "project number")
    def time_map2_to_beats(self, _project: Any, seconds: float) -> tuple[float, int, int, float, int]:
        timeline = self.project.timeline
        quarter = timeline.quarters(seconds)
        number = timeline.number_at(quarter)
        info = timeline.measure(number)
        count, unit = info.meter
        return (quarter - info.start) * unit / 4, number, count, timeline.counted(quarter) * unit / 4, unit

    @api("TimeMap_GetMeasureInfo", "project integer")
    def time_map_get_measure_info(
        self, _project: Any, number: int
    ) -> tuple[float, float, float, int, int, float]:
        timeline = self.project.timeline
        info = timeline.measure(number)
        start = timeline.counted(info.start)
        tempo = next(marker for marker in reversed(timeline.markers) if marker.at <= info.start).tempo_qpm
        return timeline.seconds(info.start), start, start + info.full, *info.meter, tempo

    @api("format_timestr_pos", "number string integer")
    def format_timestr_pos(self, seconds: float, _buffer: str, mode: int) -> str:
        if mode != 2:
            raise ApiError("another mode than measures.beats")
        beats, number, *_ = self.time_map2_to_beats(None, seconds)
        return f"{number + 1}.{int(beats) + 1}.{round(beats % 1 * 100):02d}"

    # -- items and takes -------------------------------------------------------------------------------------

    @api("CountSelectedMediaItems", "project")
    def count_selected_media_items(self, _project: Any) -> int:
        return len([item for item in self.project.items() if item.selected])

    @api("GetSelectedMediaItem", "project integer")
    def get_selected_media_item(self, _project: Any, index: int) -> Item:
        return [item for item in self.project.items() if item.selected][index]

    @api("GetActiveTake", "item")
    def get_active_take(self, item: Item) -> Take | None:
        return item.take

    @api("TakeIsMIDI", "take")
    def take_is_midi(self, take: Take) -> bool:
        return take.is_midi

    @api("GetMediaItem_Track", "item")
    def get_media_item_track(self, item: Item) -> Track:
        return item.track

    @api("GetMediaItemInfo_Value", "item string")
    def get_media_item_info_value(self, item: Item, name: str) -> float:
        return float({"D_POSITION": item.position, "D_LENGTH": item.length, "B_LOOPSRC": item.loops}[name])

    @api("GetMediaItemTakeInfo_Value", "take string")
    def get_media_item_take_info_value(self, take: Take, name: str) -> float:
        return float({"D_STARTOFFS": take.offset, "D_PLAYRATE": take.rate}[name])

    @api("GetMediaItemTake_Source", "take")
    def get_media_item_take_source(self, take: Take) -> Source:
        return take.source

    @api("GetMediaSourceLength", "source")
    def get_media_source_length(self, source: Source) -> tuple[float, bool]:
        return source.length, True

    @api("GetSetMediaItemInfo_String", "item string string boolean", changes=True)
    def get_set_media_item_info_string(
        self, item: Item, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NOTES" or not change:
            raise ApiError(name)
        item.notes_text = text
        return True, text

    @api("GetSetMediaItemTakeInfo_String", "take string string boolean", changes=True)
    def get_set_media_item_take_info_string(
        self, take: Take, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NAME" or not change:
            raise ApiError(name)
        take.name = text
        return True, text

    @api("CreateNewMIDIItemInProj", "track number number boolean?", changes=True)
    def create_new_midi_item_in_proj(
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

    @api("MIDI_CountEvts", "take")
    def midi_count_evts(self, take: Take) -> tuple[bool, int, int, int]:
        return True, len(take.notes), 0, 0

    @api("MIDI_GetNote", "take integer")
    def midi_get_note(self, take: Take, index: int) -> tuple[bool, bool, bool, float, float, int, int, int]:
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

    @api("MIDI_GetProjTimeFromPPQPos", "take number")
    def midi_get_proj_time_from_ppq_pos(self, take: Take, ticks: float) -> float:
        return self.project.timeline.seconds(self.project.place(take, ticks))

    @api("MIDI_GetPPQPosFromProjTime", "take number")
    def midi_get_ppq_pos_from_proj_time(self, take: Take, seconds: float) -> float:
        return self.project.ticks(take, self.project.timeline.quarters(seconds))

    @api(
        "MIDI_InsertNote", "take boolean boolean number number integer integer integer boolean?", changes=True
    )
    def midi_insert_note(
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

    @api("MIDI_Sort", "take", changes=True)
    def midi_sort(self, take: Take) -> None:
        take.notes.sort(key=lambda note: note.start)
        take.sorted = True

    # -- tracks ----------------------------------------------------------------------------------------------

    @api("CountTracks", "project")
    def count_tracks(self, _project: Any) -> int:
        return len(self.project.tracks)

    @api("GetTrack", "project integer")
    def get_track(self, _project: Any, index: int) -> Track | None:
        return self.project.tracks[index] if 0 <= index < len(self.project.tracks) else None

    @api("GetTrackName", "track")
    def get_track_name(self, track: Track) -> tuple[bool, str]:
        return True, track.name or f"Track {self.project.tracks.index(track) + 1}"

    @api("GetMediaTrackInfo_Value", "track string")
    def get_media_track_info_value(self, track: Track, name: str) -> float:
        return {"IP_TRACKNUMBER": self.project.tracks.index(track) + 1.0}[name]

    @api("SetMediaTrackInfo_Value", "track string number", changes=True)
    def set_media_track_info_value(self, track: Track, name: str, value: float) -> bool:
        if name != "I_CUSTOMCOLOR":
            raise ApiError(name)
        track.colour = int(value)
        return True

    @api("GetSetMediaTrackInfo_String", "track string string boolean", changes=True)
    def get_set_media_track_info_string(
        self, track: Track, name: str, text: str, change: bool
    ) -> tuple[bool, str]:
        if name != "P_NAME" or not change:
            raise ApiError(name)
        track.name = text
        return True, text

    @api("ColorToNative", "integer integer integer")
    def color_to_native(self, red: int, green: int, blue: int) -> int:
        return red | green << 8 | blue << 16

    @api("InsertTrackAtIndex", "integer boolean", changes=True)
    def insert_track_at_index(self, index: int, _with_defaults: bool) -> None:
        self.project.tracks.insert(int(index), Track(""))

    @api("CountTrackMediaItems", "track")
    def count_track_media_items(self, track: Track) -> int:
        return len(track.items)

    @api("GetTrackMediaItem", "track integer")
    def get_track_media_item(self, track: Track, index: int) -> Item:
        return track.items[index]

    @api("TrackFX_GetInstrument", "track")
    def track_fx_get_instrument(self, track: Track) -> int:
        return next((place for place, (_, plays) in enumerate(track.effects) if plays), -1)

    @api("TrackFX_CopyToTrack", "track integer track integer boolean", changes=True)
    def track_fx_copy_to_track(
        self, track: Track, index: int, other: Track, place: int, is_move: bool
    ) -> None:
        if is_move:
            raise ApiError("the melody's track loses its instrument")
        other.effects.insert(place, track.effects[index])

    @api("TrackFX_AddByName", "track string boolean integer", changes=True)
    def track_fx_add_by_name(self, track: Track, name: str, for_input: bool, instantiate: int) -> int:
        if name != "ReaSynth" or for_input or instantiate != -1:
            raise ApiError(name)
        track.effects.append((name, True))
        return len(track.effects) - 1
