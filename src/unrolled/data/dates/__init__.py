"""Dates as people write them in 46 locales, and in ISO 8601 (Unicode CLDR through Babel; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Dates:
    """25,890 pairs of a date as written in some locale and the same date in ISO 8601; no text occurs twice.

    Attributes:
        text: list of 25,890 str of 7 to 38 characters, such as "Freitag, 5. März 2004". It always has a year of four
            digits, and its meaning does not depend on the locale.
        iso: list of 25,890 str of 10 characters, such as "2004-03-05"; from 1950 to 2049.
        locale: list of 25,890 str, Babel's name, such as "de" or "es_MX".
        format: list of 25,890 str, the length ("short", "medium", "long", "full") or the skeleton ("yMd", "yMEd",
            "yMMMd", "yMMMEd", "GyMMMd") of CLDR that was asked for.
        train: the first 20,000 rows, as a slice: 25 locales, 90 years.
        validation: the next 2,000 rows, as a slice, drawn like those in train.
        test: the last 3,890 rows, as a slice, which are the three parts below. Use it once.
        test_years: the first 2,000 rows of test, as a slice: the locales of train, 10 years that train does not have.
        test_locales: the next 1,400 rows of test, as a slice: 14 other locales of languages in train, 100 rows each;
            no locale in train writes these texts.
        test_languages: the last 490 rows of test, as a slice: 7 languages that train does not have, 70 rows each.
    """

    text: list[str]
    iso: list[str]
    locale: list[str]
    format: list[str]
    train: ClassVar[slice] = slice(0, 20000)
    validation: ClassVar[slice] = slice(20000, 22000)
    test: ClassVar[slice] = slice(22000, 25890)
    test_years: ClassVar[slice] = slice(22000, 24000)
    test_locales: ClassVar[slice] = slice(24000, 25400)
    test_languages: ClassVar[slice] = slice(25400, 25890)


def load() -> Dates:
    """Return the set; see `Dates` for the fields and the parts."""
    text, iso, locale, form = map(list, zip(*read_rows(Path(__file__).parent, "dates.tsv.xz"), strict=True))
    return Dates(text, iso, locale, form)


def samples(data: Dates) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    rows = (data.train.start, data.test_locales.start, data.test_languages.start)
    return [(f"{data.locale[i]}, {data.format[i]}", f"{data.text[i]}\n{data.iso[i]}") for i in rows]
