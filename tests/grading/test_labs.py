"""Every lab of the course: the stub earns nothing, the solution everything, and points are as declared."""

import pytest

from unrolled.authoring.source import read, sources
from unrolled.course import root as course_root
from unrolled.grading.engine import check_file

ROOT = course_root()
LABS = [read(ROOT, path) for path in sources(ROOT) if path.parent.name == "labs"]


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_the_stub_earns_nothing(lab):
    result = check_file(ROOT / "labs" / f"{lab.slug}.ipynb")
    assert [exercise.points for exercise in result.exercises] == [0] * len(result.exercises)
    assert result.possible == lab.meta["points"]


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_solution_earns_everything_whatever_the_seed(lab, seed):
    result = check_file(ROOT / "solutions" / f"{lab.slug}.ipynb", seed=seed)
    assert result.points == result.possible == lab.meta["points"]
