"""NOTICE, the file that says whose work comes with the course: made from each data set's SOURCE.md."""

import textwrap
from pathlib import Path

from unrolled.data.making.rederive import sources

NOTICE = Path("NOTICE")


def notice() -> str:
    """Return NOTICE: whose data comes with the course, and under which licence."""
    head = textwrap.dedent("""\
        Unrolled: a course on recurrent neural networks
        Copyright 2026 the Unrolled authors. Code under MIT (LICENSE), text and figures under CC BY 4.0 (LICENSE-TEXT).

        The data in src/unrolled/data (unrolled/data in the wheel) is the work of others and keeps its own licence, whose
        text lies beside each set as LICENSE.txt. Sets marked * are copyleft: what you make from them keeps their licence.
        """)
    entries = []
    for source in sources():
        mark = " *" if source.copyleft else ""
        lines = textwrap.wrap(source.attribution, 110)
        entries.append("\n".join([f"{source.name}{mark}: {source.licence}", *(f"    {line}" for line in lines)]))
    return head + "\n" + "\n\n".join(entries) + "\n"
