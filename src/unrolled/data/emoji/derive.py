"""Make `names.tsv.xz` and `pictures.npz` from Google's emoji and the names Unicode gives them."""

import io
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz, tsv, xz

LANGUAGES = ("en", "fr", "de", "es")
TONES = ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF")
PERSONS = {"1F469": "woman", "1F468": "man", "2640": "woman", "2642": "man"}
COLUMNS = ("code", "base", "kind", "group", "subgroup", "tone", "person", "role", *LANGUAGES, "tags")
# The package draws the flag of Sark, new in 2024, as that of Saudi Arabia.
WRONG_PICTURES = ("1F1E8-1F1F6",)


class Emoji(NamedTuple):
    """One emoji: its code points and those of its form without skin tones, its tones, its picture's file."""

    code: str
    base: str
    tones: tuple[int, ...]
    image: str


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Shrink each picture, name it in four languages, hold out pairs of base and skin tone."""
    art = archives["emoji-datasource-google"]
    names = {language: _names(archives["emojibase-data"], language) for language in LANGUAGES}
    emoji = [each for each in _emoji(art) if each.code not in WRONG_PICTURES]
    # In the archive's own order: a compressed tar is slow to read back and forth.
    shrunk = {
        image: _shrink(art.read(f"package/img/google/64/{image}")) for image in sorted(each.image for each in emoji)
    }
    pictures = [shrunk[each.image] for each in emoji]
    kept = _one_name_a_picture([names["en"][each.code]["label"] for each in emoji], pictures)
    emoji, pictures = [emoji[i] for i in kept], [pictures[i] for i in kept]

    groups = json.loads(archives["emojibase-data"].read("package/meta/groups.json"))
    rows = [_row(each, names, groups) for each in emoji]
    order = [i for part in _split(emoji, [row[COLUMNS.index("group")] for row in rows]) for i in part]
    return {
        "names.tsv.xz": xz(tsv(COLUMNS, [rows[i] for i in order])),
        "pictures.npz": npz({"picture": np.stack([pictures[i] for i in order])}),
    }


def _emoji(art: Archive) -> list[Emoji]:
    """All emoji in Unicode's order, each followed by its forms with skin tones."""
    found = []
    for entry in sorted(json.loads(art.read("package/emoji.json")), key=lambda entry: entry["sort_order"]):
        base = _key(entry["unified"])
        found.append(Emoji(base, base, (), entry["image"]))
        variations = entry.get("skin_variations", {})
        two_persons = any("-" in tones for tones in variations)
        for name, variation in sorted(variations.items()):
            tones = [TONES.index(tone) + 1 for tone in name.split("-")]
            if two_persons and len(tones) == 1:  # both have the same
                tones *= 2
            found.append(Emoji(_key(variation["unified"]), base, tuple(tones), variation["image"]))
    return found


def _key(code: str) -> str:
    """Code points without U+FE0F, which asks for a coloured picture: the two packages differ in where they write it."""
    return "-".join(point for point in code.split("-") if point != "FE0F")


def _names(archive: Archive, language: str) -> dict[str, dict]:
    """Code points to the entry that names them; a form with skin tones has no tags of its own and takes the base's."""
    found = {}
    for entry in json.loads(archive.read(f"package/{language}/data.json")):
        for form in [entry, *entry.get("skins", [])]:
            found[_key(form["hexcode"])] = {"tags": entry.get("tags", []), **form}
    return found


def _shrink(png: bytes) -> np.ndarray:
    """Return (32, 32, 4) uint8: the mean of each 2 x 2 pixels, colours weighted by their opacity, on fewer levels.

    32 levels a colour and 16 of opacity halve the file; the eye does not see it at this size.
    """
    from PIL import Image

    pixels = np.array(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.int64)
    colour, opacity = pixels[..., :3], pixels[..., 3:]
    opacities = _sum_of_four(opacity)
    colours = _sum_of_four(colour * opacity) / np.maximum(opacities, 1)
    small = np.concatenate([_levels(colours, 32), _levels(opacities / 4, 16)], axis=-1)
    small[small[..., 3] == 0] = 0  # what nobody sees is black, everywhere
    return small


def _sum_of_four(pixels: np.ndarray) -> np.ndarray:
    height, width, channels = pixels.shape
    return pixels.reshape(height // 2, 2, width // 2, 2, channels).sum(axis=(1, 3))


def _levels(values: np.ndarray, count: int) -> np.ndarray:
    step = 255 / (count - 1)
    return np.rint(np.rint(values / step) * step).astype(np.uint8)


def _one_name_a_picture(names: list[str], pictures: list[np.ndarray]) -> list[int]:
    """Of emoji that look the same keep the one with the shortest name: Norway, not Svalbard & Jan Mayen."""
    same = defaultdict(list)
    for i, picture in enumerate(pictures):
        same[picture.tobytes()].append(i)
    return sorted(min(rows, key=lambda i: (len(names[i]), names[i])) for rows in same.values())


def _row(emoji: Emoji, names: dict[str, dict], groups: dict) -> tuple[str, ...]:
    entry = names["en"][emoji.code]
    person, neutral = _person(emoji.base, names["en"])
    return (
        emoji.code,
        emoji.base,
        "combination" if emoji.tones else "plain",
        groups["groups"][str(entry["group"])],
        groups["subgroups"][str(entry["subgroup"])],
        "".join(map(str, (*emoji.tones, 0, 0)[:2])),
        person,
        names["en"][neutral]["label"] if person else "",
        *(names[language][emoji.code]["label"] for language in LANGUAGES),
        "|".join(entry["tags"]),
    )


def _person(base: str, known: Mapping[str, object]) -> tuple[str, str]:
    """Return "woman", "man", "person" or "", and the code points of the same role without a gender.

    A gender is either the first code point, as in woman + rocket, or a sign after it, as in police officer + female sign.
    """
    neutral = base.replace("-200D-2640", "").replace("-200D-2642", "")
    first, _, rest = neutral.partition("-")
    if neutral == base and first in ("1F468", "1F469"):
        neutral = f"1F9D1-{rest}".rstrip("-")
    if neutral != base:
        gender = next(PERSONS[point] for point in base.split("-") if point in PERSONS)
        return (gender, neutral) if neutral in known else ("", "")
    gendered = (base.replace(first, f"{first}-200D-2640", 1), base.replace("1F9D1", "1F469", 1))
    return ("person", base) if any(code in known and code != base for code in gendered) else ("", "")


def _split(emoji: list[Emoji], groups: list[str]) -> list[list[int]]:
    """Return the rows of train, validation and test, each in Unicode's order.

    With skin tones: of each base one tone goes to test and another to validation. Of two persons it is the distance
    from the first's tone to the second's, so that five pairs go, in which each tone stands once on either side.
    Without: all bases of the former to train; of the rest, 15 per cent of each group to validation and to test.
    """
    rng = np.random.default_rng(22)
    toned = sorted({each.base for each in emoji if each.tones})
    held_out = {base: rng.permutation(5)[:2] for base in toned}
    parts = [[], [], []]
    rest = defaultdict(list)
    for i, each in enumerate(emoji):
        if each.tones:
            number = each.tones[0] - 1 if len(each.tones) == 1 else (each.tones[1] - each.tones[0]) % 5
            validation, test = held_out[each.base]
            parts[1 if number == validation else 2 if number == test else 0].append(i)
        elif each.base in held_out:
            parts[0].append(i)
        else:
            rest[groups[i]].append(i)
    for _, rows in sorted(rest.items()):
        rows = [rows[i] for i in rng.permutation(len(rows))]
        ends = [0, round(0.7 * len(rows)), round(0.85 * len(rows)), len(rows)]
        for part, start, stop in zip(parts, ends, ends[1:], strict=False):
            part += rows[start:stop]
    return [sorted(part) for part in parts]
