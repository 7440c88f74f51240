"""Make `words.tsv.xz` from VADER's lexicon."""

import json
from collections.abc import Mapping

from unrolled.data.chats.profanity import listed, phrases
from unrolled.data.making.archive import Archive
from unrolled.data.making.write import tsv, xz

_LEXICON = "vaderSentiment-3.3.2/vaderSentiment/vader_lexicon.txt"


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep each word with its ten marks, save the words that `tweets` leaves out too."""
    offensive = listed(archives["cuss"], least=2)
    rows = []
    for line in archives["vaderSentiment"].read(_LEXICON).decode("utf-8").splitlines():
        word, _, _, marks = line.split("\t")  # mean and standard deviation follow from the marks
        if not phrases(word) & offensive:
            rows.append((word, *json.loads(marks)))
    return {"words.tsv.xz": xz(tsv(("word", *(f"rater_{n}" for n in range(10))), rows))}
