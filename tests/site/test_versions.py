"""What a page makes of the list of versions, in a browser that has no network: every address is answered from a folder."""

import shutil
from pathlib import Path

import pytest

from published_folder import SITE, built, three_versions


@pytest.fixture(scope="module")
def published(tmp_path_factory, root):
    scratch = tmp_path_factory.mktemp("published")
    return three_versions(scratch / "pages", scratch, root)


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
