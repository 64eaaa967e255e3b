"""The table of settings. Every interface takes names, bounds, defaults, help and tasks from here.

A new setting is a row of ``SETTINGS``, the field of ``Request`` or ``DocumentRequest`` that it fills, and the
code that uses the field. The options of the command line, the OSC settings, the fields of the HTTP bodies,
OpenAPI, ``GET /v1/settings`` and the tables of docs/protocol.md are made from the rows. The Python interface
reads its keywords with them; ``piece`` lists their types for editors and type checkers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from ripieno.errors import RequestError, short
from ripieno.form import form_named
from ripieno.harmony.harmony import HarmonyForm
from ripieno.limits import COMPOSED_BARS, CONTINUED_BARS, MAX_ALTERNATIVES, MAX_BARS, SEEDS
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.kinds import (
    Argument,
    Beats,
    BeatsPerBar,
    Choice,
    EnsembleName,
    HarmonyText,
    Kind,
    Milliseconds,
    NamedNumbers,
    NotePlaces,
    Number,
    Places,
    Selection,
    Switch,
    Text,
    Transposition,
    Voices,
    Whole,
)
from ripieno_bridges.api.music_text import key_named, meter_named, ranges_named
from ripieno_bridges.api.requests import (
    Accompaniment,
    DocumentChords,
    DocumentRequest,
    Layout,
    Performers,
    Request,
    Style,
    TaskName,
    Words,
)

Interface = Literal["cli", "osc", "http", "python"]
Value = int | float | str

MAX_BEAM = 16
MAX_SEMITONES = 24  # of a transposition
MAX_DESCENT = 10_000.0  # steps, restarts, or a weight
MAX_DEADLINE = 3_600_000  # milliseconds
MAX_BEATS = 4096  # 1024 measures of 4/4; where a piece ends at OSC

TASKS: tuple[TaskName, ...] = get_args(TaskName)
ON_A_SCORE: tuple[TaskName, ...] = ("harmonize", "continue", "infill", "vary")
EVERYWHERE: tuple[Interface, ...] = get_args(Interface)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    name: what OSC and HTTP call it; the command line writes it with hyphens. kind: which values it takes.
    help: one sentence for every interface. field: of ``Request``, or of ``DocumentRequest`` where that has
    it; empty means the same as name. tasks: which tasks use it. families: the families of networks that know
    it; empty means all. interfaces: where it can be set. default: its value where it is left out, for all
    tasks or by task. otherwise: in words, what is done without it where no one value says that. label: its
    name in windows. about_given: at OSC, where notes come without measures, it also tells about the given
    notes, whatever the task. option, key: its name on the command line and in HTTP bodies, where that is
    another one.
    """

    name: str
    kind: Kind
    help: str
    field: str = ""
    tasks: tuple[TaskName, ...] = TASKS
    families: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = EVERYWHERE
    default: Value | Mapping[TaskName, Value] | None = None
    otherwise: str = ""
    label: str = ""
    about_given: bool = False
    option: str = ""
    key: str = ""

    @property
    def fills(self) -> str:
        """The name of the field that it fills."""
        return self.field or self.name

    @property
    def of_request(self) -> bool:
        """Whether ``Request`` has its field."""
        return self.fills in Request.__struct_fields__

    @property
    def of_document(self) -> bool:
        """Whether it is about the document: ``DocumentRequest`` has its field."""
        return self.fills in DocumentRequest.__struct_fields__

    @property
    def word(self) -> str:
        """Its name in sentences and on the command line: ``top-p``."""
        return self.name.replace("_", "-")

    def default_for(self, task: TaskName) -> Value | None:
        """Its value for a task where it is left out; None where no one value says that."""
        return self.default.get(task) if isinstance(self.default, Mapping) else self.default

    @property
    def left_out(self) -> str:
        """What happens where it is left out, in a few words; empty where it does nothing then."""
        if self.otherwise or self.default is None:
            return self.otherwise
        if isinstance(self.default, Mapping):
            return ", ".join(f"{value} to {task}" for task, value in self.default.items())
        return str(self.default)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "model",
        Text("name", "model"),
        "The network that composes; the command line also takes the path of trained weights.",
        default=DEFAULT_MODEL,
        label="Model",
    ),
    Setting(
        "bars",
        Whole(1, MAX_BARS),
        "How many measures to compose or to add.",
        tasks=("compose", "continue"),
        default=MappingProxyType({"compose": COMPOSED_BARS, "continue": CONTINUED_BARS}),
        label="Measures",
    ),
    Setting(
        "form",
        Text("`AABA`", "form", form_named),
        "A piece of sections, each so many measures long: one that comes back is changed a little; one "
        "that follows itself is repeated as it is, or changed with a prime, AA'BA.",
        tasks=("compose",),
        label="Form",
    ),
    Setting(
        "length",
        Beats(0, MAX_BEATS, above=True),
        "How long the given music is, where its last notes do not say (a clip's length).",
        tasks=ON_A_SCORE,
        interfaces=("osc",),
        otherwise="to the end of the last note's measure",
    ),
    Setting(
        "key",
        Text("`Bb`, `f# minor`", "key", key_named),
        "The key: of the new piece, or the home key of the given music, also in a mode such as `D dorian`.",
        otherwise="found from the notes; to compose: drawn from the seed",
        label="Key",
        about_given=True,
    ),
    Setting(
        "phrases",
        Places("`4, 8, 12.3` or `none`"),
        "Where the melody's phrases end: measures by their printed numbers, with a beat where that helps.",
        tasks=("harmonize", "infill", "vary"),
        otherwise="at the fermatas; without them found from the notes",
        label="Phrases end in",
    ),
    Setting(
        "style",
        Choice(get_args(Style)),
        "Whose harmonies to follow, where the model knows both.",
        otherwise="chorale where fermatas are written and to compose, else hymn",
        label="Style",
    ),
    Setting(
        "chords",
        HarmonyText("`F | C7 F/A | Bb . Gm C7 | F`", "chords"),
        "The chords to keep to, measure by measure: . goes on, % repeats a measure, ? leaves one open.",
        otherwise="the model's own, but for those that stand in the document",
        label="Chords",
    ),
    Setting(
        "numerals",
        HarmonyText("`I | V65 I | IV . ii6 V7 | I`", "numerals"),
        "The same in Roman numerals of the home key.",
        label="Numerals",
    ),
    Setting(
        "figures",
        HarmonyText("`0 6 | 65 | 7 6 | 0`", "figures"),
        "Figured bass, measure by measure, over the bass that is given; 0 is a plain triad.",
        tasks=ON_A_SCORE,
        label="Figures",
    ),
    Setting(
        "strict_chords",
        Switch(),
        "Let only tones of the chords that are asked for sound between their onsets, too.",
        default=0,
        label="Strict chords",
    ),
    Setting(
        "keyboard",
        Switch(),
        "Write for a keyboard: the new voices above the bass in one hand, and in a document on one staff.",
        tasks=("harmonize",),
        default=0,
        label="For a keyboard",
    ),
    Setting(
        "document_chords",
        Choice(get_args(DocumentChords)),
        "Whether the harmony that stands in the document is obeyed: chord symbols and figured bass, or a "
        "MIDI file's track of block chords.",
        tasks=ON_A_SCORE,
        interfaces=("cli", "http", "python"),
        default="obeyed",
        label="Chords of the score",
    ),
    Setting(
        "write_chords",
        Choice(get_args(HarmonyForm)),
        "Write the chords into the document: as chord symbols, as Roman numerals with cadences, or as "
        "figured bass.",
        interfaces=("cli", "http", "python"),
        otherwise="not written",
        label="Write chords",
    ),
    Setting(
        "meter",
        Text("`3/4`", "meter", meter_named),
        "The time signature.",
        tasks=("compose",),
        otherwise="4/4; to compose: what the model knows best",
        label="Meter",
        about_given=True,
    ),
    Setting(
        "beats_per_bar",
        BeatsPerBar(1, 32),
        "The time signature, for meters over 4.",
        "meter",
        tasks=("compose",),
        interfaces=("osc",),
        about_given=True,
    ),
    Setting(
        "pickup",
        Beats(0, MAX_BEATS),
        "How many quarters stand before the first barline.",
        "anacrusis",
        tasks=("compose",),
        interfaces=("osc", "http", "python"),
        default=0,
        label="Pickup",
        about_given=True,
    ),
    Setting(
        "given",
        Voices("`soprano,bass`"),
        "The voices to keep; the others are written or, to vary, may change.",
        tasks=("harmonize", "vary"),
        otherwise="those with notes; to vary: none",
        label="Keep",
    ),
    Setting(
        "melody",
        Text("`Voice`, `2` or `1:2`", "melody"),
        "The line that is the melody: its part's name or number, or part and line; of the others those count "
        "that are named as voices.",
        tasks=ON_A_SCORE,
        interfaces=("cli", "http", "python"),
        otherwise="named voices; else the part with words, the one named as a melody, or the top line",
        label="Melody",
    ),
    Setting(
        "tune",
        Text("`3` or `Sally Gardens`", "tune"),
        "Which tune of an ABC file with several: its number (X:) or its title.",
        tasks=ON_A_SCORE,
        interfaces=("cli", "http"),
        otherwise="the first",
        label="Tune",
    ),
    Setting(
        "given_notes",
        NotePlaces(),
        "Single notes to keep in voices that are regenerated; in ticks or quarters, as other times.",
        tasks=("harmonize", "infill", "vary"),
        interfaces=("http",),
    ),
    Setting(
        "voices",
        Voices("`alto,tenor`"),
        "The voices to regenerate; to harmonize, the only ones to write, also in their empty measures.",
        tasks=("harmonize", "infill"),
        otherwise="those with notes; to harmonize: those without",
        label="Regenerate",
        key="anew",
    ),
    Setting(
        "selection",
        Selection(),
        "From when to when to regenerate, half-open; in ticks or quarters, as the body's other times.",
        tasks=("infill",),
        interfaces=("http",),
    ),
    Setting(
        "amount",
        Number(0, 1),
        "How much may change: 0 is nothing, 1 is all.",
        tasks=("vary",),
        default=0.3,
        label="Amount",
    ),
    Setting(
        "temperature",
        Number(0, 2),
        "0 is strict, 1 is free.",
        otherwise="0.3 to harmonize, else 0.5",
        label="Temperature",
    ),
    Setting(
        "top_p",
        Number(0, 1, above=True),
        "Choose only among the likeliest notes that make up this share.",
        otherwise="all",
        label="Top p",
    ),
    Setting(
        "beam",
        Whole(1, MAX_BEAM),
        "How many versions of each alternative to compare on the way; 1 goes note by note.",
        otherwise="4 to harmonize in up to four alternatives, else 1",
        label="Beam",
    ),
    Setting(
        "original",
        Number(0, 1),
        "The most of the new notes (0.5 is half) that may stand in four measures of one piece that the model "
        "learned from; what has more is regenerated.",
        otherwise="any",
        label="Originality limit",
    ),
    Setting(
        "threshold",
        Number(0, 1, above=True),
        "At the piano, the chance from which on a key is played.",
        families=("rbm", "dbn"),
        otherwise="so many keys as expected",
        label="Threshold",
    ),
    Setting(
        "descent",
        NamedNumbers("`steps=120,rate=0.1`"),
        "How a DBN looks for music that fits what is given: steps, restarts, rate, and the weights wanted "
        "(a given note missing), unwanted (a key that must be silent), near (a key within a whole step of a "
        "given one), agree (windows that differ) and prior.",
        families=("dbn",),
        otherwise="what the model does best with",
        label="Descent",
    ),
    Setting(
        "alternatives",
        Whole(1, MAX_ALTERNATIVES),
        "How many versions to make.",
        default=1,
        label="Versions",
    ),
    Setting(
        "seed",
        Whole(0, SEEDS - 1),
        "The same seed gives the same notes.",
        otherwise="a new one",
        label="Seed",
    ),
    Setting(
        "performers",
        Choice(get_args(Performers)),
        "Who performs: four voices, or two hands.",
        otherwise="what the model learned",
        label="For",
        option="for",
    ),
    Setting(
        "deadline",
        Milliseconds(0, MAX_DEADLINE, above=True),
        "After this time the music that is ready is the answer.",
        "deadline_seconds",
        interfaces=("osc", "http", "python"),
        label="Deadline",
    ),
    Setting(
        "layout",
        Choice(get_args(Layout)),
        "Four staves or two, where a new score is written.",
        tasks=("harmonize", "compose"),
        interfaces=("cli", "http", "python"),
        default="open",
        label="Layout",
    ),
    Setting(
        "words",
        Choice(get_args(Words)),
        "Whether new voices get the words of the given ones (all), or those stand under the melody alone.",
        tasks=("harmonize", "infill", "vary"),
        interfaces=("cli", "http", "python"),
        otherwise="all in a document of open score; in notes, and in a closed score, melody",
        label="Words",
    ),
    Setting(
        "piano_reduction",
        Switch(),
        "Put a piano for the rehearsal under the choir: its voices, for two hands.",
        interfaces=("cli", "http", "python"),
        default=0,
        label="Piano reduction",
    ),
    Setting(
        "transpose",
        Transposition(MAX_SEMITONES),
        "Move the piece first; auto finds the smallest move into the voices' ranges.",
        "transposition",
        tasks=ON_A_SCORE,
        interfaces=("cli", "http", "python"),
        label="Transpose",
    ),
    Setting(
        "ensemble",
        EnsembleName(),
        "Who sings or plays, such as sab, ttbb or string-quartet; see docs/ensembles.md.",
        otherwise="a mixed choir, or as the parts of the document are named",
        label="Ensemble",
    ),
    Setting(
        "range",
        Text("`alto=A3-C5 tenor=C3-E4`", "ranges", ranges_named),
        "The lowest and the highest note of new voices; of those that are not named the usual ones.",
        "ranges",
        otherwise="soprano=C4-A5 alto=F3-D5 tenor=C3-A4 bass=E2-E4",
        label="Ranges",
    ),
    Setting(
        "comfortable",
        Text("`alto=A3-C5 tenor=E3-F4`", "ranges", ranges_named),
        "The notes that are sung without strain; what lies beyond is rarer, and counted.",
        otherwise="those of the ensemble, where one is named",
        label="Comfortable ranges",
    ),
    Setting(
        "easy",
        Switch(),
        "Keep new voices easy to sing: few wide leaps, hardly one of a seventh, few notes outside the key.",
        default=0,
        label="Easy parts",
    ),
    Setting(
        "strict_range",
        Switch(),
        "Refuse given notes outside of their voice's range; else the choir hears them where it can "
        "sing them.",
        tasks=ON_A_SCORE,
        default=0,
        label="Strict ranges",
    ),
    Setting(
        "accompaniment",
        Choice(get_args(Accompaniment)),
        "Whether new voices fit the harmony of the parts that are not the choir's.",
        tasks=ON_A_SCORE,
        default="ignored",
        label="Accompaniment",
    ),
    Setting(
        "stream",
        Switch(),
        "Send notes as they are made: one alternative, the first draft; ensembles and pianos at the end.",
        interfaces=("osc",),
        default=0,
    ),
    Setting(
        "send_chords",
        Switch(),
        "Send the chords of each alternative, too, as `/ripieno/chord`.",
        "analyse",
        interfaces=("osc",),
        default=0,
    ),
    Setting(
        "replace",
        Switch(),
        "Drop this client's requests that still wait.",
        interfaces=("osc",),
        default=0,
    ),
    Setting(
        "task",
        Choice(("continue", "harmonize")),
        "What respond does with the phrase.",
        "task_of_respond",
        interfaces=("osc",),
        default="continue",
    ),
)


HARMONY_TEXTS = tuple(setting.fills for setting in SETTINGS if isinstance(setting.kind, HarmonyText))


def settings_of(interface: Interface) -> dict[str, Setting]:
    """The settings of an interface, by name, in the order of the table."""
    return {setting.name: setting for setting in SETTINGS if interface in setting.interfaces}


def setting_named(name: str) -> Setting:
    """The setting of that name; KeyError where there is none."""
    return {setting.name: setting for setting in SETTINGS}[name]


def bounded() -> Iterator[tuple[Setting, Number]]:
    """The settings that are numbers in a ``Request``, with their bounds."""
    for setting in SETTINGS:
        kind = setting.kind
        if (
            setting.of_request
            and isinstance(kind, Number)
            and not isinstance(kind, Beats | BeatsPerBar | Switch)
        ):
            yield setting, kind


def read_setting(name: str, value: Argument, known: Mapping[str, Setting]) -> tuple[str, Any]:
    """Return (field, value) of a setting that came as a word or a number.

    known: the settings of the interface. Raises RequestError, which says what there is, or what it takes.
    """
    if name not in known:
        raise RequestError(f'there is no setting "{short(name)}"; there are {", ".join(known)}')
    setting = known[name]
    try:
        return setting.fills, setting.kind.parse(value)
    except ValueError as exc:
        said = short(str(value))
        raise RequestError(f'{name} cannot be "{said}"; it takes {setting.kind.allowed}') from exc
