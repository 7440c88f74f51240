"""Hand-labelled names of persons and companies (probablepeople, MIT; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class TaggedNames:
    """Names of persons and of companies, one label a token; a run of equal labels is a span.

    Attributes:
        tokens: list of 2723 lists of str, 1 to 14 tokens. Commas and full stops stay on the token before them.
        labels: list of 2723 lists of str, one of 23 labels for each token, without B- and I-.
        unseen: list of 2723 lists of bool, one for each token: its span never occurs in `train` with this label,
            compared without case and punctuation. All False in `train` itself.
        kind: list of 2723 str, "person" or "company". In each part the persons come first.
        train: 1,919 names, as a slice; the split is random, persons and companies alike.
        validation: 404 names, as a slice; none nearly equals one of its kind in `train`.
        test: 400 names, as a slice; none nearly equals one of its kind in `train` or `validation`. Use it once.
    """

    tokens: list[list[str]]
    labels: list[list[str]]
    unseen: list[list[bool]]
    kind: list[str]
    train: ClassVar[slice] = slice(0, 1919)
    validation: ClassVar[slice] = slice(1919, 2323)
    test: ClassVar[slice] = slice(2323, 2723)


def load() -> TaggedNames:
    """Return the set; see `TaggedNames` for what a label covers and how unseen spans are marked."""
    tokens, labels, unseen, kind = zip(*read_rows(Path(__file__).parent, "names.tsv.xz"), strict=True)
    return TaggedNames(
        tokens=[text.split(" ") for text in tokens],
        labels=[text.split(" ") for text in labels],
        unseen=[[flag == "1" for flag in text.split(" ")] for text in unseen],
        kind=list(kind),
    )


def samples(data: TaggedNames) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    shown = ("Senator Barack Obama", 'Damon "Mighty Mouse" Stoudamire', "swidler spanola & co, llc")
    rows = [data.tokens.index(name.split(" ")) for name in shown]
    return [
        (
            data.kind[row],
            "\n".join(f"{token}  {label}" for token, label in zip(data.tokens[row], data.labels[row], strict=True)),
        )
        for row in rows
    ]
