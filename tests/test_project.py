"""The repository as a whole: one list of packages, imports that point downwards, generated files in step."""

import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

from unrolled.authoring.lint import lint
from unrolled.authoring.sync import stale


def pyproject(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_environment_yml_lists_what_pyproject_lists(root):
    conda = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    python, _, pip = conda
    project = pyproject(root)["project"]
    assert pip["pip"] == [*project["dependencies"], "--editable ."]
    assert python == f"python{project['requires-python']}"


def test_lock_pins_every_dependency_of_pyproject(root):
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    project = pyproject(root)["project"]
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = requirement.split(";")[0].split("=")[0].split(">")[0]
        pinned = requirement.split(";")[0].strip() if "==" in requirement else f"{name}=="
        assert f"\n{pinned}" in lock, requirement
    assert "://" not in lock, "a lock names packages and hashes, never the place they were fetched from"


def test_imports_point_downwards(root):
    found = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=root, capture_output=True, text=True)
    if found.returncode:
        raise AssertionError(found.stdout)


def test_labs_and_numpy_work_never_pay_for_tensorflow():
    code = (
        "import sys, unrolled, unrolled.checks.lab02, unrolled.figures, unrolled.evaluate, unrolled.data\n"
        "unrolled.data.load('seattle_rnn')\n"
        "assert not {'tensorflow', 'keras', 'pandas'} & set(sys.modules), 'heavy import'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sources_keep_the_house_rules(root):
    assert lint(root) == []


def test_generated_files_are_what_their_sources_give(root):
    assert stale(root) == []


def test_readme_opens_with_what_it_is_and_its_two_commands(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert readme.index("make start") < readme.index("make test") < readme.index("Four uses")
    assert readme[: readme.index("make start")].count("\n") <= 16
    assert "make test" in (root / ".ci" / "run").read_text(encoding="utf-8")


def test_code_is_formatted_and_clean(root):
    for command in (["check"], ["format", "--check"]):
        run = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=root, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
