"""Anchors of results: one before each output of `measured`, none twice on a page."""

import nbformat
import pytest

from unrolled.authoring import anchors
from unrolled.authoring.source import AuthoringError
from unrolled.evaluate.results import RESULT_MIME


def _page(*names):
    outputs = [
        nbformat.v4.new_output("display_data", {"text/plain": f"{name}: 1", RESULT_MIME: {"name": name}})
        for name in names
    ]
    outputs.insert(1, nbformat.v4.new_output("stream", text="a line between"))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])


def test_each_result_has_its_anchor_before_it():
    page = _page("recurrent: delay 200", "MLP, window 13")
    anchors.place(page, "book/lessons/02_here.md")
    shown = [
        next(iter(output.get("data", {"stream": output.get("text")}).values())) for output in page.cells[0].outputs
    ]
    assert shown == [
        '<span class="measured" id="measured-recurrent-delay-200"></span>',
        "recurrent: delay 200: 1",
        "a line between",
        '<span class="measured" id="measured-mlp-window-13"></span>',
        "MLP, window 13: 1",
    ]


def test_two_results_with_one_anchor_are_named():
    with pytest.raises(
        AuthoringError, match=r"02_here.md: the results 'size 0.5' and 'size 0,5' .* Give one of them another"
    ):
        anchors.place(_page("size 0.5", "size 0,5"), "book/lessons/02_here.md")
