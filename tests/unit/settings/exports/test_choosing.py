"""Which export of several is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError
from milepost.model.export import Provider
from unit.settings.exports.workbench import Found, written

SEVERAL = """<export-config>
<export name="nightly"><trackingProvider><columns><score/></columns></trackingProvider></export>
<export NAME=" Weekly "><trackingProvider><columns><lovCode/></columns></trackingProvider></export>
<export><trackingLogProvider/></export>
<export name="people"><learnerProvider/></export>
<export name="1"><consolidatedTrackingProvider/></export>
</export-config>"""


@pytest.mark.parametrize(
    ("name", "provider", "expected"),
    [
        ("nightly", None, (Provider.TRACKING, (("score", None),))),
        ("weekly", None, (Provider.TRACKING, (("lovCode", None),))),
        ("WEEKLY", Provider.TRACKING, (Provider.TRACKING, (("lovCode", None),))),
        ("2", None, (Provider.TRACKING, (("lovCode", None),))),
        ("3", Provider.TRACKING_LOG, (Provider.TRACKING_LOG, None)),
        # A name comes before a number.
        ("1", None, (Provider.REGISTRATIONS, None)),
        (None, Provider.REGISTRATIONS, (Provider.REGISTRATIONS, None)),
        (None, Provider.TRACKING_LOG, (Provider.TRACKING_LOG, None)),
    ],
)
def test_the_export_that_is_meant(
    tmp_path: Path, name: str | None, provider: Provider | None, expected: tuple[Provider, object]
) -> None:
    job = config.export_job(written(tmp_path, SEVERAL), name=name, provider=provider)
    assert (job.provider, job.columns) == expected


def refused(path: Path, name: str | None, provider: Provider | None) -> Found:
    """Why there is no such export."""
    with pytest.raises(ConfigurationError) as caught:
        config.export_job(path, name=name, provider=provider)
    return [(mistake.line, mistake.message) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("name", "provider", "line", "message"),
    [
        (None, None, 1, ("the providers on lines 2, 3, 4 and 6 could all be meant; say which one,"
            " by the name or number of its export")),
        (None, Provider.TRACKING, 1,
            "the providers on lines 2 and 3 could all be meant; say which one, by the name or number of its export"),
        ("nightli", None, None, 'no export is called "nightli", or has that number; did you mean nightly?'),
        ("x", None, None, ('no export is called "x", or has that number; there are 5, called "nightly", "Weekly",'
            ' "people" and "1"')),
        ("0", None, None, ('no export is called "0", or has that number; there are 5, called "nightly", "Weekly",'
            ' "people" and "1"')),
        ("9" * 30, None, None, (f'no export is called "{"9" * 30}", or has that number; there are 5, called "nightly",'
            ' "Weekly", "people" and "1"')),
        ("people", None, 5, ("<export>: it holds none of <trackingProvider>, <consolidatedTrackingProvider> and"
            " <trackingLogProvider>, so there is nothing to export")),
        ("nightly", Provider.TRACKING_LOG, 2,
            "<export>: it holds <trackingProvider>, but <trackingLogProvider> is to be exported"),
    ],
)  # fmt: skip
def test_no_export_or_too_many(
    tmp_path: Path, name: str | None, provider: Provider | None, line: int | None, message: str
) -> None:
    path = written(tmp_path, SEVERAL)
    assert config.check(path).mistakes == ()
    assert refused(path, name, provider) == [(line, message)]


def test_no_export_of_that_provider(tmp_path: Path) -> None:
    path = written(tmp_path, "<export-config><trackingProvider/></export-config>")
    message = "<export-config> holds no <trackingLogProvider>, so there is nothing to export"
    assert refused(path, None, Provider.TRACKING_LOG) == [(1, message)]
    message = 'no export is called "x", or has that number; there is 1, without a name'
    assert refused(path, "x", None) == [(None, message)]


def test_several_providers_of_one_export(tmp_path: Path) -> None:
    path = written(tmp_path, "<export-config>\n<trackingProvider/><trackingLogProvider/></export-config>")
    assert config.export_job(path, provider=Provider.TRACKING_LOG).provider is Provider.TRACKING_LOG
    message = "<export>: it holds <trackingProvider> and <trackingLogProvider>; say which one is exported"
    assert refused(path, "1", None) == [(1, message)]
    message = "the providers on lines 2 and 2 could all be meant; say which one, by the name or number of its export"
    assert refused(path, None, None) == [(1, message)]
