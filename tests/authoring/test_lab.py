"""The stub loses the answer and nothing else; the solution loses the marks and nothing else."""

import copy

import pytest

from unrolled.authoring import lab
from unrolled.authoring.source import AuthoringError, publish, read, sources


@pytest.fixture(scope="module")
def source(root):
    return read(root, next(path for path in sources(root) if path.parent.name == "labs"))


def answers(notebook):
    return [cell for cell in notebook.cells if lab.role(cell) == "answer"]


def test_stub_keeps_signature_and_docstring_and_raises(source):
    for cell in answers(lab.stub(source, lab.solved(source))):
        assert cell.source.startswith("def ")
        assert '"""Return' in cell.source
        assert cell.source.endswith(f'raise NotImplementedError("Exercise {lab.exercise(cell)}: write your code here")')
        assert not {"return h", "<answer>"} & set(cell.source.split())


def test_no_line_of_an_answer_is_left_in_the_stub(source):
    stub = "\n".join(cell.source for cell in lab.stub(source, lab.solved(source)).cells)
    for cell in answers(source.notebook):
        code = cell.source.split("# <answer>")[1].split("# </answer>")[0]
        for line in filter(None, map(str.strip, code.split("\n"))):
            assert line not in stub


def test_solution_has_a_hidden_check_behind_each_visible_one(source):
    roles = [(lab.role(cell), lab.exercise(cell)) for cell in lab.solved(source).cells if lab.role(cell)]
    assert roles == [(role, n) for n in (1, 2, 3, 4) for role in ("answer", "check", "hidden")]
    assert not any("answer>" in cell.source for cell in lab.solved(source).cells)


def test_stub_shows_the_verdicts_of_a_right_answer_and_no_hidden_check(root):
    stub = publish(root, next(path for path in sources(root) if path.parent.name == "labs"))
    shown = [cell.outputs[0].data["text/plain"] for cell in stub.cells if lab.role(cell) == "check"]
    assert len(shown) == 4
    assert all("WRONG" not in verdict and "points" in verdict for verdict in shown)
    assert not any(lab.role(cell) == "hidden" for cell in stub.cells)


@pytest.mark.parametrize(("old", "new"), [("# <answer>", ""), ("# </answer>", "")])
def test_a_lost_mark_is_an_error(source, old, new):
    broken = copy.deepcopy(source)
    answers(broken.notebook)[0].source = answers(broken.notebook)[0].source.replace(old, new)
    with pytest.raises(AuthoringError, match="exercise-1-answer"):
        lab.solved(broken)


def test_an_exercise_without_check_is_an_error(source):
    broken = copy.deepcopy(source)
    broken.notebook.cells = [cell for cell in broken.notebook.cells if cell.id != "exercise-3-check"]
    with pytest.raises(AuthoringError, match="must be the same"):
        lab.solved(broken)
