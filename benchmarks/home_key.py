"""Home keys of melodies alone: fits the weights of ``ripieno.theory.home_key``, and measures them.

    python benchmarks/home_key.py chorales.npz hymns.npz --folk oneills1850/ --folk airdsAirs/ [--fit]

The corpora are what `ripieno prepare` makes; folk: folders of ABC files, of music21's corpus, say. The true
key of a chorale or hymn is that of its last bass note: major or minor as the signature says where it is that
of one of its two keys, else by the third that sounds longer in all voices. That of a folk tune is its K:
field; its signature alone is shown. ``--fit`` fits a multinomial logistic regression over the 24 keys to the
training parts and to every second tune of the first folder, once with the signature and once without, the
weights for few notes to their openings then, and prints all. Figures are of the validation parts and of the
tunes that were not learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ripieno.corpus.corpus import Piece, load_corpus
from ripieno.errors import RipienoError
from ripieno.grid import column_notes
from ripieno.score import VOICE_NAMES, Key, Note
from ripieno.theory.home_key import MODES, WEIGHTS, evidence, facts_of, key_of_lines
from ripieno.theory.keys import key_near, pitch_class_times, tonic_of
from ripieno_bridges.formats.abc.keys import AbcKey, read_key
from ripieno_bridges.formats.abc.lines import Tune as AbcTune
from ripieno_bridges.formats.abc.lines import split_tunes
from ripieno_bridges.formats.abc.reader import read_tune
from ripieno_bridges.formats.files import source_of_tune

PENALTY = 0.0005  # of the squared weights, beside the mean loss
A_FOLDER = 1000  # tunes of a folder of folk tunes
EVERY = 2  # of the first folder's tunes one is learned from
OPENINGS = (8, 12, 20)  # notes, of every melody that is learned from
OF_OPENINGS = [name for name in WEIGHTS if name.startswith("few notes")]
MINOR_MODES = ("minor", "dorian", "phrygian")
KEYS = tuple((tonic, mode) for tonic in range(12) for mode in MODES)


@dataclass(frozen=True)
class KeyedMelody:
    """A melody, its key signature and its true key."""

    notes: tuple[Note, ...]
    signature: int
    key: tuple[int, str]


def melody_of(piece: Piece) -> KeyedMelody:
    """The soprano of a piece in four voices; the bass tells the key."""
    lines = [column_notes(piece.grid, v) for v in range(len(VOICE_NAMES))]
    signature = key_near(int(piece.grid.tonic[-1]), "major", 0).fifths
    tonic, times = lines[-1][-1].pitch % 12, pitch_class_times(lines)
    by_signature = {tonic_of(Key(signature, mode)): mode for mode in MODES}
    third = "minor" if times[(tonic + 3) % 12] > times[(tonic + 4) % 12] else "major"
    return KeyedMelody(lines[0], signature, (tonic, by_signature.get(tonic, third)))


def folk_melodies(folder: Path) -> Iterator[KeyedMelody]:
    """Evenly spread tunes of a folder of ABC files whose K: field is a tonic, with or without a mode."""
    tunes = [
        (path, tune)
        for path in sorted(folder.glob("*.abc"))
        for tune in split_tunes(path.read_bytes(), path.name).tunes
    ]
    for path, tune in tunes[:: max(len(tunes) // A_FOLDER, 1)]:
        try:
            notes = source_of_tune(path, read_tune(tune, path.name)).score.voices[0].notes
        except RipienoError:
            continue
        key = key_of_tune(tune)
        if key is not None and len(notes) >= 12:
            yield KeyedMelody(notes, key[0], key[1])


def key_of_tune(tune: AbcTune) -> tuple[int, tuple[int, str]] | None:
    """(signature, (tonic, mode)) by the tune's only K: field."""
    fields = [line.text.strip() for line in tune.lines if line.name == "K"]
    if len(fields) != 1 or not fields[0][:1].isupper():
        return None
    key, _ = read_key(fields[0], AbcKey())
    letters = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    tonic = letters.get(fields[0][0])
    if tonic is None or not key.is_usual:
        return None
    tonic += {"#": 1, "b": -1}.get(fields[0][1:2], 0)
    return key.fifths, (tonic % 12, "minor" if key.mode in MINOR_MODES else "major")


def evidence_rows(melodies: Sequence[KeyedMelody], *, signature_known: bool) -> torch.Tensor:
    """(melodies, 24, weights) what speaks for each key."""
    rows = []
    for melody in melodies:
        facts = facts_of([melody.notes])
        written = Key(melody.signature) if signature_known else None
        found = [evidence(facts, key_near(*key, melody.signature), written) for key in KEYS]
        rows.append([[float(one[name]) for name in WEIGHTS] for one in found])
    return torch.tensor(rows)


def fit(melodies: Sequence[KeyedMelody], names: Sequence[str]) -> None:
    """Set the weights of these names to those that make the true keys likeliest; the others are held."""
    rows = torch.cat([evidence_rows(melodies, signature_known=known) for known in (True, False)])
    true = torch.tensor([KEYS.index(melody.key) for melody in melodies] * 2)
    learned = torch.tensor([name in names for name in WEIGHTS])
    held = rows[..., ~learned] @ torch.tensor([w for name, w in WEIGHTS.items() if name not in names])
    weights = torch.zeros(len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        points = rows[..., learned] @ weights + held
        value = torch.nn.functional.cross_entropy(points, true) + PENALTY * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    WEIGHTS.update(zip(names, (round(weight, 2) for weight in weights.tolist()), strict=True))


def accuracy(melodies: Iterable[KeyedMelody], *, signature_known: bool) -> str:
    """Shares of right keys and right tonics, as a text."""
    both, tonics, count = 0, 0, 0
    for melody in melodies:
        found = key_of_lines([melody.notes], Key(melody.signature) if signature_known else None)
        count += 1
        tonics += tonic_of(found) == melody.key[0]
        both += (tonic_of(found), found.mode) == melody.key
    return f"{both / count:.3f} keys, {tonics / count:.3f} tonics of {count}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--folk", type=Path, action="append", default=[])
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    corpora = {path.stem: load_corpus(path) for path in options.corpora}
    folk = {folder.name: list(folk_melodies(folder)) for folder in options.folk}
    if options.fit:
        learned = [melody_of(piece) for corpus in corpora.values() for piece in corpus.train]
        learned += [melody for melodies in list(folk.values())[:1] for melody in melodies[::EVERY]]
        WEIGHTS.update(dict.fromkeys(WEIGHTS, 0.0))
        fit(learned, [name for name in WEIGHTS if name not in OF_OPENINGS])
        fit([replace(m, notes=m.notes[:count]) for count in OPENINGS for m in learned], OF_OPENINGS)
        print("\n".join(f'    "{name}": {weight},' for name, weight in WEIGHTS.items()))
    parts = {name: [melody_of(piece) for piece in corpus.valid] for name, corpus in corpora.items()}
    for number, (name, melodies) in enumerate(folk.items()):
        parts[name] = [m for i, m in enumerate(melodies) if number or i % EVERY]
    parts |= {
        f"{name}, first {count} notes": [replace(m, notes=m.notes[:count]) for m in melodies]
        for name, melodies in parts.items()
        for count in OPENINGS[1:]
    }
    for name, melodies in parts.items():
        known, unknown = (accuracy(melodies, signature_known=is_known) for is_known in (True, False))
        print(f"{name}: {known}; without the signature {unknown}")


if __name__ == "__main__":
    main()
