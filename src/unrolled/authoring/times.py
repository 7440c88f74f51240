"""The table of times: how long each page takes to read and to run, by part, from what was recorded when it last ran."""

from pathlib import Path

import yaml

from unrolled.authoring.source import AuthoringError, read, sources
from unrolled.authoring.sync import recorded_seconds

TABLE = "% the table of times stands here"


def stage(root: Path, staged: Path) -> None:
    """Put the table of times into the staged appendix.

    Raises:
        AuthoringError: the appendix has no line for the table.
    """
    page = staged / "appendix" / "times.md"
    text = page.read_text(encoding="utf-8")
    if TABLE not in text:
        raise AuthoringError(f"book/appendix/times.md lacks the line '{TABLE}', where the table of times goes.")
    page.write_text(text.replace(TABLE, table(root)), encoding="utf-8")


def table(root: Path) -> str:
    """Return one row a page and one a part, in the order of the table of contents."""
    contents = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf-8"))
    pages = {source.relative_to("book").with_suffix("").as_posix(): source for source in sources(root)}
    recorded, rows = recorded_seconds(root), []
    for part in contents["parts"]:
        listed = [read(root, pages[chapter["file"]]) for chapter in part["chapters"] if chapter.get("file") in pages]
        if not listed:
            continue
        rows += [
            f"| {{doc}}`/{page.path.relative_to('book').with_suffix('').as_posix()}` | {page.meta['minutes']} "
            f"| {recorded.get(page.slug, 0):.0f} | {page.meta['budget']} |"
            for page in listed
        ]
        minutes = sum(page.meta["minutes"] for page in listed)
        seconds = sum(recorded.get(page.slug, 0) for page in listed)
        rows.append(f"| **{part['caption']}, all** | **{minutes}** | **{seconds:.0f}** | |")
    return "\n".join(["| page | minutes to work through | seconds to run | budget, s |", "|---|--:|--:|--:|", *rows])
