"""Every page, light and wide or dark and narrow: everybody can use it.

With MILEPOST_PICTURES, each is judged in both ways, and pictures go into that folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, expect

from browser.conftest import Serving
from browser.test_import_in_browser import Scheme, judge, opened
from functional.workbench import DIRTY, REFERENCE, run_here
from milepost.web.routes import ROUTES
from web.test_schedules import CONFIGURATION as NIGHTLY

DOWNLOADS = {
    "/enter/openid",
    "/enter/openid/back",
    "/static/{name}",
    "/metrics",
    "/runs/{run:int}/verification/report",
    "/imports/{draft:int}/configuration",
    "/imports/{draft:int}/rejects",
    "/configurations/{number:int}/xml",
    "/exports/{what}",
}
"""What a browser shows no page of."""
QUERIES = {
    "/join": "?invitation=x",
    "/learners": "?name=ada",
    "/learners/change": "?what=merge&name=ada&to=bob",
    "/learners/erasure": "?name=bob",
}
"""What pages need to have something to show."""
OTHERS = [
    "/learners",
    "/learners?name=nobody",
    "/learners/change?what=rename&name=ada&to=eva",
    "/runs?state=failed",
    "/runs/99",
    "/nowhere",
    "/registrations?status=completed",
]
"""The same pages otherwise, and addresses of none."""
WAYS: tuple[tuple[int, Scheme], ...] = ((1280, "light"), (390, "dark"))
PICTURES = os.environ.get("MILEPOST_PICTURES")


def test_every_page_can_be_used_by_everybody(chrome: Browser, serving: Serving, tmp_path: Path) -> None:
    store = tmp_path / "milepost.db"
    for kind, content in REFERENCE.items():
        assert run_here("load", kind, "-", "--db", store, stdin=content).status == 0
    (tmp_path / "dirty.csv").write_text(DIRTY, "utf-8")
    assert run_here("import", tmp_path / "dirty.csv", "--db", store).status == 1
    assert run_here("retention", "journals", "400d", "--db", store).status == 0
    later = tmp_path / "later.csv"
    later.write_text(DIRTY.replace(",50,", ",60,"), "utf-8")
    schedules = tmp_path / "schedules"
    schedules.mkdir()
    (schedules / "nightly.xml").write_text(NIGHTLY, "utf-8")
    link = serving(str(store), "--schedule-folder", schedules)
    page, said = opened(chrome, link)
    _import_by_hand(page, later)
    _schedule_by_hand(page)
    numbers: dict[str, object] = {"kind": "learners", "run": 8, "draft": 1, "number": 1, "job": 1, "schedule": 1}
    plain, _ = opened(chrome, link, scripts=False)
    # The same session, as pages show it.
    plain.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    paths = [one.path for one in ROUTES if one.method == "GET" and one.path not in DOWNLOADS]
    assert {one.path for one in ROUTES} >= DOWNLOADS
    for path in paths:
        address = re.sub(r"\{(\w+)(:int)?\}", lambda found: str(numbers[found[1]]), path)
        assert "{" not in address
        address += QUERIES.get(path, "")
        _look(page, link, address, {200, 403 if path == "/join" else 200})
        plain.goto(urljoin(link, address))
        assert _words(plain) == _words(page), f"{address} says something else without JavaScript"
    for address in OTHERS:
        _look(page, link, address, {200, 404})
    assert [one for one in said if "status of 40" not in one] == []


def _words(page: Page) -> str:
    """What a page says, but for numbers: time passes."""
    return re.sub(r"\d+", "", page.locator("main").inner_text())


def _import_by_hand(page: Page, file: Path) -> None:
    """Goes through an import, and keeps its configuration."""
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Next: columns").click()
    page.get_by_role("button", name="Next: values").click()
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("button", name="Import: ")).to_be_visible()
    page.get_by_label("Save it here under a name").fill("Monthly")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Monthly")
    page.goto(urljoin(page.url, "/imports/1/check"))
    page.get_by_role("button", name="Import: ").click()
    expect(page.get_by_role("link", name="Mend the rejected rows here")).to_be_visible()


def _schedule_by_hand(page: Page) -> None:
    page.get_by_role("link", name="Schedules").click()
    page.get_by_label("Configuration").fill("nightly.xml")
    page.get_by_label("When, as cron says it").fill("15 2 * * 1-5")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("waiting").or_(page.get_by_text("well")).first).to_be_visible()


def _look(page: Page, link: str, address: str, statuses: set[int]) -> None:
    answer = page.goto(urljoin(link, address))
    assert answer is not None
    assert answer.status in statuses, address
    for width, scheme in WAYS if PICTURES else WAYS[len(address) % 2 :][:1]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        judge(page)
        if PICTURES:
            name = re.sub(r"\W+", "_", address).strip("_") or "overview"
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(PICTURES) / f"{name}_{width}_{scheme}.png", full_page=True)
