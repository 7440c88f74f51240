"""Take in what a class handed in, one file at a time, from a folder or a zip.

Three shapes are understood, in a folder or in a zip:

- a folder for each learner, `ana/02_forward.ipynb`, with any file name;
- a file for each learner, `ana.ipynb` or `ana_02_forward.ipynb`;
- what Canvas and Moodle export, packed or unpacked.

Canvas (`lib/content_zipper.rb`, `get_filename` and `add_upload_submission`, of instructure/canvas-lms) writes
`name[_LATE]_user_file_title`: the sortable name in lower case with only its letters and digits, "LATE", the id of the
user, the id of the attachment, the title; for anonymous grading `[LATE_]anon_id_file_title`. A text or a link becomes
`..._text.html` or `..._link.html`. A file handed in again has `-1`, `-2` behind its title.

Moodle (`mod/assign/classes/downloader.php`, `get_student_prefix` and `load_submissionplugin_filelist`) writes
`Full Name_participant_assignsubmission_file/title`, or with `_` in place of the slash when the teacher turned folders
off; older versions end the folder's name in `_`. For groups the number is the group's, and may be missing.

Both stamp the members of the zip with the time of the download, so such a time is not when anything was handed in.

Names come from learners and are hostile: they are compared and printed, never used as paths (see `sources`).
"""

import json
import re
import zipfile
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from unrolled import course
from unrolled.course import CourseError
from unrolled.grading.sources import RefusedError, SourceFile, is_notebook, unzip, walk

MAX_NOTEBOOKS = 50  # of one learner that are looked into
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")
_SHAPES = (
    "Give a folder or a zip that holds a folder for each learner (ana/02_forward.ipynb), a file for each learner "
    "(ana.ipynb or ana_02_forward.ipynb), or what Canvas or Moodle export (Download Submissions)."
)

_CANVAS = re.compile(
    r"(?:(?P<late>late)_)?(?P<anonymous>anon_[a-z0-9]+)_(?P<file>[1-9]\d*)_(?P<title>.+)"
    r"|(?P<name>.+?)(?:_(?P<late_>late))?_(?P<user>[1-9]\d*)_(?P<file_>[1-9]\d*)_(?P<title_>.+)",
    re.IGNORECASE | re.DOTALL,
)
_CANVAS_TEXT = re.compile(
    r"(?:(?P<late>late)_)?(?P<anonymous>anon_[a-z0-9]+)_(?P<title>(?:text|link)\.html)"
    r"|(?P<name>.+?)(?:_(?P<late_>late))?_(?P<user>[1-9]\d*)_(?P<title_>(?:text|link)\.html)",
    re.IGNORECASE | re.DOTALL,
)
_MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<participant>\d+))?_assignsubmission_[a-z]+_?(?P<title>.*)", re.IGNORECASE | re.DOTALL
)

_METADATA = re.compile(rb'"unrolled"\s*:\s*(\{[^{}]{0,5000}\})')
_NAMED = re.compile(r"(?:^|lab[ _-]?)(\d{1,2})(?=[ _.(-])|(?<!\d)(\d\d)(?=_[a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Handed:
    """What one learner handed in for one lab.

    Attributes:
        learner: the id this class's results are kept under, unique in one source, without control characters; it is
            made from names in the source, so it is hostile all the same: escape it, and never use it as a path.
        file: the file's name as handed in, without folders; empty when there is none.
        content: its bytes; b"" when there is a problem.
        handed_in_at: with a time zone; None when the source does not tell.
        problem: one sentence why there is nothing to grade; empty when all is well.
        notes: what had to be chosen (two notebooks of this lab), one sentence each.
        ids: what the learning platform calls this learner, for the exports: "name" as the platform wrote it, and
            "canvas_user" (missing where grading is anonymous) or "moodle_participant".
    """

    learner: str
    file: str
    content: bytes = field(repr=False)
    handed_in_at: datetime | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Owned:
    """A file and whose it is.

    Attributes:
        title: the file's name without what a platform put before it.
        version: grows with each time a platform took the file in; 0 where nothing tells.
        late: the platform says that it came late.
    """

    file: SourceFile
    title: str
    ids: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    late: bool = False


def handed_in(source: Path, lab: str) -> Iterator[Handed]:
    """Yield what each learner handed in for a lab, in the order of the learners' ids, one file in memory at a time.

    A learner whose notebook cannot be taken, or who has a folder and no notebook of this lab, is in there with a problem.

    Args:
        source: a folder or a zip; nothing in it is changed.
        lab: "02".

    Raises:
        CourseError: the source holds nothing, or is neither a folder nor a zip.
    """
    if source.is_dir():
        files, folders = walk(source)
    elif source.is_file() and zipfile.is_zipfile(source):
        files, folders = unzip(source)
    elif source.exists():
        raise CourseError(f"{source} is neither a folder nor a zip. {_SHAPES}")
    else:
        raise CourseError(f"There is no {source}. {_SHAPES}")
    learners = _by_learner(*_unwrap(files, folders))
    if not learners:
        raise CourseError(f"{source} holds nothing that was handed in. {_SHAPES}")
    return (_take(learner, learners[learner], lab) for learner in sorted(learners))


# Whose file it is ---------------------------------------------------------------------------------------------------


def _unwrap(files: list[SourceFile], folders: list[tuple[str, ...]]) -> tuple[list[SourceFile], list[tuple[str, ...]]]:
    """Leave out a single folder around everything, as zips of a folder have it, unless it is a learner's own."""
    tops = {parts[0] for parts in folders}
    loose = [file for file in files if len(file.parts) == 1 and (_from_platform(file) or _flat(file))]
    if len(tops) != 1 or loose or _MOODLE.fullmatch(next(iter(tops))):
        return files, folders
    direct = [file.parts[1] for file in files if len(file.parts) == 2 and is_notebook(file.parts[1])]
    exported = [name for name in direct if _CANVAS.fullmatch(name) or _MOODLE.fullmatch(name)]
    # A learner's notebooks begin with the lab's number, or there is one; a class's begin with the learner.
    flat = len(direct) > 1 and not any(re.match(r"\d\d[_-]", name) for name in direct)
    nested = any(len(parts) == 2 for parts in folders)
    if exported or flat or (nested and not direct):
        inside = [replace(file, parts=file.parts[1:]) for file in files if len(file.parts) > 1]
        return _unwrap(inside, [parts[1:] for parts in folders if len(parts) > 1])
    return files, folders


def _by_learner(files: list[SourceFile], folders: list[tuple[str, ...]]) -> dict[str, list[_Owned]]:
    """Return each learner's files; a learner with an empty folder has none."""
    learners: dict[str, list[_Owned]] = defaultdict(list)
    for parts in folders:
        if len(parts) == 1:
            learners[_owner(parts[0])[0]] += []
    for file in files:
        if len(file.parts) > 1:
            learner, ids, _ = _owner(file.parts[0])
            # What a platform packed bears the time of the download.
            learners[learner].append(_Owned(replace(file, time=None) if ids else file, file.parts[-1], ids))
        elif (found := _from_platform(file)) or (found := _flat(file)):
            learners[found[0]].append(found[1])
    return dict(learners)


def _owner(folder: str) -> tuple[str, dict[str, str], str]:
    """Return the learner a folder belongs to, the platform's ids, and what stands behind Moodle's mark."""
    moodle = _MOODLE.fullmatch(folder)
    if not moodle:
        return folder, {}, ""
    ids = {"name": moodle["name"], "moodle_participant": moodle["participant"] or ""}
    return "_".join(part for part in ids.values() if part), ids, moodle["title"]


def _from_platform(file: SourceFile) -> tuple[str, _Owned] | None:
    """Read a name that Moodle or Canvas made; None if neither did."""
    name = file.parts[0]
    file = replace(file, time=None)
    if _MOODLE.fullmatch(name):
        learner, ids, title = _owner(name)
        return learner, _Owned(file, title, ids)
    found = _CANVAS_TEXT.fullmatch(name) or _CANVAS.fullmatch(name)
    if not found:
        return None
    parts = {key.rstrip("_"): value for key, value in found.groupdict().items() if value}
    if "anonymous" in parts:
        learner, ids = parts["anonymous"], {"name": parts["anonymous"]}
    elif parts["name"].lower() == "anonymous":
        # Written by hand or by older tools; a number given for anonymity must not be taken for a user's.
        learner, ids = f"anonymous_{parts['user']}", {"name": parts["name"]}
    else:
        learner = f"{parts['name']}_{parts['user']}"
        ids = {"name": parts["name"], "canvas_user": parts["user"]}
    return learner, _Owned(file, parts["title"], ids, int(parts.get("file", "0")[:18]), "late" in parts)


def _flat(file: SourceFile) -> tuple[str, _Owned] | None:
    """Read the learner from a file's own name; None for files that are nobody's, such as a list of the class."""
    name = file.parts[0]
    if not (is_notebook(name) or ".ipynb" in name.lower() or name.lower().endswith(_ARCHIVES)):
        return None
    stem = re.split(r"\.(?=[^.]*$)", name)[0]
    slugs = "|".join(re.escape(lab.stem) for lab in sorted((course.root() / "labs").glob("*.ipynb")))
    found = re.fullmatch(rf"(?P<learner>.+?)[_\- ](?:{slugs})(?P<copy>.*)", stem, re.IGNORECASE)
    return (found["learner"], _Owned(file, name[found.end("learner") + 1 :])) if found else (stem, _Owned(file, name))


# Which of a learner's files counts ----------------------------------------------------------------------------------


def _take(learner: str, owned: list[_Owned], lab: str) -> Handed:
    ids = next((one.ids for one in owned if one.ids), {})
    try:
        return _choose(Handed(learner, "", b"", ids=ids), owned, lab)
    except RefusedError as refused:
        return Handed(learner, "", b"", problem=f"{refused}.", ids=ids)


def _choose(nothing: Handed, owned: list[_Owned], lab: str) -> Handed:
    """Return the newest of the learner's notebooks that belong to the lab."""
    notebooks = [one for one in owned if is_notebook(one.file.parts[-1])]
    if len(notebooks) > MAX_NOTEBOOKS:
        raise RefusedError(f"{len(notebooks)} notebooks were handed in, more than are looked into; hand in one")
    sure, unsure, refused = [], [], []
    for one in notebooks:
        try:
            number = _number(one.file.read(), one.title)
        except RefusedError as why:
            refused.append(f"{one.title}: {why}")
            continue
        if number == int(lab):
            sure.append(one)
        elif number is None:
            unsure.append(one)
    candidates = sorted(sure or unsure, key=_age)
    if not candidates:
        if refused:
            raise RefusedError("; ".join(refused))
        others = sorted({one.title for one in owned})
        names = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        raise RefusedError(f"no notebook of lab {lab}" + (f"; handed in: {names}" if others else ""))
    newest = candidates[-1]
    return replace(
        nothing,
        file=newest.title,
        content=newest.file.read(),
        handed_in_at=newest.file.time,
        ids=newest.ids,
        notes=tuple(_notes(candidates, refused, sure, lab)),
    )


def _notes(candidates: list[_Owned], refused: list[str], sure: list[_Owned], lab: str) -> Iterator[str]:
    newest = candidates[-1]
    if len(candidates) > 1:
        others = ", ".join("/".join(one.file.parts) for one in candidates[:-1])
        told = _age(newest)[:-1] != _age(candidates[-2])[:-1]
        why = "the newest" if told else "the last in the list, as nothing tells which is the newest"
        yield f"{len(candidates)} notebooks of lab {lab} were handed in; {'/'.join(newest.file.parts)} counts, {why}; left aside: {others}."
    if not sure:
        yield f"Neither its name nor its metadata says that {newest.title} is lab {lab}."
    if newest.late:
        yield "Canvas marks it as late, and does not say how late."
    for why in refused:
        yield f"Left aside: {why}."


def _age(one: _Owned) -> tuple:
    """Sort by time, then by the platform's counting, then by the number of a copy: -1, (1)."""
    copy = re.search(r"(?:-|_|\()(\d{1,6})\)?\.ipynb$", "_" + one.title, re.IGNORECASE)
    time = one.file.time.timestamp() if one.file.time else 0.0
    return time, one.version, int(copy[1]) if copy else 0, one.file.place


def _number(content: bytes, title: str) -> int | None:
    """Return the number of the lab a notebook belongs to, from its metadata, else from its name; None if neither tells.

    The metadata is searched for and not parsed: small JSON can be made to fill the memory, and what is broken off at its
    end still says which lab it is. In the source of a cell its quotes would be escaped, so it is not found there.
    """
    last = deque(_METADATA.finditer(content), maxlen=1)  # a notebook's metadata stands behind its cells
    try:
        told = json.loads(last[0][1]) if last else {}
    except (ValueError, RecursionError):
        told = {}
    number = told.get("number")
    if isinstance(number, int) and not isinstance(number, bool):
        return number if told.get("kind", "lab") == "lab" else -1
    named = _NAMED.search(title)
    return int(named[1] or named[2]) if named else None
