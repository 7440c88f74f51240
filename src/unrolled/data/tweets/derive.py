"""Make `tweets.tsv.xz` from the texts and the raters' marks that VADER's authors published."""

import html
import json
import re
from collections.abc import Mapping

import numpy as np

from unrolled.data.chats.profanity import digests, listed, phrases
from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates
from unrolled.data.making.write import tsv, xz
from unrolled.data.tweets import label

_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
_SHARES = (0.7, 0.85)  # where train and validation end, as shares of each class

# The authors replaced handles and addresses; these few they missed: a telephone number, the name before a mail
# address, an address without http.
_PERSONAL = re.compile(r"\b(?:\d{3}[\s.-]?)?\d{3}[\s.-]?\d{4}\b|(?!RT)\b[\w.]{3,}@anonymous|www\.")


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Clean the texts, mark each by the mean of its raters, split by class, remove near-duplicates across parts."""
    inner = Archive(archives["vaderSentiment"].read(_INNER), kind=_INNER)
    offensive = listed(archives["cuss"], least=2)
    rows = [row for row in _rows(inner) if not _PERSONAL.search(row[0]) and not phrases(row[0]) & offensive]
    parts = _split(rows)
    for later in (1, 2):
        before = [text for part in parts[:later] for text, *_ in part]
        near = near_duplicates([text for text, *_ in parts[later]], before)
        parts[later] = [row for row, drop in zip(parts[later], near, strict=True) if not drop]
    table = tsv(("text", "rating", "spread", "raters"), [row for part in parts for row in part])
    return {"tweets.tsv.xz": xz(table), "profanity_sha256.txt.xz": xz(digests(offensive))}


def _rows(inner: Archive) -> list[tuple[str, str, str, int]]:
    """Return text, mean, standard deviation and number of raters of each text.

    The mean is taken over the raters. The file of texts has a mean of its own, which differs for 199 texts.
    """
    texts = [line.split("\t") for line in _lines(inner, "tweets_GroundTruth.txt")]
    marks = [line.split("\t") for line in _lines(inner, "tweets_anonDataRatings.txt")]
    rows = []
    for (number, _, text), (same, _, _, listing) in zip(texts, marks, strict=True):
        if number != same:
            raise ValueError(f"text {number} has the ratings of {same}")
        given = np.array(json.loads(listing))
        rows.append((_tidy(text), f"{given.mean():.4f}", f"{given.std():.4f}", len(given)))
    return rows


def _lines(inner: Archive, file: str) -> list[str]:
    return inner.read(f"hutto_ICWSM_2014/{file}").decode("utf-8").split("\r\n")


def _tidy(text: str) -> str:
    return " ".join(html.unescape(text).split())  # &amp; and &lt; are marks of the web; runs of blanks say nothing


def _split(rows: list[tuple[str, str, str, int]]) -> list[list[tuple[str, str, str, int]]]:
    """Draw from each class by itself; within a part the texts stay in the order of the file."""
    labels = label(np.array([float(rating) for _, rating, *_ in rows]))
    rng = np.random.default_rng(19)
    parts: list[list[int]] = [[], [], []]
    for one in range(3):
        members = rng.permutation(np.flatnonzero(labels == one))
        cuts = [round(share * len(members)) for share in _SHARES]
        for part, drawn in zip(parts, np.split(members, cuts), strict=True):
            part.extend(drawn.tolist())
    return [[rows[i] for i in sorted(part)] for part in parts]
