"""The published folder: where each version lies, what the root shows, and what a page makes of the list."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from unrolled.authoring import publish as publishing
from unrolled.authoring.publish import PublishError, publish, site_of
from unrolled.doctor import BROWSERS

SITE = "https://owner.example/course/"
PAGE = """<!doctype html><html lang="en" data-content_root="{up}"><title>{text}</title>
<main><article id="furo-main-content"><h1>{text}</h1></article></main>
<footer><div class="edition" data-site="{site}"><p>Version</p></div></footer>
<script defer src="{up}_static/versions.js"></script></html>"""


def built(folder, root, text, *pages):
    """A site of a few pages that say `text`, with the course's own script."""
    (folder / "_static").mkdir(parents=True)
    shutil.copy(root / "book" / "static" / "versions.js", folder / "_static")
    for name in ("index.html", *pages):
        (folder / name).parent.mkdir(exist_ok=True)
        up = "../" * name.count("/") or "./"
        (folder / name).write_text(PAGE.format(up=up, text=text, site=SITE))
    (folder / "versions.json").write_text('{"newest": null, "versions": []}')
    return folder


@pytest.fixture
def published(tmp_path, root):
    """Releases 0.1.0 and 0.10.0, and main; each has a page of its own."""
    folder = tmp_path / "pages"
    for name, page in {"0.1.0": "lessons/old.html", "v0.10.0": "lessons/new.html", "main": "lessons/next.html"}.items():
        publish(built(tmp_path / name, root, f"site {name}", "lessons/all.html", page), folder, name)
    return folder


def shown(folder):
    return (folder / "index.html").read_text().split("<h1>")[1].split("</h1>")[0]


def test_each_version_has_its_folder_and_the_root_the_newest_release(published):
    assert [shown(published / path) for path in ("", "v0.1.0", "v0.10.0", "main")] == [
        "site v0.10.0",
        "site 0.1.0",
        "site v0.10.0",
        "site main",
    ]
    assert (published / "lessons" / "new.html").exists()
    assert not (published / "lessons" / "old.html").exists(), "a page of the release before stayed at the root"
    assert (published / ".nojekyll").exists()


def test_an_older_release_published_later_does_not_take_the_root(published, tmp_path, root):
    publish(built(tmp_path / "mended", root, "site 0.1.1"), published, "0.1.1")
    assert shown(published) == "site v0.10.0"
    assert [version["name"] for version in listed(published)["versions"]] == ["0.10.0", "0.1.1", "0.1.0", "main"]


def listed(folder):
    return json.loads((folder / "versions.json").read_text())


def test_the_list_says_where_each_version_and_its_pages_are(published):
    assert listed(published) == {
        "newest": "0.10.0",
        "versions": [
            {"name": "0.10.0", "path": "", "pages": ["index.html", "lessons/all.html", "lessons/new.html"]},
            {"name": "0.1.0", "path": "v0.1.0/", "pages": ["index.html", "lessons/all.html", "lessons/old.html"]},
            {"name": "main", "path": "main/", "pages": ["index.html", "lessons/all.html", "lessons/next.html"]},
        ],
    }


def test_main_stands_at_the_root_until_there_is_a_release(tmp_path, root):
    folder = tmp_path / "pages"
    publish(built(tmp_path / "first", root, "site main"), folder, "main")
    assert (shown(folder), listed(folder)["newest"], listed(folder)["versions"][0]["path"]) == ("site main", None, "")
    publish(built(tmp_path / "second", root, "site 0.1.0"), folder, "0.1.0")
    assert (shown(folder), shown(folder / "main")) == ("site 0.1.0", "site main")


def test_publishing_again_replaces_and_touches_nothing_else(published, tmp_path, root):
    (published / "CNAME").write_text("course.example")
    (published / ".git").write_text("gitdir: elsewhere")
    publish(built(tmp_path / "again", root, "mended"), published, "0.10.0")
    assert shown(published) == shown(published / "v0.10.0") == "mended"
    assert not (published / "v0.10.0" / "lessons").exists()
    assert (published / "CNAME").read_text() == "course.example"
    assert (published / ".git").read_text() == "gitdir: elsewhere"
    assert shown(published / "v0.1.0") == "site 0.1.0"


def test_keep_removes_the_oldest_releases_and_says_so(published, tmp_path, root):
    done = publish(built(tmp_path / "newer", root, "site 0.11.0"), published, "0.11.0", keep=2)
    assert any("0.1.0 is removed" in sentence for sentence in done)
    assert not (published / "v0.1.0").exists()
    assert [version["name"] for version in listed(published)["versions"]] == ["0.11.0", "0.10.0", "main"]


@pytest.mark.parametrize("version", ["1.0", "v1", "0.1.0-rc1", "latest", "../main", ""])
def test_what_is_no_version_is_refused_and_nothing_is_written(tmp_path, root, version):
    with pytest.raises(PublishError, match="no version to publish"):
        publish(built(tmp_path / "site", root, "text"), tmp_path / "pages", version)
    assert not (tmp_path / "pages").exists()


def test_a_folder_without_a_site_is_refused(tmp_path):
    with pytest.raises(PublishError, match="no index.html"):
        publish(tmp_path, tmp_path / "pages", "main")


@pytest.mark.parametrize("name", ["main", "v0.3.0", "CNAME", ".git"])
def test_a_site_with_a_name_that_versions_need_is_refused(tmp_path, root, name):
    site = built(tmp_path / "site", root, "text")
    (site / name).mkdir()
    with pytest.raises(PublishError, match=name):
        publish(site, tmp_path / "pages", "main")


def test_more_than_the_host_takes_is_an_error_that_names_the_mend(tmp_path, root, monkeypatch):
    monkeypatch.setattr(publishing, "LIMIT", 1000)
    with pytest.raises(PublishError, match="--keep N"):
        publish(built(tmp_path / "site", root, "text"), tmp_path / "pages", "main")


@pytest.mark.parametrize("version", ["", "main/", "v0.1.0/", "v10.20.30"])
def test_the_whole_site_is_found_from_the_address_of_a_version(version):
    assert site_of(SITE + version) == SITE
    assert site_of("https://main.example/") == "https://main.example/"


# What a page makes of the list, in a browser that has no network: every address is answered from the folder.


@pytest.fixture(scope="module")
def browser():
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def opened(browser, folder, address):
    """Open a page; return it with what it asked for and the errors it logged."""
    page = browser.new_page()
    asked, errors = [], []

    def answer(route):
        asked.append(route.request.url)
        file = folder / Path(route.request.url.split("?")[0].removeprefix(SITE))
        file = file / "index.html" if file.is_dir() else file
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)

    page.route("http*://**/*", answer)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address, wait_until="networkidle")
    return page, asked, errors


def test_the_newest_version_offers_the_others_and_has_no_note(browser, published):
    page, _, errors = opened(browser, published, f"{SITE}lessons/all.html")
    page.get_by_text("Other versions").focus()
    page.keyboard.press("Enter")
    links = page.get_by_role("navigation", name="Versions").get_by_role("link")
    assert [(link.inner_text(), link.get_attribute("href")) for link in links.all()] == [
        ("version 0.1.0", f"{SITE}v0.1.0/lessons/all.html"),
        ("main, between releases", f"{SITE}main/lessons/all.html"),
    ]
    assert page.get_by_role("note").count() == 0
    assert errors == []
    page.close()


@pytest.mark.parametrize(
    ("path", "says", "leads"),
    [
        ("v0.1.0/lessons/all.html", "This is version 0.1.0. The newest is version 0.10.0.", "lessons/all.html"),
        ("v0.1.0/lessons/old.html", "This is version 0.1.0. The newest is version 0.10.0.", ""),
        ("main/lessons/next.html", "This is main, between releases. The newest is version 0.10.0.", ""),
        ("v0.1.0/", "This is version 0.1.0. The newest is version 0.10.0.", ""),
    ],
)
def test_another_version_says_so_and_leads_to_the_same_page_of_the_newest(browser, published, path, says, leads):
    page, _, errors = opened(browser, published, SITE + path)
    note = page.get_by_role("note")
    assert note.inner_text() == says
    assert note.get_by_role("link").get_attribute("href") == SITE + leads
    assert errors == []
    page.close()


def test_the_newest_in_its_own_folder_has_no_note(browser, published):
    page, _, _ = opened(browser, published, f"{SITE}v0.10.0/lessons/new.html")
    assert page.get_by_role("note").count() == 0
    page.close()


@pytest.mark.parametrize("place", ["file", "elsewhere"])
def test_a_page_that_is_not_where_it_was_built_for_asks_for_no_list(browser, tmp_path, root, place):
    site = built(tmp_path / "site", root, "text")
    address = (site / "index.html").as_uri()
    if place == "elsewhere":
        shutil.copytree(site, tmp_path / "mirror" / "https:" / "mirror.example", dirs_exist_ok=True)
        address = "https://mirror.example/index.html"
    page, asked, errors = opened(browser, tmp_path / "mirror", address)
    assert not [url for url in asked if "versions.json" in url]
    assert page.get_by_role("navigation").count() == page.get_by_role("note").count() == 0
    assert errors == []
    page.close()


@pytest.mark.parametrize("text", ['{"newest": null, "versions": []}', "not a list"])
def test_a_list_without_versions_leaves_the_page_as_it_is(browser, tmp_path, root, text):
    site = built(tmp_path / "site", root, "text")
    (site / "versions.json").write_text(text)
    page, asked, errors = opened(browser, site, SITE)
    assert f"{SITE}versions.json" in asked
    assert page.get_by_role("navigation").count() == page.get_by_role("note").count() == 0
    assert errors == []
    page.close()


def test_the_script_is_small(root):
    assert (root / "book" / "static" / "versions.js").stat().st_size < 2048
