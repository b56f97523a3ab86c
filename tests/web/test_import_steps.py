"""An import in the browser, from the upload to the undo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from functional.workbench import CLEAN, DIRTY, HEADER
from milepost.reading.runs import runs
from milepost.use_cases import job_queue
from web.workbench import local_person, site_of, text_of, work

UNKNOWN = """Who;Kurs;Gruppe;Training;Datum;Wie weit;Resultat
ada;intro;2024;maths;03/02/2024;40;C|1
bob;outro;2024;maths;25/02/2024;50;offen
bob;intro;2024;maths;26/02/2024;60;-
"""


@pytest.fixture
def importer(store: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of a store that may be changed."""
    return local_person(store, tmp_path / "data")


def upload(client: TestClient, content: str, name: str = "new.csv", configuration: str | None = None) -> str:
    """Uploads a file, and lets it be looked at. The address of its import."""
    files: dict[str, Any] = {"file": (name, content.encode())}
    if configuration is not None:
        files["configuration"] = ("c.xml", configuration.encode())
    answer = client.post("/imports", files=files)
    assert answer.status_code == 303, answer.text
    assert [job.kind for job in work(client)] == ["look"]
    return str(answer.headers["location"])


def check(client: TestClient, place: str) -> str:
    """Checks what is chosen. The digest of the plan."""
    work(client)
    assert client.post(f"{place}/check").status_code == 303
    assert [(job.kind, job.state, job.error) for job in work(client)] == [("check", "done", None)]
    found = re.search(r'name="digest" value="(\w+)"', client.get(f"{place}/check").text)
    assert found is not None
    return found[1]


def test_an_import_from_the_upload_to_the_undo(importer: TestClient) -> None:
    place = upload(importer, UNKNOWN, "Ergebnisse März.csv")
    said = text_of(importer, place)
    assert "Format CSV Delimiter semicolon" in said
    assert "Rows 3 " in said

    said = text_of(importer, f"{place}/columns")
    assert "No column says whose the rows are" in said
    assert "Datum" in said
    page = importer.get(f"{place}/columns").text
    assert re.search(r'Datum</th>.*?<option value="lastAccessDate">', page, re.DOTALL)
    columns = ("candidateLogin", "lovCode", "sessionTitle", "trainingPathCode", "lastAccessDate", "progression")
    chosen = {f"column-{at}": name for at, name in enumerate((*columns, "trackingStatus"))}
    assert importer.post(f"{place}/columns", data=chosen).headers["location"] == f"{place}/values"

    said = text_of(importer, f"{place}/values")
    assert "DD/MM/YYYY fits 3 values 03/02/2024 is 2024-02-03 00:00:00" in said
    assert "C|1 1 not known" in said
    words = re.findall(r"<code>([^<]*)</code></th><td class=\"number\">1", importer.get(f"{place}/values").text)
    meanings = {"C|1": "completed", "offen": "incomplete", "-": "-"}
    values = {f"word-{at}": meanings[word] for at, word in enumerate(words)} | {"dateTimeFormat": "DD/MM/YYYY"}
    assert importer.post(f"{place}/values", data=values).headers["location"] == f"{place}/check"

    digest = check(importer, place)
    said = text_of(importer, f"{place}/check")
    assert "rows 3 created 1 updated 2" in said
    assert "Import: create 1 row, change 2 rows" in said
    configuration = importer.get(f"{place}/configuration").text
    assert "<from>C|1</from>" in configuration or 'from="C|1"' in configuration
    again = upload(importer, UNKNOWN, configuration=configuration)
    check(importer, again)
    assert "rows 3 created 1 updated 2" in text_of(importer, f"{again}/check")

    assert importer.post(f"{place}/import", data={"digest": digest}).headers["location"] == f"{place}/result"
    assert "It begins in a moment" in text_of(importer, f"{place}/result")
    (job,) = work(importer)
    assert "It is imported, as run 9" in text_of(importer, f"{place}/result")
    run = runs(site_of(importer).database)[0]
    assert (run.id, run.file, run.created, run.updated) == (9, "Ergebnisse März.csv", 1, 2)
    assert run.digest == digest
    assert importer.get(f"/jobs/{job.id}").headers["location"] == "/runs/9"
    assert "incomplete" in text_of(importer, "/learners?name=bob&object=outro")

    assert "deleted again 1 as they were before 2" in text_of(importer, "/runs/9/undo")
    location = importer.post("/runs/9/undo").headers["location"]
    work(importer)
    assert importer.get(location).headers["location"] == "/runs/10"
    assert "It was undone by run 10" in text_of(importer, "/runs/9")


RENAMED = HEADER.replace("candidateLogin", "Wer") + (
    "adda,intro,2024,maths,2024-02-01 10:00:00,100,done,\nadda,Einstieg,2024,maths,2024-02-01 10:00:00,100,done,\n"
    "bob,outro,2042,maths,2024-02-01 10:00:00,100,completed,\n"
)


def test_names_that_the_store_does_not_have_are_chosen_and_remembered(importer: TestClient) -> None:
    place = upload(importer, RENAMED)
    assert "Looking" not in text_of(importer, f"{place}/values")
    importer.post(f"{place}/columns", data={"column-0": "candidateLogin"})
    assert "They are being looked for" in text_of(importer, f"{place}/values")
    assert [job.kind for job in work(importer)] == ["match"]
    said = text_of(importer, f"{place}/values")
    assert "candidateLogin: 1 In the file Rows Is read as Names like it adda 2 ada" in said
    page = importer.get(f"{place}/values").text
    fields = dict(re.findall(r'name="(name-[^"]+)" value="" placeholder="as it is" aria-label="(\w+) in', page))
    assert sorted(fields.values()) == ["2042", "Einstieg", "adda"]
    meant = {"adda": "ada", "Einstieg": "intro", "2042": ""}
    chosen = {name: meant[text] for name, text in fields.items()}
    importer.post(f"{place}/values", data={"word-0": "completed", "timeZone": "Europe/Paris", **chosen})
    configuration = importer.get(f"{place}/configuration").text
    assert "adda" in configuration
    assert 'name="name-candidateLogin' in page
    digest = check(importer, place)
    assert "superseded 1 skipped 0 rejected 1" in text_of(importer, f"{place}/check")
    importer.post(f"{place}/import", data={"digest": digest})
    work(importer)

    # The columns stand in another order, and one name is another one.
    lines = [",".join(reversed(line.split(","))) for line in RENAMED.replace("2042", "2043").splitlines()]
    again = upload(importer, "\n".join(lines) + "\n")
    said = text_of(importer, f"{again}/columns")
    assert "What was chosen for the last file with the same headers is chosen here too" in said
    assert "remembered 3 adda" in said
    importer.post(f"{again}/columns", data={"column-7": "candidateLogin"})
    work(importer)
    page = importer.get(f"{again}/values").text
    assert 'value="ada" placeholder' in page
    assert 'value="Europe/Paris"' in page
    digest = check(importer, again)
    assert "superseded 1 skipped 0 rejected 1" in text_of(importer, f"{again}/check")
    other = upload(importer, RENAMED.replace("score", "points"))
    assert "remembered" not in text_of(importer, f"{other}/columns")


def test_the_sheets_of_a_workbook_are_a_choice(importer: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, row in (("Notes", ["nothing"]), ("Results", ["candidateLogin", "lovCode"])):
        book.add_worksheet(name).write_row(0, 0, row)
    book.close()
    place = str(importer.post("/imports", files={"file": ("book.xlsx", path.read_bytes())}).headers["location"])
    work(importer)
    assert "Sheets Notes, Results; read is the first" in text_of(importer, place)
    assert '<option value="Results">Results</option>' in importer.get(place).text
    importer.post(place, data={"sheet": "Results"})
    work(importer)
    assert "line 1, 2 columns" in text_of(importer, place)
    assert '<option value="Results" selected>' in importer.get(place).text


def test_import_pressed_in_two_tabs_is_one_import(importer: TestClient) -> None:
    place = upload(importer, CLEAN)
    digest = check(importer, place)
    for _ in range(2):
        assert importer.post(f"{place}/import", data={"digest": digest}).status_code == 303
    assert [job.kind for job in work(importer)] == ["import"]
    importer.post(f"{place}/import", data={"digest": digest})
    assert work(importer) == []
    assert "This plan was imported" in text_of(importer, f"{place}/check")


def test_a_plan_that_no_longer_holds_is_refused(importer: TestClient) -> None:
    first, second = upload(importer, CLEAN), upload(importer, CLEAN.replace("100", "90"))
    digests = {place: check(importer, place) for place in (first, second)}
    for place, digest in digests.items():
        importer.post(f"{place}/import", data={"digest": digest})
    assert [job.state for job in work(importer)] == ["done", "failed"]
    assert "The plan has changed since it was checked: the store differs" in text_of(importer, f"{second}/result")
    assert importer.post(f"{second}/import", data={"digest": "0" * 64}).status_code == 412
    assert "Something else was chosen or checked since" in importer.post(f"{first}/import").text


def test_a_check_does_not_outlive_another_choice(importer: TestClient) -> None:
    place = upload(importer, CLEAN)
    digest = check(importer, place)
    importer.post(f"{place}/values", data={"updateMode": "patch"})
    assert "Check it first" in text_of(importer, f"{place}/check")
    assert importer.post(f"{place}/import", data={"digest": digest}).status_code == 412


def test_a_brake_holds_unless_somebody_says_so(importer: TestClient) -> None:
    place = upload(importer, DIRTY)
    importer.post(f"{place}/values", data={"maxRejected": "1"})
    digest = check(importer, place)
    assert "3 of 5 rows would be rejected" in text_of(importer, f"{place}/check")
    assert importer.post(f"{place}/import", data={"digest": digest}).status_code == 412
    assert importer.post(f"{place}/import", data={"digest": digest, "regardless": "yes"}).status_code == 303
    assert [job.state for job in work(importer)] == ["done"]


def test_the_lists_of_a_check_come_page_by_page(importer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.web.pages.import_check.A_PAGE", 2)
    place = upload(importer, DIRTY)
    assert importer.get(f"{place}/findings").status_code == 404
    check(importer, place)
    assert "5 in all" in text_of(importer, f"{place}/findings")
    assert "offset=2" in importer.get(f"{place}/findings").text
    assert "score-above-maximum" in text_of(importer, f"{place}/findings?offset=2")
    assert "1 in all" in text_of(importer, f"{place}/findings?code=invalid-datetime")
    assert "60 100 change" in text_of(importer, f"{place}/changes?field=progression")
    rejects = importer.get(f"{place}/rejects")
    assert rejects.headers["content-disposition"] == 'attachment; filename="rejects-1.csv"'
    assert rejects.text.splitlines()[0].endswith("_line,_codes,_messages")


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\x.csv", "a/b.xlsx", "<b>.csv", "x" * 300, "\u202egnp.csv", ".csv"]
)
def test_no_name_of_a_user_is_in_a_path(name: str, importer: TestClient, tmp_path: Path) -> None:
    place = upload(importer, CLEAN, name)
    kept = [path.relative_to(tmp_path / "data") for path in (tmp_path / "data" / "uploads").rglob("*")]
    assert all(
        re.fullmatch(r"uploads/[0-9a-f]{32}(/(source(\.csv|\.xlsx)?|inspection\.json))?", str(path)) for path in kept
    )
    assert "<b>" not in importer.get(place).text
    assert oct((tmp_path / "data" / kept[0]).stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "odd.csv is empty"),
        ("a;b\n\x00\n" * 3, "odd.csv"),
        ("candidateLogin,lovCode\n\"ada,intro\n", "odd.csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_its_own_name(content: str, said: str, importer: TestClient) -> None:
    answer = importer.post("/imports", files={"file": ("odd.csv", content.encode())})
    work(importer)
    page = importer.get(answer.headers["location"])
    assert page.status_code == 200
    assert "uploads" not in page.text
    assert said in page.text


def test_a_file_is_read_in_another_way(importer: TestClient) -> None:
    content = "Report;;\n;;\ncandidateLogin;lovCode;sessionGuid\nada;intro;guid-2024\n"
    place = upload(importer, content)
    importer.post(place, data={"headerRow": "3", "delimiter": "semicolon"})
    work(importer)
    assert "line 3, 3 columns" in text_of(importer, place)
    importer.post(place, data={"headerRow": "never"})
    assert work(importer)[0].error_code == "wrong-configuration"
    assert "headerRow" in text_of(importer, place)


def test_a_configuration_comes_with_the_file(importer: TestClient) -> None:
    configuration = (
        "<actions><createOrUpdateConsolidatedTrackingAction><fields><candidateLogin/><lovCode/><sessionTitle/>"
        "<trainingPathCode/><lastAccessDate/><progression/><trackingStatus/><score/></fields>"
        "<parameters><trackingStatus><completed>done</completed></trackingStatus></parameters>"
        "</createOrUpdateConsolidatedTrackingAction></actions>"
    )
    content = HEADER + "ada,outro,2024,maths,2024-02-01 10:00:00,100,done,80\n"
    place = upload(importer, content.replace(",", ";"), configuration=configuration)
    assert '<option value="completed" selected>' in importer.get(f"{place}/values").text
    importer.post(f"{place}/values", data={"word-0": "passed"})
    check(importer, place)
    assert "rows 1 created 1" in text_of(importer, f"{place}/check")
    broken = importer.post("/imports", files={"file": ("a.csv", b"x"), "configuration": ("c.xml", b"<nothing/>")})
    assert [job.error_code for job in work(importer)] == ["wrong-configuration"]
    assert "nothing" in text_of(importer, broken.headers["location"])


def test_mistakes_in_what_is_chosen_are_told_at_once(importer: TestClient) -> None:
    place = upload(importer, CLEAN)
    answer = importer.post(f"{place}/values", data={"timeZone": "Europe/Pariss", "defaultScoreMax": "many"})
    assert answer.headers["location"] == f"{place}/values"
    said = text_of(importer, f"{place}/values")
    assert "What is chosen has 2 mistakes" in said
    assert "Europe/Paris" in said
    assert importer.post(f"{place}/check").status_code == 422


def test_a_job_that_waits_is_stopped(importer: TestClient) -> None:
    place = upload(importer, CLEAN)
    importer.post(f"{place}/check")
    (job,) = job_queue.listing(site_of(importer).office, is_over=False)
    page = importer.get(f"{place}/check").text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert importer.post(f"{place}/discard").status_code == 503
    assert importer.post(f"/jobs/{job.id}/stop").headers["location"] == f"{place}/check"
    assert "It was stopped. Nothing was changed." in text_of(importer, f"{place}/check")
    assert work(importer) == []


def test_an_import_is_removed_with_its_file(importer: TestClient, tmp_path: Path) -> None:
    place = upload(importer, CLEAN)
    assert importer.post(f"{place}/discard").headers["location"] == "/imports"
    assert list((tmp_path / "data" / "uploads").iterdir()) == []
    assert importer.get(place).status_code == 404


def test_uploads_have_a_limit(importer: TestClient) -> None:
    large = importer.post("/imports", files={"file": ("a.csv", b"x" * 100_001)})
    assert large.status_code == 413
    assert importer.post("/imports", files={"file": ("a.csv", b"x" * 1_200_000)}).status_code == 413
    assert "Choose a file first" in importer.post("/imports", data={"file": ""}).text


def test_rejected_rows_are_mended_in_the_page(importer: TestClient) -> None:
    place = upload(importer, DIRTY.replace("adda", "a=b") + "one,cell,too,many,,,,,more\n")
    digest = check(importer, place)
    assert importer.get(f"{place}/mend").status_code == 404
    importer.post(f"{place}/import", data={"digest": digest})
    work(importer)
    assert "Mend the rejected rows here" in text_of(importer, f"{place}/result")
    page = importer.get(f"{place}/mend").text
    fields = dict(re.findall(r'name="(cell-[\d-]+)" value="([^"]*)"', page))
    assert set(fields) == {"cell-4-4", "cell-5-0", "cell-5-2", "cell-5-3", "cell-6-7"}
    mended = fields | {"cell-4-4": "2024-02-01 10:00:00", "cell-5-0": "bob", "cell-6-7": "70", "cell-9-1": "x"}
    answer = importer.post(f"{place}/mend", data=mended)
    work(importer)
    said = text_of(importer, answer.headers["location"])
    assert "mended new.csv" in said
    assert "rows 4 created 2 updated 0 unchanged 0 deleted 0 superseded 1 skipped 0 rejected 1" in said
    assert "now counts as mended" in said


def test_reference_data_is_loaded(importer: TestClient) -> None:
    said = text_of(importer, "/reference")
    assert "learners 2 candidateLogin" in said
    file = {"file": ("people.csv", b'candidateLogin\ncarl\n"",\n')}
    assert importer.post("/reference", data={"kind": "unicorns"}, files=file).status_code == 404
    assert importer.post("/reference", data={"kind": "learners"}).status_code == 400
    answer = importer.post("/reference", data={"kind": "learners"}, files=file)
    assert [(job.kind, job.state) for job in work(importer)] == [("load", "done")]
    assert importer.get(answer.headers["location"]).headers["location"] == "/runs/9"
    assert "learners 3 candidateLogin" in text_of(importer, "/reference")
    bad = {"file": ("people.csv", b"nothing\n1\n")}
    answer = importer.post("/reference", data={"kind": "learners"}, files=bad)
    assert [job.state for job in work(importer)] == ["failed"]
    assert "people.csv" in text_of(importer, answer.headers["location"])
    assert "load failed" in text_of(importer, "/imports")


def test_what_is_stored_is_exported(importer: TestClient) -> None:
    answer = importer.get("/exports/registrations?format=csv&learner=ada&columns=candidateLogin,nbLO&since=")
    assert answer.text == "candidateLogin,nbLO\nada,2\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="registrations.csv"'
    assert importer.get("/exports/tracking?format=xlsx").content.startswith(b"PK")
    assert "nobody" in text_of(importer, "/exports/tracking?learner=nobody", 400)
    assert "Pariss" in text_of(importer, "/exports/tracking?timeZone=Europe/Pariss", 422)
    for path in ("/exports/secrets", "/exports/tracking?format=exe"):
        assert importer.get(path).status_code == 404


def test_learners_are_loaded_by_a_key_of_choice(importer: TestClient) -> None:
    assert "candidateRefNumber" in text_of(importer, "/reference")
    file = {"file": ("renamed.csv", b"candidateRefNumber,candidateLogin\n1,lovelace\n")}
    answer = importer.post("/reference", data={"kind": "learners", "key": "candidateRefNumber"}, files=file)
    assert answer.status_code == 303
    work(importer)
    assert "passed" in text_of(importer, "/learners?name=lovelace")
    assert importer.get("/learners?name=ada").status_code == 404
    assert importer.post("/reference", data={"kind": "learners", "key": "trainingId"}, files=file).status_code == 400
