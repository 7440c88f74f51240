"""A small published folder of several versions, whose pages carry the course's own script."""

import shutil

from unrolled.authoring.publish import publish

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


def three_versions(folder, scratch, root):
    """Publish releases 0.1.0 and 0.10.0, and main, into `folder`; each has a page of its own."""
    for name, page in {"0.1.0": "lessons/old.html", "v0.10.0": "lessons/new.html", "main": "lessons/next.html"}.items():
        publish(built(scratch / name, root, f"site {name}", "lessons/all.html", page), folder, name)
    return folder
