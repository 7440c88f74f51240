"""Emoji, handwriting, addresses and tagged names: counts, splits, known rows, and that the stated traps are there."""

import itertools
import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from unrolled.data import load
from unrolled.data.making.duplicates import plain

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def emoji():
    return load("emoji")


@pytest.fixture(scope="module")
def digits():
    return load("handwriting")


@pytest.fixture(scope="module", params=["addresses", "tagged_names"])
def tagged(request):
    return load(request.param)


@pytest.fixture(scope="module")
def addresses():
    return load("addresses")


@pytest.fixture(scope="module")
def names():
    return load("tagged_names")


def rows_of(data, part):
    part = getattr(data, part)
    return range(part.start, part.stop)


def words(name):
    return re.findall(r"\w+", name.lower())


def test_emoji_have_shape_names_and_known_rows(emoji):
    assert emoji.picture.shape == (3767, 32, 32, 4)
    assert emoji.picture.dtype == emoji.tone.dtype == np.uint8
    assert {len(value) for value in vars(emoji).values()} == {3767}
    assert all(len(set(names)) == 3767 and all(names) for names in (emoji.en, emoji.fr, emoji.de, emoji.es))
    assert (len(set(emoji.group)), len(set(emoji.subgroup))) == (10, 99)
    assert {len(tags) > 0 for tags in emoji.tags} == {True}
    octopus = emoji.code.index("1F419")
    assert (emoji.en[octopus], emoji.fr[octopus], emoji.de[octopus]) == ("octopus", "pieuvre", "Oktopus")
    pilot = emoji.en.index("woman astronaut: medium skin tone")
    assert (emoji.person[pilot], emoji.role[pilot], emoji.tone[pilot].tolist()) == ("woman", "astronaut", [3, 0])
    assert emoji.base[pilot] == "1F469-200D-1F680"
    pair = emoji.en.index("kiss: man, man, dark skin tone, light skin tone")
    assert emoji.tone[pair].tolist() == [5, 1]


def test_each_part_is_in_unicodes_order_of_groups(emoji):
    groups = list(dict.fromkeys(emoji.group[emoji.train]))
    assert (groups[0], groups[-1]) == ("smileys-emotion", "flags")
    for part in PARTS:
        places = [groups.index(emoji.group[i]) for i in rows_of(emoji, part)]
        assert places == sorted(places)


def test_emoji_colours_are_where_they_belong(emoji):
    japan = emoji.picture[emoji.en.index("flag: Japan")]
    red, green, blue, opacity = japan[16, 16].astype(int)
    assert red > 150 > 90 > max(green, blue)
    assert opacity == 255
    levels = [np.count_nonzero(np.bincount(emoji.picture[..., channel].ravel())) for channel in range(4)]
    assert levels == [32, 32, 32, 16]
    clear = emoji.picture[..., 3] == 0
    assert not emoji.picture[clear].any()
    assert clear.mean() == pytest.approx(0.41, abs=0.005)


def test_darker_skin_tones_are_darker(emoji):
    hand = [emoji.picture[emoji.code.index(f"270B-1F3F{tone}")][16, 16, :3].sum(dtype=int) for tone in "BCDEF"]
    assert (np.diff(hand) < 0).all()


def test_no_emoji_looks_like_another_and_the_wrong_flag_is_out(emoji):
    assert len({picture.tobytes() for picture in emoji.picture}) == 3767
    assert "flag: Sark" not in emoji.en
    assert {"flag: Norway", "flag: Saudi Arabia", "snowboarder"} <= set(emoji.en)
    assert not {"flag: Svalbard & Jan Mayen", "snowboarder: dark skin tone"} & set(emoji.en)


def test_each_emoji_and_each_tone_is_trained_on_and_no_held_out_pair_is(emoji):
    pairs = {
        part: {(emoji.base[i], *emoji.tone[i]) for i in rows_of(emoji, part) if emoji.kind[i] == "combination"}
        for part in PARTS
    }
    assert {part: len(found) for part, found in pairs.items()} == {"train": 1122, "validation": 374, "test": 374}
    assert not any(pairs[one] & pairs[other] for one, other in itertools.combinations(PARTS, 2))
    held_out = pairs["validation"] | pairs["test"]
    alone = {(base, first) for base, first, second in pairs["train"] if not second}
    assert Counter(base for base, _ in alone) == dict.fromkeys({base for base, _ in alone}, 3)
    assert {base for base, *_ in held_out} == {base for base, *_ in pairs["train"]}
    assert {base for base, *_ in held_out} <= {emoji.code[i] for i in rows_of(emoji, "train")}
    for base in {base for base, _, second in held_out if second}:
        trained = [tones for known, *tones in pairs["train"] if known == base]
        assert len(trained) == 15
        assert {first for first, _ in trained} == {second for _, second in trained} == {1, 2, 3, 4, 5}


def test_plain_emoji_are_held_out_alike_in_each_group(emoji):
    bases = {emoji.base[i] for i in range(3767) if emoji.kind[i] == "combination"}
    free = [i for i in range(3767) if emoji.kind[i] == "plain" and emoji.base[i] not in bases]
    of_group = Counter(emoji.group[i] for i in free)
    for part, count in ((emoji.validation, 234), (emoji.test, 238)):
        held_out = Counter(emoji.group[i] for i in free if part.start <= i < part.stop)
        assert held_out.total() == count
        assert all(abs(held_out[group] - 0.15 * n) <= 1 for group, n in of_group.items())


def test_a_person_is_named_in_the_emoji_and_shares_its_role(emoji):
    assert Counter(filter(None, emoji.person)) == {"woman": 472, "man": 472, "person": 472}
    assert len(set(emoji.role) - {""}) == 82
    persons = defaultdict(set)
    for name, person, role in zip(emoji.en, emoji.person, emoji.role, strict=True):
        assert bool(person) == bool(role)
        persons[role].add(person)
        if role.startswith("person"):  # but not merpeople, whose woman is a mermaid
            assert person in words(name)
    assert all(found == {"woman", "man", "person"} for role, found in persons.items() if role)


def test_nearest_pictures_get_no_name_right_and_many_emoji(emoji):
    on_white = emoji.picture[..., :3] * (emoji.picture[..., 3:] / np.float32(255)) + 255 - emoji.picture[..., 3:]
    flat = on_white.reshape(3767, -1).astype(np.float32)
    train, asked = flat[emoji.train], [i for i in rows_of(emoji, "test") if emoji.kind[i] == "combination"]
    nearest = ((train**2).sum(1) - 2 * flat[asked] @ train.T).argmin(1)
    assert not any(emoji.en[i] == emoji.en[j] for i, j in zip(asked, nearest, strict=True))
    right = np.mean([emoji.base[i] == emoji.base[j] for i, j in zip(asked, nearest, strict=True)])
    assert right == pytest.approx(0.93, abs=0.005)


def test_the_traps_of_emoji_are_there(emoji):
    said = [word for name in emoji.en[emoji.test] for word in words(name)]
    assert np.mean([word in {"skin", "tone", "light", "medium", "dark"} for word in said]) == pytest.approx(
        0.49, abs=0.005
    )
    known = {word for name in emoji.en[emoji.train] for word in words(name)}
    new = Counter(emoji.kind[i] for i in rows_of(emoji, "test") if not known.issuperset(words(emoji.en[i])))
    assert new == {"plain": 164}
    assert "raccoon" in emoji.en[emoji.test]
    assert "raccoon" not in known
    assert emoji.group.count("people-body") == 2251
    assert set(emoji.group[:100]) == {"smileys-emotion"}
    assert sum("\u202f" in name for name in emoji.fr) == 2196
    assert sum("/" in name or "(in)" in name for name in emoji.de) == 202
    beds = emoji.picture[[emoji.en.index(f"person in bed: {tone} skin tone") for tone in ("medium-dark", "dark")]]
    assert (beds[0] != beds[1]).any(-1).sum() == 22


def test_digits_have_their_shape_and_each_is_there_once(digits):
    assert digits.image.shape == (10000, 28, 28)
    assert digits.image.dtype == digits.label.dtype == np.uint8
    assert len(np.unique(digits.image)) == 256
    assert len({image.tobytes() for image in digits.image}) == 10000
    assert np.bincount(digits.label).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]


def test_each_part_has_its_share_of_each_digit(digits):
    for part, share in ((digits.train, 0.8), (digits.validation, 0.1), (digits.test, 0.1)):
        assert np.abs(np.bincount(digits.label[part]) - share * np.bincount(digits.label)).max() <= 1
        assert 50 < (np.diff(digits.label[part]) == 0).mean() * 1000 < 150  # mixed


def test_digits_are_centred_and_a_shift_ruins_the_nearest_image(digits):
    ink = digits.image / np.float32(255)
    weight, places = ink.sum((1, 2)), np.arange(28)
    for axis in (1, 2):
        assert np.abs(ink.sum(axis) @ places / weight - 14).max() <= 0.5
    assert weight[digits.label == 0].mean() / weight[digits.label == 1].mean() == pytest.approx(2.3, abs=0.05)
    train = ink[digits.train].reshape(-1, 784)
    shares = []
    for shift in (0, 4):
        test = np.roll(ink[digits.test], shift, axis=2).reshape(-1, 784)
        nearest = ((train**2).sum(1) - 2 * test @ train.T).argmin(1)
        shares.append((digits.label[digits.train][nearest] == digits.label[digits.test]).mean())
    assert shares == pytest.approx([0.95, 0.24], abs=0.005)


def spans(labels):
    start = 0
    for label, run in itertools.groupby(labels):
        stop = start + len(list(run))
        yield label, start, stop
        start = stop


def unseen_spans(data):
    seen, new = Counter(), Counter()
    for i in rows_of(data, "test"):
        for label, start, _ in spans(data.labels[i]):
            (new if data.unseen[i][start] else seen)[label] += 1
    return seen, new


def test_each_token_has_a_label_and_a_flag(tagged):
    for tokens, labels, unseen in zip(tagged.tokens, tagged.labels, tagged.unseen, strict=True):
        assert len(tokens) == len(labels) == len(unseen) > 0
        assert all(tokens)
        assert all(labels)


def test_no_text_is_in_two_parts_or_labelled_twice(tagged):
    texts = [plain(" ".join(tokens)) for tokens in tagged.tokens]
    parts = [{texts[i] for i in rows_of(tagged, part)} for part in PARTS]
    assert not any(one & other for one, other in itertools.combinations(parts, 2))
    assert len({" ".join(tokens).casefold() for tokens in tagged.tokens}) == len(tagged.tokens)


def test_unseen_means_that_training_never_has_the_span_with_its_label(tagged):
    def text(i, start, stop):
        return plain(" ".join(tagged.tokens[i][start:stop]))

    known = {(label, text(i, *place)) for i in rows_of(tagged, "train") for label, *place in spans(tagged.labels[i])}
    for i in range(len(tagged.tokens)):
        for label, start, stop in spans(tagged.labels[i]):
            assert set(tagged.unseen[i][start:stop]) == {(label, text(i, start, stop)) not in known}


def test_addresses_have_the_promised_counts(addresses):
    assert len(addresses.tokens) == 1349
    assert sum(map(len, addresses.tokens)) == 9307
    assert sum(len(list(spans(labels))) for labels in addresses.labels) == 7857
    labels = Counter(label for row in addresses.labels for label in row)
    assert len(labels) == 28
    assert "Recipient" not in labels
    row = addresses.tokens.index(["Valley", "West", "Mall,", "West", "Des", "Moines,", "IA", "50266"])
    assert addresses.labels[row] == ["LandmarkName"] * 3 + ["PlaceName"] * 3 + ["StateName", "ZipCode"]


def test_the_traps_of_addresses_are_there(addresses):
    seen, new = unseen_spans(addresses)
    assert (new.total(), seen.total() + new.total()) == (441, 1040)
    assert [(new[label], seen[label] + new[label]) for label in ("StreetName", "PlaceName")] == [(114, 174), (49, 117)]
    tokens = [token for row in addresses.tokens for token in row]
    labels = [label for row in addresses.labels for label in row]
    inside = sum(
        token.endswith(",") and label == after
        for row, of_row in zip(addresses.tokens, addresses.labels, strict=True)
        for token, label, after in zip(row, of_row, of_row[1:], strict=False)
    )
    assert (sum(token.endswith(",") for token in tokens), inside) == (1091, 3)
    of_word = defaultdict(Counter)
    for token, label in zip(tokens, labels, strict=True):
        of_word[token.lower().strip(",.")][label] += 1
    assert [of_word["st"][label] for label in ("StreetNamePostType", "PlaceName", "StreetName")] == [132, 32, 10]
    assert len(of_word["north"]) == 7
    of_test = {label for row in addresses.labels[addresses.test] for label in row}
    assert sum(count < 30 for count in Counter(labels).values()) == 9
    assert len(set(labels) - of_test) == 6
    zips = [token.strip(",.") for token, label in zip(tokens, labels, strict=True) if label == "ZipCode"]
    assert sum(len(code) == 4 and code.isdigit() for code in zips) == 9
    places = [
        plain(" ".join(addresses.tokens[i][start:stop]))
        for i in range(1349)
        for label, start, stop in spans(addresses.labels[i])
        if label == "PlaceName"
    ]
    assert (places.count("chicago"), len(places)) == (136, 897)
    row = addresses.tokens.index(["Fifty", "N.", "Front", "St.,", "Memphis", "TN,", "TN", "38103"])
    assert addresses.labels[row][5] == "StreetNamePostType"


def test_the_most_frequent_label_of_each_word_is_right_for_61_per_cent(addresses):
    of_word, of_any = defaultdict(Counter), Counter()
    for tokens, labels in zip(addresses.tokens[addresses.train], addresses.labels[addresses.train], strict=True):
        of_any.update(labels)
        for token, label in zip(tokens, labels, strict=True):
            of_word[token.lower().strip(".,;")][label] += 1
    right = [
        of_word.get(token.lower().strip(".,;"), of_any).most_common(1)[0][0] == label
        for i in rows_of(addresses, "test")
        for token, label in zip(addresses.tokens[i], addresses.labels[i], strict=True)
    ]
    assert np.mean(right) == pytest.approx(0.61, abs=0.006)


def test_names_have_the_promised_counts(names):
    assert Counter(names.kind) == {"person": 1957, "company": 766}
    assert [Counter(names.kind[getattr(names, part)])["company"] for part in PARTS] == [536, 115, 115]
    assert sum(map(len, names.tokens)) == 6965
    assert sum(len(list(spans(labels))) for labels in names.labels) == 5384
    of_kind = defaultdict(set)
    for kind, labels in zip(names.kind, names.labels, strict=True):
        of_kind[kind] |= set(labels)
    assert {kind: len(labels) for kind, labels in of_kind.items()} == {"person": 12, "company": 11}
    assert not of_kind["person"] & of_kind["company"]
    row = names.tokens.index(["Senator", "Barack", "Obama"])
    assert (names.labels[row], names.kind[row]) == (["PrefixOther", "GivenName", "Surname"], "person")


def test_the_traps_of_names_are_there(names):
    seen, new = unseen_spans(names)
    assert (new.total(), seen.total() + new.total()) == (492, 786)
    assert (new["Surname"], seen["Surname"] + new["Surname"]) == (165, 214)
    assert (new["CorporationLegalType"], seen["CorporationLegalType"]) == (0, 22)
    texts = [" ".join(tokens) for tokens in names.tokens]
    small = Counter(kind for text, kind in zip(texts, names.kind, strict=True) if text.islower())
    assert small == {"company": 600, "person": 113}
    assert (small["company"] + 1957 - small["person"]) / 2723 == pytest.approx(0.90, abs=0.005)
    persons = [labels for labels, kind in zip(names.labels, names.kind, strict=True) if kind == "person"]
    assert Counter(labels[0] for labels in persons if len(labels) == 1) == {"GivenName": 500, "Surname": 397}
    assert sum(labels[0] == "Surname" and len(labels) > 1 for labels in persons) == 157
    assert sum("CorporationCommitteeType" in labels for labels in names.labels) == 61
    of_illinois = re.compile(r"illinois|chicago|chgo|\bil\b|\bill\b", re.IGNORECASE)
    companies = [text for text, kind in zip(texts, names.kind, strict=True) if kind == "company"]
    assert sum(bool(of_illinois.search(text)) for text in companies) == 46
    assert [text for text in texts if "Ã" in text] == ["AndrÃ© Thapedi"]
