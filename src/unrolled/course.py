"""Where the course's files are: a source checkout, or the copy inside an installed wheel."""

from pathlib import Path


class CourseError(Exception):
    """Something a learner, teacher or author can mend; the message says what, where and how."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook, show the message alone: IPython asks for this before it prints a traceback."""
        return [f"{type(self).__name__}: {self}"]


def root() -> Path:
    """Return the folder that holds `notebooks/`, `labs/` and `solutions/`.

    Raises:
        CourseError: neither a checkout nor a bundled copy is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parents[1], package / "_course"):
        if (folder / "labs").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise CourseError(
        "The course's notebooks are missing beside the package. Install it again: pip install --force-reinstall unrolled"
    )
