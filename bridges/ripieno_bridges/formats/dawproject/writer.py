"""A document -> a DAWproject file: a track a voice, tempo, meter, markers, chords."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from itertools import count, pairwise

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno import __version__
from ripieno.score import Key, Score, Tempo
from ripieno_bridges.formats.all_notes import document_notes
from ripieno_bridges.formats.dawproject.tracks import COLOURS, ProjectTrack, project_tracks
from ripieno_bridges.formats.landmarks import Landmark, chord_landmarks, landmarks
from ripieno_bridges.formats.midi.writer import VELOCITY, signatures
from ripieno_bridges.formats.musicxml.elements import add
from ripieno_bridges.formats.musicxml.reader import Document

FORMAT = "1.0"
USUAL_QPM, MIN_QPM, MAX_QPM = 120.0, 20.0, 666.0
STAMP = (1980, 1, 1, 0, 0, 0)  # the same score, the same bytes
CHORDS, CHORD_COLOUR = "Chords", "#8a8a8a"
DIGITS = 6


def write_dawproject(document: Document) -> tuple[bytes, list[str]]:
    """(the file of a document, remarks on what is not in it)."""
    score = document_notes(document)
    tracks = project_tracks(document, score)
    marks = [*key_landmarks(score), *landmarks(document.score)]
    chords = chord_landmarks(document)
    project = Project(score, tracks, sorted(marks, key=lambda m: m.onset), chords).root
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in (("project.xml", project), ("metadata.xml", metadata(document))):
            etree.indent(root)
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return out.getvalue(), remarks_on(score)


def remarks_on(score: Score) -> list[str]:
    """What a sequencer does not get."""
    words = any(note.lyrics for voice in score.voices for note in voice.notes)
    return ["DAWproject files have no place for words; a MIDI file has"] if words else []


def key_landmarks(score: Score) -> list[Landmark]:
    """The keys, as the format knows no signatures."""
    found: list[Landmark] = []
    before: Key | None = None
    for measure in score.measures:
        if measure.key != before:
            found.append(Landmark(measure.onset, f"Key: {measure.key}"))
            before = measure.key
    return found


def metadata(document: Document) -> _Element:
    """The title and the people of a document."""
    root = etree.Element("MetaData")
    creators = document.xml.root.findall("identification/creator")
    texts = {
        "Title": document.score.title,
        "Composer": document.score.composer,
        "Songwriter": next((c.text for c in creators if c.get("type") in ("lyricist", "poet")), None),
        "Arranger": next((c.text for c in creators if c.get("type") == "arranger"), None),
        "Copyright": document.xml.root.findtext("identification/rights"),
        "Comment": f"Written by ripieno {__version__}",
    }
    for tag, text in texts.items():
        if text and text.strip():
            add(root, tag, " ".join(text.split()))
    return root


class Project:
    """Builds the <Project> element; every object in it has an id of its own."""

    def __init__(
        self,
        score: Score,
        tracks: Sequence[ProjectTrack],
        marks: Sequence[Landmark],
        chords: Sequence[Landmark],
    ) -> None:
        self.score, self.tracks, self.marks, self.chords = score, tracks, marks, chords
        self.numbers = count(1)
        self.end = max([score.duration, *(n.end for t in tracks for n in t.notes)])
        self.root = etree.Element("Project", version=FORMAT)
        SubElement(self.root, "Application", name="ripieno", version=__version__)
        self.tempos = held_tempos(score)
        self.meters = signatures(score.measures)
        self.add_transport()
        self.ids = self.add_tracks()
        self.add_arrangement()

    def new(self, parent: _Element, tag: str, **attributes: str) -> _Element:
        """A child with an id."""
        return child(parent, tag, **attributes, id=f"id{next(self.numbers)}")

    def add_transport(self) -> None:
        """Add the tempo and the meter that the piece begins with."""
        transport = SubElement(self.root, "Transport")
        limits = {"min": number(MIN_QPM), "max": number(MAX_QPM)}
        qpm = number(self.tempos[0].qpm)
        self.tempo = self.new(transport, "Tempo", name="Tempo", unit="bpm", value=qpm, **limits)
        meter = self.meters[0][1]
        counts = {"numerator": str(meter.numerator), "denominator": str(meter.denominator)}
        self.meter = self.new(transport, "TimeSignature", name="Time signature", **counts)

    def add_tracks(self) -> list[str]:
        """Add a track a voice, one for the chords, and the mixer's last; returns the ids of all but that."""
        structure = SubElement(self.root, "Structure")
        ids = []
        channels = []
        for track in self.tracks:
            element = self.new(
                structure, "Track", name=track.name, color=track.colour, contentType="notes", loaded="true"
            )
            channels.append(self.add_channel(element, "regular"))
            ids.append(element.get("id", ""))
        if self.chords:
            look = {"name": CHORDS, "color": CHORD_COLOUR}
            element = self.new(structure, "Track", contentType="notes", loaded="true", **look)
            channels.append(self.add_channel(element, "regular"))
            ids.append(element.get("id", ""))
        master = self.new(structure, "Track", name="Master", contentType="audio notes", loaded="true")
        last = self.add_channel(master, "master").get("id", "")
        for channel in channels:
            channel.set("destination", last)
        return ids

    def add_channel(self, track: _Element, role: str) -> _Element:
        """Add what the mixer has of a track."""
        channel = self.new(track, "Channel", audioChannels="2", role=role, solo="false")
        self.new(channel, "Mute", name="Mute", value="false")
        self.new(channel, "Pan", name="Pan", unit="normalized", min="0", max="1", value="0.5")
        self.new(channel, "Volume", name="Volume", unit="linear", min="0", max="2", value="1")
        return channel

    def add_arrangement(self) -> None:
        """Add the music, the markers, and how tempo and meter go on."""
        arrangement = self.new(self.root, "Arrangement", name="Arrangement")
        lanes = self.new(arrangement, "Lanes", timeUnit="beats")
        for track, track_id in zip(self.tracks, self.ids, strict=False):
            clips = self.new(self.new(lanes, "Lanes", track=track_id), "Clips")
            notes = self.add_clip(clips, track.name, track.colour, Fraction(0), self.end)
            for note in track.notes:
                SubElement(
                    notes,
                    "Note",
                    time=number(note.onset),
                    duration=number(note.duration),
                    channel="0",
                    key=str(note.pitch),
                    vel=number(VELOCITY / 127),
                    rel="0",
                )
        if self.chords:
            clips = self.new(self.new(lanes, "Lanes", track=self.ids[-1]), "Clips")
            ends = [*(chord.onset for chord in self.chords[1:]), self.end]
            for chord, end in zip(self.chords, ends, strict=True):
                if end > chord.onset:
                    self.add_clip(clips, chord.text, CHORD_COLOUR, chord.onset, end)
        if self.marks:
            markers = self.new(arrangement, "Markers", timeUnit="beats")
            for mark in self.marks:
                colour = COLOURS[0] if mark.text.startswith("Phrase") else CHORD_COLOUR
                SubElement(markers, "Marker", name=mark.text, time=number(mark.onset), color=colour)
        self.add_automation(arrangement)

    def add_clip(self, clips: _Element, name: str, colour: str, start: Fraction, end: Fraction) -> _Element:
        """Add a clip; returns its <Notes>."""
        span = {"time": number(start), "duration": number(end - start), "playStart": "0"}
        clip = child(clips, "Clip", name=name, color=colour, contentTimeUnit="beats", **span)
        return self.new(clip, "Notes")

    def add_automation(self, arrangement: _Element) -> None:
        """Add the changes of tempo and meter."""
        tempos = self.new(arrangement, "TempoAutomation", timeUnit="beats", unit="bpm")
        SubElement(tempos, "Target", parameter=self.tempo.get("id", ""))
        for tempo in self.tempos:
            point = {"time": number(tempo.onset), "value": number(tempo.qpm)}
            child(tempos, "RealPoint", interpolation="hold", **point)
        meters = self.new(arrangement, "TimeSignatureAutomation", timeUnit="beats")
        SubElement(meters, "Target", parameter=self.meter.get("id", ""))
        for time, meter in self.meters:
            counts = {"numerator": str(meter.numerator), "denominator": str(meter.denominator)}
            child(meters, "TimeSignaturePoint", time=number(time), **counts)


def child(parent: _Element, tag: str, **attributes: str) -> _Element:
    """A child with attributes."""
    element = SubElement(parent, tag)
    for name, value in attributes.items():
        element.set(name, value)
    return element


def held_tempos(score: Score) -> list[Tempo]:
    """The tempos of a score, the first from its beginning on; of several at one time the last."""
    said = [Tempo(Fraction(0), USUAL_QPM), *score.tempos]
    return [a for a, b in pairwise(said) if a.onset < b.onset] + said[-1:]


def number(value: Fraction | float) -> str:
    """A number in decimals."""
    return f"{round(float(value), DIGITS):.{DIGITS}f}".rstrip("0").rstrip(".")
