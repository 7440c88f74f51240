"""The published folder: where each version lies, what the root shows, and what is refused."""

import json

import pytest

from published_folder import SITE, built, three_versions
from unrolled.authoring import publish as publishing
from unrolled.authoring.publish import PublishError, publish, site_of


@pytest.fixture
def published(tmp_path, root):
    return three_versions(tmp_path / "pages", tmp_path, root)


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
