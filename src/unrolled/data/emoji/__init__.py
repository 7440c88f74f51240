"""3,767 emoji drawn by Google, named in four languages (Apache-2.0; names Unicode-3.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows


@dataclass(frozen=True)
class Emoji:
    """Pictures of 32 x 32 pixels with their names; within each part in Unicode's order, smileys first, flags last.

    Attributes:
        picture: (3767, 32, 32, 4) uint8: red, green, blue, opacity, each 0 to 255. Where opacity is 0 all four are 0.
        en, fr, de, es: 3767 names each, list of str: English, French, German, Spanish. None missing, none twice.
        tags: list of 3767 lists of str: English search words, in alphabetical order; a form with skin tones has those
            of its base; 1 to 16 words.
        code: list of 3767 str: the code points in hexadecimal, with "-" between, without variation selectors.
        base: list of 3767 str: the code of the same emoji without skin tones.
        kind: list of 3767 str: "combination" (has skin tones; what is held out is the pair of base and tone) or
            "plain" (has none; what is held out is the emoji itself).
        group, subgroup: lists of 3767 str, 10 and 99 values, such as "people-body" and "person-role".
        tone: (3767, 2) uint8, the skin tones of the first and the second person, 1 (light) to 5 (dark); 0 is none.
        person: list of 3767 str: "woman", "man" or "person" for emoji that exist for all three, else "".
        role: list of 3767 str: the English name without a gender, such as "pilot" of "woman pilot"; "" where person is.
        train: 2,547 emoji, as a slice. All bases of combinations are in it, and all tones.
        validation: 608 emoji, as a slice: of each base with skin tones one tone (five pairs of two persons), and 15 per
            cent of the others in each group.
        test: 612 emoji, as a slice, made in the same way. Use it once.
    """

    picture: np.ndarray
    en: list[str]
    fr: list[str]
    de: list[str]
    es: list[str]
    tags: list[list[str]]
    code: list[str]
    base: list[str]
    kind: list[str]
    group: list[str]
    subgroup: list[str]
    tone: np.ndarray
    person: list[str]
    role: list[str]
    train: ClassVar[slice] = slice(0, 2547)
    validation: ClassVar[slice] = slice(2547, 3155)
    test: ClassVar[slice] = slice(3155, 3767)


def load() -> Emoji:
    """Return the set; see `Emoji` for the fields and for what is held out."""
    folder = Path(__file__).parent
    columns = [list(column) for column in zip(*read_rows(folder, "names.tsv.xz"), strict=True)]
    code, base, kind, group, subgroup, tone, person, role, en, fr, de, es, tags = columns
    return Emoji(
        picture=read_arrays(folder, "pictures.npz")["picture"],
        en=en,
        fr=fr,
        de=de,
        es=es,
        tags=[words.split("|") if words else [] for words in tags],
        code=code,
        base=base,
        kind=kind,
        group=group,
        subgroup=subgroup,
        tone=np.array([[int(first), int(second)] for first, second in tone], np.uint8),
        person=person,
        role=role,
    )


def samples(data: Emoji) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    rows = [data.en.index(name) for name in ("woman astronaut: medium skin tone", "octopus", "flag: Nepal")]
    return [(f"{data.en[i]} | {data.fr[i]} | {data.de[i]} | {data.es[i]}", data.picture[i]) for i in rows]
