"""Each page says which version it is; only a site with an address asks which others there are."""

import re

from test_book import GOOD, small_course

from unrolled import __version__
from unrolled.authoring import book


def pages(site):
    """The pages one reads: not those that only lead elsewhere, and not the one for a wrong address."""
    found = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html") if "_static" not in path.parts}
    kept = {path: text for path, text in found.items() if "furo-main-content" in text and path.name != "404.html"}
    assert kept
    return kept


def test_a_site_without_an_address_says_its_version_and_asks_for_nothing(site):
    for path, text in pages(site).items():
        assert re.search(rf'<div class="edition">\s*<p>Version {re.escape(__version__)}, ', text), path
    assert not (site / "versions.json").exists()
    assert not [file for file in site.glob("_static/page.*.js") if ".edition" in file.read_text(encoding="utf-8")]


def test_a_site_with_an_address_knows_where_the_list_is(tmp_path):
    root = small_course(tmp_path, GOOD)
    config = root / "book" / "_config.yml"
    address = "    html_baseurl: https://Owner.example/course/v0.1.0/\n"
    config.write_text(config.read_text(encoding="utf-8").replace("    language: en\n", "    language: en\n" + address))
    site = book.build(root)
    script = (root / "book" / "static" / "versions.js").read_text(encoding="utf-8")
    for path, text in pages(site).items():
        assert 'class="edition" data-site="https://owner.example/course/"' in text, path
        (joined,) = re.findall(r'<script defer="defer" src="[^"]*(_static/page\.[0-9a-f]{8}\.js)"', text)
        assert script in (site / joined).read_text(encoding="utf-8"), path
    assert (site / "versions.json").read_text() == '{\n "newest": null,\n "versions": []\n}\n'
