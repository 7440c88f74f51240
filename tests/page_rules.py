"""What every page that grading writes must be, read with the standard library's parser."""

import re
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "br", "hr", "img", "input", "link", "base", "wbr", "col"}
BANNED = {"script", "iframe", "object", "embed", "form", "link", "base", "img", "input", "button", "foreignobject"}


class Page(HTMLParser):
    """A page, read: `text` is what a reader sees, `problems` what must not be."""

    def __init__(self, path: Path):
        super().__init__()
        self.problems, self.headings, self.ids, self.links, self.svgs = [], [], [], [], []
        self.seen, self.parts, self.open, self.meta = [], [], [], {}
        self.raw = path.read_text(encoding="utf-8")
        self.feed(self.raw)
        self.close()
        self.text = "".join(self.parts)
        self.problems += [f"<{tag}> is never closed" for tag in self.open]
        levels = [int(tag[1]) for tag in self.headings]
        if levels[:1] != [1] or levels.count(1) != 1:
            self.problems.append(f"headings are {levels}")
        self.problems += [f"h{b} follows h{a}" for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]
        self.problems += [f"id {i} twice" for i in set(self.ids) if self.ids.count(i) > 1]
        inside = [link[1:] for link in self.links if link.startswith("#")]
        self.problems += [f"no anchor {i}" for i in inside if i not in self.ids]
        if "default-src 'none'" not in self.meta.get("content-security-policy", ""):
            self.problems.append("no content security policy")
        if "unsafe" in re.sub(r"style-src-attr 'unsafe-inline'", "", self.meta.get("content-security-policy", "")):
            self.problems.append("a lax content security policy")
        if not self.raw.startswith('<!doctype html>\n<html lang="en">'):
            self.problems.append("no doctype or language")
        if re.search(r"https?://(?!www\.w3\.org/)|@import|url\((?!#)", self.raw):
            self.problems.append("an address outside the page")

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.seen.append(tag)
        if tag in BANNED:
            self.problems.append(f"<{tag}>")
        self.problems += [f"{name} on <{tag}>" for name in attrs if name.startswith("on")]
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        for name in ("href", "src", "xlink:href"):
            if name in attrs:
                self.links.append(attrs[name])
                if re.match(r"[a-zA-Z][\w+.-]*:|//", attrs[name]):
                    self.problems.append(f"link to {attrs[name]}")
        if tag == "svg":
            self.svgs.append(attrs.get("aria-label") or "")
            if attrs.get("role") != "img" or len(self.svgs[-1].split()) < 6:
                self.problems.append("a drawing without a name")
        if tag == "meta" and "http-equiv" in attrs:
            self.meta[attrs["http-equiv"].lower()] = attrs["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes another element")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.parts.append(data)


def read(path: Path) -> Page:
    """Read a page and fail on what no page may be."""
    page = Page(path)
    assert page.problems == []
    return page
