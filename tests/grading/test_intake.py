"""Every shape a class's work comes in is understood, and no single file, however made, stops the others."""

import io
import json
import os
import stat
import struct
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from unrolled.course import CourseError
from unrolled.grading import sources, submission
from unrolled.grading.intake import handed_in


def notebook(number=2, text="", kind="lab"):
    """A notebook whose metadata says which lab it is; with None it says nothing."""
    metadata = {} if number is None else {"unrolled": {"kind": kind, "number": number}}
    return json.dumps({"metadata": metadata, "cells": [{"id": "a", "source": text}], "nbformat": 4}).encode()


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes files, by path, into a folder."""

    def write(files):
        root = tmp_path / "handed in"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    return write


@pytest.fixture
def packed(tmp_path):
    """Return a function that writes files, by name or ZipInfo, into a zip."""

    def write(files):
        path = tmp_path / "submissions.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items() if isinstance(files, dict) else files:
                archive.writestr(name, content)
        return path

    return write


@pytest.fixture(params=["folder", "zip"])
def source(request, folder, packed):
    """The same files in a folder and in a zip."""
    return folder if request.param == "folder" else packed


def learners(path, lab="02"):
    return {one.learner: one for one in handed_in(path, lab)}


def files(path, lab="02"):
    return {one.learner: one.file for one in handed_in(path, lab)}


# Shapes


def test_a_folder_for_each_learner(source):
    found = learners(source({"ben/my work (2).ipynb": notebook(text="b"), "ana/02_forward.ipynb": notebook(text="a")}))
    assert list(found) == ["ana", "ben"]
    assert found["ben"].file == "my work (2).ipynb"
    assert found["ben"].content == notebook(text="b")
    assert [one.problem for one in found.values()] == ["", ""]


def test_a_file_for_each_learner(source):
    found = files(
        source(
            {
                "ana.ipynb": notebook(),
                "ben_silva_02_forward.ipynb": notebook(None),
                "student_01.ipynb": notebook(),
                "student_02.ipynb": notebook(),
                "classlist.csv": b"ana,ben",
            }
        )
    )
    assert list(found) == ["ana", "ben_silva", "student_01", "student_02"]
    assert found["ben_silva"] == "02_forward.ipynb"


CANVAS = {
    # name on disk: learner, title, user, late
    "doejane_12345_67890_02_forward.ipynb": ("doejane_12345", "02_forward.ipynb", "12345", False),
    "roejohn_LATE_222_333_02_forward-1.ipynb": ("roejohn_222", "02_forward-1.ipynb", "222", True),
    "poeann_late_444_555_lab.ipynb": ("poeann_444", "lab.ipynb", "444", True),
    "delacruz_maría_666_777_x_1_2_y.ipynb": ("delacruz_maría_666", "x_1_2_y.ipynb", "666", False),
    "anon_x3Yz9_888_02_forward.ipynb": ("anon_x3Yz9", "02_forward.ipynb", None, False),
    "LATE_anon_Q7abc_889_02_forward.ipynb": ("anon_Q7abc", "02_forward.ipynb", None, True),
    "anonymous_12345_890_02_forward.ipynb": ("anonymous_12345", "02_forward.ipynb", None, False),
}


def test_what_canvas_exports(source):
    found = learners(source(dict.fromkeys(CANVAS, notebook())))
    assert sorted(found) == sorted(learner for learner, *_ in CANVAS.values())
    for learner, title, user, late in CANVAS.values():
        assert found[learner].file == title
        assert found[learner].ids.get("canvas_user") == user
        assert any("late" in note for note in found[learner].notes) is late
        # The time of the download is not when it was handed in.
        assert found[learner].handed_in_at is None


def test_a_text_in_place_of_a_file_in_canvas(source):
    found = learners(source({"doejane_12345_text.html": b"<p>", "poeann_444_555_02_forward.ipynb": notebook()}))
    assert found["doejane_12345"].problem == "no notebook of lab 02; handed in: text.html."


def test_canvas_learners_of_one_name_stay_apart(source):
    found = learners(source({"lian_1_10_l.ipynb": notebook(text="1"), "lian_2_11_l.ipynb": notebook(text="2")}))
    assert found["lian_1"].content == notebook(text="1")
    assert found["lian_2"].content == notebook(text="2")


MOODLE = {
    "Ana Silva_12345_assignsubmission_file/02_forward.ipynb": "Ana Silva_12345",
    "Ben Ode_12346_assignsubmission_file_/deep/er/02_forward.ipynb": "Ben Ode_12346",
    "Cleo Öz_12347_assignsubmission_file_02_forward.ipynb": "Cleo Öz_12347",
    "Group A_7_assignsubmission_file_/x.ipynb": "Group A_7",
    "Default group_assignsubmission_file/x.ipynb": "Default group",
}


def test_what_moodle_exports(source):
    found = learners(source(dict.fromkeys(MOODLE, notebook())))
    assert sorted(found) == sorted(MOODLE.values())
    assert found["Ana Silva_12345"].ids == {"name": "Ana Silva", "moodle_participant": "12345"}
    assert found["Cleo Öz_12347"].file == "02_forward.ipynb"
    assert {one.handed_in_at for one in found.values()} == {None}


def test_moodles_online_text_is_the_same_learner(source):
    found = learners(
        source(
            {
                "Ana_1_assignsubmission_file/02_forward.ipynb": notebook(),
                "Ana_1_assignsubmission_onlinetext/onlinetext.html": b"<p>",
                "Ben_2_assignsubmission_onlinetext/onlinetext.html": b"<p>",
            }
        )
    )
    assert found["Ana_1"].problem == ""
    assert "onlinetext.html" in found["Ben_2"].problem


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["class/ana/02_forward.ipynb", "class/ben/02_forward.ipynb"], ["ana", "ben"]),
        (["class/ana.ipynb", "class/ben.ipynb"], ["ana", "ben"]),
        (["class/doejane_1_2_lab.ipynb"], ["doejane_1"]),
        (["class/ana/02_forward.ipynb", "class/ben/02_forward.ipynb", "README.txt"], ["ana", "ben"]),
        (["class/ana/02_forward.ipynb", "class/ben/02_forward.ipynb", "cleo.ipynb"], ["class", "cleo"]),
        (["ana/02_forward.ipynb", "ana/img/x.png"], ["ana"]),
        (["ana/02_forward.ipynb", "ana/03_bptt.ipynb"], ["ana"]),
        (["Ana Silva_1_assignsubmission_file/02_forward.ipynb"], ["Ana Silva_1"]),
    ],
)
def test_a_folder_around_everything_is_no_learner(source, names, expected):
    assert list(files(source(dict.fromkeys(names, notebook())))) == expected


# Which notebook counts


def test_metadata_before_name(source):
    found = files(source({"ana/02_forward.ipynb": notebook(3), "ana/03_bptt.ipynb": notebook(2), "b/x.ipynb": b"{}"}))
    assert found["ana"] == "03_bptt.ipynb"


def test_a_name_where_metadata_is_lost(source):
    found = learners(source({"ana/03_bptt.ipynb": notebook(None), "ana/02_forward.ipynb": notebook(None), "b/c": b""}))
    assert found["ana"].file == "02_forward.ipynb"
    assert found["ana"].notes == ()


@pytest.mark.parametrize("name", ["02.ipynb", "lab 2.ipynb", "my_lab02-final.ipynb", "ana_02_forward.ipynb"])
def test_other_names_that_tell_the_lab(source, name):
    found = learners(source({f"ana/{name}": notebook(None), "ana/z_03_bptt.ipynb": notebook(None), "b/c": b""}))
    assert found["ana"].file == name
    assert found["ana"].notes == ()


def test_a_notebook_that_breaks_off_behind_its_metadata_is_still_known(source):
    whole = json.dumps({"cells": [], "metadata": {"unrolled": {"kind": "lab", "number": 2}}, "nbformat": 4}).encode()
    found = learners(source({"ana/03_bptt.ipynb": whole[:-5], "ben/03.ipynb": notebook(3)}))
    assert found["ana"].file == "03_bptt.ipynb"
    assert found["ben"].problem


def test_metadata_quoted_in_a_cell_says_nothing(source):
    quoted = {"cells": [{"source": '"unrolled": {"kind": "lab", "number": 3}'}], "metadata": {}}
    found = learners(source({"ana/02_forward.ipynb": json.dumps(quoted).encode(), "ben/x": b""}))
    assert found["ana"].problem == ""


@pytest.mark.parametrize("told", [b"[" * 4900, b'{"number": "2"}', b'{"number": true}', b'{"number": 2,}', b"{}"])
def test_odd_metadata_falls_back_to_the_name(source, told):
    odd = (
        b'{"cells": [], "metadata": {"unrolled": '
        + (told if told[:1] == b"{" else b'{"number": ' + told + b"}")
        + b"}}"
    )
    found = learners(source({"ana/02_forward.ipynb": odd, "ana/03_bptt.ipynb": odd, "ben/x": b""}))
    assert found["ana"].file == "02_forward.ipynb"


def test_small_json_that_would_fill_the_memory(folder):
    root = folder({"ana/02_forward.ipynb": b"[" + b"{}," * 3_000_000 + b"{}]", "ben/x": b""})
    tracemalloc.start()
    assert learners(root)["ana"].problem == ""
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


def test_neither_name_nor_metadata_is_taken_and_said(source):
    found = learners(source({"ana/work.ipynb": notebook(None), "ben/work.ipynb": notebook(3)}))
    assert "Neither its name nor its metadata" in found["ana"].notes[0]
    assert found["ben"].problem == "no notebook of lab 02; handed in: work.ipynb."


def test_a_lesson_of_the_same_number_is_not_the_lab(source):
    found = learners(source({"ana/02_lesson.ipynb": notebook(2, kind="lesson"), "ben/02.ipynb": notebook()}))
    assert found["ana"].problem.startswith("no notebook of lab 02")


def test_a_broken_notebook_is_handed_on_for_the_grader_to_say_why(source):
    found = learners(source({"ana/02_forward.ipynb": b'{"cells": [', "ben/02_forward.ipynb": b"[" * 100_000}))
    assert found["ana"].content == b'{"cells": ['
    assert found["ben"].problem == ""


def test_the_newest_of_two_by_time(folder):
    root = folder({"ana/a.ipynb": notebook(text="new"), "ana/b.ipynb": notebook(text="old"), "c/d": b""})
    os.utime(root / "ana/a.ipynb", (2_000_000_000, 2_000_000_000))
    os.utime(root / "ana/b.ipynb", (1_000_000_000, 1_000_000_000))
    found = learners(root)["ana"]
    assert found.content == notebook(text="new")
    assert found.handed_in_at == datetime.fromtimestamp(2_000_000_000, UTC)
    assert "2 notebooks of lab 02" in found.notes[0]
    assert "left aside: ana/b.ipynb" in found.notes[0]


def test_the_newest_of_two_by_canvas_counting(source):
    found = learners(source({"lian_1_9_z.ipynb": notebook(text="old"), "lian_1_10_a.ipynb": notebook(text="new")}))
    assert found["lian_1"].content == notebook(text="new")
    assert "the newest" in found["lian_1"].notes[0]


def test_the_newest_of_two_by_the_number_of_the_copy(packed):
    names = ["ana/02_forward-9.ipynb", "ana/02_forward-10.ipynb", "ana/02_forward.ipynb", "b/x.ipynb"]
    assert files(packed({name: notebook() for name in names}))["ana"] == "02_forward-10.ipynb"


def test_two_members_of_one_name(packed):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(
            [("a/02.ipynb", notebook(text="1")), ("a/02.ipynb", notebook(text="2")), ("b/02.ipynb", notebook())]
        )
    found = learners(path)
    assert found["a"].content == notebook(text="2")
    assert "nothing tells which is the newest" in found["a"].notes[0]


# Who handed in nothing


def test_empty_folders_are_learners(folder, packed):
    root = folder({"ana/02_forward.ipynb": notebook()})
    (root / "ben").mkdir()
    assert learners(root)["ben"].problem == "no notebook of lab 02."
    path = packed({"ana/02_forward.ipynb": notebook(), "ben/": b""})
    assert learners(path)["ben"].problem == "no notebook of lab 02."


def test_hidden_files_are_nobodys(source):
    found = files(
        source(
            {
                "ana/.ipynb_checkpoints/02_forward-checkpoint.ipynb": notebook(text="old"),
                "ana/02_forward.ipynb": notebook(),
                "__MACOSX/ana/._02_forward.ipynb": b"\0\5",
                ".git/02_forward.ipynb": notebook(),
                ".DS_Store": b"",
                "ben/02_forward.ipynb": notebook(),
            }
        )
    )
    assert list(found) == ["ana", "ben"]


def test_an_archive_inside_is_not_opened(source):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("02_forward.ipynb", notebook())
    found = learners(source({"ana/work.zip": inner.getvalue(), "ben/02_forward.ipynb": notebook()}))
    assert found["ana"].problem == "no notebook of lab 02; handed in: work.zip."
    assert learners(source({"ana.zip": inner.getvalue(), "ben.ipynb": notebook()}))["ana"].problem


@pytest.mark.parametrize("content", [{}, {"README.txt": b""}, {".hidden/02.ipynb": b"{}"}])
def test_a_source_with_nothing_names_the_shapes(tmp_path, folder, content):
    (tmp_path / "handed in").mkdir()
    with pytest.raises(CourseError, match=r"holds nothing.*ana/02_forward\.ipynb.*ana\.ipynb.*Canvas or Moodle"):
        handed_in(folder(content) or tmp_path, "02")


def test_sources_that_are_no_source(tmp_path):
    with pytest.raises(CourseError, match="There is no"):
        handed_in(tmp_path / "nothing", "02")
    (tmp_path / "x.tar").write_bytes(b"tar")
    with pytest.raises(CourseError, match="neither a folder nor a zip"):
        handed_in(tmp_path / "x.tar", "02")
    (tmp_path / "x.zip").write_bytes(b"PK\5\6" + b"\1" * 18)
    with pytest.raises(CourseError, match="zip"):
        handed_in(tmp_path / "x.zip", "02")


# Hostile files


def test_links_and_pipes_in_folders(folder, tmp_path):
    root = folder({"ana/02_forward.ipynb": notebook(), "ben/x.txt": b"", "cleo/x.txt": b""})
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook(text="secret"))
    (root / "ben" / "02_forward.ipynb").symlink_to(secret)
    os.mkfifo(root / "cleo" / "02_forward.ipynb")
    (root / "dan").symlink_to(tmp_path)
    (root / "eva.ipynb").symlink_to(secret)
    found = learners(root)
    assert list(found) == ["ana", "ben", "cleo", "dan", "eva"]
    for learner in ("ben", "dan", "eva"):
        assert "links are not followed" in found[learner].problem
        assert found[learner].content == b""
    assert "not a regular file" in found["cleo"].problem


def test_a_link_put_in_place_of_the_file_is_not_followed(folder, tmp_path, monkeypatch):
    root = folder({"ana/02_forward.ipynb": notebook(), "ben/x": b""})
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook(text="secret"))
    (root / "ben" / "02_forward.ipynb").symlink_to(secret)
    monkeypatch.setattr("pathlib.Path.is_symlink", lambda self: False)  # as if it became a link right after the look
    assert learners(root)["ben"].content == b""


def special(name, mode):
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = mode << 16
    return member


def test_links_and_devices_in_zips(packed):
    found = learners(
        packed(
            [
                ("ana/02.ipynb", notebook()),
                (special("ben/02.ipynb", stat.S_IFLNK | 0o777), b"/etc/passwd"),
                (special("cleo/02.ipynb", stat.S_IFCHR | 0o666), b""),
            ]
        )
    )
    assert "not a regular file" in found["ben"].problem
    assert "not a regular file" in found["cleo"].problem
    assert found["ana"].problem == ""


@pytest.mark.parametrize(
    "name",
    ["../../ana/02_forward.ipynb", "/etc/02_forward.ipynb", "..\\ana\\02.ipynb", "C:\\02.ipynb", "a/../ana/0.ipynb"],
)
def test_names_that_lead_outside(packed, tmp_path, name):
    before = sorted(tmp_path.parent.rglob("*"))
    path = packed([("ana/02_forward.ipynb", notebook(text="own")), (name, notebook(text="other"))])
    found = learners(path)
    assert found["ana"].content == notebook(text="own")
    assert "leads outside" in found[name].problem
    assert sorted(tmp_path.parent.rglob("*")) == sorted([*before, path])


def test_an_encrypted_member(packed):
    path = packed({"ana/02.ipynb": notebook(), "ben/02.ipynb": notebook()})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the flags of the last member, locally and in the directory
        content[content.rindex(mark) + offset] |= 1
    path.write_bytes(content)
    found = learners(path)
    assert "encrypted" in found["ben"].problem
    assert found["ana"].problem == ""


def test_a_damaged_member_costs_only_itself(packed):
    path = packed({"ana/02.ipynb": notebook(text="x" * 5000), "ben/02.ipynb": notebook()})
    content = bytearray(path.read_bytes())
    start = content.index(b"ana/02.ipynb") + 20
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    found = learners(path)
    assert "damaged" in found["ana"].problem
    assert found["ben"].problem == ""


def test_files_too_large(source, monkeypatch):
    monkeypatch.setattr(submission, "MAX_BYTES", 1000)
    found = learners(source({"ana/02.ipynb": notebook(text="x" * 1000), "ben/02.ipynb": notebook()}))
    assert "larger than" in found["ana"].problem
    assert found["ben"].problem == ""


def test_exactly_the_limit_is_read(source, monkeypatch):
    monkeypatch.setattr(submission, "MAX_BYTES", len(notebook()))
    assert learners(source({"ana/02.ipynb": notebook(), "b/02.ipynb": notebook()}))["ana"].problem == ""


def bomb(size):
    """What packs a thousandfold."""
    return b" " * size


def test_a_zip_bomb_is_not_unpacked(packed):
    path = packed({"ana/02.ipynb": bomb(submission.MAX_BYTES * 5), "ben/02.ipynb": notebook()})
    tracemalloc.start()
    found = learners(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["ana"].problem
    assert peak < submission.MAX_BYTES


def test_a_zip_bomb_that_lies_about_its_size(packed):
    path = packed({"ana/02.ipynb": bomb(submission.MAX_BYTES * 5), "ben/02.ipynb": notebook()})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\1\2")
    packed_size = struct.unpack_from("<I", content, place + 20)[0]
    struct.pack_into("<I", content, place + 24, packed_size * 10)  # the directory says: ten times the packed bytes
    path.write_bytes(content)
    tracemalloc.start()
    found = learners(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["ana"].problem
    assert peak < submission.MAX_BYTES
    assert found["ben"].problem == ""


def test_a_member_that_says_it_is_too_large_is_not_opened(packed):
    path = packed({"ana/02.ipynb": notebook(), "ben/02.ipynb": notebook()})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\1\2") + 24, 100_000_000)
    path.write_bytes(content)
    assert "larger than 20 MB" in learners(path)["ana"].problem


def test_a_suspicious_ratio(packed, monkeypatch):
    monkeypatch.setattr(sources, "MAX_RATIO", 50)
    found = learners(packed({"ana/02.ipynb": bomb(1_000_000), "ben/02.ipynb": notebook()}))
    assert "zip bomb" in found["ana"].problem


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packers_without_a_bound_on_memory_are_not_used(tmp_path, method):
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("ana/02.ipynb", notebook())
        archive.writestr("ben/02.ipynb", notebook(), zipfile.ZIP_STORED)
    found = learners(path)
    assert f"method {method}" in found["ana"].problem
    assert found["ben"].problem == ""


def test_too_many_members(source, monkeypatch):
    monkeypatch.setattr(sources, "MAX_MEMBERS", 10)
    with pytest.raises(CourseError, match="more than 10 files"):
        handed_in(source({f"{number}.ipynb": b"{}" for number in range(20)}), "02")


def test_too_many_notebooks_of_one_learner_cost_only_that_learner(source):
    many = {f"ana/{number}.ipynb": b"{}" for number in range(60)}
    found = learners(source(many | {"ben/02.ipynb": notebook()}))
    assert "60 notebooks" in found["ana"].problem
    assert found["ben"].problem == ""


def test_names_in_odd_encodings(packed):
    path = packed({"Zoé/02.ipynb": notebook(), "ben/02.ipynb": notebook()})
    content = path.read_bytes()
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # UTF-8 without the flag that says so, as many packers write
        place = content.index(mark) + offset
        content = content[:place] + bytes([content[place], content[place + 1] & ~8]) + content[place + 2 :]
    path.write_bytes(content)
    assert list(files(path)) == ["Zoé", "ben"]
    raw = content.replace("Zoé".encode(), b"Zo\x82\x82")  # cp437, as old Windows writes
    path.write_bytes(raw)
    assert list(files(path)) == ["Zoéé", "ben"]


def test_names_on_disk_that_are_no_text_or_would_drive_a_terminal(folder):
    root = folder({"ana/02.ipynb": notebook(), "b\x1b[2J\nc/02.ipynb": notebook(), "d\u202ee/02.ipynb": notebook()})
    odd = os.fsencode(root) + b"/z\xff"
    os.mkdir(odd)
    with open(odd + b"/02.ipynb", "wb") as file:
        file.write(notebook())
    found = files(root)
    assert list(found) == ["ana", "b\\x1b[2J\\nc", "d\\u202ee", "z\\xff"]
    for learner in found:
        learner.encode("utf-8")


def test_decomposed_and_composed_names_are_one_learner(source):
    found = learners(source({"Ana\u0303/02.ipynb": notebook(), "ben/02.ipynb": notebook()}))
    assert list(found) == ["An\u00e3", "ben"]


def test_windows_separators(packed):
    assert list(files(packed({"ana\\02.ipynb": notebook(), "ben\\02.ipynb": notebook()}))) == ["ana", "ben"]


def test_times_of_a_plain_zip_only_with_a_time_zone(packed):
    with_zone = zipfile.ZipInfo("ana/02.ipynb", (2001, 1, 1, 0, 0, 0))
    with_zone.extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_700_000_000)
    found = learners(packed([(with_zone, notebook()), ("ben/02.ipynb", notebook())]))
    assert found["ana"].handed_in_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert found["ben"].handed_in_at is None


def test_it_is_lazy_one_file_at_a_time(source):
    size = 2_000_000
    names = [f"learner{number}/02_forward.ipynb" for number in range(16)]
    path = source({name: notebook(text=os.urandom(size // 2).hex()) for name in names})
    tracemalloc.start()
    count = 0
    for one in handed_in(path, "02"):
        count += len(one.content) > size
        del one
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 16
    assert peak < 6 * size


def test_the_order_does_not_depend_on_the_packers(tmp_path):
    names = ["ben/02.ipynb", "ana/02.ipynb", "cleo/02.ipynb"]
    orders = []
    for order in (names, names[::-1]):
        with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
            for name in order:
                archive.writestr(name, notebook())
        orders.append(list(files(tmp_path / "s.zip")))
    assert orders[0] == orders[1] == ["ana", "ben", "cleo"]


def test_a_folder_that_cannot_be_read(folder, monkeypatch):
    root = folder({"ana/02.ipynb": notebook(), "ben/02.ipynb": notebook()})
    scandir = os.scandir

    def denied(path):
        if os.path.basename(path) == "ben":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    found = learners(root)
    assert "cannot be read: Permission denied" in found["ben"].problem
    assert found["ana"].problem == ""
