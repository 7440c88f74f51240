"""Citations in the notebooks: names as they are printed, and a link. Every work can be found, or says why not."""

import re
from pathlib import Path

import nbformat
import pytest

from unrolled.authoring.bibliography import citation_links, unidentified
from unrolled.authoring.source import AuthoringError

ROOT = Path(__file__).resolve().parents[2]
BIB = """\
@article{one, author = {K{\\"u}chler, Andreas}, title = {T}, journal = {J}, year = {1996}, doi = {10.1/x}}
@article{two, author = {van {Straat}, Ann and Gr{\\'e}, Bo}, title = {T}, journal = {J}, year = {2001}}
@article{three, author = {A, B and C, D and E, F}, title = {T}, journal = {J}, year = {2002}, url = {https://a.example/}}
"""


@pytest.mark.parametrize(
    ("key", "link"),
    [
        ("one", "[Küchler 1996](https://doi.org/10.1/x)"),
        ("two", "Straat and Gré 2001"),
        ("three", "[A et al. 2002](https://a.example/)"),
    ],
)
def test_names_are_letters_and_the_work_is_linked(tmp_path: Path, key: str, link: str) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "references.bib").write_text(BIB)
    assert citation_links(tmp_path, "a page")(key) == link


def test_an_unknown_key_is_named_with_its_page(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "references.bib").write_text(BIB)
    with pytest.raises(AuthoringError, match="a page: no reference 'four'"):
        citation_links(tmp_path, "a page")("four")


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_notebook_shows_the_markup_of_a_name(notebook: Path) -> None:
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert not [label for label in re.findall(r"\[([^]]+ \d{4})\]", text) if "{" in label]


def test_every_work_of_the_book_can_be_found() -> None:
    assert unidentified(ROOT / "book" / "references.bib") == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("doi = {10.1207/s15516709cog1402_1}", True),
        ("eprint = {1211.5063}", True),
        ("url = {https://arxiv.org/abs/1409.0473}", True),
        ("isbn = {978-0-8162-1104-3}", True),
        ("note = {A printed book without DOI}", True),
        ("url = {https://example.org/paper.pdf}", False),
        ("doi = {https://doi.org/10.1207/x}", False),
        ("note = {A good read}", False),
        ("pages = {1--2}", False),
    ],
)
def test_what_counts_as_found(tmp_path: Path, fields: str, found: bool) -> None:
    bibliography = tmp_path / "references.bib"
    bibliography.write_text(
        f"@misc{{someone1999, author = {{Someone, S.}}, title = {{T}}, year = {{1999}}, {fields}}}\n"
    )
    said = unidentified(bibliography)
    assert said == [] if found else "someone1999 has no doi, arXiv id or isbn" in said[0]
