"""The tasks. The user's notes are law, whatever is given and whatever the network would like."""

import functools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from quick_models import quick
from random_notes import RandomNotes
from ripieno.errors import RequestError, ScoreError
from ripieno.grid import score_to_grid
from ripieno.models.catalog import DEFAULT_MODEL, model_names
from ripieno.models.generator import FilledGrid, StopEarly
from ripieno.models.loading import load
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.score import VOICE_NAMES, Key, Meter, Note, Score, Voice, lay_measures
from ripieno.tasks.checks import fitting_transposition, given_ranges
from ripieno.tasks.choir import compose, continue_, harmonize, infill, vary
from ripieno.tasks.drafts import DraftSettings, drafts_by_rank
from ripieno.text.notation import format_score, parse_score
from ripieno.theory.difficulty import difficulties
from ripieno.theory.home_key import find_home_key
from ripieno.theory.ranges import CHOIR_RANGES, GIVEN_RANGES
from strategies import scores

MODEL = quick("random")
models = st.sampled_from([MODEL, RandomNotes()])  # a network, and whatever a generator may write at all
loaded = functools.cache(load)
TWINKLE = "C4:4 C4 G4 G4 | A4 A4 G4:2 | F4:4 F4 E4 E4 | D4 D4 C4:2"
CHORALE = """
soprano: G4:4 A4 B4 C5 | B4 A4 G4:2 | A4:4 B4 C5 D5 | C5 B4 C5:2
alto: D4:4 D4 D4 E4 | D4 D4 D4:2 | F4:4 G4 G4 G4 | G4 G4 G4:2
tenor: B3:4 A3 G3 G3 | G3 F#3 B3:2 | D4:4 D4 C4 B3 | E4 D4 E4:2
bass: G3:4 F#3 G3 C3 | D3 D3 G2:2 | D3:4 G3 E3 G3 | G3 G3 C3:2
"""
HALF_CLOSE = """
soprano: E4:4 F4 G4 E4 | D4 C4 D4:2
alto: C4:4 C4 C4 C4 | B3 C4 B3:2
tenor: G3:4 A3 G3 G3 | G3 G3 G3:2
bass: C3:4 F3 E3 C3 | G3 E3 G3:2
"""


def choir(text: str, *present: str) -> Score:
    """Short text as a choir score; lines without a name are the voices named in ``present``."""
    score = parse_score(text)
    names = present or tuple(v.name for v in score.voices)
    lines = dict(zip(names, score.voices, strict=True))
    return replace(score, voices=tuple(replace(lines.get(n, Voice(n)), name=n) for n in VOICE_NAMES))


def into_range(score: Score) -> Score:
    """Every note moved by octaves into its voice's range, voices named as a choir."""
    voices: list[Voice] = []
    for name in VOICE_NAMES:
        low, high = GIVEN_RANGES[name]
        source = score.voices[len(voices)].notes if len(voices) < len(score.voices) else ()
        notes = []
        for n in source:
            pitch = low + (n.pitch - low) % 12
            notes.append(replace(n, pitch=min(pitch, high), spelling=None))
        voices.append(Voice(name, tuple(notes)))
    return replace(score, voices=tuple(voices))


def is_full(voice: Voice, measure) -> bool:
    """Whether a voice sounds through a whole measure."""
    inside = [n for n in voice.notes if n.onset < measure.end and n.end > measure.onset]
    covered = sum(min(n.end, measure.end) - max(n.onset, measure.onset) for n in inside)
    return covered == measure.duration


def test_a_melody_gets_three_voices_and_every_bar_is_full():
    score = choir(TWINKLE, "soprano")
    result = harmonize(score, MODEL)[0].score
    assert result.voice("soprano") == score.voice("soprano")
    assert result.measures == score.measures
    for voice in result.voices:
        assert all(is_full(voice, m) for m in result.measures), voice.name


@given(
    scores(on_grid=False),
    st.integers(0, 99),
    st.sets(st.sampled_from(VOICE_NAMES), min_size=1),
    st.sampled_from(model_names()),
)
def test_given_notes_come_back_exactly_from_harmonize(score, seed, given_voices, name):
    score = into_range(score)
    given_list = [n for n in VOICE_NAMES if n in given_voices]
    try:
        results = harmonize(score, quick(name), given=given_list, settings=DraftSettings(seed, 2))
    except (ScoreError, RequestError) as exc:
        assert "no note to harmonize" in str(exc) or "four voices are full" in str(exc)  # noqa: PT017
        return
    for result in results:
        for voice in given_list:
            assert result.score.voice(voice) == score.voice(voice)


@given(scores(on_grid=False), st.integers(0, 99), models)
def test_without_a_choice_every_note_there_is_stays(score, seed, model):
    score = into_range(score)
    try:
        result = harmonize(score, model, settings=DraftSettings(seed))[0].score
    except (ScoreError, RequestError) as exc:
        assert "no note to harmonize" in str(exc) or "four voices are full" in str(exc)  # noqa: PT017
        return
    for before, after in zip(score.voices, result.voices, strict=True):
        assert set(before.notes) <= set(after.notes)


def test_a_note_just_before_a_barline_stays_where_its_measure_is_written():
    """Its cell in the grid is behind the barline, and its own measure has nothing else."""
    measures = lay_measures(Fraction(4), anacrusis=Fraction(3, 8))
    alto = Note(Fraction(1, 3), Fraction(1, 4), 65)
    voices = (Voice("soprano", (Note(Fraction(0), Fraction(1, 4), 72),)), Voice("alto", (alto,)))
    score = Score((*voices, Voice("tenor"), Voice("bass")), measures)
    assert alto in harmonize(score, MODEL)[0].score.voice("alto").notes


@given(scores(on_grid=False), st.data(), models)
def test_infill_changes_nothing_outside_the_hole(score, data, model):
    score = into_range(score)
    onset, end = data.draw(selections(score))
    voices = data.draw(st.sets(st.sampled_from(VOICE_NAMES), min_size=1))
    try:
        result = infill(score, model, selection=(onset, end), voices=voices)[0].score
    except RequestError as exc:
        assert "less than a sixteenth is selected" in str(exc)  # noqa: PT017 - any other refusal is a fault
        reject()
    for before, after in zip(score.voices, result.voices, strict=True):
        if before.name not in voices:
            assert after == before
            continue
        assert [n for n in before.notes if n.onset < onset] == [n for n in after.notes if n.onset < onset]
        assert [n for n in before.notes if n.onset >= end] == [
            n for n in after.notes if n.onset >= end and n.onset not in tails(before, onset, end)
        ]
        cut = {n.end for n in before.notes if n.onset < end < n.end}
        new = set(after.notes) - set(before.notes)
        assert all(onset <= n.onset and (n.end <= end or n.end in cut) for n in new)


def test_a_note_that_begins_between_two_steps_before_the_hole_is_not_sung_on_behind_it():
    """The first step of the hole begins after it, and the grid lets it end a twelfth too late."""
    third = Fraction(1, 3)
    tenor = (Note(Fraction(0), third, 46), Note(third, third, 46), Note(2 * third, Fraction(1, 2), 46))
    voices = tuple(Voice(name, tenor if name == "tenor" else ()) for name in VOICE_NAMES)
    score = Score(voices, lay_measures(Fraction(4)))
    (result,) = infill(score, MODEL, selection=(2 * third, Fraction(1)), voices=["tenor"])
    assert result.score.voice("tenor").notes == tenor


@st.composite
def selections(draw, score: Score) -> tuple[Fraction, Fraction]:
    """From when to when, in quarters: whole measures, or any moments."""
    if draw(st.booleans()):
        start = draw(st.integers(0, len(score.measures) - 1))
        return score.span(range(start, draw(st.integers(start + 1, len(score.measures)))))
    moments = st.fractions(0, score.duration, max_denominator=12)
    onset, end = draw(st.tuples(moments, moments).filter(lambda pair: pair[0] != pair[1]).map(sorted))
    return onset, end


def tails(voice: Voice, onset: Fraction, end: Fraction) -> set[Fraction]:
    """Where a note that started in the hole and sounds past its end is cut."""
    return {end for n in voice.notes if onset <= n.onset < end < n.end}


@given(scores(on_grid=False), st.integers(1, 3), models)
def test_continue_leaves_the_past_alone_and_fills_the_new_bars(score, bars, model):
    score = into_range(score)
    if not any(v.notes for v in score.voices):
        return
    result = continue_(score, model, bars=bars)[0].score
    new = result.measures[len(score.measures) :]
    assert result.measures[: len(score.measures)] == score.measures
    assert sum(m.duration == m.meter.length for m in new) >= bars
    for before, after in zip(score.voices, result.voices, strict=True):
        assert after.notes[: len(before.notes)] == before.notes
        assert all(is_full(after, m) for m in new) if before.notes else not after.notes


def test_a_selection_between_two_sixteenths_is_refused():
    with pytest.raises(RequestError, match=r"^less than a sixteenth is selected in measure 1, beat 1\.333; "):
        infill(choir(TWINKLE, "soprano"), MODEL, selection=(Fraction(1, 3), Fraction(5, 12)))


def test_a_continuation_closes_in_the_home_key_wherever_the_music_breaks_off():
    bass = continue_(choir(HALF_CLOSE), MODEL, bars=2)[0].score.voice("bass").notes[-1]
    assert bass.pitch % 12 == 0


def test_a_melody_alone_goes_on_alone():
    result = continue_(choir(TWINKLE, "soprano"), MODEL, bars=2)[0]
    assert [v.name for v in result.score.voices if v.notes] == ["soprano"]


def test_a_continuation_closes_on_the_key_note():
    bass = continue_(choir(CHORALE), MODEL, bars=2)[0].score.voice("bass").notes[-1]
    assert (bass.pitch % 12, bass.duration) == (0, 2)


@given(scores(on_grid=False), st.sets(st.sampled_from(VOICE_NAMES)), st.floats(0.2, 1), models)
def test_a_variation_leaves_given_voices_as_they_are(score, kept, amount, model):
    score = into_range(score)
    if not any(v.notes for v in score.voices):
        return
    result = vary(score, model, amount=amount, given=kept)[0]
    for before, after, new in zip(score.voices, result.score.voices, result.new, strict=True):
        if before.name in kept:
            assert after == before
            assert new.notes == ()


@given(scores(on_grid=False), st.data(), models)
def test_single_given_notes_stay_whatever_is_regenerated_around_them(score, data, model):
    score = into_range(score)
    everything = [(voice.name, note) for voice in score.voices for note in voice.notes]
    kept = data.draw(st.lists(st.sampled_from(everything), unique=True) if everything else st.just([]))
    places = [(name, note.onset) for name, note in kept]
    whole = score.measures[0].onset, score.measures[-1].end
    tasks = {
        "harmonize": lambda: harmonize(score, model, given=["soprano"], given_notes=places),
        "infill": lambda: infill(score, model, selection=whole, given_notes=places),
        "vary": lambda: vary(score, model, amount=1, given_notes=places),
    }
    try:
        result = tasks[data.draw(st.sampled_from(sorted(tasks)))]()[0]
    except ScoreError:
        reject()  # nothing to harmonize, infill or vary
    for name, note in kept:
        assert note in result.score.voice(name).notes
        assert note not in result.new[VOICE_NAMES.index(name)].notes


@pytest.mark.parametrize("task", ["harmonize", "infill"])
def test_around_a_given_note_the_voice_sings_on(task):
    score = choir(CHORALE)
    alto = score.voice("alto").notes
    places = [("alto", note.onset) for note in (alto[3], alto[6], alto[8])]
    if task == "harmonize":
        results = harmonize(score, MODEL, given=["soprano", "bass"], given_notes=places)
    else:
        results = infill(score, MODEL, selection=score.span(range(2)), voices=["alto"], given_notes=places)
    after = results[0].score.voice("alto")
    assert all(is_full(after, measure) for measure in score.measures)
    assert [n for n in after.notes if ("alto", n.onset) in places] == [alto[3], alto[6], alto[8]]
    assert after != score.voice("alto")


def test_infill_of_nothing_is_refused():
    with pytest.raises(ScoreError, match="there is no music in it to regenerate; write some, or compose a"):
        infill(choir("r:1 | r:1", "soprano"), MODEL, selection=(Fraction(0), Fraction(4)))


def test_infill_of_a_melody_writes_no_other_voice():
    score = choir(TWINKLE, "soprano")
    result = infill(score, MODEL, selection=score.span(range(1, 2)))[0]
    assert [v.name for v in result.score.voices if v.notes] == ["soprano"]
    assert result.score.voice("soprano") != score.voice("soprano")
    assert [v.name for v in result.new if v.notes] == ["soprano"]


def test_a_note_held_over_the_hole_is_cut_at_its_end():
    score = choir(CHORALE.replace("A4:4 B4 C5 D5 | C5 B4 C5:2", "A4:4 B4 C5:2~ | C5:4 B4 C5:2"))
    result = infill(score, MODEL, selection=score.span(range(2, 3)), voices=("soprano",))[0].score
    behind = [n for n in result.voice("soprano").notes if n.onset >= 12]
    assert next((n.onset, n.duration, n.name) for n in behind) == (12, 1, "C5")


def test_a_note_held_into_the_hole_stays_whole():
    score = choir(CHORALE.replace("D4 D4 D4:2 | F4:4 G4", "D4 D4 D4:2~ | D4:4 G4"))
    result = infill(score, MODEL, selection=score.span(range(2, 3)), voices=("alto",))[0].score
    assert score.voice("alto").notes[6] in result.voice("alto").notes


def test_a_partly_written_voice_is_filled_where_it_is_empty():
    score = choir(CHORALE)
    alto = replace(score.voice("alto"), notes=score.voice("alto").between(Fraction(0), Fraction(8)))
    score = replace(score, voices=(score.voices[0], alto, *score.voices[2:]))
    result = harmonize(score, MODEL)[0]
    assert result.score.voice("alto").notes[: len(alto.notes)] == alto.notes
    assert all(is_full(result.score.voice("alto"), m) for m in score.measures)
    assert [v.name for v in result.new if v.notes] == ["alto"]


def test_the_choir_breathes_with_the_melody():
    score = choir("G4:2 r:4 A4:4 | r:1 | B4:1", "soprano")
    result = harmonize(score, MODEL)[0].score
    for voice in result.voices:
        for note in voice.notes:
            assert note.end <= 2 or 3 <= note.onset < note.end <= 4 or note.onset >= 8, voice.name


def test_fermatas_come_in_all_voices_at_once():
    score = choir("G4:4 A4 B4^ C5 | B4:1^", "soprano")
    result = harmonize(score, MODEL)[0].score
    for voice in result.voices:
        sounding = [n for n in voice.notes if n.fermata]
        assert [n.onset < 3 <= n.end for n in sounding][:1] == [True], voice.name
        assert sounding[-1].end == 8, voice.name


def test_a_triplet_in_the_melody_comes_back_as_a_triplet():
    score = choir("G4:12 A4 B4 C5:4 D5:2", "soprano")
    assert harmonize(score, MODEL)[0].score.voice("soprano") == score.voice("soprano")


def test_new_notes_are_spelled_like_the_key_and_the_given_notes():
    score = choir("[key -3 minor] Eb5:1 | C5:1", "soprano")
    names = {n.name[:-1] for v in harmonize(score, MODEL)[0].new for n in v.notes}
    assert not names & {"D#", "G#", "A#", "Cb", "Fb"}
    odd = choir("[key 0] D#5:1 | D#5:1", "soprano")
    names = {n.name[:-1] for v in harmonize(odd, MODEL, settings=DraftSettings(3))[0].new for n in v.notes}
    assert "Eb" not in names


def test_the_same_request_gives_the_same_notes():
    score = choir(TWINKLE, "soprano")
    one, two = (harmonize(score, MODEL, settings=DraftSettings(7, 2)) for _ in range(2))
    assert one == two
    other = harmonize(score, MODEL, settings=DraftSettings(8, 2))
    assert other != one


@pytest.mark.parametrize("number", [4, 6])  # searched with a beam, and drawn
def test_alternatives_differ(number):
    results = harmonize(choir(TWINKLE, "soprano"), MODEL, settings=DraftSettings(1, number))
    assert len({format_score(r.score) for r in results}) == number


def test_drafts_come_best_first_and_a_fault_costs_more_than_a_little_likelihood():
    good = score_to_grid(parse_score("C5:4 B4\nG4:4 G4\nE4:4 D4\nC4:4 G3"))
    fifths = score_to_grid(parse_score("G4:4 A4\nE4:4 E4\nC4:4 C4\nC3:4 D3"))
    worth = {"poor": (good, -30.0), "faulty": (fifths, -20.0), "fine": (good, -22.0), "best": (good, -19.0)}
    filled = {name: FilledGrid(grid, 0.0, value) for name, (grid, value) in worth.items()}
    assert drafts_by_rank(list(filled.values())) == [filled[n] for n in ("best", "fine", "faulty", "poor")]


@given(
    st.integers(0, 50),
    st.sampled_from(["4/4", "3/4", "6/8", "5/4", "2/2"]),
    st.integers(1, 4),
    st.booleans(),
    models,
)
def test_composed_bars_are_full_and_in_the_voices_ranges(seed, meter, bars, upbeat, model):
    numerator, denominator = map(int, meter.split("/"))
    beat = Fraction(4, denominator)
    anacrusis = beat if upbeat else Fraction(0)
    result = compose(
        model,
        bars=bars,
        meter=Meter(numerator, denominator),
        anacrusis=anacrusis,
        settings=DraftSettings(seed),
    )[0].score
    assert len(result.measures) == bars + upbeat
    assert result.anacrusis == anacrusis
    for voice in result.voices:
        low, high = CHOIR_RANGES[voice.name]
        assert all(low <= n.pitch <= high for n in voice.notes)
        assert all(is_full(voice, m) for m in result.measures)


def test_compose_keeps_the_key_signature_that_was_asked_for():
    result = compose(MODEL, bars=2, key=Key(3, "major"))[0].score
    assert {m.key.fifths for m in result.measures} == {3}


# -- what cannot be done, in a musician's words --------------------------------------------------------------

REFUSED = [
    (
        "G4:4 A4 B4 G4 | C6",
        ("soprano",),
        "Soprano, measure 2, beat 1: C6 lies above the soprano's range (above A5); move the piece, or "
        "give these notes to another voice",
    ),
    (
        "[3/4] G4:4 | A4 E3 G4",
        ("soprano",),
        "Soprano, measure 1, beat 2: E3 lies below the soprano's range (below A3); move the piece, or "
        "give these notes to another voice",
    ),
    (
        "r:1 | r:1",
        ("soprano",),
        "there is no note to harmonize; write the melody first, or compose a new piece",
    ),
]


@pytest.mark.parametrize(("text", "present", "message"), REFUSED)
def test_a_melody_that_cannot_be_harmonized_is_refused(text, present, message):
    with pytest.raises(ScoreError) as caught:
        harmonize(choir(text, *present), MODEL)
    assert str(caught.value) == message


def test_a_full_score_needs_to_be_told_what_to_keep():
    with pytest.raises(RequestError, match="all four voices are full, so there is nothing to add"):
        harmonize(choir(CHORALE), MODEL)


@pytest.mark.parametrize("alternatives", [0, 17])
def test_too_many_alternatives_are_refused(alternatives):
    with pytest.raises(RequestError, match="ask for 1 to 16 alternatives"):
        harmonize(choir(TWINKLE, "soprano"), MODEL, settings=DraftSettings(0, alternatives))


@pytest.mark.parametrize("bars", [0, 513])
def test_absurd_lengths_are_refused(bars):
    with pytest.raises(RequestError, match="measures cannot be written; ask for 1 to 512"):
        compose(MODEL, bars=bars)


@pytest.mark.parametrize(
    ("melody", "semitones"),
    [
        ("G4:4 A4 B4 C5", 0),
        ("G5:4 A5 B5 C6", -3),
        ("G3:4 A3 B3 C4", 2),
        ("C3:4 D3 E3 C3", 9),
        ("C6:4 C7", None),
    ],
)
def test_auto_transposition_is_the_smallest_that_fits(melody, semitones):
    score = choir(melody, "soprano")
    if semitones is None:
        score = replace(score, voices=(Voice("soprano", wide_notes()), *score.voices[1:]))
        with pytest.raises(
            ScoreError, match="no transposition brings every given note into its voice's range"
        ):
            fitting_transposition(score, given_ranges(MODEL))
        return
    assert fitting_transposition(score, given_ranges(MODEL)) == semitones


def wide_notes() -> tuple[Note, ...]:
    """Three octaves: no soprano has them."""
    return (Note(Fraction(0), Fraction(1), 48), Note(Fraction(1), Fraction(1), 84))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C4:4 D4 E4 F4 G4 A4 B4 C5", Key(0, "major")),
        ("G4:4 A4 B4 C5 D5 E5 F#5 G5 G4:1", Key(1, "major")),
        ("A4:4 B4 C5 D5 E5 F5 G#5 A5 A4:1 E4:2 C5:2 A4:1", Key(0, "minor")),
        ("r:1", Key(0, "major")),
        ("C4:4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 A#4 B4", Key(0, "major")),
    ],
)
def test_a_key_is_heard(text, key):
    assert find_home_key(parse_score(text), signature_known=False).key == key


def test_strictness_lowers_the_parallels_of_the_shipped_network():
    score = choir(TWINKLE, "soprano")
    count = {}
    for strict in (True, False):
        settings = DraftSettings(0, 8, temperature=1.0, strict=strict)
        count[strict] = sum(r.parallels for r in harmonize(score, loaded(DEFAULT_MODEL), settings=settings))
    assert count[True] < count[False]


@pytest.mark.parametrize("fifths", [-3, 0, 2, 4])
def test_bachbot_keeps_every_given_note_and_answers_in_the_key_of_the_score(fifths):
    key = Key(fifths, "major")
    up = 7 * fifths % 12
    scale = [60 + up - 12 * (up > 6) + step for step in (0, 2, 4, 5, 7, 9, 11, 12)]
    line = [scale[i] for i in (4, 5, 4, 3, 2, 1, 0, 2, 3, 4, 2, 1, 1, 0)]
    text = " ".join(f"{Note(Fraction(0), Fraction(1), pitch).name}:4" for pitch in line)
    score = choir(f"[key {fifths}] {text}", "soprano")
    result = harmonize(score, loaded("bachbot-chorales"), settings=DraftSettings(1))[0]
    assert result.score.voices[0].notes == score.voices[0].notes
    assert all(voice.notes for voice in result.score.voices)
    assert find_home_key(result.score, signature_known=False).key.fifths == key.fifths


def test_what_is_written_anew_is_not_what_stood_there():
    """The likeliest is often what stood there already, above all where ripieno itself had written it."""
    model = loaded(DEFAULT_MODEL)
    score = harmonize(choir(TWINKLE, "soprano"), model)[0].score
    for seed in range(3):
        hole = score.span(range(1, 3))
        anew = infill(score, model, selection=hole, voices=["alto", "tenor"], settings=DraftSettings(seed))
        assert anew[0].score != score


# -- while it is made --------------------------------------------------------------------------------------

TASKS = {
    "harmonize": lambda score, model, **options: harmonize(
        replace(score, voices=only_soprano(score)), model, **options
    ),
    "compose": lambda _, model, **options: compose(model, bars=2, **options),
    "continue": lambda score, model, **options: continue_(score, model, bars=2, **options),
    "infill": lambda score, model, **options: infill(
        score, model, selection=score.span(range(1, 3)), **options
    ),
    "vary": lambda score, model, **options: vary(score, model, amount=0.5, **options),
}

LISTENED = ("random", "lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales")  # one a network


def only_soprano(score):
    return tuple(v if v.name == "soprano" else replace(v, notes=()) for v in score.voices)


def sung(voices):
    return sorted(((v, note) for v, voice in enumerate(voices) for note in voice.notes), key=str)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("name", "beam"), [*((name, 1) for name in LISTENED), ("random", 4), (DEFAULT_MODEL, 4)]
)
def test_the_notes_heard_on_the_way_are_the_new_notes_of_the_result(task, name, beam):
    model = quick(name)
    heard: list[tuple[int, Note]] = []
    settings = DraftSettings(3, beam=beam, temperature=1.0, first_draft=True)
    (result,) = TASKS[task](choir(CHORALE), model, settings=settings, on_notes=heard.extend)
    assert sorted(heard, key=str) == sung(result.new)


@given(scores(on_grid=False), st.integers(0, 9), st.sampled_from([1, 4]))
def test_what_is_heard_is_the_result_whatever_is_given(score, seed, beam):
    score = into_range(score)
    heard: list[tuple[int, Note]] = []
    if all(voice.notes for voice in score.voices) or not any(voice.notes for voice in score.voices):
        return
    settings = DraftSettings(seed, beam=beam, first_draft=True)
    (result,) = harmonize(score, MODEL, settings=settings, on_notes=heard.extend)
    assert sorted(heard, key=str) == sung(result.new)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", LISTENED)
@pytest.mark.parametrize("calls", [0, 20])
def test_when_time_is_up_what_is_ready_is_the_answer_and_what_was_given_stays(task, name, calls):
    reported = []

    def progress(fraction):
        reported.append(fraction)
        if len(reported) > calls:
            raise StopEarly

    given, model = choir(CHORALE), quick(name)
    # An RBM or a DBN makes all of its drafts after the time is up; once is enough to see that it does.
    one_draft = isinstance(model, NoteStateGenerator) and task != "harmonize"
    settings = DraftSettings(3, first_draft=one_draft)
    (result,) = TASKS[task](given, model, settings=settings, progress=progress)
    new = set(sung(result.new))
    for voice, note in sung(result.score.voices):
        assert (voice, note) in new or note in given.voices[voice].notes
    if result.until is not None:
        assert all(note.end <= result.until for _, note in new)
    if task in ("harmonize", "continue"):
        kept = only_soprano(given) if task == "harmonize" else given.voices
        for before, after in zip(kept, result.score.voices, strict=True):
            assert set(before.notes) <= set(after.notes)


@pytest.mark.parametrize("model", ["lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales"])
def test_new_notes_keep_to_the_ranges_of_the_user(model):
    ranges = {"alto": (60, 69), "bass": (41, 53)}
    score = parse_score("soprano: [4/4] [key 0] C5:4 D5 E5 G5 | F5:4 D5 C5:2\nalto:\ntenor:\nbass:")
    result = harmonize(score, load(model), settings=DraftSettings(1, ranges=ranges))[0]
    for name, (low, high) in {**CHOIR_RANGES, **ranges}.items():
        assert all(low <= note.pitch <= high for note in result.score.voice(name).notes), name
    assert result.score.voice("soprano") == score.voice("soprano")


# A tune of wide leaps, at which the networks leap along.
LEAPING = "C5:4 G4 E5 A4 | F5 C5 D5 B4 | G4 E5 C5 F5 | D5 G4 C5:2"


@pytest.mark.parametrize("model", ["lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales"])
def test_easy_parts_have_fewer_hard_leaps_and_the_tune_stays(model):
    score, points = choir(LEAPING, "soprano"), {}
    for easy in (False, True):
        drafts = [
            harmonize(score, load(model), settings=DraftSettings(seed, easy=easy))[0].score
            for seed in range(3)
        ]
        assert all(draft.voice("soprano") == score.voice("soprano") for draft in drafts)
        parts = [part for draft in drafts for part in difficulties(draft, {})[1:]]
        points[easy] = sum(
            burdens["wide leaps"] + burdens["awkward leaps"] + burdens["chromatic"]
            for burdens in (part.burdens.points() for part in parts)
        )
    assert points[True] < points[False]


def test_a_range_that_a_network_cannot_write_is_refused():
    score = parse_score("soprano: C5:1\nalto:\ntenor:\nbass:")
    with pytest.raises(RequestError) as told:
        harmonize(score, load("lstm-chorales"), settings=DraftSettings(1, ranges={"alto": (96, 108)}))
    assert str(told.value) == "lstm-chorales writes notes from C2 to A5; give the alto a range within these"
