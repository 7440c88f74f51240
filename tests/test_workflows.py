"""GitHub's workflows cannot run here. What can be held: least rights, pinned actions, and commands that exist."""

import re
import shlex

import pytest
import yaml

from unrolled.cli import _parser

WORKFLOWS = ("pages.yml", "test.yml")
ALLOWED = {"actions/checkout", "actions/setup-python"}


@pytest.fixture(params=WORKFLOWS)
def workflow(request, root):
    text = (root / ".github" / "workflows" / request.param).read_text(encoding="utf-8")
    return yaml.safe_load(text)


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def commands(workflow):
    return [line.strip() for step in steps(workflow) for line in step.get("run", "").splitlines()]


def test_rights_are_the_least(workflow):
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        rights = job.get("permissions", {})
        assert rights in ({}, {"contents": "write"})
        assert not rights or {"push", "gh"} & {word for line in texts(job) for word in line.split()}, name


def texts(job):
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_no_job_runs_without_an_end(workflow):
    assert all(job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())


def test_actions_are_few_and_pinned(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    for action in used:
        name, _, version = action.partition("@")
        assert name in ALLOWED
        assert re.fullmatch(r"v\d+|[0-9a-f]{40}", version), action


def test_names_from_outside_reach_a_shell_only_as_variables(workflow):
    assert not [line for line in commands(workflow) if "${{" in line]


def test_every_target_of_make_exists(workflow, root):
    made = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {line.split()[1] for line in commands(workflow) if line.startswith("make ")}
    assert asked <= made


def test_every_command_of_the_course_is_understood(workflow, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for line in commands(workflow):
        if line.startswith("unrolled "):
            _parser().parse_args(shlex.split(line)[1:])
        if line.startswith("make "):
            target, *given = shlex.split(line.replace("$", ""))[1:]
            recipe = re.search(rf"^{target}:.*\n\t@\$\(BIN\)/unrolled (.*)$", makefile, re.MULTILINE)[1]
            values = dict(value.split("=", 1) for value in given)
            assert all(f"$({name})" in recipe for name in values), f"{target} does not use {[*values]}"
            for name in re.findall(r"\$\((\w+)\)", recipe):
                recipe = recipe.replace(f"$({name})", values.get(name, ""))
            _parser().parse_args(shlex.split(recipe))
