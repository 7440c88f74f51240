"""A learner's files are never overwritten; updates appear beside them."""

import json
import shutil
import urllib.request

import pytest
from nbformat.sign import NotebookNotary

from unrolled import workspace
from unrolled.workspace import lay

LAB = "labs/02_forward.ipynb"


@pytest.fixture
def course(root, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    copy = tmp_path / "course"
    for folder in workspace.FOLDERS:
        shutil.copytree(root / folder, copy / folder)
    return copy


@pytest.fixture
def work(course, tmp_path):
    lay(course, tmp_path / "work")
    return tmp_path / "work"


def change(path, word="changed"):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = word
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_everything_is_laid_and_the_start_page_links_it(work):
    page = (work / "START.md").read_text(encoding="utf-8")
    assert "(notebooks/01_order_is_information.ipynb)" in page
    assert f"({LAB})" in page
    assert "Order is information" in page
    assert (work / LAB).exists()


def test_a_second_start_changes_nothing(course, work):
    before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    assert lay(course, work) == []
    assert {path: path.read_bytes() for path in work.rglob("*") if path.is_file()} == before


def test_an_edited_lab_is_kept(course, work):
    change(work / LAB, "mine")
    assert lay(course, work) == []
    assert "mine" in (work / LAB).read_text(encoding="utf-8")


def test_an_untouched_lab_is_updated_in_place(course, work):
    change(course / LAB, "new edition")
    assert lay(course, work) == []
    assert "new edition" in (work / LAB).read_text(encoding="utf-8")
    assert {path.name for path in (work / "labs").iterdir()} == {path.name for path in (course / "labs").iterdir()}


def test_an_update_of_an_edited_lab_appears_beside_it_once(course, work):
    change(work / LAB, "mine")
    change(course / LAB, "new edition")
    notes = lay(course, work)
    assert "labs/02_forward.update.ipynb" in notes[0]
    assert "mine" in (work / LAB).read_text(encoding="utf-8")
    assert "new edition" in (work / "labs/02_forward.update.ipynb").read_text(encoding="utf-8")
    assert lay(course, work) == []


def test_a_second_update_does_not_overwrite_the_first_when_that_was_edited(course, work):
    change(work / LAB, "mine")
    change(course / LAB, "second edition")
    lay(course, work)
    change(work / "labs/02_forward.update.ipynb", "mine too")
    change(course / LAB, "third edition")
    lay(course, work)
    assert "mine too" in (work / "labs/02_forward.update.ipynb").read_text(encoding="utf-8")
    assert "third edition" in (work / "labs/02_forward.update2.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_text("{"), lambda path: path.write_text("[]")]
)
def test_without_its_record_everything_that_differs_counts_as_edited(course, work, damage):
    change(work / LAB, "mine")
    damage(work / workspace.RECORD)
    lay(course, work)
    assert "mine" in (work / LAB).read_text(encoding="utf-8")


def test_laid_notebooks_are_trusted_so_that_their_figures_show(work):
    import nbformat

    notebook = nbformat.read(work / "notebooks/01_order_is_information.ipynb", as_version=4)
    assert NotebookNotary().check_signature(notebook)


def test_the_site_is_served_on_this_machine_alone(tmp_path):
    (tmp_path / "index.html").write_text("hello", encoding="utf-8")
    address = workspace.serve_site(tmp_path)
    assert address.startswith("http://127.0.0.1:")
    assert urllib.request.urlopen(address).read() == b"hello"


def test_a_taken_port_is_passed_over():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        assert workspace.free_port(port) > port
