"""The audit page of a run: what it did, and whether the rows are still as it wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from milepost.formats.write.output import Output
from milepost.model.findings import CODES
from milepost.model.history import Run
from milepost.model.phases import OUTCOMES
from milepost.model.reports import Verification

_STYLE = """
body { font: 11pt/1.5 "Helvetica Neue", Arial, sans-serif; color: #1d2330; max-width: 46rem; margin: 3rem auto }
body { padding: 0 1.5rem }
h1 { font-size: 1.6rem; margin: 0 0 .2rem }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem }
.verdict { border-left: .4rem solid #2c7a4b; background: #eef6f0; padding: .7rem 1rem; margin: 1.2rem 0 }
.verdict.unsound { border-color: #b3261e; background: #fbeeed }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top; border-bottom: 1px solid #e3e6ec }
th { font-weight: normal; color: #5a6374; width: 15rem }
td.number { text-align: right; width: 7rem; font-variant-numeric: tabular-nums }
code, pre { font: 9pt/1.45 Menlo, Consolas, monospace; overflow-wrap: anywhere }
pre { white-space: pre-wrap; background: #f6f7f9; padding: .8rem }
@media print { body { margin: 0; max-width: none } }
"""


def write_audit(target: str | Path, run: Run, findings: Mapping[str, int], verification: Verification) -> None:
    """Writes the page as one HTML file that needs nothing else. Raises FileError when it cannot be written.

    `findings` counts the rows that have each code.
    """
    with Output(target, raises_broken_pipe=True) as output, output.errors():
        output.stream.write("\n".join(_page(run, findings, verification)).encode())
        output.commit()


def verdict(found: Verification) -> list[str]:
    """What was found, a sentence each."""
    said = [f"{found.standing:,} of {found.written:,} rows that the run wrote stand as written."]
    for number, rows in found.changed_since.items():
        said.append(f"{rows:,} {_rows(rows)} changed since by run {number}.")
    if found.erased:
        said.append(f"{found.erased:,} {_rows(found.erased)} erased with the people that they were about.")
    if found.references:
        left = found.references - found.references_changed
        said.append(
            f"{left:,} of {found.references:,} rows of reference data that the run changed stand as it left them."
        )
    if found.unknown:
        was = _rows(found.unknown)
        said.append(f"{found.unknown:,} {was} written before checksums were kept; no other run wrote them.")
    if found.differing:
        said.append(f"{found.differing:,} {_rows(found.differing)} changed without explanation: no run has done it.")
    if found.missing:
        said.append(f"{found.missing:,} {_rows(found.missing)} gone, or changed, without explanation.")
    if found.surplus:
        said.append(
            f"{found.surplus:,} more {'row names' if found.surplus == 1 else 'rows name'} the run than it wrote."
        )
    return said + _of_file(found)


def _of_file(found: Verification) -> list[str]:
    file = found.file
    if file is None:
        return []
    if not file.is_same:
        return [f"{file.name} is not the file that was imported: its SHA-256 is {file.sha256}."]
    told = f"{file.written:,} wrote or deleted a row, {file.found:,} were rejected or superseded, "
    told += f"{file.skipped:,} were skipped, " if file.skipped else ""
    told += f"{file.unchanged:,} changed nothing."
    said = [f"{file.name} is the file that was imported. Of its {file.rows:,} rows, {told}"]
    if file.unaccounted:
        lines = ", ".join(str(line) for line in file.unaccounted_among)
        where = f" Nothing is recorded of these lines: {lines}." if lines else ""
        unchanged = f" {file.unchanged:,} of those without a record were unchanged." if lines and file.unchanged else ""
        said.append(f"{file.unaccounted:,} of its rows are not accounted for.{where}{unchanged}")
    if file.contradicted:
        lines = "line" if file.contradicted == 1 else "lines"
        said.append(f"The run found {file.contradicted:,} more {lines} unchanged than the record leaves over.")
    if file.foreign:
        said.append(f"The record speaks of {file.foreign:,} lines that the file does not have.")
    return said


def _rows(number: int) -> str:
    return "row was" if number == 1 else "rows were"


def _page(run: Run, findings: Mapping[str, int], found: Verification) -> Iterator[str]:
    title = f"Run {run.id}: {run.file}"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(title)}</h1>"
    yield f"<div>Verified {found.verified_at:%Y-%m-%d %H:%M:%S} UTC with Milepost</div>"
    yield f'<div class="verdict{"" if found.is_sound else " unsound"}">'
    yield "<br>".join(escape(sentence) for sentence in verdict(found)) + "</div>"
    yield "<h2>The run</h2>"
    facts = {
        "Imported by": run.actor,
        "Begun": f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC",
        "Finished": "" if run.finished_at is None else f"{run.finished_at:%Y-%m-%d %H:%M:%S} UTC",
        "SHA-256 of the file": run.sha256 or "",
        "Digest of the plan": run.digest or "",
    }
    yield "<table>" + "".join(_row(name, escape(text)) for name, text in facts.items() if text) + "</table>"
    yield "<h2>What became of the rows</h2>"
    counts = {"rows": run.rows, **{name: getattr(run, name) for name in OUTCOMES}}
    yield "<table>" + "".join(_row(name, f"{number or 0:,}", "number") for name, number in counts.items()) + "</table>"
    yield "<h2>Findings</h2>"
    if findings:
        yield "<table>" + "".join(_finding(code, number) for code, number in findings.items()) + "</table>"
    else:
        yield "<p>None.</p>"
    if found.examples:
        yield "<h2>Rows with other values</h2><table>"
        for row in found.examples:
            words = (row.candidateLogin, row.trainingPathCode, row.sessionTitle, row.lovCode)
            yield _row(f"line {row.line}", escape(", ".join(word for word in words if word)))
        yield "</table>"
    yield f"<h2>Configuration</h2><pre>{escape(run.configuration or '')}</pre></body></html>"


def _finding(code: str, number: int) -> str:
    cells = f"<th>{escape(code)}</th><td>{CODES[code].level}</td><td>{escape(CODES[code].of_any_value)}</td>"
    return f'<tr>{cells}<td class="number">{number:,}</td></tr>'


def _row(name: str, content: str, kind: str = "") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f"<tr><th>{escape(name)}</th><td{of_kind}>{content}</td></tr>"
