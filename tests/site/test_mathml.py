"""Formulas of the course as MathML: the structure a browser needs, and a refusal of what cannot be drawn."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from unrolled.authoring.sphinxext.mathml import FormulaError, to_mathml


def shape(latex: str) -> str:
    """Write a formula's MathML in short: tags, text, and no attributes."""

    def short(element: ET.Element) -> str:
        inside = "".join(map(short, element))
        return f"{element.tag}({inside or (element.text or '')})"

    return "".join(short(child) for child in ET.fromstring(to_mathml(latex))[0])


def only(latex: str, tag: str) -> ET.Element:
    """Return the one element of this kind."""
    (found,) = ET.fromstring(to_mathml(latex)).iter(tag)
    return found


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{a}{b}", "mfrac(mrow(mi(a))mrow(mi(b)))"),
        (r"\partial L", "mo(∂)mi(L)"),
        (r"h_t", "msub(mi(h)mi(t))"),
        (r"x_t^{2}", "msubsup(mi(x)mi(t)mrow(mn(2)))"),
        (r"W_{xh}", "msub(mi(W)mrow(mi(x)mi(h)))"),
        (r"W_{\text{out}}", "msub(mi(W)mrow(mtext(out)))"),
        (r"\sum_{t=1}^{T} L_t", "munderover(mo(∑)mrow(mi(t)mo(=)mn(1))mrow(mi(T)))msub(mi(L)mi(t))"),
        (r"\prod_{k}^{t} a", "munderover(mo(∏)mrow(mi(k))mrow(mi(t)))mi(a)"),
        (r"\max_i a", "munder(mo(max)mi(i))mi(a)"),
        (r"\operatorname{diag}(h)", "mi(diag)mo(()mi(h)mo())"),
        (r"\tanh(z)", "mi(tanh)mo(()mi(z)mo())"),
        (r"a \tanh z", "mi(a)mspace()mi(tanh)mspace()mi(z)"),
        (r"\mathrm{softmax}(z)", "mrow(mi(softmax))mo(()mi(z)mo())"),
        (r"\mathcal{L}", "mi(ℒ)"),
        (r"\mathbb{R}^{B}", "msup(mi(ℝ)mrow(mi(B)))"),
        (r"\mathbb{1}", "mrow(mn(𝟙))"),
        (r"\mathbf{W}", "mi(𝐖)"),
        (r"\boldsymbol{x\theta}", "mrow(mi(𝒙)mi(𝜽))"),
        (r"a \odot b", "mi(a)mo(⊙)mi(b)"),
        (r"A^\top", "msup(mi(A)mo(⊤))"),
        (r"\lVert x \rVert_2", "mo(‖)mi(x)msub(mo(‖)mn(2))"),
        (r"a_1, \dots, a_n", "msub(mi(a)mn(1))mo(,)mo(…)mo(,)msub(mi(a)mi(n))"),
        (r"f'(x)", "mrow(mi(f)mo(′))mo(()mi(x)mo())"),
        (r"h'_t", "msub(mrow(mi(h)mo(′))mi(t))"),
        (r"1{,}461", "mn(1,461)"),
        (r"a b 1{,}461", "mi(a)mi(b)mn(1,461)"),
        (r"0.125", "mn(0.125)"),
        (r"a < b", "mi(a)mo(<)mi(b)"),
        (r"\sigma(z)", "mi(σ)mo(()mi(z)mo())"),
        (r"\sqrt{d_k}", "msqrt(mrow(msub(mi(d)mi(k))))"),
    ],
)
def test_structure(latex: str, expected: str) -> None:
    assert shape(latex) == expected


def test_matrix_has_brackets_and_cells() -> None:
    drawn = shape(r"\begin{bmatrix} 0 & 1 \\ -1 & 0 \end{bmatrix}")
    assert drawn == "mo([)mtable(mtr(mtd(mn(0))mtd(mn(1)))mtr(mtd(mo(−)mn(1))mtd(mn(0))))mo(])"


@pytest.mark.parametrize("environment", ["aligned", "align", "align*"])
def test_aligned_lines_meet_at_the_sign(environment: str) -> None:
    latex = rf"\begin{{{environment}}} h_t &= a \\ y &= b + c \end{{{environment}}}"
    table = only(latex, "mtable")
    assert table.get("class") == "aligned"
    assert [[cell.get("class") for cell in row] for row in table] == [["right", "left"], ["right", "left"]]
    assert "mtext" not in shape(latex), "the equation's number is the page's, not the formula's"


def test_cases_are_set_left_behind_one_brace() -> None:
    latex = r"\begin{cases} z & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}"
    assert {cell.get("class") for cell in only(latex, "mtable").iter("mtd")} == {"left"}
    assert shape(latex).startswith("mrow(mo({)")


def test_underbrace_carries_its_words() -> None:
    assert shape(r"\underbrace{a+b}_{\text{new}}") == "munder(munder(mrow(mi(a)mo(+)mi(b))mo(⏟))mrow(mtext(new)))"


@pytest.mark.parametrize("latex", [r"\hat{y}", r"\bar{y}", r"\widehat{xy}", r"\tilde{y}"])
def test_accents_sit_on_their_letter(latex: str) -> None:
    assert only(latex, "mover").get("accent") == "true"


def test_operators_in_an_index_take_no_space() -> None:
    assert only("h_{t-1}", "mo").attrib == {"lspace": "0", "rspace": "0"}


def test_limits_move_beside_the_name_in_text() -> None:
    assert only(r"\operatorname*{argmin}_x", "mo").get("movablelimits") == "true"


def test_source_is_kept_for_readers_and_search() -> None:
    root = ET.fromstring(to_mathml("a <\n b", display=True))
    assert root.get("alttext") == "a < b"
    assert root.get("display") == "block"
    assert ET.fromstring(to_mathml("a")).get("display") is None


def test_nothing_is_left_to_dropped_parts_of_mathml() -> None:
    latex = r"\mathbf{a}\mathsf{b}\boldsymbol{c}\!\mathbb{2} \begin{aligned} a &= b \end{aligned}"
    text = to_mathml(latex)
    for dropped in ("mathvariant", "columnalign", "columnspacing", "rowspacing", "mathspace"):
        assert dropped not in text


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        (r"\frac{a}", "part is missing"),
        (r"\foo{a}", r"\foo is not known"),
        (r"{a", "never closed"),
        (r"a}", "no opening one"),
        (r"\left( a", "does not parse"),
        (r"a \\ b", "line break"),
        (r"a & b", "stray &"),
        (r"\mathfrak{1}", "alphabet"),
    ],
)
def test_what_cannot_be_drawn_is_refused(latex: str, reason: str) -> None:
    with pytest.raises(FormulaError, match=reason.replace("\\", r"\\")):
        to_mathml(latex)
