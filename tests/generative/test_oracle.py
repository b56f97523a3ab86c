"""The package against the naive oracle: counts, findings and stored values of generated imports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import milepost
from generative import oracle, oracle_values, strategies, workbench
from generative.effort import examples
from generative.strategies import Case
from generative.workbench import Bench

MESSAGES = {
    "wrong-column-count": "Expected {expected} columns, found {found}.",
    "mandatory-field-empty": "Field {column} is empty.",
    "learner-missing": ("At least one of these element must be present: learner login, reference number or email."),
    "learning-object-missing": ("At least one of these element must be present: learning object version code or GUID."),
    "context-missing": (
        "At least one of the following to provide a precise context : "
        '"session GUID" or the couple "session title" & "training code".'
    ),
    "first-completion-without-completion": "You cannot set a first completion date if the LO is not completed.",
    "registration-not-found": "No registration found for given parameters.",
    "learning-object-not-found": "No learning object version found for given parameters.",
    "learning-object-crossknowledge": (
        "This learning object is provided by CrossKnowledge, and this report cannot be updated."
    ),
    "learning-object-easyquizz": "This learning object is an EasyQuizz, and this report cannot be updated.",
}
"""The messages that are a public interface, letter for letter."""


@examples(28)
@given(case=strategies.cases(), batch_rows=st.sampled_from([50_000, 1, 2, 3, 5]))
def test_an_import_does_what_the_oracle_does(bench: Bench, case: Case, batch_rows: int) -> None:
    bench.clear()
    content, records = workbench.render(case)
    store = bench.store(case.store)
    report = workbench.run(case, bench.file(content), store, batch_rows=batch_rows)
    assert report.run is not None
    expected = workbench.expected(case, records, run=report.run)
    assert workbench.findings(store, report.run) == expected.findings
    assert workbench.counts(report) == expected.counts
    assert report.findings == expected.rows_per_code
    assert workbench.tracking(store) == expected.tracking


@examples(12)
@given(case=strategies.cases())
def test_findings_carry_their_level_their_value_and_their_exact_message(bench: Bench, case: Case) -> None:
    bench.clear()
    content, records = workbench.render(case)
    store = bench.store(case.store)
    report = workbench.run(case, bench.file(content), store)
    assert report.run is not None
    winners = workbench.expected(case, records, run=report.run).winners
    cells = {record.line: record.cells for record in records}
    for finding in milepost.read_findings(store, report.run).iter_rows(named=True):
        code, line = finding["code"], finding["line"]
        assert finding["level"] == ("error" if code in oracle.ERRORS else "warning")
        if code in MESSAGES:
            parts = {"expected": len(case.file_columns), "found": len(cells[line]), "column": finding["column"]}
            assert finding["message"] == MESSAGES[code].format(**parts)
        if finding["column"] is not None:
            given = oracle_values.given(cells[line], case.used_columns, case.settings)
            read = oracle_values.stands_for(finding["column"], given.get(finding["column"], ""), case.settings)
            value = oracle_values.clean(read)[:255]
            assert finding["value"] == (value.replace("\0", "␀") or None)
        if code == "superseded":
            assert str(winners[line]) in f"{finding['message']} {finding['hint']}"
