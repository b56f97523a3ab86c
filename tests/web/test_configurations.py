"""Saved configurations: forms, XML, and what imports begin with."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from functional.workbench import CLEAN
from milepost.use_cases import configurations
from milepost.web.api.api_routes import PREFIX
from web.workbench import local_person, site_of, text_of, work

ACTION = "createOrUpdateConsolidatedTrackingAction"
XML = (
    f"<actions><{ACTION}><parameters><timeZone>Europe/Rome</timeZone></parameters>"
    "<fields><lovCode><values><value from='a, b'>intro</value></values></lovCode></fields>"
    f"</{ACTION}></actions>"
)


@pytest.fixture
def editor(filled: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of a store that is only read."""
    return local_person(filled, tmp_path / "data")


def added(client: TestClient, name: str, content: str | None = None) -> str:
    """Adds a configuration. The address of its form."""
    files: dict[str, Any] = {} if content is None else {"files": {"content": ("c.xml", content.encode())}}
    answer = client.post("/configurations", data={"name": name}, **files)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def fields(client: TestClient, place: str) -> dict[str, str]:
    """What the form of a configuration has, by the names of settings; empty fields are left out."""
    page = client.get(place).text
    found = dict(re.findall(r'<input name="setting-([\w.]+)" value="([^"]+)"', page))
    chosen = re.findall(
        r'<select name="setting-([\w.]+)">(?:(?!</select>).)*?<option selected>([^<]*)', page, re.DOTALL
    )
    lines = re.findall(r'<textarea name="setting-([\w.]+)"[^>]*>\n([^<]+)</textarea>', page)
    return found | dict(chosen) | dict(lines)


def test_a_configuration_is_edited_as_a_form(editor: TestClient) -> None:
    assert "None is saved yet" in text_of(editor, "/configurations")
    place = added(editor, "Rome", XML)
    shown = fields(editor, place)
    assert {"timeZone": "Europe/Rome", "lovCode.values": "&#34;a, b&#34;,intro\n"}.items() <= shown.items()
    sent = {
        "name": "Roma",
        "setting-timeZone": "Europe/Paris",
        "setting-lovCode.values": '"a, b",outro\r\nc,',
        "setting-headerMapping": "Datum,lastAccessDate",
        "setting-skipRows": "lovCode=x\r\nlovCode=y",
        "setting-updateMode": "patch",
    }
    assert editor.post(place, data=sent).headers["location"] == "/configurations"
    shown = fields(editor, place)
    assert shown["lovCode.values"] == "&#34;a, b&#34;,outro\nc,\n"
    assert (shown["updateMode"], shown["skipRows"]) == ("patch", "lovCode=x\nlovCode=y")
    xml = editor.get(f"{place}/xml")
    assert xml.headers["content-disposition"].startswith("attachment")
    assert "<timeZone>Europe/Paris</timeZone>" in xml.text
    assert "Roma" in text_of(editor, "/configurations")
    assert editor.post(f"{place}/remove").status_code == 303
    assert editor.get(place).status_code == 404


def test_all_mistakes_of_a_form_are_told_beside_their_fields(editor: TestClient) -> None:
    place = added(editor, "Rome")
    wrong = {"name": "Rome", "setting-timeZone": "Rom", "setting-minRows": "many"}
    answer = editor.post(place, data=wrong)
    assert answer.status_code == 422
    assert len(re.findall('aria-invalid="true"', answer.text)) == 2
    assert 'value="Rom"' in answer.text
    assert "timeZone" not in fields(editor, place)
    assert editor.post(place, data={"name": "Rome", "setting-lovCode.values": "x"}).status_code == 400
    assert editor.post(place, data={"name": "\x07"}).status_code == 400


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("", None, "1 to 100 characters"),
        ("Rome", None, "Rome already"),
        ("Other", "<nothing/>", "nothing"),
        ("Other", "<!DOCTYPE x><actions/>", "DOCTYPE"),
        ("Other", XML.replace("Europe/Rome", "Rom"), "Rom"),
    ],
)
def test_what_cannot_be_saved_is_told(name: str, content: str | None, said: str, editor: TestClient) -> None:
    added(editor, "rome")
    files: dict[str, Any] = {} if content is None else {"files": {"content": ("c.xml", content.encode())}}
    answer = editor.post("/configurations", data={"name": name}, **files)
    assert answer.status_code == 400
    assert said in answer.text
    assert tempfile.gettempdir() not in answer.text
    assert len(configurations.listing(site_of(editor).office)) == 1


def test_an_import_begins_with_a_saved_configuration(editor: TestClient) -> None:
    place = added(editor, "Odd headers", XML)
    editor.post(place, data={"name": "Odd headers", "setting-headerMapping": "Who,candidateLogin"})
    assert '<option value="1">Odd headers</option>' in editor.get("/imports").text
    files = {"file": ("a.csv", CLEAN.replace("candidateLogin", "Who").encode())}
    draft = str(editor.post("/imports", data={"saved": "1"}, files=files).headers["location"])
    work(editor)
    assert "the configuration Odd headers" in text_of(editor, f"{draft}/columns")
    assert editor.post("/imports", data={"saved": "99"}, files=files).status_code == 404
    kept = editor.post(f"{draft}/configuration", data={"name": "Kept"})
    assert kept.headers["location"] == "/configurations/2"
    assert fields(editor, "/configurations/2")["headerMapping"] == "Who,candidateLogin\n"
    assert editor.post(f"{draft}/configuration", data={"name": "kept"}).status_code == 400


def test_programs_have_them_too(editor: TestClient) -> None:
    place = f"{PREFIX}/configurations"
    new = {"name": "Rome", "configuration": XML}
    assert editor.post(place, json=new).json()["configuration"] == 1
    assert editor.post(place, json=new).json()["code"] == "wrong-usage"
    assert editor.put(f"{place}/1", json=new | {"name": "Roma"}).json()["name"] == "Roma"
    assert [one["name"] for one in editor.get(place).json()["configurations"]] == ["Roma"]
    assert editor.get(f"{place}/1").text == XML
    wrong = editor.post(place, json={"name": "x", "configuration": "<x/>"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong-configuration")
    both = {"file": "a.csv", "configuration": XML, "saved_configuration": 1}
    assert editor.post(f"{PREFIX}/uploads", json=both).status_code == 400
    assert editor.delete(f"{place}/1").status_code == 204
    assert editor.get(f"{place}/1").json()["code"] == "run-missing"
