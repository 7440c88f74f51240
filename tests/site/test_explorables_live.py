"""The explorables in a real browser: their arithmetic, the keyboard, both modes, with and without scripts."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import checks_site as checks
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from unrolled.data import load
from unrolled.data.text import words
from unrolled.figures.explorable import _json, script, to_html
from unrolled.figures.explorables import prepare
from unrolled.nn import bptt, gru, lstm, rnn
from unrolled.nn.initialise import orthogonal

sys.path.insert(0, str(Path(__file__).parents[1] / "explorables"))
from explorable_examples import ALT, EXAMPLES, parity_states  # noqa: E402

NAMES = list(EXAMPLES)


def write(folder: Path, *names: str) -> Path:
    """A bare page that holds these explorables, and the section that a step links to."""
    figures = []
    for name in names:
        data, title, table = prepare(name, dict(EXAMPLES[name]))
        figures.append(to_html(name, data, title, table, alt=ALT, caption=f"The explorable {name}"))
    style = "body{margin:0;color-scheme:light dark;background:light-dark(#fdfdfe,#131416);color:light-dark(#1c2430,#e4e8ee)}"
    file = folder / "page.html"
    file.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Explorables</title>'
        '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
        f'<meta name="description" content="All of them"><style>{style}</style></head>'
        f'<body><main><article><h1>Explorables</h1>{"".join(figures)}<h2 id="section-of-a-step">Section</h2>'
        "</article></main></body></html>",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def opened(browser: Browser, tmp_path: Path):
    """Return a function that opens explorables from file://; errors and requests fail the test."""
    contexts, errors, requests = [], [], []

    def open_(*names: str, **settings) -> Page:
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(write(tmp_path, *names).as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert all(url.startswith(("file:", "data:")) for url in requests)


@pytest.fixture
def compute(browser: Browser):
    """Return a function that runs a module's own arithmetic in the browser."""
    page = browser.new_page()
    yield lambda name, expression: page.evaluate(script(name, f"return {expression};"))
    page.close()


def figure(page: Page, which: int = 0) -> Locator:
    return page.locator("figure.unrolled-explorable").nth(which)


def heard(page: Page, which: int = 0) -> Locator:
    """What a screen reader is told: the figure's live region."""
    return figure(page, which).get_by_role("status")


def test_all_on_one_page_are_accessible_in_both_modes_and_sizes(browser: Browser, tmp_path: Path):
    write(tmp_path, *NAMES)
    with checks.served(tmp_path) as address:
        seen = checks.visit(browser, address, "page.html")
    for check in (
        checks.foreign_requests,
        checks.console_errors,
        checks.sideways,
        checks.nameless_pictures,
        checks.accessibility,
    ):
        assert check(seen) == []
    assert len(seen.violations) == 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_moved_and_with_their_tables_open_they_stay_accessible(opened: Callable[..., Page], mode: str):
    page = opened(*NAMES, color_scheme=mode)
    for which in range(len(NAMES)):
        figure(page, which).locator("summary").click()
        for slider in figure(page, which).get_by_role("slider").all():
            slider.press("ArrowRight")
    page.get_by_role("button", name="Forward").click()
    page.get_by_role("button", name="embedding layer").click()
    page.evaluate(Axe().axe_script)
    assert checks._axe(page) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))


def test_every_control_has_a_name(opened: Callable[..., Page]):
    page = opened(*NAMES)
    names = page.locator("input[type=range]").evaluate_all(
        "sliders => sliders.map(slider => slider.labels[0].control === slider)"
    )
    assert len(names) == 16
    assert all(names)
    for name in (
        "Step",
        "Delay d",
        "Chunk length k",
        "Spectral radius ρ",
        "Learning rate",
        "Clip length",
        "Update shown",
        "Sharpness β of the content",
        "Gate g",
        "Shift",
        "Sharpening γ",
        "Step t",
        "Sum of i",
        "Sum of f",
        "Sum of g",
        "Sum of o",
    ):
        expect(page.get_by_role("slider", name=name, exact=True)).to_have_count(1)


def test_unroll_by_keyboard(opened: Callable[..., Page]):
    page = opened("unroll")
    says = heard(page)
    expect(says).to_have_text("Step 1 of 8: input 1, state before (0, 0), state now (1, 0), output 1, odd so far.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Back")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Step 2 of 8: input 0, state before (1, 0), state now (1, 0), output 1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("slider", name="Step")).to_be_focused()
    page.keyboard.press("End")
    expect(says).to_contain_text("Step 8 of 8")
    page.keyboard.press("ArrowLeft")
    expect(says).to_contain_text("Step 7 of 8")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuetext", "7 of 8")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(says).to_contain_text("Step 8 of 8: input 1, state before (0, 0), state now (1, 0), output 1, odd so far.")
    page.get_by_role("button", name="Input 1 is 1, flip it").press("Enter")
    expect(page.get_by_role("button", name="Input 1 is 0, flip it")).to_be_focused()
    expect(says).to_contain_text("output 0, even so far.")
    page.get_by_role("button", name="Reset inputs").press("Space")
    expect(says).to_contain_text("output 1, odd so far.")


def test_keys_for_a_control_do_not_reach_the_notebook_around_it(opened: Callable[..., Page]):
    page = opened("unroll")
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => window.heard.push(event.key))")
    page.get_by_role("slider").focus()
    for key in ("ArrowRight", "d", "Escape", "Control+s"):
        page.keyboard.press(key)
    assert page.evaluate("window.heard") == ["Escape", "Control", "s"]
    expect(heard(page)).to_contain_text("Step 2 of 8")


def test_unroll_spells_out_the_arithmetic(opened: Callable[..., Page]):
    page = opened("unroll")
    page.get_by_role("button", name="Forward").click(click_count=2)
    sums = [text.replace("\u202f", "").replace("\u2212", "-") for text in page.locator(".u-sums li").all_inner_texts()]
    assert sums[0].replace("\n", "") == "h1 (at least one): b + xW + hU = -0.5 + 1·1 + 1·1 + 0·(-1) = 1.5; step gives 1"
    assert sums[1].replace("\n", "") == "h2 (both): b + xW + hU = -1.5 + 1·1 + 1·1 + 0·(-1) = 0.5; step gives 1"
    assert sums[2] == "y: c + hV = 0 + 1·1 + 1·(-1) = 0, even so far"


def test_unroll_computes_every_parity(compute):
    data, _, _ = prepare("unroll", dict(EXAMPLES["unroll"]))
    for number in range(0, 256, 7):
        bits = [int(bit) for bit in f"{number:08b}"]
        found = compute("unroll", f"run({_json(data)}, {bits})")
        assert found["states"] == parity_states(bits).tolist()
        assert found["outputs"] == (np.cumsum(bits) % 2).tolist()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_unroll_computes_what_the_engine_computes(compute, activation: str):
    rng = np.random.default_rng(3)
    params = {"W": rng.normal(size=(1, 3)), "U": rng.normal(size=(3, 3)) / 2, "b": rng.normal(size=3)}
    X, V = rng.normal(size=(1, 12, 1)), rng.normal(size=3)
    hs = rnn.forward(X, params, activation=activation)[0][0]
    net = {key: value.tolist() for key, value in params.items()} | {"h0": [0, 0, 0], "V": V.tolist(), "c": 0.3}
    net |= {"W": params["W"][0].tolist(), "activation": activation, "output": "sigmoid"}
    found = compute("unroll", f"run({json.dumps(net)}, {X[0, :, 0].tolist()})")
    np.testing.assert_allclose(found["states"], hs, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["outputs"], 1 / (1 + np.exp(-(hs @ V + 0.3))), rtol=1e-6)


def test_training_step_by_keyboard(opened: Callable[..., Page]):
    page = opened("training-step")
    says = heard(page)
    expect(says).to_contain_text("Step 1. input sequence, shape (2, 5). What")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="input sequence")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Step 2. embedding layer")
    expect(page.get_by_role("button", name="embedding layer")).to_have_attribute("aria-current", "step")
    page.keyboard.press("End")
    expect(says).to_contain_text("Step 22. output sequence")
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Step 22. output sequence")
    page.get_by_role("button", name="softmax").press("Enter")
    expect(says).to_contain_text("Step 13. softmax, shape (2, 5, 12)")
    expect(page.locator("[aria-current]")).to_have_count(1)


def test_training_step_links_to_its_section(opened: Callable[..., Page]):
    page = opened("training-step")
    page.get_by_role("button", name="embedding layer").click()
    page.get_by_role("link", name="Go to its section").click()
    assert page.url.endswith("#section-of-a-step")


def test_training_step_finds_the_heading_where_anchors_are_named_otherwise(opened: Callable[..., Page]):
    page = opened("training-step", viewport={"width": 900, "height": 300})
    page.evaluate(
        "Object.assign(document.querySelector('h2'), {id: 'Section-of-a-step', textContent: 'Section of a step¶'})"
    )
    page.get_by_role("button", name="embedding layer").click()
    page.get_by_role("link", name="Go to its section").click()
    expect(page.locator("h2")).to_be_in_viewport()


def test_truncation_by_keyboard(opened: Callable[..., Page]):
    page = opened("truncation")
    says = heard(page)
    delay, window = page.get_by_role("slider", name="Delay d"), page.get_by_role("slider", name="Chunk length k")
    delay.press("Home")
    window.press("End")
    expect(says).to_contain_text("Delay 0, chunk length 16, state carried")
    expect(says).to_contain_text("For 16 of the 16 steps")
    for _ in range(3):
        delay.press("ArrowRight")
    expect(says).to_contain_text("For 10 of the 16 steps of a chunk the input wanted lies in the same chunk. Measured")
    expect(says).to_contain_text("0.98 (seeds 0.97 to 0.99) carried, 0.80 reset; chance 0.5.")
    page.get_by_role("radio", name="carried on").focus()
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("state reset")
    delay.press("End")
    expect(says).to_contain_text("lies in an earlier chunk for every step")


def test_truncation_draws_the_reach_that_the_engine_has(compute):
    rng = np.random.default_rng(0)
    params = rnn.init(rng, 1, 4, dtype=np.float64)
    X = rng.normal(size=(1, 24, 1))
    for k in (1, 3, 8):
        for place in range(k):  # the loss stands at one step of the second chunk
            at = k + place

            def one_loss(hs, steps, at=at):
                dhs = np.zeros_like(hs)
                if steps.start <= at < steps.stop:
                    dhs[:, at - steps.start] = 1
                return dhs

            dX = bptt.truncated(rnn, X, params, k, one_loss)[2][0, :, 0]
            reached = at - np.flatnonzero(dX)[0]
            assert reached == place
        for d in range(10):
            found = compute("truncation", f"reach({k}, {d})")
            assert found == {"back": k - 1, "inside": d <= k - 1, "covered": sum(d <= place for place in range(k))}


def test_gradient_norms_by_keyboard(opened: Callable[..., Page]):
    page = opened("gradient-norms")
    says = heard(page)
    expect(says).to_contain_text(
        "ρ = 1, linear, 50 steps back: measured norm 1.7, ρ^50 = 1. It stays within a factor of 1000"
    )
    page.get_by_role("slider").press("End")
    expect(says).to_contain_text("ρ = 1.5, linear, 50 steps back: measured norm 1.1e9, ρ^50 = 6.4e8. It explodes")
    page.get_by_role("radio", name="linear").focus()
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("ρ = 1.5, tanh, 50 steps back: measured norm 3.0e−4")
    expect(says).to_contain_text("It vanishes; it is 10^12 times below the closed form.")
    expect(page.get_by_role("img")).to_contain_text("measured, tanh")


def test_gradient_norms_closed_form_is_that_of_a_scaled_rotation(compute):
    U = orthogonal(np.random.default_rng(0), 16, dtype=np.float64)
    for rho in (0.5, 0.9, 1.1, 1.5):
        norm = np.linalg.norm(np.linalg.matrix_power(rho * U, 50), 2)
        assert compute("gradient-norms", f"POWER({rho}, 50)") == pytest.approx(norm, rel=1e-6)


def test_loss_cliff_by_keyboard(opened: Callable[..., Page]):
    page = opened("loss-cliff")
    says = heard(page)
    expect(says).to_contain_text("After 60 updates at learning rate 0.1, clip length 1.")
    expect(says).to_contain_text("Clipped: u 0.757, b −0.081, loss 2.4e−5")
    expect(says).to_contain_text("(outside the picture), loss 0.49")
    page.get_by_role("slider", name="Update shown").press("Home")
    expect(says).to_contain_text("After 0 updates")
    expect(says).to_contain_text("Not clipped: u 1.6, b −0.5, loss 0.45")
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    page.get_by_role("slider", name="Clip length").press("End")
    expect(says).to_contain_text("learning rate 0.2, clip length 100")


def engine(x0: float, T: int, target: float, w: float, b: float) -> tuple[float, float, float]:
    """Loss and gradient of the same one-unit net by the course's own engine."""
    params = {"W": np.zeros((1, 1)), "U": np.array([[w]]), "b": np.array([b])}
    hs, cache = rnn.forward(np.zeros((1, T, 1)), params, np.array([[x0]]))
    dhs = np.zeros_like(hs)
    dhs[0, -1, 0] = 2 * (hs[0, -1, 0] - target)
    grads = rnn.backward(dhs, cache)[2]
    return (hs[0, -1, 0] - target) ** 2, grads["U"][0, 0], grads["b"][0]


def test_loss_cliff_computes_loss_and_gradient_of_the_engine(compute):
    rng = np.random.default_rng(1)
    for x0, T, target, w, b in [(0.2, 20, -0.3, 1.2, -0.08), (0.5, 50, 0.7, 2.5, -0.6), *rng.normal(size=(8, 5))]:
        T = int(abs(T) * 10) + 1
        net = {"x0": x0, "T": T, "target": target}
        found = compute("loss-cliff", f"lossAndGradient({json.dumps(net)}, {w}, {b})")
        np.testing.assert_allclose(
            [found["loss"], found["dw"], found["db"]], engine(x0, T, target, w, b), rtol=1e-6, atol=1e-12
        )


@pytest.mark.parametrize("clip", [0.5, 1, np.inf])
def test_loss_cliff_descends_as_the_engine_does(compute, clip: float):
    x0, T, target, rate, (w, b) = 0.2, 20, -0.3, 0.1, (1.6, -0.5)
    net = {"x0": x0, "T": T, "target": target, "steps": 20, "start": [w, b]}
    path = compute("loss-cliff", f"descend({json.dumps(net)}, {rate}, {'Infinity' if clip == np.inf else clip})")
    for point in path:
        loss, dw, db = engine(x0, T, target, w, b)
        norm = np.hypot(dw, db)
        np.testing.assert_allclose(
            [point["w"], point["b"], point["loss"], point["norm"]], [w, b, loss, norm], rtol=1e-6
        )
        scale = rate * min(1, clip / norm)
        w, b = w - scale * dw, b - scale * db


def test_addressing_by_keyboard(opened: Callable[..., Page]):
    page = opened("addressing")
    says = heard(page)
    expect(says).to_contain_text("Most weight after content: slot 3 (0.59); after interpolation: slot 3 (0.47)")
    expect(says).to_contain_text("after the shift, shares 0, 0.2, 0.8 for −1, 0, +1: slot 4")
    page.get_by_role("slider", name="Gate g").press("Home")
    expect(says).to_contain_text("after interpolation: slot 0 (1)")
    shift = page.get_by_role("slider", name="Shift", exact=True)
    shift.press("Home")
    expect(shift).to_have_attribute("aria-valuetext", "−1")
    expect(says).to_contain_text(
        "after the shift, shares 1, 0, 0 for −1, 0, +1: slot 5 (1); after sharpening: slot 5 (1)."
    )
    page.get_by_role("slider", name="Sharpness β of the content").press("Home")
    expect(says).to_contain_text("Most weight after content: slot 0 (0.17)")
    page.get_by_role("slider", name="Sharpening γ").press("End")
    expect(page.get_by_role("img")).to_contain_text("4 Sharpening, γ = 20")


def by_hand(M, q, before, beta, g, shift, gamma):
    """The four stages in NumPy: the weights after each."""
    content = np.exp(beta * (M @ q) / (np.linalg.norm(M, axis=1) * np.linalg.norm(q) + 1e-8))
    content /= content.sum()
    mixed = g * content + (1 - g) * before
    s = {-1: max(0, -shift), 0: 1 - abs(shift), 1: max(0, shift)}
    shifted = sum(share * np.roll(mixed, k) for k, share in s.items())
    return {"content": content, "mixed": mixed, "shifted": shifted, "sharp": shifted**gamma / (shifted**gamma).sum()}


def test_addressing_computes_what_numpy_computes(compute):
    rng = np.random.default_rng(0)
    for N, D in ((2, 1), (3, 4), (6, 3), (12, 8)):
        M, q, before = rng.normal(size=(N, D)), rng.normal(size=D), rng.dirichlet(np.ones(N))
        M[0] = 0  # an empty slot has no direction
        for beta, g, shift, gamma in ((0, 1, 0, 1), (5, 0.3, 0.8, 2), (50, 1, -0.4, 20), (100, 0, 1, 1.5)):
            given = ", ".join(json.dumps(x) for x in (M.tolist(), q.tolist(), before.tolist(), beta, g, shift, gamma))
            found = compute("addressing", f"address({given})")
            for stage, weights in by_hand(M, q, before, beta, g, shift, gamma).items():
                np.testing.assert_allclose(found[stage], weights, rtol=1e-9, atol=1e-12)


def test_addressing_table_shows_what_the_script_starts_with(opened: Callable[..., Page]):
    page = opened("addressing")
    figure(page).locator("summary").click()
    row = figure(page).get_by_role("row").nth(4).get_by_role("cell").all_inner_texts()
    given = EXAMPLES["addressing"]
    stages = by_hand(given["M"], given["q"], given["w_before"], 5, 0.8, 0.8, 2)
    assert row[4:] == [f"{weights[3]:.3f}" for weights in stages.values()]


def test_gate_inspector_by_keyboard(opened: Callable[..., Page]):
    page = opened("gate-inspector")
    says = heard(page)
    expect(says).to_contain_text("Step 1 of 12: x1")
    expect(says).to_contain_text("c = f\u202fc + i\u202fg = 0 · 0 + 1 · 0.76 = 0.76; o = 0, h = 0.")
    expect(says).to_contain_text("The forget gates leave 1 of this c at step 12.")
    page.get_by_role("slider", name="Step t").press("ArrowRight")
    expect(says).to_contain_text("= 1 · 0.76 + 0 · 0.76 = 0.76")
    page.get_by_role("slider", name="Sum of f").press("Home")
    expect(page.get_by_role("slider", name="Sum of f")).to_have_attribute("aria-valuetext", "−8, f = 3.4e−4")
    expect(says).to_contain_text("= 0 · 0.76 + 0 · 0.76 = 0;")
    page.get_by_role("button", name="Same sums at all later steps").press("Enter")
    page.get_by_role("button", name="Next step").press("Enter")
    expect(says).to_contain_text("Step 3 of 12")
    expect(says).to_contain_text("= 0 · 0 + 0 · 0.76 = 0;")
    page.get_by_role("button", name="Reset sums").press("Enter")
    expect(says).to_contain_text("= 1 · 0.76 + 0 · 0.76 = 0.76")
    page.get_by_role("radio", name="f shut").check()
    expect(says).to_contain_text("The forget gates leave 0 of this c at step 12.")
    page.get_by_role("radio", name="trained 3").check()
    expect(page.get_by_role("slider")).to_have_count(1)
    expect(says).to_contain_text("= 0 · ")


def test_gate_inspector_computes_what_the_engine_computes(compute):
    data, _, _ = prepare("gate-inspector", dict(EXAMPLES["gate-inspector"]))
    X = np.asarray(data["inputs"])[None]
    for name, gate in ((None, 0), ("i", 0), ("f", 1), ("o", 3)):
        params = {key: np.array(data[key]) for key in "WUb"}
        if name:  # weights 0 and a large bias hold a gate open
            columns = slice(3 * gate, 3 * gate + 3)
            params["W"][:, columns] = params["U"][:, columns] = 0
            params["b"][columns] = 80
        hs, (_, c_T), _ = lstm.forward(X, params)
        held = json.dumps({name: 1} if name else {})
        found = compute("gate-inspector", f"runCell({_json(data)}, {json.dumps(X[0].tolist())}, {held})")
        np.testing.assert_allclose([step["h"] for step in found], hs[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found[-1]["c"], c_T[0], rtol=1e-9, atol=1e-12)


def test_gate_inspector_hand_set_unit_and_product(compute):
    sums = np.random.default_rng(5).normal(size=(9, 4)) * 3
    i, f, g, o = sums.T
    i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
    c, cs = 0.0, []
    for t in range(9):
        c = f[t] * c + i[t] * g[t]
        cs.append(c)
    found = compute("gate-inspector", f"runSums({json.dumps(sums.tolist())}, {{}})")
    np.testing.assert_allclose([step["c"][0] for step in found], cs, rtol=1e-9)
    np.testing.assert_allclose([step["h"][0] for step in found], o * np.tanh(cs), rtol=1e-9)
    kept = compute("gate-inspector", f"left({json.dumps(f.tolist())}, 3)")
    np.testing.assert_allclose(kept, np.cumprod([1, *f[4:]]), rtol=1e-12)


def test_sentiment_inspector_by_keyboard(opened: Callable[..., Page]):
    page = opened("sentiment-inspector")
    says = heard(page)
    box, chips = page.get_by_role("textbox", name="Your sentence"), page.get_by_role("listitem")
    expect(box).to_have_value("Not a good film!")
    expect(says).to_contain_text("After 5 words: ")
    expect(says).to_contain_text("Read as the unknown word: \u201ca\u201d (no mark).")
    expect(chips).to_have_count(5)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_value("a bad film")
    expect(says).to_contain_text("After 3 words: ")
    page.keyboard.press("Tab")
    expect(box).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Zany, zorg <b>&amp;")
    expect(says).to_contain_text("\u201cZany\u201d (mark +1.3), \u201c,\u201d (no mark), \u201czorg\u201d (no mark)")
    expect(chips.first).to_contain_text("Zany")
    box.fill("")
    expect(says).to_contain_text("Before the first word: ")
    expect(chips).to_have_count(0)
    box.fill("good " * 70)
    expect(says).to_contain_text("Only the first 60 words are read.")
    expect(chips).to_have_count(60)
    box.fill("x" * 400)
    expect(chips).to_have_text(["x" * 23 + "\u2026" + chips.locator("span").text_content()])
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)  # what is typed is no example
    page.get_by_role("radio").nth(1).click()  # the one chosen above: it can be chosen again
    expect(box).to_have_value("a bad film")


def test_sentiment_inspector_computes_what_the_engine_computes(compute):
    data, _, _ = prepare("sentiment-inspector", dict(EXAMPLES["sentiment-inspector"]))
    params = {key: np.array(data[key]) for key in "WUb"}
    E = np.frombuffer(base64.b64decode(data["E"]), np.int8).reshape(10, 3) * data["step"]
    assert np.abs(E - EXAMPLES["sentiment-inspector"]["E"]).max() <= 0.51 * data["step"]
    ids = {token: i for i, token in enumerate(EXAMPLES["sentiment-inspector"]["tokens"], 4)}
    for text in ("Not a good film!", "ZANY bad\u2014bad zorg :)", "not not not good", ":)"):
        read = [word.lower() for word in words(text)]
        marks = [EXAMPLES["sentiment-inspector"]["marks"].get(word, 0) for word in read]
        X = np.column_stack([E[[ids.get(word, 1) for word in read]], marks])[None]
        hs, _ = gru.forward(X, params)
        logits = np.concatenate([np.zeros((1, 4)), hs[0]]) @ np.array(data["V"]) + data["c"]
        found = compute("sentiment-inspector", f"opinions(opened({_json(data)}), {json.dumps(text)})")
        assert [step["word"] for step in found[1:]] == words(text)
        np.testing.assert_allclose([step["logits"] for step in found], logits, rtol=0, atol=1e-9)
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        np.testing.assert_allclose([step["p"] for step in found], shares, rtol=0, atol=1e-9)
        np.testing.assert_allclose([step["odds"] for step in found], logits[:, 2] - logits[:, 0], rtol=0, atol=1e-9)


def test_sentiment_inspector_takes_texts_apart_as_the_library_does(compute):
    texts = [
        *load("tweets").text,
        "d\u2019oh a_b Éé 3,4 @x #y :-)) (: <3 </3 ^_^ -_- \u26a0\ufe0f \U0001f44d\U0001f3fd ... 2:3 (so):",
        "",
    ]
    found = compute("sentiment-inspector", f"{json.dumps(texts)}.map(tokens)")
    assert found == [words(text) for text in texts]


def test_two_of_a_kind_do_not_disturb_each_other(opened: Callable[..., Page]):
    page = opened(*[name for name in NAMES for _ in "ab"])
    for which in range(0, 2 * len(NAMES), 2):
        before = heard(page, which + 1).text_content()
        sliders, buttons = (figure(page, which).get_by_role(role).all() for role in ("slider", "button"))
        for control in (sliders or buttons)[:1]:
            control.press("End")
        for radio in figure(page, which).get_by_role("radio").all():
            radio.check()
        expect(heard(page, which)).not_to_have_text(before)
        expect(heard(page, which + 1)).to_have_text(before)
    for group in page.get_by_role("group", name="State:").all():
        expect(group.locator("input:checked")).to_have_count(1)


def test_without_scripts_the_words_and_the_table_are_there(browser: Browser, tmp_path: Path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(tmp_path, *NAMES).as_uri())
    for which in range(len(NAMES)):
        expect(figure(page, which).get_by_text(ALT)).to_be_visible()
        expect(figure(page, which).get_by_role("table")).to_be_visible()
        expect(figure(page, which).get_by_role("slider")).to_have_count(0)
    context.close()


def test_nothing_moves_by_itself(opened: Callable[..., Page]):
    page = opened(*NAMES, reduced_motion="reduce")
    for slider in page.get_by_role("slider").all():
        slider.press("ArrowRight")
    assert page.evaluate("document.getAnimations().length") == 0
    moving = "element => { const s = getComputedStyle(element); return s.transitionDuration !== '0s' || s.animationName !== 'none'; }"
    assert page.evaluate(f"[...document.querySelectorAll('figure *')].filter({moving}).length") == 0


@pytest.mark.parametrize("name", NAMES)
def test_fits_a_phone_and_follows_the_window(opened: Callable[..., Page], name: str):
    page = opened(name, viewport={"width": 1200, "height": 900})
    for width in (320, 360, 1200):
        page.set_viewport_size({"width": width, "height": 740})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for svg in figure(page).locator(".u-live svg").all():
            assert svg.bounding_box()["width"] <= width
    small = "e => [...e.querySelectorAll('svg text')].filter(t => parseFloat(getComputedStyle(t).fontSize) < 12).length"
    assert figure(page).evaluate(small) == 0
