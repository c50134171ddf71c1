"""`make screenshots`: pictures for the README, and more in runs/screenshots to look at."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from demos import GALLERY, cell_counting
from demos.core.demo import Demo
from tests.browser import chromium
from tests.conftest import ROOT, Server
from tests.load import full_queue

README = ROOT / "assets" / "screenshots"
ALL = ROOT / "runs" / "screenshots"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
PROJECTOR = (1280, 720)


def main() -> None:
    path = chromium.find()
    if path is None:
        sys.exit("No browser was found: install chromium, or name one in $GALLERY_BROWSER.")
    README.mkdir(parents=True, exist_ok=True)
    ALL.mkdir(parents=True, exist_ok=True)
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
            views(browser, server)
            for demo in GALLERY:
                states(browser, server, demo)
            for_the_readme(browser, server)
            browser.close()
    finally:
        server.stop()
    print(f"{README} and {ALL}")


def views(browser: Browser, server: Server) -> None:
    """The overview and the first step of each tour, on both devices, in light and dark."""
    addresses = {"overview": "/"} | {d.slug: f"/?demo={d.slug}&step=1" for d in GALLERY}
    for name, address in addresses.items():
        for device, size in SIZES.items():
            for scheme in ("light", "dark"):
                with opened(browser, size, color_scheme=scheme) as page:
                    visit(page, server.url + address)
                    shoot(page, ALL / f"{name}-{device}-{scheme}.png", full=True)


def states(browser: Browser, server: Server, demo: Demo) -> None:
    """What a demo looks like where there is no result, and on a projector."""
    address = f"{server.url}/?demo={demo.slug}"
    example = f'.examples [data-name="{demo.examples[0].name}"]:visible'
    with opened(browser, SIZES["desktop"]) as page:
        visit(page, address)
        shoot(page, ALL / f"{demo.slug}-empty.png")
        # Held back on its way, so that there is time for a picture.
        held: list[Route] = []
        page.route("**/gradio_api/queue/join*", lambda request: held.append(request))
        page.locator(example).click()
        shoot(page, ALL / f"{demo.slug}-loading.png")
        for request in held:
            request.abort()
    with opened(browser, SIZES["desktop"]) as page:
        visit(page, address)
        give_bad_input(page, demo)
        page.locator(".answer.error:visible").wait_for()
        shoot(page, ALL / f"{demo.slug}-error.png")
    with opened(browser, SIZES["desktop"]) as page:
        visit(page, address)
        with full_queue(server):
            page.locator(example).click()
            page.locator(".busy:visible").wait_for()
            shoot(page, ALL / f"{demo.slug}-busy.png")
    with opened(browser, PROJECTOR) as page:
        visit(page, f"{address}&step=1&present=1")
        shoot(page, ALL / f"{demo.slug}-presentation.png")


def give_bad_input(page: Page, demo: Demo) -> None:
    """A file that is no picture, or more text than is read."""
    if demo.inputs[0].kind == "picture":
        bad = {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"}
        page.locator(".inputs input[type=file]").first.set_input_files(bad)
    else:
        page.locator(".inputs textarea:visible").first.fill("too long " * 1000)
        page.locator("button.primary:visible").click()


def for_the_readme(browser: Browser, server: Server) -> None:
    from PIL import Image

    addresses = {"overview": "/", "demo": f"/?demo={cell_counting.DEMO.slug}&step=1"}
    for name, address in addresses.items():
        shot = README / f"{name}.png"
        with opened(browser, (1280, 860)) as page:
            visit(page, server.url + address)
            shoot(page, shot)
        Image.open(shot).convert("RGB").save(
            shot.with_suffix(".webp"), "WEBP", quality=82, method=6
        )
        shot.unlink()


@contextlib.contextmanager
def opened(browser: Browser, size: tuple[int, int], **options) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
    page.set_default_timeout(180_000)  # after a full queue it takes its time
    yield page
    page.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".wall, .title").first.wait_for(state="attached")
    if "step=" in address:
        page.locator(".stage .compare:visible").first.wait_for()


def shoot(page: Page, path: Path, full: bool = False) -> None:
    page.wait_for_timeout(1500)
    page.screenshot(path=path, full_page=full)


if __name__ == "__main__":
    main()
