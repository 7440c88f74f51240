"""What a published site has that one on a reader's own disk has not, and where other addresses lead."""

from __future__ import annotations

import functools
import http.server
import os
import re
import stat
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree

import checks_site as checks
import nbformat
import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Browser, expect
from test_book import GOOD, small_course

from unrolled.authoring import book, cards, launch
from unrolled.authoring.publication import Publication, PublicationError
from unrolled.authoring.redirects import redirects
from unrolled.authoring.source import AuthoringError

PREFIX = "/course/net/"
PUBLISHED = Publication(f"https://example.org{PREFIX}", "someone/course", "part/two")
PAGE = "lessons/01_small.html"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small course, published."""
    root = small_course(tmp_path_factory.mktemp("published"), GOOD)
    return book.build(root, publication=PUBLISHED)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same course, built for one's own disk."""
    return book.build(small_course(tmp_path_factory.mktemp("plain"), GOOD))


@pytest.fixture(scope="module")
def host(published: Path) -> Iterator[str]:
    """A host like GitHub Pages: the site stands under a path, and 404.html answers for what is missing, at any depth."""

    class Pages(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def translate_path(self, path: str) -> str:
            return super().translate_path(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else os.devnull

        def send_error(self, code: int, *arguments: object, **named: object) -> None:
            body = (published / "404.html").read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with checks.serving(functools.partial(Pages, directory=published)) as address:
        yield urljoin(address, PREFIX)


def head(site: Path, page: str = PAGE) -> dict[str, str]:
    """Return what a page's head says, by name."""
    text = (site / page).read_text(encoding="utf-8")
    found = re.findall(r'<(?:meta (?:name|property)|link rel)="([^"]+)" (?:content|href)="([^"]*)"', text)
    return dict(found)


def links(site: Path) -> dict[str, str]:
    """Return the links under the page's title, by their words."""
    facts = (site / PAGE).read_text(encoding="utf-8").partition("page-facts docutils")[2].partition("</div>")[0]
    return {words: place for place, words in re.findall(r'href="(https://[^"]+)">([^<]+)</a>', facts)}


@pytest.mark.parametrize(
    "address",
    ["example.org", "/course", "ftp://example.org/", "https://", "https://a b/", "https://a/?q=1", "https://a:x/"],
)
def test_address_that_is_no_url_is_named(address: str) -> None:
    with pytest.raises(PublicationError, match=re.escape(repr(address)) + ".*--address https://"):
        Publication(address)


@pytest.mark.parametrize("repository", ["course", "a/b/c", "https://github.com/a/b", "-a/b", "a b/c", "a/", ""])
def test_repository_that_is_not_owner_and_name_is_named(repository: str) -> None:
    with pytest.raises(PublicationError, match=re.escape(repr(repository)) + ".*--repository owner/name"):
        Publication(repository=repository)


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "a b", "a/", 'a"b', "a.lock"])
def test_branch_that_git_would_not_take_is_named(branch: str) -> None:
    with pytest.raises(PublicationError, match=re.escape(repr(branch)) + ".*--branch main"):
        Publication(repository="a/b", branch=branch)


def test_address_is_kept_with_one_slash_at_its_end() -> None:
    assert Publication("https://example.org/net").address == "https://example.org/net/"
    assert Publication("https://example.org").address == "https://example.org/"


def test_other_settings_are_another_build(plain: Path, published: Path) -> None:
    root = plain.parents[1]
    digests = {book._digest(root, one) for one in (book.AT_HOME, PUBLISHED, Publication(PUBLISHED.address))}
    assert len(digests) == 3


def test_without_settings_nothing_points_to_a_published_place(plain: Path) -> None:
    files = {path.relative_to(plain).as_posix() for path in plain.rglob("*") if path.is_file()}
    assert not {"404.html", "sitemap.xml", "robots.txt", ".nojekyll"} & files
    assert not [name for name in files if name.startswith(("colab/", "_cards/"))]
    assert links(plain) == {}
    assert not [name for name in head(plain) if name.startswith(("og:", "twitter:", "canonical"))]
    assert head(plain)["description"] == "The first paragraph."
    assert checks.broken_links(plain) == []


def test_head_names_the_page_and_its_card(published: Path) -> None:
    found, place = head(published), f"{PUBLISHED.address}{PAGE}"
    assert found["canonical"] == found["og:url"] == place
    assert found["og:title"] == "A title · Lesson 01"
    assert found["og:site_name"] == "Unrolled"
    assert found["og:description"] == found["description"] == "The first paragraph."
    assert found["og:image"] == f"{PUBLISHED.address}_cards/lessons/01_small.png"
    assert (published / found["og:image"].removeprefix(PUBLISHED.address)).is_file()
    assert found["twitter:card"] == "summary_large_image"
    assert head(published, "index.html")["og:type"] == "website"


def test_a_deck_names_its_lesson_as_the_page_to_find(published: Path) -> None:
    deck = (published / "slides" / "01_small.html").read_text(encoding="utf-8")
    assert re.findall(r'<link (?=[^>]*rel="canonical")[^>]*href="([^"]*)"', deck) == [f"{PUBLISHED.address}{PAGE}"]


def test_sitemap_lists_the_pages_and_nothing_else(published: Path) -> None:
    listed = [place.text for place in ElementTree.parse(published / "sitemap.xml").iter() if place.tag.endswith("loc")]
    pages = {*checks.html_pages(published)} - {"search.html", "404.html"}
    assert sorted(listed) == sorted(f"{PUBLISHED.address}{page}" for page in pages if not page.startswith("slides/"))
    assert f"Sitemap: {PUBLISHED.address}sitemap.xml\n" in (published / "robots.txt").read_text(encoding="utf-8")
    assert (published / ".nojekyll").exists()


WORD = "Selbstverstaendlichkeitsbescheinigungsformularausgabestelle"


@pytest.mark.parametrize(
    "title", ["LSTM", "What a net of many words is called, and why " * 5, WORD * 3, "Costs $5 or $6_x$"]
)
def test_card_has_its_size_and_stays_inside_its_margins(tmp_path: Path, title: str) -> None:
    cards.draw(cards.Card("Unrolled", "Lesson 10", title, f"A line. {title}"), tmp_path / "card.png")
    picture = imread(tmp_path / "card.png")[:, :, :3]
    assert picture.shape == (630, 1200, 3)
    paper = picture[0, 0]
    drawn = np.abs(picture - paper).max(axis=2) > 0.2
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    assert rows[0] >= 60
    assert rows[-1] <= 590
    assert columns[0] >= 70
    assert columns[-1] <= 1200 - 70
    assert drawn[140:330].any(), "no title"
    assert drawn[430:590, 600:].any(), "no net"


def test_card_is_drawn_once(tmp_path: Path) -> None:
    card = cards.Card("Unrolled", "Lesson 10", "LSTM", "A memory.")
    drawn = cards.stored(card, tmp_path)
    drawn.write_bytes(b"drawn before")
    assert cards.stored(card, tmp_path).read_bytes() == b"drawn before"
    assert cards.stored(cards.Card("Unrolled", "Lesson 10", "GRU", "A memory."), tmp_path) != drawn


def test_card_keeps_whole_sentences() -> None:
    assert cards._openings("One. Two? And three …") == ["One. Two?", "One."]
    assert cards._openings("No end …") == []


def test_links_open_the_notebook_where_it_lies(published: Path) -> None:
    assert links(published) == {
        "Open in Colab": "https://colab.research.google.com/github/someone/course/blob/gh-pages/colab/notebooks/01_small.ipynb",
        "Open in Binder": "https://mybinder.org/v2/gh/someone/course/part%2Ftwo?labpath=notebooks/01_small.ipynb",
        "Source on GitHub": "https://github.com/someone/course/blob/part/two/book/lessons/01_small.md",
    }
    copy = links(published)["Open in Colab"].partition("gh-pages/")[2]
    assert (published / copy).is_file()
    root = published.parents[1]
    assert (root / links(published)["Open in Binder"].partition("labpath=")[2]).is_file()
    assert (root / links(published)["Source on GitHub"].partition("part/two/")[2]).is_file()


def test_copy_for_colab_installs_the_course_and_is_the_notebook_otherwise(published: Path) -> None:
    copy = nbformat.read(published / "colab" / "notebooks" / "01_small.ipynb", as_version=4)
    original = nbformat.read(published.parents[1] / "notebooks" / "01_small.ipynb", as_version=4)
    first, *rest = copy.cells
    assert '%pip install -q --no-deps "unrolled @ git+https://github.com/someone/course@part/two"' in first.source
    assert re.search(r"^%pip install -q keras==[\d.]+ sacrebleu==[\d.]+$", first.source, re.MULTILINE)
    assert rest == original.cells
    assert copy.metadata == original.metadata
    nbformat.validate(copy)


def test_colab_lacks_what_is_installed_for_it(root: Path) -> None:
    """Of what the notebooks import, Colab brings all but the course itself and what the first cell installs."""
    brings = {"IPython", "matplotlib", "numpy", "scipy", "sklearn", "tensorflow", "threadpoolctl"}
    imported = set()
    for path in [*(root / "notebooks").glob("*.ipynb"), *(root / "labs").glob("*.ipynb")]:
        code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        imported |= set(re.findall(r"^\s*(?:import|from) (\w+)", code, re.MULTILINE))
    assert imported - brings - set(sys.stdlib_module_names) == {"unrolled", *launch.COLAB_LACKS}


def test_binder_has_the_lock_a_python_that_fits_and_the_course(root: Path) -> None:
    wanted = (root / "binder" / "requirements.txt").read_text(encoding="utf-8")
    (lock,) = re.findall(r"^-r (.+)$", wanted, re.MULTILINE)
    assert (root / "binder" / lock).resolve() == root / "requirements.lock"
    name, _, python = (root / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().partition("-")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert name == "python"
    assert f"Programming Language :: Python :: {python}" in project["classifiers"]
    after = root / "binder" / "postBuild"
    assert after.stat().st_mode & stat.S_IXUSR, "repo2docker runs it: chmod +x binder/postBuild"
    assert "--no-deps --no-build-isolation --editable ." in after.read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", checks.MODES)
def test_wrong_address_shows_a_page_in_the_sites_style_at_any_depth(host: str, browser: Browser, mode: str) -> None:
    context = browser.new_context(color_scheme=mode, viewport=checks.SIZES["phone"])
    page = context.new_page()
    missing = []
    page.on("response", lambda reply: missing.append(reply.url) if reply.status != 200 else None)
    wrong = urljoin(host, "deep/down/nothing.html")
    assert page.goto(wrong).status == 404
    assert missing == [wrong], "a file of the page itself is missing"
    expect(page.locator("h1")).to_have_count(1)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(253, 253, 254)", "dark": "rgb(19, 20, 22)"}[mode]
    page.evaluate(checks.Axe().axe_script)
    assert checks._axe(page) == []
    assert page.get_by_role("link", name="course map").get_attribute("href") == f"{PREFIX}index.html#course-map"
    page.get_by_label("Search the course").fill("paragraph")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{host}search.html?q=paragraph")
    expect(page.locator("#search-results li a").first).to_be_visible()
    context.close()


def test_course_map_is_where_the_page_for_wrong_addresses_says(site: Path) -> None:
    assert 'id="course-map"' in (site / "index.html").read_text(encoding="utf-8")


def test_every_redirect_leads_to_a_page(site: Path, root: Path) -> None:
    found = checks.redirects(site)
    assert {"lessons/10.html", "labs/02.html", "glossary.html"} <= {*found}
    assert len(found) >= len([*(root / "book" / "lessons").glob("*.md"), *(root / "book" / "labs").glob("*.md")])
    for name in found:
        text = (site / name).read_text(encoding="utf-8")
        places = {unquote(place) for place in re.findall(r'(?:url=|href="|replace\(")([^"]+)"', text)}
        assert len(places) == 1, name
        assert urljoin(name, places.pop()) in checks.html_pages(site), name


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("old", ["lessons/10.html", "glossary.html"])
def test_redirect_arrives(site: Path, address: str, browser: Browser, old: str, scripts: bool) -> None:
    today = {"lessons/10.html": "lessons/10_lstm.html", "glossary.html": "appendix/glossary.html"}[old]
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    for start in (address, site.resolve().as_uri() + "/"):
        page.goto(f"{start}{old}#top")
        page.wait_for_url(lambda url, start=start: url.startswith(f"{start}{today}"))
        expect(page.locator("h1")).to_be_visible()
        if scripts:
            assert page.url.endswith("#top")
    context.close()


def test_redirect_page_is_accessible(site: Path, address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    text = (site / "glossary.html").read_text(encoding="utf-8")
    page.set_content(re.sub(r"<script>.*?</script>|<noscript>.*?</noscript>", "", text))
    page.evaluate(checks.Axe().axe_script)
    assert checks._axe(page) == []
    context.close()


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("old: lessons/09_gone\n", "old leads to lessons/09_gone, which is no page"),
        ("index: lessons/01_small\n", "index is a page, which the redirect would hide"),
    ],
)
def test_redirect_without_a_page_or_over_one_is_named(tmp_path: Path, listed: str, message: str) -> None:
    root = small_course(tmp_path, GOOD)
    staged = book.stage(root)
    assert redirects(root, staged) == {"lessons/01": "01_small.html"}
    (root / "book" / "redirects.yml").write_text(listed, encoding="utf-8")
    with pytest.raises(AuthoringError, match=message):
        redirects(root, staged)


def test_redirect_climbs_out_of_its_folder(tmp_path: Path) -> None:
    root = small_course(tmp_path, GOOD)
    (root / "book" / "redirects.yml").write_text("a/b/old: lessons/01_small\n", encoding="utf-8")
    assert redirects(root, book.stage(root))["a/b/old"] == "../../lessons/01_small.html"
