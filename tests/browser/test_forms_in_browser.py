"""Forms beside those of an import in a real browser: configurations, reference data, learners, retention, schedules."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, expect

import milepost
from browser.conftest import Serving
from browser.test_import_in_browser import judge, opened
from functional.workbench import DIRTY, REFERENCE, run_here
from milepost.use_cases import job_queue
from web.test_schedules import CONFIGURATION as NIGHTLY


def test_every_form_can_be_filled_in(chrome: Browser, serving: Serving, tmp_path: Path) -> None:
    store = tmp_path / "milepost.db"
    for kind, content in REFERENCE.items():
        assert run_here("load", kind, "-", "--db", store, stdin=content).status == 0
    (tmp_path / "dirty.csv").write_text(DIRTY, "utf-8")
    assert run_here("import", tmp_path / "dirty.csv", "--db", store).status == 1
    schedules = tmp_path / "schedules"
    schedules.mkdir()
    (schedules / "nightly.xml").write_text(NIGHTLY, "utf-8")
    page, said = opened(chrome, serving(str(store), "--schedule-folder", schedules))
    _edit_a_configuration(page)
    _load_and_look_up(page)
    _change_people(page)
    _keep_rules(page)
    _schedule(page, tmp_path / "data" / "web.db")
    assert [one for one in said if "status of 4" not in one] == []
    with_login = [row.candidateLogin for row in milepost.show(str(store), "eva")]
    assert with_login == ["eva"]


def _edit_a_configuration(page: Page) -> None:
    page.get_by_role("link", name="Configurations").click()
    page.get_by_label("Name").fill("Monthly")
    page.get_by_role("button", name="Add").click()
    page.locator("summary", has_text="How values are read").click()
    page.get_by_label("timeZone", exact=True).fill("Mars/Olympus")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("timeZone", exact=True)).to_have_attribute("aria-invalid", "true")
    judge(page)
    page.get_by_label("timeZone", exact=True).fill("Europe/Paris")
    page.get_by_label("Name", exact=True).fill("Yearly")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Yearly", exact=True).click()
    expect(page.get_by_label("timeZone", exact=True)).to_have_value("Europe/Paris")
    page.get_by_role("link", name="Configurations").last.click()
    page.get_by_role("button", name="Remove Yearly").click()
    expect(page.get_by_text("None is saved yet")).to_be_visible()


def _load_and_look_up(page: Page) -> None:
    page.get_by_role("link", name="Reference data").click()
    page.get_by_role("combobox", name="Kind").select_option("learners")
    content = b"candidateLogin,candidateEmail\ncyd,cyd@x.example\n,nobody@x.example\n"
    page.locator("input[type=file]").set_input_files({"name": "new.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("run 8", exact=False).first).to_be_visible()
    judge(page)
    page.get_by_role("link", name="Reference data").click()
    page.get_by_role("link", name="learners", exact=True).click()
    page.get_by_label("Log-in name").fill("cyd@x.example")
    page.get_by_role("button", name="Look up").click()
    judge(page)
    page.get_by_role("link", name="cyd").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Learner cyd")


def _change_people(page: Page) -> None:
    page.goto(urljoin(page.url, "/learners?name=ada"))
    page.get_by_text("Rename, merge or erase").click()
    page.get_by_label("New name in the place of ada").fill("eva")
    page.get_by_role("button", name="Preview the rename").click()
    judge(page)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run 9")
    page.goto(urljoin(page.url, "/learners?name=cyd"))
    page.get_by_text("Rename, merge or erase").click()
    page.get_by_label("The learner who is the same person, and stays").fill("bob")
    page.get_by_role("button", name="Preview the merge").click()
    judge(page)
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run 10")
    page.goto(urljoin(page.url, "/learners/erasure?name=bob"))
    judge(page)
    page.get_by_label("The name again").fill("bob")
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run 11")
    judge(page)


def _keep_rules(page: Page) -> None:
    page.get_by_role("link", name="Retention").click()
    page.get_by_label("findings are kept for").fill("soon")
    page.get_by_role("button", name="Keep these rules").click()
    expect(page.get_by_role("alert")).to_be_visible()
    judge(page)
    page.get_by_label("findings are kept for").fill("400d")
    page.get_by_role("button", name="Keep these rules").click()
    judge(page)
    page.get_by_role("button", name="Prune").click()
    expect(page.get_by_role("status")).to_contain_text("Pruned. findings: 0")


def _schedule(page: Page, office: Path) -> None:
    page.get_by_role("link", name="Schedules").click()
    page.get_by_label("Configuration").fill("nightly.xml")
    page.get_by_label("When, as cron says it").fill("every night")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_be_visible()
    judge(page)
    page.get_by_label("When, as cron says it").fill("15 2 * * 1-5")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused").first).to_be_visible()
    judge(page)
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Run now").click()
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Paris")
    judge(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing is scheduled")).to_be_visible()
    assert {job.kind for job in job_queue.listing(str(office))} == {"load", "run"}
