"""Users in a real browser: a log-in, an invitation, a token."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from browser.conftest import Serving
from browser.test_import_in_browser import judge, opened
from databases.stores import SQLiteStores
from functional.workbench import run_here

PASSWORD, OTHER = "plum-Otter-94-violin", "gravel?Tuba?61?lemon"


def test_a_user_logs_in_invites_another_one_and_makes_a_token(
    chrome: Browser, serving: Serving, sqlite_stores: SQLiteStores, tmp_path: Path
) -> None:
    database, data = sqlite_stores.place(), tmp_path / "data"
    words = ("user", "add", "ada", "--role", "administrator", "--db", database, "--data", data)
    assert run_here(*words, stdin=PASSWORD).status == 0
    page, _ = opened(chrome, f"{serving(database)}/users", "dark")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    judge(page)
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Name").fill("bob")
    page.get_by_role("button", name="Add").click()
    judge(page)
    guest, _ = opened(chrome, page.locator("code").inner_text(), scripts=False)
    guest.get_by_label("New password").fill(OTHER)
    guest.get_by_label("The same again").fill(OTHER)
    guest.get_by_role("button", name="Log in").click()
    guest.get_by_role("link", name="bob").click()
    guest.get_by_label("What it is for").fill("nightly")
    guest.get_by_role("button", name="Make a token").click()
    expect(guest.locator("code").first).to_contain_text("milepost_")
    page.get_by_role("link", name="ada").click()
    judge(page)
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
