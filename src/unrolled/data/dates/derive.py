"""Make `dates.tsv.xz`: dates as people write them in many locales, formatted by Babel from Unicode's CLDR."""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import plain
from unrolled.data.making.write import tsv, xz
from unrolled.data.store import DataError

Row = tuple[str, str, str, str]  # text, ISO date, locale, format

YEARS = range(1950, 2050)
FORMATS = ("short", "medium", "long", "full", "yMd", "yMEd", "yMMMd", "yMMMEd", "GyMMMd")
# fmt: off
LOCALES = (
    "bg", "cs", "da", "de", "el", "en_GB", "en_US", "es", "fi", "fr", "hu", "id", "it", "ja", "ko", "nb", "nl", "pl",
    "pt", "ro", "ru", "sv", "tr", "uk", "zh",
)
# Other countries of these languages; then other languages, which have relatives among these.
RELATIVES = (
    "de_AT", "en_AU", "en_BZ", "en_ZA", "en_ZW", "es_AR", "es_CO", "es_HN", "es_MX", "es_UY", "fr_CA", "fr_MA",
    "pt_PT", "zh_Hant_TW",
)
STRANGERS = ("af", "be", "ca", "gl", "hr", "lb", "sk")
# fmt: on


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Draw dates, write each in a locale and a format drawn at random, keep the texts that mean one date only."""
    _require_pinned(archives["babel"])
    chance = np.random.default_rng(0)
    held_out = set(chance.choice(YEARS, 10, replace=False).tolist())
    seen = [year for year in YEARS if year not in held_out]
    known: set[str] = set()
    train = _take(20_000, _drawn(chance, LOCALES, seen), known)
    validation = _take(2_000, _drawn(chance, LOCALES, seen), known)
    test = _take(2_000, _drawn(chance, LOCALES, sorted(held_out)), known)
    # A locale is held out for what it writes otherwise: a text that a locale in train would write shows nothing new.
    days = [_day(chance, seen) for _ in range(400)]
    known |= {plain(_write(day, form, locale)) for day in days for form in FORMATS for locale in LOCALES}
    for locales, count in ((RELATIVES, 100), (STRANGERS, 70)):
        for locale in locales:
            test += _take(count, _drawn(chance, (locale,), seen, days), known)
    return {"dates.tsv.xz": xz(tsv(("text", "iso", "locale", "format"), train + validation + test))}


def _require_pinned(wheel: Archive) -> None:
    """Refuse an installed Babel whose locale data is not that of the wheel.

    Raises:
        DataError: it is another one.
    """
    import babel

    folder = Path(babel.__file__).parent
    files = [f"locale-data/{locale}.dat" for locale in ("root", *LOCALES, *RELATIVES, *STRANGERS)]
    if any((folder / file).read_bytes() != wheel.read(f"babel/{file}") for file in files):
        raise DataError(
            f"Making dates needs the Babel in SOURCE.md, and {babel.__version__} is installed, not the same."
        )


def _take(count: int, rows: Iterator[Row], known: set[str]) -> list[Row]:
    """Return the first `count` rows whose text is not known, and make it known."""
    taken = []
    for row in rows:
        if plain(row[0]) not in known and _means_one_date(row[0]):
            known.add(plain(row[0]))
            taken.append(row)
            if len(taken) == count:
                break
    return taken


def _drawn(
    chance: np.random.Generator,
    locales: Sequence[str],
    years: Sequence[int],
    days: Sequence[datetime.date] = (),
) -> Iterator[Row]:
    """Go on drawing a day, of `days` where they are given, a locale and a format."""
    while True:
        day = days[chance.integers(len(days))] if days else _day(chance, years)
        locale, form = (choices[chance.integers(len(choices))] for choices in (locales, FORMATS))
        yield _write(day, form, locale), day.isoformat(), locale, form


def _day(chance: np.random.Generator, years: Sequence[int]) -> datetime.date:
    year = years[chance.integers(len(years))]
    first, last = datetime.date(year, 1, 1).toordinal(), datetime.date(year, 12, 31).toordinal()
    return datetime.date.fromordinal(int(chance.integers(first, last + 1)))


def _write(day: datetime.date, form: str, locale: str) -> str:
    from babel.dates import format_date, format_skeleton

    if form in ("short", "medium", "long", "full"):
        text = format_date(day, form, locale=locale)
    else:
        text = format_skeleton(form, day, locale=locale)
    return " ".join(text.split())  # narrow and no-break blanks become plain ones


def _means_one_date(text: str) -> bool:
    """Say whether the year has four digits and the order of day and month can be known without the locale."""
    # 5/3/2004 is the fifth of March in Spain and the third of May in the United States; with dots the day is first.
    return bool(re.search(r"\d{4}", text)) and not re.search(r"\b\d\d?[/-]\d\d?[/-]\d{4}", text)
