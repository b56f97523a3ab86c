"""The report of one import by mail: counts, the most frequent findings, what needs a person. It names no learner."""

from __future__ import annotations

import html
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from milepost.model.findings import CODES
from milepost.model.phases import OUTCOMES
from milepost.operations.error_log import write_error_log
from milepost.operations.file_steps import log_name, place_of
from milepost.operations.night_import import ImportWork
from milepost.operations.night_plan import Step
from milepost.operations.night_report import STUCK, FileOutcome, StepState
from milepost.transfer.mail import MOST_ATTACHED, Mail, MailServer, Security, send
from milepost.transfer.secret import Secret

_MOST_FINDINGS = 10
_VARIABLES = "MILEPOST_SMTP_"
"""What the variables begin with that name the mail server of configurations that do not."""


def send_report(step: Step, work: ImportWork, *, dry_run: bool) -> str:
    """Sends the report, or says that it would be sent. Raises MilepostError."""
    whom = step.options["targetEmail"]
    trouble = list(_trouble(work))
    files = [file for file in work.outcome.files if file.report is not None or file.state in STUCK]
    if (step.options["when"] == "trouble" and not trouble) or (step.options["when"] == "files" and not files):
        return "There is no mail: there is nothing to tell."
    to = f"{len(whom)} address{'' if len(whom) == 1 else 'es'}"
    if dry_run:
        return f"A mail would be sent to {to}."
    lines = [*_lines(work, step, trouble)]
    head = "needs a look" if trouble else "all is well"
    subject = f"Milepost: {work.name}, import {work.what.key}: {head}"
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        logs = tuple(_attached(work, Path(folder), lines)) if step.options["attachRejects"] else ()
        text, page = "\n".join(lines) + "\n", mail_page(subject, lines)
        sent = send(mail_server(step.options), Mail(mail_sender(step.options), whom, subject, text, page, logs))
    refused = f"; the server refused {len(sent.refused)} of them" if sent.refused else ""
    return f"A mail was sent to {to}{refused}."


def _lines(work: ImportWork, step: Step, trouble: list[str]) -> Iterator[str]:
    yield f"{work.name}, import {work.what.key} ({work.outcome.action})"
    yield ""
    for sentence in trouble:
        yield f"! {sentence}"
    for file in work.outcome.files:
        yield from _of_file(file)
    if not work.outcome.files:
        yield "There were no files."
    if step.options["includeDownloadLink"]:
        yield from (f"Log: {work.how.place.told(path)}" for path in _logs(work))


def _of_file(file: FileOutcome) -> Iterator[str]:
    yield f"{file.file}: {file.state}" + (f", run {file.run}" if file.run is not None else "")
    report = file.report
    if report is None:
        return
    counts = ", ".join(f"{getattr(report, name):,} {name}" for name in OUTCOMES if getattr(report, name))
    yield f"  {report.rows:,} rows: {counts or 'nothing to do'}"
    for code, rows in list(report.findings.items())[:_MOST_FINDINGS]:
        yield f"  {rows:,} {code}: {CODES[code].of_any_value}"


def _trouble(work: ImportWork) -> Iterator[str]:
    yield from (f"{file.file} is {file.state}: {file.said}" for file in work.outcome.files if file.state in STUCK)
    for one in work.outcome.steps:
        if one.state is StepState.FAILED:
            yield f"<{one.step}> failed{f' for {one.file}' if one.file else ''}: {one.said}"
    yield from (finding.message for finding in work.outcome.findings)


def _logs(work: ImportWork) -> Iterator[Path]:
    """The error logs of the files whose steps are not all done, which are those of this night."""
    for step in work.what.consolidators:
        if step.name == "timeStampedFileErrorLogger":
            folder = work.how.place.folder(step.options["location"])
            yield from (path for one in work.taken if (path := folder / log_name(one)).is_file())


def _attached(work: ImportWork, folder: Path, lines: list[str]) -> Iterator[Path]:
    """The error logs; they are written to `folder` if no step of the import writes them. What is too large is told."""
    room = MOST_ATTACHED
    if any(step.name == "timeStampedFileErrorLogger" for step in work.what.consolidators):
        yield from _logs(work)
        return
    for one in work.taken:
        file = place_of(one, work.what, work.how.place)
        if file is None or one.is_repeated or one.run is None:
            continue
        log = folder / log_name(one)
        if not write_error_log(log, file, work.what.action, work.how.place.database, one.run):
            continue
        room -= log.stat().st_size
        if room >= 0:
            yield log
        else:
            lines.append(f"The rejects of {one.file} are too large to attach; <timeStampedFileErrorLogger> keeps them.")


def mail_page(title: str, lines: list[str]) -> str:
    """The lines of a mail as HTML."""
    rows = "\n".join(f"<p>{html.escape(line).replace('  ', '&nbsp;&nbsp;')}</p>" for line in lines if line)
    return f"<!DOCTYPE html>\n<html><head><title>{html.escape(title)}</title></head><body>\n{rows}\n</body></html>\n"


def mail_server(options: Mapping[str, Any]) -> MailServer:
    """The server that the step names, else the variables, else the one of this machine."""
    if options["smtpHost"] is not None:
        port, login, password = options["smtpPort"], options["smtpLogin"], options["smtpPassword"]
        return MailServer(options["smtpHost"], Security(options["smtpSecurity"]), port, login, password)
    host = os.environ.get(f"{_VARIABLES}HOST")
    if host is None:
        return MailServer("localhost", Security.NONE)
    port, login, password = (os.environ.get(f"{_VARIABLES}{name}") for name in ("PORT", "LOGIN", "PASSWORD"))
    security = Security(os.environ.get(f"{_VARIABLES}SECURITY", "starttls"))
    return MailServer(host, security, int(port) if port else None, login, Secret(password) if password else None)


def mail_sender(options: Mapping[str, Any]) -> str:
    """The address that the mail of a step is from."""
    return options["from"] or os.environ.get(f"{_VARIABLES}FROM") or f"milepost@{socket.getfqdn()}"
