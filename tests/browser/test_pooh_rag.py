"""A conversation with the stories, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from demos.pooh_rag.result import ABSTAINED
from tests.browser.conftest import answer, goto
from tests.conftest import Server

FACT, PLACE = "Where did Owl find the bell rope?", "in the forest"
FOLLOW_UP, REWRITTEN = "What did he do with it?", "What did Owl do with it?"
ELSEWHERE = "What is the boiling point of nitrogen?"


def ask(page: Page, question: str) -> Locator:
    """Type a question and send it; the note under its answer, once it is there."""
    page.locator(".inputs textarea:visible").first.fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("[role=log]:visible")).to_contain_text(question)
    return page.locator(".rewritten:visible")


def test_a_conversation(page: Page, server: Server):
    goto(page, server, "/?demo=pooh-rag")
    # A fact, with its passage opened at the words that answer.
    ask(page, FACT)
    expect(answer(page)).to_contain_text(f"{PLACE} [1]")
    first, second = (page.locator(".source:visible").nth(n) for n in range(2))
    expect(first).to_have_attribute("open", "")
    expect(first.locator("mark")).to_contain_text(PLACE)
    # Another source opens at its own sentence.
    expect(second.locator("mark")).to_be_hidden()
    second.locator("summary").click()
    sentence = second.locator("q").inner_text().rstrip("…")
    expect(second.locator(".here mark")).to_contain_text(sentence)
    expect(second.locator("mark")).to_be_visible()
    # A follow-up is searched as a question that stands alone, and says so.
    expect(ask(page, FOLLOW_UP)).to_contain_text(f"searched as: “{REWRITTEN}")
    # What the stories do not say has no answer and no source.
    note = ask(page, ELSEWHERE)
    expect(answer(page)).to_contain_text(ABSTAINED)
    expect(note).not_to_contain_text("searched as")
    expect(answer(page)).not_to_contain_text("[1]")
    expect(page.locator(".source:visible")).to_have_count(0)
    page.locator(".rejected > summary:visible").click()
    expect(page.locator(".source:visible").first).to_be_visible()
