"""5,650 mails of 2001 and 2002, spam and wanted, as logs of header fields and word counts (PDDL; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class Mail:
    """Mails without their text: which header fields the sender's program wrote, in which order, and how many words.

    Drawn within each group; within a part the groups stand one after the other, so shuffle before training. A mail
    that is nearly a copy of one in an earlier part was removed from the later part.

    Attributes:
        events: 5,650 arrays (T,) int64, T from 4 to 105: the header fields of a mail in their order, as numbers into
            `event_names`.
        event_names: 40 strings, in lower case. The field content-type has the kind of content behind it, as in
            "content-type: text/html".
        counts: (5650, 1362) uint8, how often the first 200 words of subject and body hold each of `words`.
        words: 1,362 strings, in lower case.
        spam: (5650,) bool.
        group: (5650,) int64, the corpus's group; see `GROUPS`.
        month: (5650,) datetime64[M], when the collector received the mail; NaT for 544. It tells spam: see SOURCE.md.
        GROUPS: the names of the groups; the last two are spam.
        train: the first 4,230 mails, as a slice.
        validation: the next 720, as a slice.
        test: the last 700, as a slice. Use it once.
    """

    events: list[np.ndarray]
    event_names: list[str]
    counts: np.ndarray
    words: list[str]
    spam: np.ndarray
    group: np.ndarray
    month: np.ndarray
    GROUPS: ClassVar[tuple[str, ...]] = ("easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2")
    train: ClassVar[slice] = slice(0, 4230)
    validation: ClassVar[slice] = slice(4230, 4950)
    test: ClassVar[slice] = slice(4950, 5650)


def load() -> Mail:
    """Return the mails; see `Mail` for the fields and the split."""
    arrays = read_arrays(Path(__file__).parent, "mail.npz")
    group = arrays["group"].astype(np.int64)
    ends = np.cumsum(arrays["n_events"].astype(np.int64))
    return Mail(
        events=np.split(arrays["event"].astype(np.int64), ends[:-1]),
        event_names=arrays["events"].tolist(),
        counts=arrays["counts"],
        words=arrays["words"].tolist(),
        spam=group >= Mail.GROUPS.index("spam-1"),
        group=group,
        month=arrays["month"],
    )


def samples(data: Mail) -> list[tuple[str, str]]:
    """Three samples for the datasheet: the header fields of a mail in their order."""
    rows = [int(np.flatnonzero(data.group == group)[0]) for group in (0, 2, 4)]
    return [(data.GROUPS[data.group[row]], ", ".join(data.event_names[e] for e in data.events[row])) for row in rows]
