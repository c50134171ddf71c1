"""The switch, the filter and the corrections of named entities, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from demos.named_entities import story
from tests.browser.conftest import answer, goto
from tests.conftest import Server
from trainers.named_entities.data import read_conll


def test_the_switch_relabels_at_once(page: Page, server: Server):
    goto(page, server, "/?demo=named-entities&example=lists")
    expect(page.locator(".story .way:visible")).to_have_count(1)
    read = page.locator(".story .way:visible .names")
    person = 'mark:has-text("Ada Lovett")'
    with_requests: list[str] = []
    page.on("request", lambda r: with_requests.append(r.url) if "join" in r.url else None)
    for way, kind in zip(story.WAYS[:2], ("ORG", "PER"), strict=True):
        page.locator(".switch label:visible", has_text=way.name).click()
        expect(read.locator(person)).to_have_attribute("data-kind", kind)
        expect(page.locator(".story .way:visible")).to_have_count(1)
    assert not with_requests  # nobody was asked
    # By keyboard as well.
    page.keyboard.press("ArrowLeft")
    expect(read.locator(person)).to_have_attribute("data-kind", "ORG")


def test_a_kind_that_is_not_ticked_is_not_marked(page: Page, server: Server):
    goto(page, server, "/?demo=named-entities&example=lists")
    mark = page.locator(".found mark.per:visible").first
    colour = "e => getComputedStyle(e).backgroundColor"
    before = mark.evaluate(colour)
    page.locator(".filter .per input:visible").uncheck()
    assert mark.evaluate(colour) != before
    page.locator(".filter .per input:visible").check()
    assert mark.evaluate(colour) == before


def test_a_click_corrects_and_the_trainer_reads_the_file(page: Page, server: Server, tmp_path):
    goto(page, server, "/?demo=named-entities")
    box = page.locator(".inputs textarea:visible").first
    box.fill("Angela Merkel left.")
    page.get_by_role("button", name="Find the names").click()
    expect(answer(page)).to_contain_text("1 name")
    words = page.locator(".tags [data-label]:visible")
    expect(words).to_have_count(4)
    words.nth(0).click()  # PER becomes ORG, and the word behind begins a name of its own
    expect(words.nth(0)).to_have_attribute("data-label", "B-ORG")
    expect(words.nth(1)).to_have_attribute("data-label", "B-PER")
    words.nth(1).click()
    expect(words.nth(1)).to_have_attribute("data-label", "I-ORG")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Save as CoNLL").click()
    path = tmp_path / "train.txt"
    path.write_bytes(waiting.value.path().read_bytes())
    (sentence,) = read_conll(path)
    assert sentence.words == ("Angela", "Merkel", "left", ".")
    assert sentence.labels == ("B-ORG", "I-ORG", "O", "O")


def test_a_word_is_looked_at(page: Page, server: Server):
    goto(page, server, "/?demo=named-entities&example=washington")
    page.locator(".tags [data-name]:visible", has_text="Seattle").click()
    closer = page.locator(".stage .compare:visible", has_text="“Seattle” with")
    expect(closer).to_be_visible()
    expect(page.locator(".tags [aria-pressed=true]:visible")).to_have_text("Seattle")
