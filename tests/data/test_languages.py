"""The sets of several languages: verses, stamps, dates. Counts, splits without leaks, and the traps their pages state."""

import re
from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest

from unrolled.data import load
from unrolled.data.making.duplicates import near_duplicates, plain
from unrolled.data.stamps import LANGUAGES


@pytest.fixture(scope="module")
def verses():
    return load("verses")


@pytest.fixture(scope="module")
def stamps():
    return load("stamps")


@pytest.fixture(scope="module")
def dates():
    return load("dates")


def parts(data):
    return [data.train, data.validation, data.test]


def sizes(data):
    return [part.stop - part.start for part in parts(data)]


def shared(values, data):
    """Return what stands in more than one part."""
    train, validation, test = (set(values[part]) for part in parts(data))
    return train & validation | train & test | validation & test


def words(text):
    return re.findall(r"\w+", text.lower())


def share_with_unseen_word(texts, data):
    known = set(words(" ".join(texts[data.train])))
    return np.mean([not known.issuperset(words(text)) for text in texts[data.test]])


def at(verses, *place):
    row = list(zip(verses.book, verses.chapter.tolist(), verses.verse.tolist(), strict=True)).index(place)
    return verses.english[row], verses.spanish[row]


def test_verses_counts(verses):
    assert sizes(verses) == [24_511, 3_152, 3_106]
    assert len(verses.english) == len(verses.spanish) == len(verses.book) == len(verses.words) == 30_769
    assert verses.chapter.shape == verses.verse.shape == (30_769,)
    assert len(set(verses.book)) == 66
    assert [(verses.words <= most).sum() for most in (12, 20)] == [3_248, 13_163]
    assert np.median(verses.words) == 22
    assert verses.words.max() == 86
    assert all(verses.words[i] == len(verses.english[i].split()) for i in range(0, 30_769, 1_000))


def test_verses_known_texts(verses):
    assert at(verses, "John", 11, 35) == ("Jesus wept.", "Y lloró Jesús.")
    assert at(verses, "Genesis", 1, 1)[1] == "EN el principio crió Dios los cielos y la tierra."


def test_verses_hold_no_markup_notes_or_headings(verses):
    for text in [*verses.english, *verses.spanish]:
        assert not re.search(r"[<>\[\]{}=/0-9]|  |^ | $| [,.;:?!]", text), text
    assert at(verses, "Psalms", 119, 33)[0].startswith("Teach me")
    assert at(verses, "Psalms", 119, 9)[1].startswith("¿Con qué")
    assert at(verses, "Isaiah", 42, 1)[1].startswith("HE aquí")
    assert at(verses, "Hebrews", 13, 25)[1] == "La gracia sea con todos vosotros. Amén."
    assert "primer día de la semana" in at(verses, "John", 20, 1)[1]


@pytest.mark.parametrize(
    ("place", "english", "spanish"),
    [
        (("Numbers", 13, 6), "Caleb", "Caleb"),
        (("I Samuel", 24, 1), "En Gedi", "Engaddi"),
        (("I Kings", 22, 44), "Jehoshaphat made peace", "Josaphat hizo paz"),
        (("I Chronicles", 21, 25), "six hundred shekels", "seiscientos siclos"),
        (("II Chronicles", 33, 21), "Amon was twenty-two", "veinte y dos años era Amón"),
        (("Job", 40, 15), "behemoth", "behemoth"),
        (("Hosea", 11, 12), "Ephraim surrounds me", "Ephraim con mentira"),
        (("Jonah", 1, 17), "three days and three nights", "tres días y tres noches"),
        (("Matthew", 23, 13), "widows", "viudas"),
    ],
)
def test_verses_are_aligned_where_the_two_count_otherwise(verses, place, english, spanish):
    found = at(verses, *place)
    assert english in found[0]
    assert spanish.lower() in found[1].lower()


def test_verses_lengths_agree(verses):
    ratio = np.array([len(s) / len(e) for e, s in zip(verses.english, verses.spanish, strict=True)])
    assert ratio.min() > 0.4
    assert ratio.max() < 2.5
    assert np.median(ratio) == pytest.approx(0.96, abs=0.005)


def test_verses_split_by_chapter_and_without_duplicates(verses):
    chapters = list(zip(verses.book, verses.chapter.tolist(), strict=True))
    assert [len(set(chapters[part])) for part in parts(verses)] == [952, 119, 118]
    assert shared(chapters, verses) == set()
    for texts in (verses.english, verses.spanish):
        assert shared([plain(text) for text in texts], verses) == set()
        some = texts[verses.test][::200]  # all of them take half a minute
        assert not near_duplicates(some, texts[: verses.test.start]).any()


def test_verses_traps(verses):
    spanish = Counter(re.findall(r"\w+", " ".join(verses.spanish)))
    assert [spanish[word] for word in ("á", "ó", "é", "a", "fué", "dió", "vió", "crió", "díjole")] == [
        *(19_071, 860, 703, 0, 1_606, 331, 202, 29, 166)
    ]
    assert sum(count for word, count in spanish.items() if re.search("[âêîôû]", word)) == 1_209
    assert np.mean([text.startswith(("Y ", "E ")) for text in verses.spanish]) == pytest.approx(0.37, abs=0.005)
    assert sum("“" in text or "”" in text for text in verses.english) == 8_676
    assert sum("Yahweh" in text for text in verses.english) == 5_686
    capitals = r"[¿¡(]*(?:[A-ZÁÉÍÓÚÑ]+ )?[A-ZÁÉÍÓÚÑ]{2,}\b"
    assert sum(bool(re.match(capitals, text)) for text in verses.spanish) == 1_041


@pytest.mark.parametrize(("language", "different", "unseen"), [("spanish", 28_008, 0.37), ("english", 12_269, 0.14)])
def test_verses_have_many_rare_words(verses, language, different, unseen):
    texts = getattr(verses, language)
    assert len(set(words(" ".join(texts)))) == different
    assert share_with_unseen_word(texts, verses) == pytest.approx(unseen, abs=0.005)


def test_verses_one_english_sentence_has_many_translations(verses):
    spanish = defaultdict(set)
    for one, other in zip(verses.english, verses.spanish, strict=True):
        spanish[one].add(other)
    assert sum(len(texts) > 1 for texts in spanish.values()) == 68
    formula = "Yahweh spoke to Moses, saying,"
    assert len({plain(text) for text in spanish[formula]}) == 8
    assert verses.english[verses.train].count(formula) == 55


def test_stamps_counts(stamps):
    assert sizes(stamps) == [394, 46, 46]
    assert stamps.picture.shape == (486, 32, 32, 3)
    assert stamps.picture.dtype == np.uint8
    assert (stamps.picture.min(), stamps.picture.max()) == (0, 255)
    assert len(np.unique(stamps.picture)) == 32
    assert tuple(stamps.caption) == LANGUAGES
    assert all(len(texts) == 486 and all(texts) for texts in stamps.caption.values())
    assert Counter(stamps.category).most_common(3) == [("animals", 138), ("town", 76), ("food", 59)]
    assert len(set(stamps.category)) == 15
    assert len(set(stamps.name)) == 486


def test_stamps_known_pictures_and_captions(stamps):
    owl = stamps.name.index("animals/birds/owl")
    assert [stamps.caption[code][owl] for code in LANGUAGES] == [
        *("An owl.", "Una lechuza.", "Un hibou.", "Eine Eule.", "Uma coruja.", "Un gufo.", "Een uil.")
    ]
    red, green, blue = stamps.picture[stamps.name.index("town/flags/redflag")].reshape(-1, 3).mean(axis=0)
    assert red > green + 20
    assert red > blue + 20


def test_stamps_under_another_licence_are_not_here(stamps):
    assert not {name for name in stamps.name if re.search("Lightbulb|pelican|inukshuk-photo|violin|^symbols", name)}


def test_stamps_that_belong_together_are_in_one_part(stamps):
    for code in LANGUAGES:
        assert shared([plain(text) for text in stamps.caption[code]], stamps) == set()
    ink = 255 - stamps.picture.mean(axis=3)
    later, train = ink[stamps.train.stop :], ink[stamps.train]
    for turned in (train, train[:, :, ::-1]):
        apart = np.stack([np.abs(turned - picture).mean(axis=(1, 2)) for picture in later])
        assert (apart > 0.1 * (later.mean(axis=(1, 2))[:, None] + train.mean(axis=(1, 2)))).all()


def test_stamps_traps(stamps):
    english = stamps.caption["en"]
    for code, unseen in (("en", 36), ("de", 42)):
        assert share_with_unseen_word(stamps.caption[code], stamps) * 46 == pytest.approx(unseen)
    assert sum(text.startswith(("A ", "An ")) for text in english) == 398
    assert len(set(english)) == 454
    assert sum(count > 1 for count in Counter(english).values()) == 27
    assert english.count("A flower.") == 6
    assert sum(len(words(text)) > 4 for text in english) == 82
    assert (stamps.picture == 255).all(axis=-1).mean() == pytest.approx(0.55, abs=0.005)
    assert stamps.caption["es"][english.index("A wombat.")] == "Un topo."
    spread = stamps.picture.max(axis=-1).astype(int) - stamps.picture.min(axis=-1)
    assert (spread.max(axis=(1, 2)) <= 8).sum() == 25


def test_dates_counts(dates):
    assert sizes(dates) == [20_000, 2_000, 3_890]
    assert len(dates.text) == len(dates.iso) == len(dates.locale) == len(dates.format) == 25_890
    assert (min(map(len, dates.text)), max(map(len, dates.text))) == (8, 38)
    assert all(date.fromisoformat(iso).isoformat() == iso for iso in dates.iso)
    assert ("Freitag, 20. Jänner 2006", "2006-01-20") in zip(dates.text, dates.iso, strict=True)


def test_dates_parts_are_what_they_say(dates):
    assert (dates.test_years.start, dates.test_languages.stop) == (dates.test.start, dates.test.stop)
    assert dates.test_years.stop == dates.test_locales.start
    assert dates.test_locales.stop == dates.test_languages.start
    years = [iso[:4] for iso in dates.iso]
    held_out = {"1951", "1953", "1957", "1967", "1975", "1979", "1997", "2008", "2027", "2031"}
    assert set(years[dates.test_years]) == held_out
    assert len(set(years[dates.train])) == 90
    assert not held_out & set(years[: dates.test.start] + years[dates.test_locales.start :])
    known = set(dates.locale[dates.train])
    assert len(known) == 25
    assert set(dates.locale[dates.validation] + dates.locale[dates.test_years]) == known
    relatives, strangers = Counter(dates.locale[dates.test_locales]), Counter(dates.locale[dates.test_languages])
    assert not known & {*relatives, *strangers}
    assert {locale.split("_")[0] for locale in relatives} <= {locale.split("_")[0] for locale in known}
    assert not {locale.split("_")[0] for locale in strangers} & {locale.split("_")[0] for locale in known}
    assert (set(relatives.values()), set(strangers.values())) == ({100}, {70})


def test_dates_no_text_occurs_twice_nor_depends_on_the_locale(dates):
    assert len({plain(text) for text in dates.text}) == 25_890
    assert not [text for text in dates.text if re.search(r"\b\d\d?[/-]\d\d?[/-]\d{4}", text)]
    assert all(re.search(r"\d{4}", text)[0] == iso[:4] for text, iso in zip(dates.text, dates.iso, strict=True))


def read_by_rule(dates):
    """Return each date as read by three numbers or by a table of words counted on train."""
    months = defaultdict(Counter)
    for text, iso in zip(dates.text[dates.train], dates.iso[dates.train], strict=True):
        for word in re.findall(r"[^\W\d_]+", text.lower()):
            months[word][iso[5:7]] += 1

    def read(text):
        numbers = re.findall(r"\d+", text)
        year = next(number for number in numbers if len(number) == 4)
        small = [number for number in numbers if number != year]
        if len(small) == 2:
            month, day = small if numbers[0] == year else reversed(small)
            return f"{year}-{int(month):02d}-{int(day):02d}"
        counts = [months[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in months]
        if not counts or len(small) != 1:
            return ""
        month = max(counts, key=lambda c: (max(c.values()) / sum(c.values()), sum(c.values()))).most_common(1)[0][0]
        return f"{year}-{month}-{int(small[0]):02d}"

    return [read(text) for text in dates.text]


def test_dates_a_rule_reads_nearly_all(dates):
    right = np.array(read_by_rule(dates)) == np.array(dates.iso)
    assert right[: dates.test_years.stop].mean() > 0.9995
    assert right[dates.test_locales].mean() == pytest.approx(0.847, abs=0.01)
    assert right[dates.test_languages].mean() == pytest.approx(0.494, abs=0.01)


def test_dates_traps(dates):
    assert np.mean([bool(re.match(r"\D*\d{4}", text)) for text in dates.text]) == pytest.approx(0.19, abs=0.005)
    assert np.mean([len(re.findall(r"\d+", text)) == 2 for text in dates.text]) == pytest.approx(0.63, abs=0.005)
    in_train = set(dates.iso[dates.train])
    assert np.mean([iso in in_train for iso in dates.iso[dates.validation]]) == pytest.approx(0.44, abs=0.005)
    january = [iso[5:7] == "01" for iso, locale in zip(dates.iso, dates.locale, strict=True) if locale == "de_AT"]
    assert sum(january) == 89
    letters = [set("".join(dates.text[part])) for part in (dates.train, dates.test)]
    assert letters[1] - letters[0] == set("ëñľšžыў’週（）")
    listopad = {
        (locale, iso[5:7])
        for text, locale, iso in zip(dates.text, dates.locale, dates.iso, strict=True)
        if "listopad" in text
    }
    assert listopad == {("cs", "11"), ("pl", "11"), ("hr", "10")}
