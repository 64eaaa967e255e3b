"""How often a key signature is found to be contradicted, in the collections that music21 ships.

    python benchmarks/signatures.py [--pieces 400] [--list]

Of each piece the top line and, where there are more parts, all of them; pieces whose signature changes are
left out. Takes a quarter of an hour, nearly all of it for reading.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ripieno.score import Key, Note, Score, Voice, lay_measures
from ripieno.theory.home_key import contradicting_key

COLLECTIONS = (
    *("bach", "palestrina", "josquin", "monteverdi", "trecento", "mozart", "haydn", "beethoven"),
    *("schubert", "schumann_robert", "schumann_clara", "oneills1850", "airdsAirs", "ryansMammoth"),
    *("miscFolk", "essenFolksong"),
)
A_FILE = 25  # pieces of a file that has many


def pieces_of(collection: str, count: int, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """(title, music21 score) of at most so many pieces, drawn at random."""
    from music21 import converter, corpus, stream

    paths = sorted(corpus.getComposer(collection))
    rng.shuffle(paths)
    for path in paths:
        try:
            read = converter.parse(path)  # noqa: TID251 - what music21 itself ships
        except Exception:  # music21 cannot read all that it ships
            continue
        several = list(read.scores) if isinstance(read, stream.Opus) else [read]
        for piece in rng.sample(several, min(len(several), A_FILE)):
            title = piece.metadata.title if piece.metadata else None
            yield title or path.name, piece
            count -= 1
            if not count:
                return


def score_of(piece: Any) -> Score | None:
    """The highest notes of each part, one after the other; None without notes or one signature for all."""
    lines = []
    for number, part in enumerate(list(piece.parts) or [piece]):
        lengths = [(e, Fraction(e.quarterLength)) for e in part.recurse().notes if getattr(e, "pitches", ())]
        onset, notes = Fraction(0), []
        for element, length in lengths:
            if length:
                notes.append(Note(onset, length, max(int(p.ps) for p in element.pitches)))
                onset += length
        lines.append(Voice(f"line {number}", tuple(notes)))
    keys = {k.sharps for k in piece.recurse().getElementsByClass("KeySignature")} or {0}
    if len(keys) > 1 or not lines[0].notes:
        return None
    end = max(voice.notes[-1].end for voice in lines if voice.notes)
    return Score(tuple(lines), lay_measures(end, keys=((Fraction(0), Key(keys.pop())),)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pieces", type=int, default=400)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("collections", nargs="*", default=COLLECTIONS)
    options = parser.parse_args(arguments)
    for collection in options.collections:
        counts = {"top line": [0, 0], "all parts": [0, 0]}
        for title, piece in pieces_of(collection, options.pieces, random.Random(1)):
            score = score_of(piece)
            if score is None:
                continue
            kinds = {"top line": replace(score, voices=score.voices[:1])}
            if len(score.voices) > 1:
                kinds["all parts"] = score
            for kind, lines in kinds.items():
                key = contradicting_key(lines)
                counts[kind][0] += 1
                counts[kind][1] += key is not None
                if options.list and key is not None:
                    print(f"  {title}: {kind} in {key}, signature {score.measures[0].key.fifths}")
        said = (f"{kind} {found} of {many}" for kind, (many, found) in counts.items() if many)
        print(f"{collection}: {', '.join(said)} contradicted", flush=True)


if __name__ == "__main__":
    main()
