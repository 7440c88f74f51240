"""Make `captions.tsv.xz` and `pictures.npz` from the stamps of Tux Paint."""

import io
from collections.abc import Mapping, Sequence

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import plain
from unrolled.data.making.write import npz, tsv, xz

FOLDER = "usr/share/tuxpaint/stamps/"
LANGUAGES = ("es", "fr", "de", "pt", "it", "nl")  # these have a caption for nearly every stamp
SIDE = 32

# The package's changelog names another licence than the GPL for these pictures, or a source without a licence.
NOT_GPL = {
    # GFDL
    *("animals/birds/guineafowl", "animals/birds/helmeted_guineafowl", "animals/insects/Brown_slug"),
    *("animals/insects/Woodlouse", "food/fruit/Apricot_whole", "food/fruit/Cherry_Stella", "food/fruit/Strawberry2"),
    *("household/Lightbulb", "seasonal/christmas/Christmas_pudding"),
    # Creative Commons BY or BY-SA
    *("animals/birds/heron_greatblue", "animals/birds/heron_greatblue_flying", "animals/birds/pelican"),
    *("plants/flowers/adeenia", "plants/flowers/anthoorium", "plants/flowers/appooppanthady"),
    *("plants/flowers/bolsom", "plants/flowers/chemparathi", "plants/flowers/plastic/chuvanna_plastic_poo"),
    *("seasonal/christmas/German_Christmas_toy", "seasonal/christmas/Mince_Pie", "seasonal/christmas/Roast_turkey"),
    *("town/monuments/inukshuk-photo", "vehicles/emergency/firetruck"),
    # "From Wikipedia", or a site of stock photographs
    *("food/fruit/apricot", "food/fruit/grapes", "food/fruit/pineapple", "food/fruit/sliced_lime"),
    *("food/fruit/sliced_orange", "hobbies/music/brass/trumpet", "hobbies/music/percussion/cymbal_crash"),
    *("hobbies/music/percussion/drum_tomtom_floor", "hobbies/music/percussion/drumkit", "hobbies/music/string/cello"),
    *("hobbies/music/string/guitar_classical", "hobbies/music/string/guitar_electric"),
    *("hobbies/music/string/guitar_electric_bass", "hobbies/music/string/violin", "hobbies/music/wind/bassoon"),
    *("sports/australian_rules_football", "sports/basketball", "sports/cricketball", "sports/tennis_ball"),
    *("sports/tennis_racket", "town/roadsigns/traffic_cone"),
}


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep the stamps with a picture and captions; put those that belong together into one part."""
    archive = archives["tuxpaint-stamps-default"]
    files = set(archive.names())
    stamps = [file.removeprefix(FOLDER).removesuffix(".png") for file in sorted(files) if file.endswith(".png")]
    # Letters, digits and coins are left out: captions by template, and designs of mints.
    stamps = [name for name in stamps if f"{FOLDER}{name}.txt" in files and not name.startswith("symbols/")]
    stamps = [name for name in stamps if name not in NOT_GPL]
    # Picture and text in the order of the archive: going back in it means unpacking it anew from its start.
    read = [(archive.read(f"{FOLDER}{name}.png"), archive.read(f"{FOLDER}{name}.txt")) for name in stamps]
    made = [
        (name, _captions(text.decode("utf-8")), _picture(png)) for name, (png, text) in zip(stamps, read, strict=True)
    ]
    # A caption is missing for two, and six are white or so thin that a white page shows next to nothing of them.
    made = [stamp for stamp in made if all(stamp[1]) and 31 - stamp[2].mean() > 0.5]
    stamps, captions, pictures = zip(*made, strict=True)
    pictures = np.stack(pictures)
    order = _split(stamps, captions, pictures)
    rows = [(stamps[i], *captions[i]) for i in order]
    return {
        "captions.tsv.xz": xz(tsv(("name", "en", *LANGUAGES), rows)),
        "pictures.npz": npz({"levels": pictures[order]}),
    }


def _captions(text: str) -> list[str]:
    """Return the English caption, which is the first line, and the translations."""
    english, *lines = text.split("\n")
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return [" ".join(caption.split()) for caption in (english, *(found.get(f"{code}.utf8", "") for code in LANGUAGES))]


def _picture(png: bytes) -> np.ndarray:
    """Return (32, 32, 3) uint8 from 0 to 31, on white: five bits a channel halve the file, and the eye hardly sees it."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGBA")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (SIDE, SIDE), "white")
    canvas.alpha_composite(image, ((SIDE - image.width) // 2, (SIDE - image.height) // 2))
    return np.asarray(canvas.convert("RGB")) >> 3


def _split(stamps: Sequence[str], captions: Sequence[Sequence[str]], pictures: np.ndarray) -> list[int]:
    """Return the rows in the order train, validation, test: of ten groups eight, one and one, category by category."""
    group = _groups(captions, pictures)
    chance = np.random.default_rng(0).permutation(len(stamps))
    leaders = sorted(set(group), key=lambda i: (stamps[i].split("/")[0], chance[i]))
    part = {leader: {3: 1, 7: 2}.get(i % 10, 0) for i, leader in enumerate(leaders)}
    return sorted(range(len(stamps)), key=lambda i: (part[group[i]], stamps[i]))


def _groups(captions: Sequence[Sequence[str]], pictures: np.ndarray) -> list[int]:
    """Join stamps with an equal caption in any language or with nearly the same picture, mirrored or not."""
    group = list(range(len(captions)))
    texts = [[plain(text) for text in caption] for caption in captions]
    ink = 31 - pictures.mean(axis=3)
    amount = ink.mean(axis=(1, 2))
    for i in range(1, len(captions)):
        apart = [np.abs(ink[:i] - turned).mean(axis=(1, 2)) for turned in (ink[i], ink[i, :, ::-1])]
        # Against the ink on both: two thin drawings on white differ little, and are not the same for that.
        alike = np.minimum(*apart) < 0.1 * (amount[:i] + amount[i])
        for j in range(i):
            if alike[j] or any(one == other for one, other in zip(texts[j], texts[i], strict=True)):
                group = [group[j] if g == group[i] else g for g in group]
    return group
