"""The first completion date of a completed row that gives none. (Specification, section 7.)"""

from __future__ import annotations

from spec.tables import Tables

_ASSUMED = "? completion-date-assumed firstCompletionDate"


def test_by_default_it_is_the_instant_of_the_import(school: Tables) -> None:
    table = f"""
        trackingStatus | progression | firstCompletionDate | lastAccessDate      | becomes | firstCompletionDate
        completed      |             |                     | 2019-05-02 10:00:00 | created | 2024-06-01 12:00:00
          {_ASSUMED}
          : the last access is 2019-05-02 10:00:00 UTC; to take that, set completionDateDefault to lastAccess
                       | 100         |                     | 2024-05-31 11:59:59 | created | 2024-06-01 12:00:00
          {_ASSUMED}
        passed         |             |                     | 2024-05-31 12:00:00 | created | 2024-06-01 12:00:00
        passed         |             |                     |                     | created | 2024-06-01 12:00:00
        passed         |             | 2019-05-01          | 2019-05-02 10:00:00 | created | 2019-05-01 00:00:00
        incomplete     |             |                     | 2019-05-02 10:00:00 | created |
        failed         |             |                     | 2019-05-02 10:00:00 | created |
        """
    school.imports(table)
    again = "\n".join(line for line in table.splitlines() if not line.strip().startswith(("?", ":")))
    school.imports(again.replace("created  ", "unchanged").replace("created", "unchanged"), now="2025-01-01 00:00:00")


def test_it_may_be_the_last_access(school: Tables) -> None:
    table = """
        trackingStatus | firstCompletionDate | lastAccessDate      | becomes | firstCompletionDate
        completed      |                     | 2019-05-02 10:00:00 | created | 2019-05-02 10:00:00
        passed         |                     |                     | created | 2024-06-01 12:00:00
        completed      | 2019-05-01          | 2019-05-02 10:00:00 | created | 2019-05-01 00:00:00
        incomplete     |                     | 2019-05-02 10:00:00 | created |
        """
    school.imports(table, completionDateDefault="lastAccess")
    for default in ("lastAccess", "now", "none"):
        school.imports(table.replace("created", "unchanged"), now="2025-01-01 00:00:00", completionDateDefault=default)


def test_it_may_be_none(school: Tables) -> None:
    table = """
        trackingStatus | firstCompletionDate | lastAccessDate      | becomes | firstCompletionDate
        completed      |                     | 2019-05-02 10:00:00 | created |
        completed      | 2019-05-01          | 2019-05-02 10:00:00 | created | 2019-05-01 00:00:00
        """
    school.imports(table, completionDateDefault="none")
    school.imports(table.replace("created", "unchanged"), now="2025-01-01 00:00:00", completionDateDefault="none")
    # A row that was completed keeps what is stored, even if that is no date.
    for default in ("lastAccess", "now"):
        school.imports(table.replace("created", "unchanged"), now="2025-01-01 00:00:00", completionDateDefault=default)


def test_in_patch_mode_the_stored_last_access_counts(school: Tables) -> None:
    school.holds(
        """
        trackingStatus | progression | lastAccessDate
        browsed        | 100         | 2019-05-02 10:00:00
        browsed        | 100         | 2019-05-02 10:00:00
        completed      | 100         | 2024-06-01 10:00:00
        """
    )
    school.imports(
        f"""
        trackingStatus | lastAccessDate      | becomes   | firstCompletionDate
        completed      |                     | updated   | 2024-07-01 12:00:00
          {_ASSUMED}
        completed      | 2024-07-01 10:00:00 | updated   | 2024-07-01 12:00:00
        passed         |                     | updated   | 2024-06-01 12:00:00
        """,
        updateMode="patch",
        now="2024-07-01 12:00:00",
    )


def test_with_merge_rules_the_line_that_counts_has_the_warning(school: Tables) -> None:
    school.imports(
        f"""
        candidateLogin | trackingStatus | lastAccessDate      | becomes    | trackingStatus | firstCompletionDate
        line-2         | completed      | 2019-05-02 10:00:00 | superseded | completed      | 2024-06-01 12:00:00
          ? superseded
        line-2         | incomplete     | 2019-04-02 10:00:00 | created    | completed      | 2024-06-01 12:00:00
          {_ASSUMED}
        line-4         | completed      | 2019-05-02 10:00:00 | superseded | completed      | 2024-06-01 12:00:00
          ? superseded
        line-4         | incomplete     | 2024-06-01 10:00:00 | created    | completed      | 2024-06-01 12:00:00
        """,
        trackingStatus__merge="furthest",
        lastAccessDate__merge="latest",
    )


def test_with_merge_rules_lines_are_as_files_of_their_own_where_none_is_derived(school: Tables) -> None:
    school.holds("trackingStatus | firstCompletionDate\ncompleted | 2019-05-01")
    school.imports(
        """
        candidateLogin | trackingStatus | score | becomes    | trackingStatus | firstCompletionDate
        line-2         | incomplete     | 10    | superseded | completed      |
          ? superseded
        line-2         | completed      | 5     | updated    | completed      |
        """,
        completionDateDefault="none",
        score__merge="highest",
    )
