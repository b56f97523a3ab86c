"""What the pages say of a store."""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from functional.workbench import HEADER, run_here
from milepost.web import rendering
from web.workbench import local_person, text_of

PATHS = (
    "/",
    "/runs",
    "/runs/7",
    "/runs/7/findings",
    "/runs/8/changes",
    "/runs/8/verification",
    "/learners",
    "/learners?name=ada",
    "/registrations",
    "/enter",
    "/runs/99",
)


def test_the_overview_says_what_is_stored(client: TestClient) -> None:
    said = text_of(client, "/")
    assert "tracking rows 2 registrations 2 learners 2 learning objects 2 trainings 1 sessions 1" in said
    assert "Run 7, " in said
    assert "dirty.csv: 5 rows, 3 rejected" in said


def test_without_a_store_the_overview_says_how_one_begins(tmp_path: Path) -> None:
    client = local_person(tmp_path / "none.db", tmp_path)
    assert "There is no store yet" in text_of(client, "/")
    assert client.get("/runs").headers["location"] == "/"
    assert not (tmp_path / "none.db").exists()


def test_runs_are_listed_with_filters(client: TestClient) -> None:
    assert "8 runs, the newest first" in text_of(client, "/runs")
    said = text_of(client, "/runs?file=DIRTY&state=done&kind=tracking")
    assert "Those of 8 runs that are like this" in said
    assert ("dirty.csv" in said, "replaced.csv" in said) == (True, False)
    assert "No run is like that" in text_of(client, "/runs?state=failed")
    assert "No run is like that" in text_of(client, "/runs?until=2000-01-01")
    assert "replaced.csv" in text_of(client, "/runs?since=2000-01-01&until=someday")


def test_more_runs_than_a_page_has_are_reached_by_a_link(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.run_list.A_PAGE", 5)
    seen, path = [], "/runs?kind="
    while path:
        page = client.get(path).text
        seen += re.findall(r'<th scope="row"><a href="/runs/(\d+)"', page)
        found = re.search(r'href="([^"]*)">Older runs', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [str(number) for number in range(8, 0, -1)]


def test_a_run_has_its_counts_and_findings_by_code(client: TestClient) -> None:
    said = text_of(client, "/runs/7")
    assert "Run 7: dirty.csv" in said
    assert "rows 5 created 2 updated 0" in said
    assert "invalid-datetime error A value is not a date that can be read. 1" in said
    assert "by eve &amp; co" in said


def test_findings_come_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.run_detail.A_PAGE", 2)
    whole, path, pages = [], "/runs/7/findings", 0
    while path:
        page, pages = client.get(path).text, pages + 1
        whole += re.findall(r'<th scope="row" class="number">(\d+)</th>.*?<td class="nowrap">([\w-]+)</td>', page)
        found = re.search(r'href="([^"]*)">Next lines', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert whole == [
        ("2", "completion-date-assumed"),
        ("4", "invalid-datetime"),
        ("5", "registration-not-found"),
        ("6", "score-above-maximum"),
        ("6", "status-and-progression-differ"),
    ]
    assert pages == 3
    assert "No finding is like that" in text_of(client, "/runs/7/findings?code=superseded")
    assert "01/02/2024" in text_of(client, "/runs/7/findings?level=error&code=invalid-datetime")


def test_changes_are_shown_before_and_after(client: TestClient) -> None:
    said = text_of(client, "/runs/8/changes?kind=regression")
    assert "3 ada maths 2024 intro progression 100 60 regression" in said
    assert "lastAccessDate" not in said.partition("Kind")[2].partition("Main")[2]
    assert "80 – reset" in text_of(client, "/runs/8/changes?field=score")
    assert "No stored value is changed" in text_of(client, "/runs/7/changes")


def test_values_are_text_and_never_markup(client: TestClient) -> None:
    page = client.get("/runs/8/findings").text
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "<script>" not in client.get("/learners", params={"name": "<script>"}).text


def test_a_learner_has_rows_with_their_history(client: TestClient) -> None:
    said = text_of(client, "/learners?name=ADA")
    assert "progression 60" in said
    assert "created run 7 , line 2 of dirty.csv" in said
    assert "updated run 8 , line 3 of replaced.csv" in said
    assert "progression 100 60" in said
    assert "no learner" in text_of(client, "/learners?name=nobody", 404).lower()
    assert "Learner ada" in text_of(client, "/learners?name=ada&object=outro")


def test_a_learner_with_many_rows_has_pages(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.learner.A_PAGE", 1)
    line = f"{HEADER}ada,outro,2024,maths,,50,incomplete,\n"
    assert run_here("import", "-", "--db", store, stdin=line).status == 0
    client = local_person(store, tmp_path / "data")
    path, seen = "/learners?name=ada", list[str]()
    whole = {row["lovCode"] for row in client.get("/api/v1/learners?name=ada").json()["rows"]}
    while path:
        text = client.get(path).text
        seen += re.findall(r"<h2>(\w+) ", text)
        found = re.search(r'href="([^"]*)">Next', text)
        path = html.unescape(found[1]) if found else ""
    assert (len(seen), set(seen)) == (2, whole)
    first = client.get("/api/v1/learners?name=ada&limit=1").json()
    second = client.get(f"/api/v1/learners?name=ada&limit=1&cursor={first['next']}").json()
    assert [first["rows"][0]["lovCode"], second["rows"][0]["lovCode"], second["next"]] == [*seen, None]


def test_reference_data_are_looked_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.reference_page.A_PAGE", 1)
    page = client.get("/reference/learners").text
    assert "ada@x.example" in page
    assert "bob@x.example" not in page
    found = re.search(r'href="([^"]*)">Next', page)
    assert found
    assert "bob bob@x.example" in text_of(client, html.unescape(found[1])).replace(" 2 ", " ")
    assert "guid-2024 2024" in text_of(client, "/reference/sessions?name=2024")
    assert "No learner has the log-in name, e-mail, reference number or GUID" in text_of(
        client, "/reference/learners?name=eve", 404
    )
    assert client.get("/reference/contents").status_code == 404
    [session] = client.get("/api/v1/reference/sessions?name=guid-2024").json()["rows"]
    assert (session["sessionTitle"], session["trainingPathCode"]) == ("2024", "maths")
    assert client.get("/api/v1/counts").json()["counts"]["learner"] == 2


def test_registrations_have_their_roll_ups_and_a_picture(client: TestClient) -> None:
    said = text_of(client, "/registrations?training=maths")
    assert "Progression of 2 registrations" in said
    assert "20 to under 30 1 30 to under 40 1" in said
    assert "ada maths 2024 incomplete 30.0" in said
    assert "No registration is like that" in text_of(client, "/registrations?status=completed")
    assert "biology" in text_of(client, "/registrations?training=biology", 404)


def test_registrations_are_shown_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.registered.A_PAGE", 1)
    monkeypatch.setattr("milepost.reading.registration_pages.MOST_IN_PICTURE", 1)
    monkeypatch.setattr("milepost.reading.registration_pages._MOST_SEARCHED", 1)
    monkeypatch.setattr("milepost.reading.registration_pages._AT_A_TIME", 1)
    for query, most in (("", 1), ("training=maths&", 1), ("status=incomplete&", 2), ("status=completed&", 0)):
        path, seen, pages = f"/registrations?{query}", list[str](), 0
        while path:
            text = client.get(path).text
            assert "is for at most 5,000 registrations" in text
            seen += re.findall(r'<th scope="row"><a href="/learners[?]name=(\w+)', text)
            pages, found = pages + 1, re.search(r'href="([^"]*)">Next', text)
            path = html.unescape(found[1]) if found else ""
        assert (seen, pages) == (["ada", "bob"][: 2 if most else 0], 2)
    assert "Progression of 1 registrations" in text_of(client, "/registrations?learner=bob")


def test_a_run_is_verified(client: TestClient) -> None:
    said = text_of(client, "/runs/7/verification")
    assert "1 of 2 rows that the run wrote stand as written. 1 row was changed since by run 8." in said
    report = client.get("/runs/7/verification/report")
    assert report.headers["content-disposition"] == 'attachment; filename="run-7.html"'
    assert "Run 7: dirty.csv" in report.text
    assert "no import of tracking" in text_of(client, "/runs/1/verification", 409)


def test_an_unforeseen_error_is_a_page_without_data(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("milepost.reading.run_pages.counts", fail)
    said = text_of(client, "/", 500)
    assert "RuntimeError in test_pages.py, line" in said
    assert "content-security-policy" in client.get("/").headers
    assert "secret" not in said


@pytest.mark.parametrize("path", PATHS)
def test_every_page_needs_neither_scripts_nor_styles_of_its_own(path: str, client: TestClient) -> None:
    page = client.get(path).text
    assert re.findall(r"<script[^>]*>(?!</script>)", page) == []
    assert re.findall(r"\s(?:style|on\w+|hx-on[^=]*)=", page) == []
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', page) == []
    assert page.count("<h1>") == 1
    assert '<html lang="en">' in page


def test_links_lead_to_pages(client: TestClient) -> None:
    seen: set[str] = set()
    waiting = list(PATHS[:-1])
    while waiting:
        path = waiting.pop()
        if path not in seen and len(seen) < 30:
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code == 200, path
            waiting += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', answer.text)]


def test_htmx_is_the_file_that_was_published() -> None:
    content = rendering.static("htmx.min.js") or b""
    digest = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    assert hashlib.sha256(content).hexdigest() == digest
    assert b"Zero-Clause BSD" in (rendering.static("htmx.LICENSE.txt") or b"")
