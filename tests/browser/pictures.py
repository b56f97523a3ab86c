"""Writes the pictures of the pages in docs/pictures: `python -m browser.pictures FOLDER`, with tests on the path."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import programs
from browser import chromium
from browser.conftest import DEMO, load_reference
from functional.workbench import command, environment

PATIENCE = 120_000


def main(target: Path) -> None:
    """Goes through an import of the demonstration's file, and takes six pictures."""
    path = programs.CHROMIUM.find()
    if path is None:
        sys.exit(programs.CHROMIUM.missing)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder) / "milepost.db"
        load_reference(str(store))
        words = command("serve", "--db", store, "--port", "0", "--data", Path(folder) / "data")
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as server:
            assert server.stdout is not None
            link = server.stdout.readline().removeprefix("Open ").strip()
            browser = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(PATIENCE)
            _take(context.new_page(), link, target)
            browser.close()
            server.send_signal(signal.SIGTERM)


def _take(page: Page, link: str, target: Path) -> None:
    def picture(name: str) -> None:
        page.screenshot(path=target / f"{name}.png", animations="disabled")

    page.goto(link)
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(DEMO / "tracking.csv")
    page.get_by_label("Configuration").set_input_files(DEMO / "tracking.xml")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Next: columns").click()
    picture("columns")
    page.get_by_role("button", name="Next: values").click()
    picture("values")
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Import: ").wait_for()
    picture("check")
    page.get_by_role("button", name="Import: ").click()
    page.get_by_role("link", name="Mend the rejected rows here").click()
    picture("mend")
    page.get_by_role("link", name="Overview").click()
    picture("overview")
    page.goto(f"{link.partition('/enter')[0]}/learners?name=11391")
    picture("learner")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
