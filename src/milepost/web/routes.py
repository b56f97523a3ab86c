"""Every address of the application, with the role that it needs. A test holds that each is tried by every role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.roles import Role
from milepost.web.openid import CALLBACK
from milepost.web.pages import (
    account_page,
    configuration_pages,
    door,
    export_page,
    import_check,
    import_choices,
    import_file_step,
    import_mending,
    job_page,
    learner,
    learner_changes,
    metrics_page,
    openid_door,
    overview,
    reference_page,
    registered,
    retention_page,
    run_detail,
    run_list,
    run_undo,
    run_verification,
    schedule_pages,
    user_list,
)

Endpoint: TypeAlias = Callable[[Request], Response]
"""Answers a request, in a thread of its own. Of a POST, `request.state.form` has the fields of the form."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address."""

    method: str
    path: str
    endpoint: Endpoint
    role: Role | None
    """Who may ask: this role and those above it; None: everybody."""
    is_upload: bool = False
    """Whether its body may be as large as an uploaded file."""
    is_personal: bool = False
    """Whether a token is not enough: with one alone, nobody can get more access that outlives it."""


ROUTES = (
    Entry("GET", "/enter", door.enter, None),
    Entry("POST", "/enter", door.enter_by_form, None),
    Entry("GET", "/enter/openid", openid_door.ask_provider, None),
    Entry("GET", CALLBACK, openid_door.come_back, None),
    Entry("POST", "/leave", door.leave, Role.VIEWER, is_personal=True),
    Entry("GET", "/join", door.show_invitation, None),
    Entry("POST", "/join", door.join, None),
    Entry("GET", "/static/{name}", door.static_file, None),
    Entry("GET", "/", overview.show_overview, Role.VIEWER),
    Entry("GET", "/metrics", metrics_page.show_metrics, Role.VIEWER),
    Entry("GET", "/runs", run_list.show_runs, Role.VIEWER),
    Entry("GET", "/runs/{run:int}", run_detail.show_run, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/findings", run_detail.show_findings, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/changes", run_detail.show_changes, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/verification", run_verification.show_verification, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/verification/report", run_verification.download_audit, Role.VIEWER),
    Entry("GET", "/runs/{run:int}/undo", run_undo.preview_undo, Role.IMPORTER),
    Entry("POST", "/runs/{run:int}/undo", run_undo.start_undo, Role.IMPORTER),
    Entry("GET", "/imports", import_file_step.show_imports, Role.IMPORTER),
    Entry("POST", "/imports", import_file_step.take_file, Role.IMPORTER, is_upload=True),
    Entry("GET", "/imports/{draft:int}", import_file_step.show_file, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}", import_file_step.choose_reading, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/discard", import_file_step.discard_import, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/columns", import_choices.show_columns, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/columns", import_choices.choose_columns, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/values", import_choices.show_values, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/values", import_choices.choose_values, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/configuration", import_choices.download_configuration, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/configuration", configuration_pages.keep_choices, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/check", import_check.show_check, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/check", import_check.start_check, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/findings", import_check.show_check_findings, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/changes", import_check.show_check_changes, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/rejects", import_check.download_rejects, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/import", import_check.start_import, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/result", import_check.show_result, Role.IMPORTER),
    Entry("GET", "/imports/{draft:int}/mend", import_mending.show_rejected, Role.IMPORTER),
    Entry("POST", "/imports/{draft:int}/mend", import_mending.mend_rejected, Role.IMPORTER),
    Entry("GET", "/configurations", configuration_pages.show_configurations, Role.IMPORTER),
    Entry("POST", "/configurations", configuration_pages.add_configuration, Role.IMPORTER),
    Entry("GET", "/configurations/{number:int}", configuration_pages.edit_configuration, Role.IMPORTER),
    Entry("POST", "/configurations/{number:int}", configuration_pages.change_configuration, Role.IMPORTER),
    Entry("GET", "/configurations/{number:int}/xml", configuration_pages.download_saved, Role.IMPORTER),
    Entry("POST", "/configurations/{number:int}/remove", configuration_pages.remove_configuration, Role.IMPORTER),
    Entry("GET", "/jobs/{job:int}", job_page.show_job, Role.IMPORTER),
    Entry("POST", "/jobs/{job:int}/stop", job_page.stop_job, Role.IMPORTER),
    Entry("GET", "/schedules", schedule_pages.show_schedules, Role.VIEWER),
    Entry("POST", "/schedules", schedule_pages.add_schedule, Role.ADMINISTRATOR),
    Entry("GET", "/schedules/{schedule:int}", schedule_pages.show_schedule, Role.VIEWER),
    Entry("POST", "/schedules/{schedule:int}", schedule_pages.change_schedule, Role.ADMINISTRATOR),
    Entry("POST", "/schedules/{schedule:int}/run", schedule_pages.run_schedule, Role.ADMINISTRATOR),
    Entry("POST", "/schedules/{schedule:int}/pause", schedule_pages.pause_schedule, Role.ADMINISTRATOR),
    Entry("POST", "/schedules/{schedule:int}/resume", schedule_pages.resume_schedule, Role.ADMINISTRATOR),
    Entry("POST", "/schedules/{schedule:int}/remove", schedule_pages.remove_schedule, Role.ADMINISTRATOR),
    Entry("GET", "/reference", reference_page.show_reference, Role.IMPORTER),
    Entry("GET", "/reference/{kind}", reference_page.look_up, Role.VIEWER),
    Entry("POST", "/reference", reference_page.load_reference, Role.IMPORTER, is_upload=True),
    Entry("GET", "/exports", export_page.show_exports, Role.VIEWER),
    Entry("GET", "/exports/{what}", export_page.download_export, Role.VIEWER),
    Entry("GET", "/learners", learner.show_learner, Role.VIEWER),
    Entry("GET", "/learners/change", learner_changes.preview_change, Role.IMPORTER),
    Entry("POST", "/learners/change", learner_changes.change_learner, Role.IMPORTER),
    Entry("GET", "/learners/erasure", learner_changes.preview_erasure, Role.ADMINISTRATOR),
    Entry("POST", "/learners/erasure", learner_changes.erase_learner, Role.ADMINISTRATOR),
    Entry("GET", "/registrations", registered.show_registrations, Role.VIEWER),
    Entry("GET", "/retention", retention_page.show_retention, Role.ADMINISTRATOR),
    Entry("POST", "/retention", retention_page.change_retention, Role.ADMINISTRATOR),
    Entry("POST", "/retention/prune", retention_page.prune_now, Role.ADMINISTRATOR),
    Entry("GET", "/account", account_page.show_account, Role.VIEWER, is_personal=True),
    Entry("POST", "/account/password", account_page.change_password, Role.VIEWER, is_personal=True),
    Entry("POST", "/account/tokens", account_page.make_token, Role.VIEWER, is_personal=True),
    Entry("POST", "/account/credentials/{credential:int}/end", account_page.end_own, Role.VIEWER, is_personal=True),
    Entry("GET", "/users", user_list.show_users, Role.ADMINISTRATOR, is_personal=True),
    Entry("POST", "/users", user_list.add_user, Role.ADMINISTRATOR, is_personal=True),
    Entry("POST", "/users/{account:int}/role", user_list.change_role, Role.ADMINISTRATOR, is_personal=True),
    Entry("POST", "/users/{account:int}/invite", user_list.invite, Role.ADMINISTRATOR, is_personal=True),
    Entry("POST", "/users/{account:int}/remove", user_list.remove_user, Role.ADMINISTRATOR, is_personal=True),
    Entry("POST", "/users/credentials/{credential:int}/end", user_list.end_any, Role.ADMINISTRATOR, is_personal=True),
)
"""The table. A page is one entry here, one function in `pages`, and one template."""
