"""The PDFs: links that live, tags, an outline, code that is whole. Each check is also shown a file that breaks it."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import checks_pdf as checks
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from test_book import small_course

from unrolled.authoring import book, bound, pdf
from unrolled.figures.style import PALETTE

ROOT = Path(__file__).resolve().parents[2]
WIDE = "x" * 20 + " = 'a line of code that is as wide as a line of code may be in this book: 88 columns'"
TEXT = f"""\
# A title

See {{doc}}`the front page </index>`, [a paper](https://example.org/paper) and {{eq}}`eq:one`.

$$
h_t = {" + ".join(["a_{long} b_{formula}"] * 14)}
$$ (eq:one)

## A section

```{{code-cell}} ipython3
:tags: [hide-input]

{WIDE[:88]}
```

```bash
unrolled grade {"--option value " * 8}
```

| {" | ".join(["a column of words"] * 9)} |
|{"---|" * 9}
| {" | ".join(["unbreakable_name_of_a_thing"] * 9)} |

:::{{question}} Which?
- [ ] this

  No.
- [x] that

  Yes, of course.
:::
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one lesson, built."""
    root = small_course(tmp_path_factory.mktemp("pdf"), TEXT)
    book.build(root)
    return root


@pytest.fixture(scope="module")
def small(course: Path) -> Path:
    """The site of that course."""
    return course / "build" / "site"


def _document(site: Path, *, whole: bool) -> str:
    pages = bound.pages(site)
    return bound.book(pages, site=site, opening="") if whole else bound.chapter(pages[1], site=site)


@pytest.mark.parametrize("whole", [True, False], ids=["book", "chapter"])
def test_small_course_in_print(small: Path, browser: Browser, whole: bool) -> None:
    pages = bound.pages(small)
    content = pdf.print_book(browser, small, pages) if whole else pdf.print_page(browser, small, pages[1])
    reader = checks.read(content)
    assert len(reader.pages) >= (4 if whole else 1)
    _hold(reader, titles=["A title", "A section"], code=[WIDE[:88]])
    assert "Yes, of course." in "".join(page.extract_text() for page in reader.pages)
    assert "https://example.org/paper" in checks.addresses(reader)
    assert ("/index" in [link.get("/Dest") for link in checks.links(reader)]) is whole
    if whole:
        numbers = re.findall(r"^A title (\d+)$", reader.pages[1].extract_text(), re.MULTILINE)
        assert [reader.pages[int(number) - 1].extract_text().count("A section") for number in numbers] == [1]
    with pdf.opened(browser, small, _document(small, whole=whole)) as sheet:
        assert checks.too_wide(sheet) == []


@pytest.mark.parametrize("name", ["lessons/04_anatomy_of_a_step", "labs/02_forward"])
def test_real_page_in_print(site: Path, browser: Browser, name: str) -> None:
    page = next(page for page in bound.pages(site) if page.name == f"{name}.html")
    reader = checks.read(pdf.print_page(browser, site, page))
    assert len(reader.pages) > 2
    notebook = ROOT / name.replace("lessons/", "notebooks/")
    _hold(reader, titles=[page.title], code=checks.code_lines(notebook.with_suffix(".ipynb")))
    with pdf.opened(browser, site, bound.chapter(page, site=site)) as sheet:
        assert checks.too_wide(sheet) == []


def _hold(reader: PdfReader, *, titles: list[str], code: list[str]) -> None:
    assert code
    problems = checks.dead_links(reader) + checks.untagged(reader) + checks.missing_titles(reader, titles)
    problems += checks.cut_lines(reader, code)
    assert problems == []


BUILD = """
import sys, pathlib
from unrolled.authoring import book, publication
book.build(pathlib.Path(sys.argv[1]), publication=publication.Publication("https://example.org/course/"))
"""
BREAKS = {
    "address on this machine": ("</h1>", '</h1><a href="http://127.0.0.1:8000/x">x</a>', checks.dead_links),
    "path on this machine": ("</h1>", '</h1><a href="file:///tmp/x">x</a>', checks.dead_links),
    "title that is no heading": ("h1>", "b>", lambda reader: checks.missing_titles(reader, ["A title"])),
    "no language": ('lang="en"', "", checks.untagged),
    "large code": ("</head>", "<style>pre { font-size: 30px !important }</style></head>",
                   lambda reader: checks.cut_lines(reader, [WIDE[:88]])),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_broken_file_is_rejected(small: Path, browser: Browser, name: str) -> None:
    old, new, check = BREAKS[name]
    document = _document(small, whole=False)
    assert old in document
    with pdf.opened(browser, small, document.replace(old, new)) as sheet:
        content = sheet.pdf(prefer_css_page_size=True, tagged=True, outline=True)
        untagged = sheet.pdf(prefer_css_page_size=True)
    assert check(checks.read(content)) != []
    assert "it is not tagged" in checks.untagged(checks.read(untagged))


def test_wide_block_is_rejected(small: Path, browser: Browser) -> None:
    document = _document(small, whole=False).replace("</h1>", '</h1><div style="width: 900px">wide</div>')
    with pdf.opened(browser, small, document) as sheet:
        assert len(checks.too_wide(sheet)) == 1


def test_chapter_without_an_address_links_to_nothing_outside_itself(small: Path) -> None:
    page = bound.pages(small)[1]
    document = bound.chapter(page, site=small)
    assert page.published == ""
    assert "the front page" in document
    assert "download the notebook" not in document
    assert "index.html" not in document


def test_chapter_links_to_the_published_site_if_it_has_an_address(tmp_path: Path) -> None:
    site = small_course(tmp_path, TEXT) / "build" / "site"
    # In a process of its own: the sitemap's forks a server that would hold on to the browser's pipes, and it never closed.
    subprocess.run([sys.executable, "-c", BUILD, tmp_path], check=True, timeout=120)
    page = bound.pages(site)[1]
    assert page.published == "https://example.org/course/lessons/01_small.html"
    document = bound.chapter(page, site=site)
    assert 'href="https://example.org/course/index.html"' in document
    assert 'href="https://example.org/course/_downloads/' in document


def test_joined_ids_are_unique_and_every_link_inside_has_its_place(site: Path) -> None:
    pages = [page for page in bound.pages(site) if page.name.startswith(("index", "appendix/", "teach/", "lessons/08"))]
    document = bound.book(pages, site=site, opening="")
    assert document.count('href="#appendix-glossary--term-') > 5
    assert checks.unresolved(document) == []


@pytest.mark.parametrize(
    "broken", ['<a href="#nowhere">x</a>', '<svg><use xlink:href="#nowhere"/></svg>', '<p id="index"></p>']
)
def test_broken_reference_is_rejected(small: Path, broken: str) -> None:
    document = _document(small, whole=True)
    assert checks.unresolved(document) == []
    assert len(checks.unresolved(document.replace("</h1>", f"</h1>{broken}", 1))) == 1


def test_contents_are_in_the_order_of_the_site(site: Path) -> None:
    names = [page.name for page in bound.pages(site)]
    assert names[:2] == ["index.html", "lessons/01_order_is_information.html"]
    articles = {
        path for path in site.rglob("*.html") if "furo-main-content" in path.read_text(encoding="utf-8")
    }  # neither redirects nor slides
    assert {path.relative_to(site).as_posix() for path in articles} - {*names} <= {"search.html", "404.html"}
    levels = {page.name: page.depth for page in bound.pages(site)}
    assert (levels["index.html"], levels["labs/02_forward.html"], levels["data/emoji.html"]) == (0, 1, 2)


def test_publish_prints_what_changed_and_links_it(
    course: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(pdf, "_chromium", lambda: contextlib.nullcontext(browser))
    site = course / "build" / "site"
    folder = pdf.publish(course, site)
    made = {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*.pdf")}
    assert {*made} == {"unrolled.pdf", "lessons/01_small.pdf"}
    for name in made:
        assert (site / "pdf" / name).read_bytes() == (folder / name).read_bytes()
    page = site / "lessons" / "01_small.html"
    assert page.read_text(encoding="utf-8").count('<a class="reference pdf" href="../pdf/lessons/01_small.pdf">') == 1
    capsys.readouterr()
    pdf.publish(course, site)
    assert "nothing changed" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").count('class="reference pdf"') == 1
    front = site / "index.html"
    front.write_text(front.read_text(encoding="utf-8").replace("Welcome.", "Changed."), encoding="utf-8")
    pdf.publish(course, site)
    assert "1 of 2" in capsys.readouterr().out
    assert (folder / "lessons" / "01_small.pdf").stat().st_mtime_ns == made["lessons/01_small.pdf"]
    assert (folder / "unrolled.pdf").stat().st_mtime_ns > made["unrolled.pdf"]


def test_without_a_browser_the_message_says_what_to_install(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(pdf.PdfError, match="sudo apt install chromium"):
        pdf.publish(tmp_path, course / "build" / "site")


def test_reader_prints_light_and_unfolded(site: Path, address: str, browser: Browser) -> None:
    page = browser.new_page(color_scheme="dark", viewport=pdf.PAPER)
    for name in ("lessons/08_vanishing_and_exploding.html", "labs/02_forward.html"):
        page.goto(urljoin(address, name))
        page.evaluate("document.body.dataset.theme = 'dark'")
        page.emulate_media(media="screen")
        on_screen = checks.dark_or_folded(page)
        assert any(fault.startswith("the paper is") for fault in on_screen)
        if "lessons" in name:
            assert {"a figure is dark"} < {*on_screen}
            assert any(fault.startswith("folded") for fault in on_screen)
        page.emulate_media(media="print")
        assert checks.dark_or_folded(page) == []
        assert checks.too_wide(page) == []
    page.close()


def test_print_has_the_light_colours_of_the_figures() -> None:
    style = (ROOT / "book" / "static" / "print.css").read_text(encoding="utf-8")
    held = dict(re.findall(r"--u-(\w+): (#\w+) !important", style))
    assert held == {role: light for role, (light, _) in PALETTE.items()}
