"""The pages of the made-up demos in a browser: each kind of input, and presentation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from demos.core.demo import Demo
from tests.conftest import Server
from tests.made_up import MADE_UP, chat, noise, number

# What is shown is what is tested, not how fast a busy machine shows it.
expect.set_options(timeout=120_000)


@pytest.fixture(scope="module")
def page(browser, made_up_server: Server) -> Iterator[Page]:
    """One page for all of these tests, as one visitor has."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=made_up_server.url)
    opened.set_default_timeout(120_000)  # what is shown is tested, not how fast
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert not failures
    opened.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".wall, .title").first.wait_for(state="attached")


def answer(page: Page) -> Locator:
    return page.locator(".answer:not(.waiting):visible")


@pytest.mark.parametrize("demo", MADE_UP, ids=lambda d: d.name)
def test_every_example_runs_in_one_click(page: Page, demo: Demo):
    visit(page, f"/?demo={demo.slug}")
    said = set()
    for example in demo.examples:
        page.locator(f'.examples [data-name="{example.name}"]:visible').click()
        page.wait_for_url(f"**example={example.name}")
        words = page.locator(".answer .big:visible")
        for known in said:
            expect(words).not_to_have_text(known)
        expect(page.locator(".answer .beside:visible")).to_be_visible()
        expect(page.locator(".answer.error:visible")).to_have_count(0)
        said.add(words.inner_text())
    assert len(said) == len(demo.examples)


def test_a_conversation_goes_on(page: Page):
    visit(page, f"/?demo={chat.DEMO.slug}")
    box = page.locator(".inputs textarea:visible").first
    for before, message in ((0, "Good day"), (2, "And a good night")):
        box.fill(message)
        box.press("Enter")
        expect(answer(page)).to_contain_text(f"You said “{message}” after {before} messages.")
        expect(box).to_have_value("")


def test_a_number_answers_when_it_is_let_go(page: Page):
    visit(page, f"/?demo={number.DEMO.slug}")
    page.locator(".inputs input[type=number]:visible").fill("4")
    page.locator(".inputs input[type=number]:visible").press("Enter")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".answer .big:visible")).to_have_text("16")


def test_a_room_guesses_before_a_step_runs(page: Page):
    """Forward, the question stands alone; backward, nothing is asked."""
    asked = noise.DEMO.tour[1].guess
    visit(page, f"/?demo={noise.DEMO.slug}&step=1&present=1")
    said = answer(page).locator(".big")
    expect(said).to_have_text("fine")
    question, told = page.locator(".guess:visible"), page.locator(".guessed:visible")
    caption = page.locator("[data-caption]:visible")

    page.keyboard.press("ArrowRight")
    expect(question.locator("p")).to_have_text(asked.question)
    expect(question.get_by_role("button")).to_have_count(3)
    expect(caption).to_have_count(0)
    expect(page.locator(".stage:visible")).to_have_count(0)
    assert "step=1" in page.url
    page.keyboard.press("ArrowLeft")  # taken back
    expect(question).to_have_count(0)
    expect(caption).to_have_text(noise.DEMO.tour[0].text)
    expect(said).to_have_text("fine")

    for key, words in (("2", "You guessed “Coarse”, and so it is."),
                       ("1", "You guessed “Fine”; it is “Coarse”."),
                       (None, "It is “Coarse”.")):  # fmt: skip
        page.keyboard.press("ArrowRight")
        if key:
            page.keyboard.press(key)
            expect(question.locator("[aria-pressed=true]")).to_have_text(
                f"{key} {asked.answers[int(key) - 1]}"
            )
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**step=2*")
        expect(told).to_have_text(words)
        expect(said).to_have_text("coarse")
        expect(caption).to_have_text(noise.DEMO.tour[1].text)
        page.keyboard.press("ArrowLeft")
        page.wait_for_url("**step=1*")
        expect(told).to_have_count(0)
        expect(said).to_have_text("fine")

    page.keyboard.press("ArrowRight")
    question.get_by_role("button", name="Fine").click()
    page.keyboard.press("Escape")  # the presentation ends, and with it the question
    expect(question).to_have_count(0)
    expect(caption).to_have_text(noise.DEMO.tour[0].text)


def test_presentation_walks_all_steps_of_all_demos(page: Page):
    steps = [(demo, n) for demo in MADE_UP for n in range(1, len(demo.tour) + 1)]
    first, *rest = steps
    visit(page, f"/?demo={first[0].slug}&step=1&present=1")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(answer(page)).to_be_in_viewport()
    for demo, n in rest:
        page.keyboard.press("ArrowRight")
        if demo.tour[n - 1].guess:
            page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**demo={demo.slug}*step={n}*")
    for demo, n in reversed(steps[-3:]):
        page.wait_for_url(f"**demo={demo.slug}*step={n}*")
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("p")
    expect(page.locator(".masthead")).to_be_visible()
    assert "present" not in page.url
