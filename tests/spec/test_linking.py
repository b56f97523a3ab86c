"""Who, what and where: which identifiers find which registration and learning object. (Specification, section 4.)"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spec.tables import Tables

STORE = """
    learners
    candidateLogin | candidateRefNumber | candidateEmail
    jdoe           | R1                 | j@x.example
    ann            | R2                 | shared@x.example
    bob            | R2                 | shared@x.example
    cat            | R3                 | shared@x.example
    STRASSE        |                    | Große@x.example
    dan            |                    |

    learning-objects
    lovGuid | lovCode
    g-1     | intro
    g-2     | twice
    g-3     | twice
    g-4     | both
    g-5     | both
    g-6     | other

    trainings
    trainingPathCode | trainingId | trainingGuid
    MATHS            | 10         | t-maths
    ART              | 20         | t-art

    contents
    trainingPathCode | lovGuid
    MATHS            | g-1
    MATHS            | g-2
    MATHS            | g-3
    MATHS            | g-4
    ART              | g-5
    ART              | g-6

    sessions
    sessionGuid | sessionId | sessionTitle | trainingPathCode
    s-1         | 501       | Spring       | MATHS
    s-2         | 502       | Autumn       | MATHS
    s-3         | 503       | Spring       | ART
    s-4         | 504       | Twin         | MATHS
    s-5         | 505       | Twin         | MATHS

    registrations
    candidateLogin | sessionGuid
    jdoe           | s-1
    jdoe           | s-2
    jdoe           | s-4
    ann            | s-1
    bob            | s-1
    cat            | s-2
    STRASSE        | s-3
"""


WHERE = "sessionGuid | sessionId | sessionTitle | trainingPathCode | trainingId | trainingGuid"


@pytest.fixture
def store(holding: Callable[[str], Tables]) -> Tables:
    """Two trainings; sessions, e-mails and codes that are not unique; learners registered here and there."""
    return holding(STORE)


@pytest.mark.parametrize(
    "who",
    [
        "jdoe  |    |",
        "      | R1 |",
        "      |    | j@x.example",
        "jdoe  | R1 |",
        "jdoe  |    | j@x.example",
        "      | R1 | j@x.example",
        "jdoe  | R1 | j@x.example",
    ],
)
def test_every_learner_identifier_finds_the_learner_alone_and_with_others(store: Tables, who: str) -> None:
    store.imports(
        f"""
        candidateLogin | candidateRefNumber | candidateEmail | sessionGuid | lovCode | becomes
        {who}                                                | s-1         | intro   | created
        """
    )
    store.stores("candidateLogin | sessionGuid | lovGuid\njdoe | s-1 | g-1")


def test_learner_identifiers_must_agree(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | candidateRefNumber | candidateEmail   | sessionGuid | lovCode | becomes
        jdoe           | R2                 |                  | s-1         | intro   | rejected
          ! registration-not-found: "jdoe" and "R2" belong to different learners
        jdoe           |                    | shared@x.example | s-1         | intro   | rejected
          ! registration-not-found: "jdoe" and "shared@x.example" belong to different learners
                       | R1                 | shared@x.example | s-1         | intro   | rejected
          ! registration-not-found: "R1" and "shared@x.example" belong to different learners
        jdoe           | R1                 | shared@x.example | s-1         | intro   | rejected
          ! registration-not-found: "jdoe" and "R1" and "shared@x.example" belong to different learners
        jdoe           | R9                 |                  | s-1         | intro   | rejected
          ! registration-not-found: no learner has reference number "R9"
        """
    )


@pytest.mark.parametrize(
    "where",
    [
        "s-1 |     |        |       |    |        ",
        "    | 501 |        |       |    |        ",
        "    |     | Spring | MATHS |    |        ",
        "    |     | Spring |       | 10 |        ",
        "    |     | Spring |       |    | t-maths",
        "s-1 | 501 |        |       |    |        ",
        "s-1 |     | Spring |       |    |        ",
        "s-1 |     |        | MATHS |    |        ",
        "    | 501 | Spring |       |    |        ",
        "    | 501 |        |       | 10 |        ",
        "    |     | Spring | MATHS | 10 | t-maths",
        "s-1 | 501 | Spring | MATHS | 10 | t-maths",
    ],
)
def test_every_precise_context_finds_the_session(store: Tables, where: str) -> None:
    store.imports(
        f"""
        candidateLogin | {WHERE} | lovCode | becomes
        jdoe           | {where} | intro   | created
        """
    )
    store.stores("candidateLogin | sessionGuid | lovGuid\njdoe | s-1 | g-1")


@pytest.mark.parametrize(
    "where",
    [
        "    |     | Spring |       |    |        ",
        "    |     |        | MATHS | 10 | t-maths",
        "    |     |        | MATHS |    |        ",
        "    |     |        |       | 10 |        ",
    ],
)
def test_a_title_without_a_training_or_a_training_without_a_title_is_no_context(store: Tables, where: str) -> None:
    store.imports(
        f"""
        candidateLogin | {WHERE} | lovCode | becomes
        jdoe           | {where} | intro   | rejected
          ! context-missing
          : fill sessionGuid or sessionId, or sessionTitle together with trainingPathCode, trainingId or trainingGuid
        """
    )


@pytest.mark.parametrize(
    ("where", "given"),
    [
        ("s-1 | 502 |        |       |    |        ", '"s-1" and 502'),
        ("s-1 |     | Autumn |       |    |        ", '"s-1" and "Autumn"'),
        ("s-1 |     |        | ART   |    |        ", '"s-1" and "ART"'),
        ("s-1 |     |        |       | 20 |        ", '"s-1" and 20'),
        ("s-1 |     |        |       |    | t-art  ", '"s-1" and "t-art"'),
        ("    | 501 |        | ART   |    |        ", '501 and "ART"'),
        ("    |     | Spring | MATHS | 20 |        ", '"Spring" and "MATHS" and 20'),
        ("    |     | Autumn | ART   |    |        ", '"Autumn" and "ART"'),
        ("s-1 | 501 | Spring | MATHS | 10 | t-art  ", '"s-1" and 501 and "Spring" and "MATHS" and 10 and "t-art"'),
    ],
)
def test_session_and_training_identifiers_must_agree(store: Tables, where: str, given: str) -> None:
    store.imports(
        f"""
        candidateLogin | {WHERE} | lovCode | becomes
        jdoe           | {where} | intro   | rejected
          ! registration-not-found: {given} do not go together: no session has them all
        """
    )


def test_exactly_one_registration_must_fit(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | candidateRefNumber | candidateEmail   | sessionGuid | lovCode | becomes
                       |                    | shared@x.example | s-2         | intro   | created
        ann            |                    | shared@x.example | s-1         | intro   | created
                       |                    | shared@x.example | s-1         | intro   | rejected
          ! registration-not-found: 2 learners with e-mail "shared@x.example" are registered there; add candidateLogin
                       | R2                 |                  | s-1         | intro   | rejected
          ! registration-not-found: 2 learners with reference number "R2" are registered there; add candidateLogin
                       | R2                 | shared@x.example | s-1         | intro   | rejected
          ! registration-not-found
          : 2 learners with reference number "R2" and e-mail "shared@x.example" are registered there; add candidateLogin
                       | R2                 |                  | s-3         | intro   | rejected
          ! registration-not-found: 2 learners with reference number "R2" are registered to MATHS, not to ART
        """
    )
    store.stores("candidateLogin | sessionGuid\nann | s-1\ncat | s-2")


def test_of_equal_titles_the_one_with_the_registration_is_meant(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionTitle | trainingPathCode | lovCode | becomes
        jdoe           | Twin         | MATHS            | intro   | created
        STRASSE        | Spring       | ART              | other   | created
        """
    )
    store.stores("candidateLogin | sessionGuid | lovGuid\njdoe | s-4 | g-1\nSTRASSE | s-3 | g-6")


def test_two_sessions_with_one_title_and_registrations_in_both_are_told_apart_by_guid_or_id(
    holding: Callable[[str], Tables],
) -> None:
    store = holding(STORE + "    jdoe           | s-5\n")
    store.imports(
        """
        candidateLogin | sessionTitle | trainingPathCode | sessionGuid | sessionId | lovCode | becomes
        jdoe           | Twin         | MATHS            |             |           | intro   | rejected
          ! registration-not-found: "jdoe" is registered to 2 sessions titled "Twin"; add sessionGuid or sessionId
        jdoe           | Twin         | MATHS            | s-5         |           | intro   | created
        jdoe           | Twin         | MATHS            |             | 504       | intro   | created
        """
    )
    store.stores("candidateLogin | sessionGuid\njdoe | s-4\njdoe | s-5")


def test_the_learner_must_be_registered_to_the_session(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode | becomes
        cat            | s-1         | intro   | rejected
          ! registration-not-found: "cat" is registered to MATHS "Autumn", not to MATHS "Spring"
        cat            | s-3         | other   | rejected
          ! registration-not-found: "cat" is registered to MATHS, not to ART
        jdoe           | s-3         | other   | rejected
          ! registration-not-found: "jdoe" is registered to MATHS, not to ART
        jdoe           | s-5         | intro   | rejected
          ! registration-not-found: "jdoe" is registered to MATHS "s-1", "s-2", "s-4", not to MATHS "s-5"
        dan            | s-1         | intro   | rejected
          ! registration-not-found: "dan" is not registered to any session
        """
    )
    store.imports(
        """
        candidateEmail   | sessionGuid | lovCode | becomes
        shared@x.example | s-3         | other   | rejected
          ! registration-not-found: 3 learners with e-mail "shared@x.example" are registered to MATHS, not to ART
        """
    )


@pytest.mark.parametrize("what", ["intro |    ", "      | g-1", "intro | g-1"])
def test_every_learning_object_identifier_finds_it_alone_and_with_the_other(store: Tables, what: str) -> None:
    store.imports(
        f"""
        candidateLogin | sessionGuid | lovCode | lovGuid | becomes
        jdoe           | s-1         | {what}            | created
        """
    )
    store.stores("candidateLogin | lovGuid\njdoe | g-1")


def test_exactly_one_version_must_be_content_of_the_training(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode | lovGuid | becomes
        jdoe           | s-1         | both    |         | created
        STRASSE        | s-3         | both    |         | created
        jdoe           | s-1         | twice   | g-3     | created
        jdoe           | s-1         | twice   |         | rejected
          ! learning-object-not-found: 2 versions with code "twice" are content of training MATHS; give lovGuid
        jdoe           | s-1         | other   |         | rejected
          ! learning-object-not-found: "other" is not content of training MATHS
        jdoe           | s-1         |         | g-5     | rejected
          ! learning-object-not-found: "g-5" is not content of training MATHS
        jdoe           | s-1         | intro   | g-2     | rejected
          ! learning-object-not-found: "intro" and "g-2" belong to different learning objects
        jdoe           | s-1         | nothing | g-1     | rejected
          ! learning-object-not-found: no learning object has code "nothing"
        jdoe           | s-1         |         | g-9     | rejected
          ! learning-object-not-found: no learning object has GUID "g-9"
        """
    )
    store.stores("candidateLogin | lovGuid\njdoe | g-3\njdoe | g-4\nSTRASSE | g-5")


def test_the_learning_object_is_looked_up_once_the_registration_is_known(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode | becomes
        nobody         | s-1         | nothing | rejected
          ! registration-not-found: no learner has login "nobody"
        """
    )


def test_log_in_names_e_mails_and_guids_are_compared_without_letter_case(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | candidateEmail  | sessionGuid | trainingGuid | lovGuid | becomes
        JDOE           | J@X.Example     | S-1         | T-Maths      | G-1     | created
        straße         | GROSSE@x.example| s-3         | T-ART        | G-6     | created
        """
    )
    store.stores("candidateLogin | lovGuid\njdoe | g-1\nSTRASSE | g-6")


def test_reference_numbers_codes_and_titles_are_compared_exactly(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | candidateRefNumber | sessionTitle | trainingPathCode | lovCode | becomes
        jdoe           | r1                 | Spring       | MATHS            | intro   | rejected
          ! registration-not-found: no learner has reference number "r1"; nearest: "R1"
        jdoe           | R1                 | spring       | MATHS            | intro   | rejected
          ! registration-not-found: no session is titled "spring"; nearest: "Spring"
        jdoe           | R1                 | Spring       | Maths            | intro   | rejected
          ! registration-not-found: no training has path code "Maths"; nearest: "MATHS"
        jdoe           | R1                 | Spring       | MATHS            | Intro   | rejected
          ! learning-object-not-found: no learning object has code "Intro"; nearest: "intro"
        """
    )


def test_text_is_compared_in_nfc(holding: Callable[[str], Tables]) -> None:
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    reference = STORE.replace("jdoe", decomposed).replace("Spring", composed).replace("intro", decomposed)
    holding(reference).imports(
        f"""
        candidateLogin | sessionTitle | trainingPathCode | lovCode    | becomes
        {composed}     | {decomposed} | MATHS            | {composed} | created
        """
    )


def test_ids_are_compared_as_numbers(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionId | trainingId | lovCode | becomes
        jdoe           | 0501.0    | 1e1        | intro   | superseded
          ? superseded: line 3 wins
        jdoe           | 501       | 10         | intro   | created
        jdoe           | 501       | 99         | intro   | rejected
          ! registration-not-found: no training has id 99
        jdoe           | 1         |            | intro   | rejected
          ! registration-not-found: no session has id 1
        jdoe           | -501      |            | intro   | rejected
          ! registration-not-found: no session has id -501
        """
    )


def test_white_space_around_a_value_is_not_part_of_it(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode           | becomes
        ␣jdoe␣␣        | \u00a0s-1\t | \u2003intro\u3000 | created
        """
    )


def test_what_is_unknown_is_said_of_every_part(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | candidateRefNumber | sessionGuid | trainingPathCode | lovCode | becomes
        jdo            | R9                 | s-9         | MUSIC            | intro   | rejected
          ! registration-not-found
          : no learner has login "jdo"; nearest: "jdoe"; no learner has reference number "R9"; \
no session has GUID "s-9"; no training has path code "MUSIC"
        """
    )
