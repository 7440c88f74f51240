"""The zips of a release: what each holds, the same bytes twice, and what keeps a checkout from being released."""

import hashlib
import subprocess
import zipfile

import pytest

from unrolled import __date__, __version__
from unrolled.authoring import book
from unrolled.authoring import release as releasing
from unrolled.authoring.release import ReleaseError, fetch_wheels, pack, problems, release

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
PYPROJECT = f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "unrolled"
version = "{__version__}"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["src/unrolled"]
"""
RELEASED = "2026-12-01"


@pytest.fixture
def checkout(tmp_path, root, monkeypatch):
    """A small course, committed and by all its files released, with a site that is built."""
    course = tmp_path / "course"
    files = {
        "pyproject.toml": PYPROJECT,
        "CHANGELOG.md": f"# Changelog\n\n## {__version__} ({RELEASED})\n\n- All.\n\n## 0.0.1 (2026-01-01)\n",
        "CITATION.cff": f'version: {__version__}\ndate-released: "{RELEASED}"\n',
        "environment.yml": (root / "environment.yml").read_text(encoding="utf-8"),
        "src/unrolled/__init__.py": "",
        ".gitignore": "/build/\n",
        **{name: name for name in ("README.md", "LICENSE", "LICENSE-TEXT", "NOTICE", "requirements.lock")},
        **{f"{folder}/01_small.ipynb": NOTEBOOK for folder in releasing.FOLDERS},
    }
    for name, text in files.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    for command in (["init"], ["add", "--all"], ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-m", "All"]):
        subprocess.run(["git", *command], cwd=course, check=True, capture_output=True)
    site = course / "build" / "site"
    (site / "teach").mkdir(parents=True)
    for page in ("index.html", "teach/index.html"):
        (site / page).write_text("<h1>Page</h1>")
    monkeypatch.setattr(releasing, "__date__", RELEASED)
    monkeypatch.setattr(releasing, "stale", lambda root: [])
    monkeypatch.setattr(book, "build", lambda root: site)
    return course


def names(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name.removeprefix(f"unrolled-{__version__}/") for name in archive.namelist()}


def read(path, name):
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"unrolled-{__version__}/{name}").decode()


def test_a_release_has_all_a_teacher_needs_and_learners_get_no_solutions(checkout):
    teachers, learners = release(checkout)
    wheel = f"unrolled-{__version__}-py3-none-any.whl"
    assert names(teachers) == {
        *releasing.FILES,
        "OFFLINE.md",
        "environment.yml",
        wheel,
        "site/index.html",
        "site/teach/index.html",
        "notebooks/01_small.ipynb",
        "labs/01_small.ipynb",
        "solutions/01_small.ipynb",
    }
    assert names(teachers) - names(learners) == {"solutions/01_small.ipynb"}
    assert f'- "./{wheel}"' in read(teachers, "environment.yml")
    assert "--editable" not in read(teachers, "environment.yml")
    assert (teachers.name, learners.name) == (f"unrolled-{__version__}.zip", f"unrolled-{__version__}-learners.zip")


def test_the_guide_names_what_is_there_and_nothing_else(checkout):
    teachers, learners = release(checkout)
    assert "`solutions/`" in read(teachers, "OFFLINE.md")
    assert "| `solutions/`" not in read(learners, "OFFLINE.md")
    assert "unrolled.pdf" not in read(teachers, "OFFLINE.md")
    (checkout / "build" / "site" / "pdf").mkdir()
    (checkout / "build" / "site" / "pdf" / "unrolled.pdf").write_bytes(b"%PDF")
    (again, _) = release(checkout)
    assert "`site/pdf/unrolled.pdf`" in read(again, "OFFLINE.md")
    assert f"pip install --no-deps unrolled-{__version__}-py3-none-any.whl" in read(again, "OFFLINE.md")


def test_the_same_state_gives_the_same_bytes_and_the_checksum_is_right(checkout):
    first = [path.read_bytes() for path in release(checkout)]
    for file in checkout.rglob("*.html"):
        file.touch()
    made = release(checkout)
    assert [path.read_bytes() for path in made] == first
    for path in made:
        said = path.with_name(f"{path.name}.sha256").read_text()
        assert said == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"


def test_other_contents_give_other_bytes(tmp_path):
    first = pack(tmp_path / "a.zip", "top", {"x": "1"}).read_bytes()
    assert pack(tmp_path / "b.zip", "top", {"x": "2"}).read_bytes() != first
    assert pack(tmp_path / "c.zip", "top", {"x": "1"}).read_bytes() == first


def test_a_released_checkout_has_no_problems(checkout):
    assert problems(checkout) == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("CITATION.cff", 'version: 9.9.9\ndate-released: "2026-12-01"\n', "CITATION.cff has version 9.9.9"),
        ("CITATION.cff", f"version: {__version__}\ndate-released: 2026-12-02\n", "date-released 2026-12-02"),
        ("CHANGELOG.md", "# Changelog\n\n## 9.9.9 (2026-12-01)\n", f"must be: ## {__version__} (the date)"),
        ("CHANGELOG.md", "# Changelog\n", f"must be: ## {__version__} (the date)"),
        ("CHANGELOG.md", f"## {__version__} (unreleased)\n", "CHANGELOG.md says 'unreleased'"),
        ("README.md", "changed", "not committed: README.md"),
        ("left_over.txt", "new", "not committed: left_over.txt"),
    ],
)
def test_what_keeps_a_checkout_from_being_released_is_named(checkout, file, text, says):
    (checkout / file).write_text(text)
    with pytest.raises(ReleaseError, match=r"This state is no release") as raised:
        release(checkout)
    assert says in str(raised.value)
    assert not (checkout / "build" / "release").exists()


def test_a_version_without_a_date_and_stale_files_are_named(checkout, monkeypatch):
    monkeypatch.setattr(releasing, "__date__", None)
    monkeypatch.setattr(releasing, "stale", lambda root: ["labs/01_small.ipynb is stale."])
    found = problems(checkout)
    assert any("Set __date__" in problem for problem in found)
    assert "labs/01_small.ipynb is stale." in found


def test_a_draft_needs_no_release_and_says_so_in_its_name(checkout):
    (checkout / "CHANGELOG.md").write_text(f"## {__version__} (unreleased)\n")
    teachers, _ = release(checkout, draft=True)
    assert teachers.name == f"unrolled-{__version__}-draft.zip"


def test_an_installed_course_is_no_checkout(tmp_path):
    with pytest.raises(ReleaseError, match="no checkout"):
        release(tmp_path, draft=True)


def test_a_wheel_that_cannot_be_built_is_an_error(checkout):
    (checkout / "pyproject.toml").write_text(
        PYPROJECT.replace("hatchling.build", "hatchling.missing").replace("name", "nam")
    )
    with pytest.raises(ReleaseError, match="The wheel was not built"):
        release(checkout, draft=True)


def test_packages_that_cannot_be_had_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "requirements.lock").write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ReleaseError, match=r"(?s)not fetched.*nowhere.*--wheels needs pip and the network"):
        fetch_wheels(tmp_path / "requirements.lock", tmp_path / "wheels")


def test_the_course_itself_says_one_version_and_one_date_everywhere(root):
    found = [problem for problem in problems(root) if "commit" not in problem and "git " not in problem]
    assert found == (
        [] if __date__ else ["src/unrolled/__init__.py says that this version is not released. Set __date__."]
    )
    assert bool(__date__) != ("(unreleased)" in (root / "CHANGELOG.md").read_text(encoding="utf-8"))
