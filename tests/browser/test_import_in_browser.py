"""All steps of an import in a real browser: on each database, with a workbook, with and without JavaScript."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path
from typing import Literal

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

import milepost
from browser.conftest import DEMO, Serving, load_reference
from databases.stores import PostgreSQLStores, SQLiteStores

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
PATIENCE = 60_000
Scheme = Literal["light", "dark"]
expect.set_options(timeout=PATIENCE)
_WIDTHS: dict[Scheme, int] = {"light": 1280, "dark": 390}


def judge(page: Page) -> None:
    """Requires that a page can be used by everybody, and is not wider than the window."""
    page.evaluate(f"window.axe || (() => {{ {AXE} }})()")
    found = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(all => all.violations.map(one => [one.id, one.nodes[0].html]))"
    )
    assert found == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def opened(chrome: Browser, link: str, scheme: Scheme = "light", *, scripts: bool = True) -> tuple[Page, list[str]]:
    """A page of the application, and what it prints to the console."""
    context = chrome.new_context(
        viewport={"width": _WIDTHS[scheme], "height": 900}, color_scheme=scheme, java_script_enabled=scripts
    )
    context.set_default_timeout(PATIENCE)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto(link)
    return page, said


@pytest.mark.parametrize(("kind", "scheme"), [("sqlite", "light"), ("postgresql", "dark")])
def test_the_demonstration_is_imported_mended_and_undone(
    kind: str,
    scheme: Scheme,
    chrome: Browser,
    serving: Serving,
    request: pytest.FixtureRequest,
) -> None:
    stores: SQLiteStores | PostgreSQLStores = request.getfixturevalue(f"{kind}_stores")
    database = stores.place()
    load_reference(database)
    link = serving(database)
    home = link.partition("/enter")[0]
    page, said = opened(chrome, link, scheme)
    judge(page)
    page.get_by_role("link", name="Import").click()
    judge(page)
    page.get_by_label("File").set_input_files(DEMO / "tracking.csv")
    page.get_by_label("Configuration").set_input_files(DEMO / "tracking.xml")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Next: columns").click()
    judge(page)
    page.get_by_role("button", name="Next: values").click()
    page.get_by_label("X means").select_option("passed")
    judge(page)
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("button", name="Check", exact=True).click()
    button = page.get_by_role("button", name="Import: create 3,139 rows")
    expect(button).to_be_visible()
    judge(page)
    page.get_by_role("link", name="All findings, line by line").click()
    judge(page)
    page.go_back()
    button.click()
    page.get_by_role("link", name="Mend the rejected rows here").click()
    judge(page)
    page.get_by_label("Score, line 142").fill("82.5")
    page.get_by_role("button", name="Check the mended rows").click()
    page.get_by_role("button", name="Import: create").click()
    page.get_by_role("link", name="Undo it").click()
    judge(page)
    page.get_by_role("button", name="Undo run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("undo of run 8")
    judge(page)
    # In the other scheme the pages of the import have shown every colour.
    for path in (
        ()
        if scheme == "dark"
        else ("/", "/runs", "/runs/7", "/runs/7/findings", "/learners?name=11391", "/registrations", "/imports")
    ):
        page.goto(home + path)
        judge(page)
    states = [(run.kind, run.state) for run in milepost.runs(database)[:3]]
    assert states == [("undo", "done"), ("tracking", "done"), ("tracking", "done")]
    assert said == []


def workbook(path: Path) -> Path:
    """A workbook as a personnel office has it."""
    with (DEMO / "tracking.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))[:10]
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Results")
    sheet.write_row(0, 0, ["Employee", "Course", "Group", "Programme", "State", "Comment"])
    for at, row in enumerate(rows, start=1):
        sheet.write_row(at, 0, [row["Student"], row["Assessment"], row["Presentation"], row["Module"], "done", "-"])
    book.close()
    return path


def test_a_workbook_is_imported_without_javascript(
    chrome: Browser, serving: Serving, sqlite_stores: SQLiteStores, tmp_path: Path
) -> None:
    database = sqlite_stores.place()
    load_reference(database)
    page, _ = opened(chrome, serving(database), scripts=False)
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(workbook(tmp_path / "results.xlsx"))
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Next: columns").click()
    columns = ("candidateRefNumber", "lovCode", "sessionTitle", "trainingPathCode", "trackingStatus", "ignoredColumn")
    for header, column in zip(("Employee", "Course", "Group", "Programme", "State", "Comment"), columns, strict=True):
        page.get_by_label(f"{header} is read as").select_option(column)
    page.get_by_role("button", name="Next: values").click()
    page.get_by_label("done means").select_option("completed")
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Import: create").click()
    expect(page.get_by_text("It is imported, as run 7")).to_be_visible()
    run = milepost.runs(database)[0]
    assert (run.file, run.rows, run.state) == ("results.xlsx", 10, "done")
    assert milepost.registrations(database)["nbLOFinished"].sum() == run.created
