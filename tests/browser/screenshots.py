"""`make screenshots`: pictures for the README, and more in runs/screenshots to look at."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from demos import GALLERY
from tests.browser import chromium
from tests.conftest import ROOT, Server

README = ROOT / "assets" / "screenshots"
ALL = ROOT / "runs" / "screenshots"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


def main() -> None:
    path = chromium.find()
    if path is None:
        sys.exit("No browser was found: install chromium, or name one in $GALLERY_BROWSER.")
    from playwright.sync_api import sync_playwright

    README.mkdir(parents=True, exist_ok=True)
    ALL.mkdir(parents=True, exist_ok=True)
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    views = {"overview": "/"} | {d.slug: f"/?demo={d.slug}&step=1" for d in GALLERY}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
            for name, address in views.items():
                for device, (width, height) in SIZES.items():
                    for scheme in ("light", "dark"):
                        page = browser.new_page(
                            viewport={"width": width, "height": height}, color_scheme=scheme
                        )
                        shoot(page, server.url + address, ALL / f"{name}-{device}-{scheme}.png")
                        page.close()
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            address = f"/?demo={GALLERY[0].slug}&step=1&present=1"
            shoot(page, server.url + address, ALL / "presentation.png", full=False)
            page.set_viewport_size({"width": 1280, "height": 860})
            shoot(page, server.url, README / "overview.webp.png", full=False)
            address = f"{server.url}/?demo={GALLERY[0].slug}&step=1"
            shoot(page, address, README / "demo.webp.png", full=False)
            browser.close()
    finally:
        server.stop()
    from PIL import Image

    for shot in README.glob("*.webp.png"):
        Image.open(shot).convert("RGB").save(shot.with_suffix(""), "WEBP", quality=82, method=6)
        shot.unlink()
    print(f"{README} and {ALL}")


def shoot(page, address: str, path: Path, full: bool = True) -> None:
    page.goto(address)
    page.locator(".wall, .title").first.wait_for(state="attached")
    if "step=" in address:
        page.locator(".stage .compare:visible").first.wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=path, full_page=full)


if __name__ == "__main__":
    main()
