"""Settings as fields of a form."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from milepost import settings
from milepost.model.job import Job
from milepost.settings import forms
from milepost.settings.setting import JobKind
from milepost.settings.table import TABLE
from unit.settings.test_writing import jobs


@examples(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(job=jobs())
def test_what_a_form_shows_is_the_same_job_when_it_is_sent_back(job: Job) -> None:
    texts = {one.name: one.value for one in forms.fields_of(job)}
    read = settings.job(None, settings=forms.given_by(texts))
    assert dataclasses.replace(read, notes=()) == dataclasses.replace(job, notes=())


def test_every_setting_has_a_field() -> None:
    names = {one.name for one in forms.fields_of(Job())}
    assert names == {one.name for one, home in TABLE.of(JobKind.IMPORT) if home.place} - {"dateFormat"}
    assert all(one.value == "" for one in forms.fields_of(Job()))


def test_what_is_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match=r'lovCode.values: "a" is no pair; write from,to'):
        forms.given_by({"lovCode.values": "a\nb,c"})
