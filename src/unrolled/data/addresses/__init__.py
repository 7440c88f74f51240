"""Hand-labelled addresses of the United States (usaddress, MIT; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Addresses:
    """1,349 addresses, one label a token; a run of equal labels is a span, such as a street's name of three words.

    Attributes:
        tokens: list of 1349 lists of str, 1 to 17 tokens. Commas and full stops stay on the token before them.
        labels: list of 1349 lists of str, one of 28 labels for each token, without B- and I-.
        unseen: list of 1349 lists of bool, one for each token: its span never occurs in `train` with this label,
            compared without case and punctuation. All False in `train` itself.
        train: 984 addresses, as a slice; the split is random.
        validation: 182 addresses, as a slice; none nearly equals one of `train`.
        test: 183 addresses, as a slice; none nearly equals one of `train` or `validation`. Use it once.
    """

    tokens: list[list[str]]
    labels: list[list[str]]
    unseen: list[list[bool]]
    train: ClassVar[slice] = slice(0, 984)
    validation: ClassVar[slice] = slice(984, 1166)
    test: ClassVar[slice] = slice(1166, 1349)


def load() -> Addresses:
    """Return the set; see `Addresses` for what a label covers and how unseen spans are marked."""
    tokens, labels, unseen = zip(*read_rows(Path(__file__).parent, "addresses.tsv.xz"), strict=True)
    return Addresses(
        tokens=[text.split(" ") for text in tokens],
        labels=[text.split(" ") for text in labels],
        unseen=[[flag == "1" for flag in text.split(" ")] for text in unseen],
    )


def samples(data: Addresses) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    shown = {"a landmark": "LandmarkName", "a crossing": "IntersectionSeparator", "a post box": "USPSBoxType"}
    rows = {title: next(i for i, of_row in enumerate(data.labels) if label in of_row) for title, label in shown.items()}
    return [
        (title, "\n".join(f"{token}  {label}" for token, label in zip(data.tokens[row], data.labels[row], strict=True)))
        for title, row in rows.items()
    ]
