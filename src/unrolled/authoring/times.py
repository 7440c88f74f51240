"""The table of times: how long each page takes to read and to run, by part, from what was recorded when it last ran."""

from pathlib import Path

from unrolled.authoring.source import parts
from unrolled.authoring.staging import fill
from unrolled.authoring.sync import recorded_seconds

TABLE = "% the table of times stands here"


def stage(root: Path, staged: Path) -> None:
    """Put the table of times into the staged appendix.

    Raises:
        AuthoringError: the appendix has no line for the table.
    """
    fill(staged / "appendix" / "times.md", TABLE, table(root))


def table(root: Path) -> str:
    """Return one row a page and one a part, in the order of the table of contents."""
    recorded, rows = recorded_seconds(root), []
    for caption, listed in parts(root):
        rows += [
            f"| {{doc}}`/{page.address}` | {page.meta['minutes']} "
            f"| {recorded.get(page.slug, 0):.0f} | {page.meta['budget']} |"
            for page in listed
        ]
        minutes = sum(page.meta["minutes"] for page in listed)
        seconds = sum(recorded.get(page.slug, 0) for page in listed)
        rows.append(f"| **{caption}, all** | **{minutes}** | **{seconds:.0f}** | |")
    return "\n".join(["| page | minutes to work through | seconds to run | budget, s |", "|---|--:|--:|--:|", *rows])
