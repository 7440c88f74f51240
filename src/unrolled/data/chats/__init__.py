"""Conversations of two people about a given question (BYU's Chit-Chat Challenge, MIT; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from unrolled.data.store import read_text


@dataclass(frozen=True)
class Chats:
    """Whole conversations; nobody writes in two parts of the split.

    Attributes:
        chats: N conversations, each a list of six or more turns. The two people take turns: turn 0, 2, ... is
            of one, turn 1, 3, ... of the other. A turn is one text; where it was sent as several messages, "\\n" parts them.
        prompt: N questions the two were given to talk about; "" where there was none.
        train: as a slice of conversations.
        validation: as a slice of conversations.
        test: as a slice of conversations. Use it once.
    """

    chats: list[list[str]]
    prompt: list[str]
    train: ClassVar[slice] = slice(0, 662)
    validation: ClassVar[slice] = slice(662, 758)
    test: ClassVar[slice] = slice(758, 872)


def load() -> Chats:
    """Return the set; see `Chats` for what a turn is and for the split by writer."""
    blocks = [block.split("\n") for block in read_text(Path(__file__).parent, "chats.txt.xz").split("\n\n")]
    return Chats([[turn.replace("\t", "\n") for turn in turns] for _, *turns in blocks], [block[0] for block in blocks])


def samples(data: Chats) -> list[tuple[str, str]]:
    """Three samples for the datasheet: the first turns of three conversations."""
    return [
        (
            data.prompt[i] or "no question",
            "\n".join(f"{'AB'[t % 2]}: {turn}" for t, turn in enumerate(data.chats[i][:4])),
        )
        for i in (0, data.validation.start, data.test.start)
    ]
