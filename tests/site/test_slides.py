"""The decks: made from what the lessons say, nothing cut off, and usable by keyboard. Each check is shown a fault first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from unrolled.authoring.slides.choice import choose
from unrolled.authoring.slides.deck import render
from unrolled.authoring.slides.page import Page as Lesson
from unrolled.authoring.slides.prose import key, sentences

ROOT = Path(__file__).resolve().parents[2]
SCREEN = {"width": 1280, "height": 720}
SMALLEST = 0.68  # of the usual size of letters: text of 16 px at 1280 by 720, and in proportion on any beamer
FIGURE = (
    '<figure class="unrolled-figure"><style>.x{{}}</style><svg viewBox="0 0 500 {height}" role="img" aria-label="{name}">\
<rect width="500" height="{height}"></rect></svg> <figcaption>What it is.</figcaption></figure>'
)
TALL, FLAT = FIGURE.format(height=400, name="A tall one"), FIGURE.format(height=200, name="A flat one")
MATH = '<math alttext="a = b"><mrow><mi>a</mi><mo>=</mo><mi>b</mi></mrow></math>'
CELL = '<div class="cell">{input}<div class="cell_output"><div class="output">{output}</div></div></div>'
CODE = '<div class="cell_input"><div class="highlight"><pre>{code}</pre></div></div>'
FUNCTION = CODE.format(code="def f():\n    return 1")
VERDICT = CELL.format(input=CODE.format(code="measured(x)"), output="<pre>x: 1 | at most 2: holds</pre>")
LESSON = f"""<html><head></head><body><article>
<section id="title"><h1>A title<a class="headerlink" href="#title">#</a></h1>
<p>What is remembered? Somebody must decide. {"It goes on and on, at length. " * 9}A last sentence is for the notes.</p>
<p><strong>You will be able to</strong> count; weigh {MATH}.</p><p><strong>Before you start</strong>: nothing.</p>
<section id="one"><h2>One</h2><p>An opening. It leads to</p>
<div class="math-wrapper" id="equation-x"><div class="formula">{MATH}</div></div>
<p>By <a href="#equation-x">(1)</a> it <em>holds</em>. See <a href="02_b.html">02</a> and <a href="#missing">there</a>.</p>
<section id="inner"><h3>Inner</h3>{CELL.format(input="", output=FLAT)}<p>The line is straight.</p></section></section>
<section id="two"><h2>Two</h2>{VERDICT}<p>One is enough.</p>
<p>A function of its own:</p><div class="cell">{FUNCTION}</div>
<p>Plumbing.</p><div class="cell">{CODE.format(code="x = 1")}</div>{CELL.format(input="", output=TALL)}</section>
<section id="check"><h2>Check</h2><div class="question" role="group" aria-labelledby="question-1-text">
<p class="question-text" id="question-1-text">Which?</p><details class="right"><summary>this</summary><p>Yes.</p></details>
<details class="wrong"><summary>that</summary><p>No.</p></details></div></section>
</section></article></body></html>"""


def small(lesson: str = LESSON) -> str:
    """The deck of a lesson given as HTML."""
    page = Lesson(lesson, "../lessons/01_a.html")
    return render(page, choose(page), number=1, minutes=45, static=ROOT / "book" / "static")


def missing_sections(lesson: str, deck: str) -> list[str]:
    """Find sections of a lesson that no slide comes from."""
    sections = re.findall(r'<section id="([^"]+)"', lesson)[1:]
    return [section for section in sections if f'data-section="{section}"' not in deck]


def nameless_figures(lesson: str, deck: str) -> list[str]:
    """Find figures whose accessible name, or whose words in place of a script, did not reach the deck."""
    names = re.findall(r'<svg[^>]* aria-label="([^"]+)"|<p class="u-alt">(.*?)</p>', lesson)
    return [name for pair in names for name in pair if name and name not in deck]


def repeated_ids(deck: str) -> list[str]:
    """Find ids that stand twice."""
    ids = re.findall(r'<[^>]* id="([^"]+)"', deck)
    return sorted({name for name in ids if ids.count(name) > 1})


MEASURE = """async smallest => {
    const found = [], frame = () => new Promise(requestAnimationFrame);
    const slides = [...document.querySelectorAll(".slide")];
    for (const slide of slides) {
        if (!slide.classList.contains("now")) {
            found.push(`slide ${slide.id} is not shown when its turn comes`);
            break;
        }
        if (slide.dataset.kind === "live") for (let i = 0; i < 16; i++) await frame();
        const box = slide.getBoundingClientRect(), body = slide.querySelector(".body");
        const fit = Number(body.style.getPropertyValue("--fit") || 1);
        if (fit < (slide.dataset.kind === "live" ? smallest - 0.08 : smallest)) found.push(`slide ${slide.id} needs letters of ${fit}`);
        const parts = slide.querySelectorAll("header *, .body > *, .body pre, .body table, .body math, .body li, .body svg:not(svg svg)");
        for (const part of parts) {
            const at = part.getBoundingClientRect();
            const out = at.right > box.right + 1 || at.bottom > box.bottom + 1 || at.left < box.left - 1 || at.top < box.top - 1;
            const hidden = body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1;
            if (part.checkVisibility() && (out || hidden)) {
                found.push(`slide ${slide.id} cuts off ${part.outerHTML.slice(0, 60)}`);
                break;
            }
        }
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    }
    return found;
}"""


def cut_off(page: Page) -> list[str]:
    """Go through the open deck and find what sticks out of its slide, or is set too small to be read from the back."""
    return page.evaluate(MEASURE, SMALLEST)


def dead_keys(page: Page) -> list[str]:
    """Press every key of the open deck and find those that do not do what they should."""
    last = page.locator(".slide").count()
    faults = []

    def press(key: str, number: int) -> None:
        page.keyboard.press(key)
        shown = page.locator(".slide:visible").evaluate_all("all => all.map(slide => slide.id)")
        said = page.locator("[role=status] .number").inner_text() if page.locator(".moves").is_visible() else ""
        if (shown, said, page.url.rpartition("#")[2]) != ([str(number)], str(number), str(number)):
            faults.append(key)

    moves = [
        ("ArrowRight", 2),
        ("PageDown", 3),
        ("ArrowLeft", 2),
        ("PageUp", 1),
        ("End", last),
        ("ArrowRight", last),
        ("Home", 1),
    ]
    for name, number in moves:
        press(name, number)
    for open_ in (True, False):
        page.keyboard.press("n")
        faults += [] if page.locator(".slide:visible .notes > p").first.is_visible() == open_ else ["n"]
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    page.keyboard.press("d")
    faults += ["d"] if page.evaluate(paper) == before else []
    page.keyboard.press("d")
    faults += [] if page.evaluate(paper) == before else ["d"]
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    faults += [] if page.evaluate("document.fullscreenElement !== null") else ["f"]
    page.evaluate("document.fullscreenElement && document.exitFullscreen()")
    return faults


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def pairs(site: Path) -> dict[str, tuple[str, str]]:
    """Each lesson and its deck."""
    return {
        lesson.name: (lesson.read_text(encoding="utf-8"), (site / "slides" / lesson.name).read_text(encoding="utf-8"))
        for lesson in sorted((site / "lessons").glob("[0-9][0-9]_*.html"))
    }


def test_every_lesson_has_a_deck_and_links_to_it(pairs: dict[str, tuple[str, str]], site: Path) -> None:
    guide = (site / "teach" / "index.html").read_text(encoding="utf-8")
    assert len(pairs) == len(list((site / "slides").glob("*.html"))) >= 19
    for name, (lesson, deck) in pairs.items():
        facts = re.search(r'class="page-facts.*?</p>', lesson, re.DOTALL)[0]
        assert f'<a href="../slides/{name}">slides</a>' in facts
        assert f'href="../slides/{name}"' in guide
        assert f'href="../lessons/{name}"' in deck


@pytest.mark.parametrize("check", [missing_sections, nameless_figures])
def test_what_the_lesson_has_is_in_its_deck(pairs: dict[str, tuple[str, str]], check) -> None:  # noqa: ANN001 (one of two)
    assert {name: fault for name, (lesson, deck) in pairs.items() if (fault := check(lesson, deck))} == {}


def test_a_lost_section_figure_or_id_is_noticed() -> None:
    deck = small()
    assert (missing_sections(LESSON, deck), nameless_figures(LESSON, deck), repeated_ids(deck)) == ([], [], [])
    assert missing_sections(LESSON, deck.replace('data-section="inner"', "")) == ["inner"]
    assert nameless_figures(LESSON, deck.replace("A tall one", "")) == ["A tall one"]
    assert repeated_ids(deck.replace('id="2"', 'id="1"')) == ["1"]


def test_no_id_twice(pairs: dict[str, tuple[str, str]]) -> None:
    assert {name: fault for name, (_, deck) in pairs.items() if (fault := repeated_ids(deck))} == {}


def test_nothing_is_cut_off(site: Path, page: Page) -> None:
    faults = []
    for deck in sorted((site / "slides").glob("*.html")):
        page.goto(deck.as_uri())
        page.evaluate("document.fonts.ready")
        faults += [f"{deck.name}, {fault}" for fault in cut_off(page)]
    assert faults == []


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_nothing_is_cut_off_on_other_screens(site: Path, browser: Browser, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto((site / "slides" / "03_hidden_state_by_hand.html").as_uri())
    assert cut_off(page) == []
    page.close()


BREAKS = {
    "too tall to fit": "</header>\n<div style='position: absolute; top: 0; height: 2000px; width: 9px' class='body'><p>x</p>",
    "too wide to fit": f'<div class="body"><pre>{"wide" * 200}</pre>',
    "too small to read": '<div class="body"><p>' + "Word after word after word. " * 70 + "</p>",
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The deck of the small lesson, with the real style and script beside it."""
    (tmp_path / "_static").symlink_to(ROOT / "book" / "static")
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "deck.html").write_text(small(), encoding="utf-8")
    return tmp_path / "slides" / "deck.html"


@pytest.mark.parametrize("fault", BREAKS)
def test_what_does_not_fit_is_noticed(made: Path, page: Page, fault: str) -> None:
    page.goto(made.as_uri())
    assert cut_off(page) == []
    text = made.read_text(encoding="utf-8")
    made.write_text(re.sub(r'(?:</header>\s*)?<div class="body">', BREAKS[fault], text, count=1), encoding="utf-8")
    page.goto(made.as_uri())
    assert cut_off(page) != []


def test_keys(site: Path, page: Page, made: Path) -> None:
    page.goto((site / "slides" / "03_hidden_state_by_hand.html").as_uri())
    assert dead_keys(page) == []
    made.write_text(made.read_text(encoding="utf-8").replace("slides.js", "missing.js"), encoding="utf-8")
    page.goto(made.as_uri())
    assert set(dead_keys(page)) >= {"ArrowRight", "PageUp", "Home", "End", "n", "d", "f"}


def test_an_address_names_a_slide_or_a_section(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#4")
    expect(page.locator(".slide:visible")).to_have_id("4")
    page.goto(f"{made.as_uri()}#inner")
    expect(page.locator(".slide:visible h2")).to_contain_text("Inner")
    expect(page.locator(".slide:visible h2")).to_be_focused()


def test_swipes_and_buttons_turn_slides(browser: Browser, made: Path) -> None:
    context = browser.new_context(viewport=SCREEN, has_touch=True)
    page = context.new_page()
    page.goto(made.as_uri())
    touch = context.new_cdp_session(page)
    for start, end, number in ((900, 300, "2"), (300, 900, "1"), (300, 310, "1")):
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": 300}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": end, "y": 300}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator(".slide:visible")).to_have_id(number)
    page.get_by_role("button", name="Next slide").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"Slide 2 of \d+"))
    context.close()


def test_arrows_in_a_figure_to_move_stay_there(site: Path, page: Page) -> None:
    page.goto((site / "slides" / "03_hidden_state_by_hand.html").as_uri())
    number = page.locator(".slide[data-kind=live]").get_attribute("id")
    page.evaluate(f"location.hash = '{number}'")
    slider = page.locator(f"[id='{number}']").get_by_role("slider", name="Step")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^2"))
    expect(page.locator(".slide:visible")).to_have_id(number)


def test_explanations_open_one_at_a_time_and_fit(site: Path, page: Page) -> None:
    page.goto((site / "slides" / "08_vanishing_and_exploding.html").as_uri())
    number = page.locator(".slide[data-kind=question]").first.get_attribute("id")
    page.evaluate(f"location.hash = '{number}'")
    options = page.locator(f"[id='{number}'] details:not(.notes)")
    expect(options.first.locator("p")).to_be_hidden()
    for option in options.all():
        option.locator("summary").press("Enter")
        expect(page.locator(f"[id='{number}'] .question details[open]")).to_have_count(1)
    page.wait_for_timeout(100)
    body = page.locator(f"[id='{number}'] .body")
    assert body.evaluate("body => body.scrollHeight <= body.clientHeight + 1")


@pytest.mark.parametrize("view", ["no script", "phone"])
def test_without_script_or_room_slides_stand_one_below_another(browser: Browser, made: Path, view: str) -> None:
    settings = {"viewport": {"width": 360, "height": 740}} if view == "phone" else {"java_script_enabled": False}
    context = browser.new_context(**settings)
    page = context.new_page()
    page.goto(made.as_uri())
    assert page.locator(".slide:visible").count() == page.locator(".slide").count() > 5
    expect(page.locator(".moves")).to_be_hidden()
    context.close()


def test_print_has_every_slide_with_its_notes(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.emulate_media(media="print")
    assert page.locator(".slide:visible").count() == page.locator(".slide").count()
    expect(page.get_by_text("A last sentence is for the notes")).to_be_visible()
    page.emulate_media(media="screen")
    expect(page.get_by_text("A last sentence is for the notes")).to_be_hidden()


def shown(deck: str, number: int) -> str:
    """The text of a slide without its notes."""
    slide = BeautifulSoup(deck, "html.parser").find(id=str(number))
    slide.find("details", "notes").decompose()
    return " ".join(slide.get_text(" ").split())


def test_slides_of_the_small_lesson() -> None:
    deck = small()
    kinds = re.findall(r'data-kind="(\w+)"', deck)
    assert kinds == ["title", "aims", "formula", "figure", "output", "code", "tall", "question"]
    assert shown(deck, 1).startswith("Lesson 01 · 45 minutes A title What is remembered? Somebody must decide.")
    assert "count weigh a = b" in shown(deck, 2)
    assert "It leads to a = b" in shown(deck, 3)
    assert "holds" in shown(deck, 3)
    assert "What it is. The line is straight." in shown(deck, 4)
    assert "x: 1 | at most 2: holds One is enough." in shown(deck, 5)
    assert "measured(x)" not in deck
    assert "A function of its own: def f():" in shown(deck, 6)
    assert "Plumbing." not in shown(deck, 7)
    assert "Plumbing." in deck


def test_a_section_of_sections_lists_them_and_a_long_output_is_cut() -> None:
    lines = "\n".join(f"line {number}" for number in range(40))
    inner = CELL.format(input=CODE.format(code="show()"), output=f"<pre>{lines}</pre>") + "<p>Forty lines.</p>"
    lesson = LESSON.replace(
        '<section id="two"><h2>Two</h2>', f'<section id="two"><h2>Two</h2><section id="x"><h3>X</h3>{inner}</section>'
    )
    lesson = re.sub(
        r'(<section id="x">.*?</section>).*?(?=<section id="check">)', r"\1</section>", lesson, flags=re.DOTALL
    )
    deck = small(lesson)
    assert shown(deck, 5) == "Two X"
    assert shown(deck, 6).endswith("line 12 … Forty lines.")
    assert "line 39" in deck


def test_links_stay_in_the_deck_where_they_can() -> None:
    deck = small()
    assert 'href="#equation-x"' in deck
    assert 'href="../lessons/02_b.html"' in deck
    assert 'href="../lessons/01_a.html#missing"' in deck
    assert 'href="../lessons/01_a.html#one">Read it in the lesson' in deck


def paragraph(text: str) -> list:
    return sentences(BeautifulSoup(f"<p>{text}</p>", "html.parser").p)


def test_sentences_end_where_they_end() -> None:
    text = 'One, e.g. this. <em>Two</em> (it is so). <strong>Claim.</strong> 0.5 is half, <a href="x">see. It</a> <em>Done.</em> Four:'
    found = paragraph(text)
    assert [sentence.text for sentence in found] == [
        "One, e.g. this.",
        "Two (it is so).",
        "Claim. 0.5 is half, see. It Done.",
        "Four:",
    ]
    assert [sentence.stressed for sentence in found] == [False, True, True, False]
    assert found[-1].introduces
    assert " ".join(sentence.html for sentence in found) == text


def test_the_key_sentence_opens_or_is_stressed_and_stands_alone() -> None:
    opening = paragraph("A bit must be kept. It costs a gradient. " + "More is said of it in passing here. " * 4)
    assert key(opening, 60)[0].text == "A bit must be kept."
    stressed = paragraph("This is plumbing, said below. A <em>gate</em> multiplies.")
    assert [sentence.text for sentence in key(stressed, 30)] == ["A gate multiplies."]
    assert key(paragraph("They differ."), 100) == []
    assert [sentence.text for sentence in key(paragraph("They differ."), 100, anchored=True)] == ["They differ."]
    assert key(paragraph("Too long for the room that there is."), 10) == []
    assert key(paragraph("What follows completes it:"), 100) == []
