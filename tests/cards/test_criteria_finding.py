"""Findings: present, documented as absent, or neither; which statement is the last word."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM
from cards.verdict import State, Why
from tests.cards.building import (
    CHEST_CT_HIGH_RESOLUTION,
    ECG_IMPRESSION,
    GAVE,
    NO,
    PULMONARY_FIBROSIS,
    YES,
    Json,
    concept,
    condition,
    observation,
    report,
    state,
    verdict,
)


def coded(what: Any) -> Json:
    """Return a value that is a code, or a text alone."""
    return {"valueCodeableConcept": concept(text=what) if isinstance(what, str) else concept(what)}


@pytest.mark.parametrize(
    ("clinical", "verification", "expected"),
    [
        ("active", "confirmed", "not-met"),
        ("recurrence", "confirmed", "not-met"),
        ("relapse", "confirmed", "not-met"),
        ("active", None, "not-met"),
        (None, None, "not-met"),
        ("resolved", "confirmed", "met"),
        ("inactive", "confirmed", "met"),
        ("remission", "confirmed", "met"),
        (None, "refuted", "met"),
        ("active", "refuted", "met"),
        ("active", "provisional", "not-documented"),
        ("active", "differential", "not-documented"),
        ("active", "unconfirmed", "not-documented"),
        ("active", "entered-in-error", "not-documented"),
    ],
)
def test_statuses_of_a_problem(
    clinical: str | None, verification: str | None, expected: str
) -> None:
    """An active problem is there; a resolved or refuted one is documented as gone."""
    assert expected == state("no-gave", condition("g", GAVE, clinical, verification=verification))


@pytest.mark.parametrize(
    ("what", "clinical", "expected"),
    [
        ("History of GAVE", "resolved", "met"),
        ("History of GAVE, treated", "inactive", "met"),
        ("Hx of GAVE", "remission", "met"),
        ("GAVE s/p argon plasma coagulation", "resolved", "met"),
        ("History of GAVE", "active", "not-documented"),
        ("History of GAVE", None, "not-documented"),
        ("Possible GAVE", "resolved", "not-documented"),
        ("Family history of GAVE", "resolved", "not-documented"),
    ],
)
def test_a_history_counts_as_over_where_its_status_says_so(
    what: str, clinical: str | None, expected: str
) -> None:
    """What is over is a documented negative however its name begins; history alone is none."""
    assert expected == state("no-gave", condition("g", what, clinical))


@pytest.mark.parametrize(
    ("clinical", "expected"), [("resolved", "met"), ("active", "not-documented")]
)
def test_a_history_beside_its_code(clinical: str, expected: str) -> None:
    """The code changes nothing of it: the status says whether it is over."""
    told = condition("g", GAVE, clinical, code=concept(GAVE, text="History of GAVE"))

    assert expected == state("no-gave", told)


@pytest.mark.parametrize("what", ["GAVE", "Watermelon stomach", "Gastric antral vascular ectasia"])
def test_a_problem_by_name(what: str) -> None:
    """Where there is no code, the name is enough."""
    assert "not-met" == state("no-gave", condition("g", what))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("No GAVE", "met"),
        ("Possible GAVE", "not-documented"),
        ("History of GAVE", "not-documented"),
        ("Family history of GAVE", "not-documented"),
        ("Gastric ulcer", "not-documented"),
    ],
)
def test_a_problem_in_words(what: str, expected: str) -> None:
    """Denied, doubted, former and relatives' findings are not the patient's present one."""
    assert expected == state("no-gave", condition("g", what))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "not-documented"),
        ("GAVE", "not-met"),
        ("Angiodysplasia of stomach", "not-documented"),
    ],
)
@pytest.mark.parametrize("code", ["K31.811", "K31.819"])
def test_an_ambiguous_code_needs_its_text(code: str, text: str | None, expected: str) -> None:
    """The code of every angiodysplasia means the finding only where the text says so."""
    what = concept((ICD_10_CM, code), text=text)

    assert expected == state("no-gave", condition("g", "x", code=what))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (YES, "not-met"),
        (NO, "met"),
        ("Present", "not-met"),
        ("absent", "met"),
        ("None seen", "met"),
        ("Not assessed", "not-documented"),
        (coded("Positive"), "not-met"),
        (coded("Negative"), "met"),
        (coded(GAVE), "not-met"),
        ({}, "not-documented"),
        ({"interpretation": [concept(("x", "NEG"))]}, "met"),
        ({"interpretation": [concept(("x", "POS"))]}, "not-met"),
        ({"interpretation": [concept(text="Negative")]}, "met"),
        ({"interpretation": [concept(text="Positive")]}, "not-met"),
        ({"interpretation": [concept(text="See comment")]}, "not-documented"),
        ({**YES, "interpretation": [concept(text="Negative")]}, "not-documented"),
        ({"valueBoolean": True, "interpretation": [concept(("x", "NEG"))]}, "not-documented"),
    ],
    ids=str,
)
def test_an_observation_about_the_finding(content: Any, expected: str) -> None:
    """A yes or no, an answer in a word or code, or a flag says whether it is there."""
    assert expected == state("no-gave", observation("g", GAVE, content))


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "registered"])
def test_observations_that_are_not_final_say_nothing(status: str) -> None:
    """What is not final, or void, neither shows nor excludes."""
    assert "not-documented" == state("no-gave", observation("g", GAVE, YES, status=status))
    assert "not-documented" == state("no-gave", observation("g", GAVE, NO, status=status))


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("GAVE with oozing in the antrum.", "not-met"),
        ("No GAVE. Small hiatal hernia.", "met"),
        ("Normal stomach.", "not-documented"),
        ("Possible GAVE.", "not-documented"),
        ("Family history of GAVE.", "not-documented"),
    ],
)
def test_the_report_of_an_endoscopy(conclusion: str, expected: str) -> None:
    """A report speaks of the finding only where its conclusion names it."""
    assert expected == state("no-gave", report("r", "Upper endoscopy", conclusion))


def test_a_report_of_another_study_says_nothing() -> None:
    """A sentence about the finding in an unrelated report is not its study."""
    assert "not-documented" == state("no-gave", report("r", "Knee radiograph", "No GAVE."))


def test_a_later_resolution_overtakes_an_active_problem() -> None:
    """The last word on a problem is the latest entry of the problem list."""
    active = condition("a", GAVE, recordedDate="2026-01-01")
    gone = condition("b", GAVE, "resolved", recordedDate="2026-02-01")

    assert "met" == state("no-gave", active, gone)
    assert "not-met" == state("no-gave", active | {"recordedDate": "2026-03-01"}, gone)


def test_a_denial_does_not_overtake_an_active_problem() -> None:
    """A problem that stands on the list contradicts a later negative, and neither wins."""
    active = condition("a", GAVE, recordedDate="2026-01-01")
    found = verdict("no-gave", [active, observation("o", GAVE, NO)])

    assert (State.NOT_DOCUMENTED, Why.RECORDS_DISAGREE) == (found.state, found.why)


def test_a_statement_of_the_future_does_not_count() -> None:
    """What will be said tomorrow is not said."""
    tomorrow = observation("o", GAVE, NO, effectiveDateTime="2026-11-22")

    assert "not-documented" == state("no-gave", tomorrow)


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        (condition("g", GAVE, recordedDate="2026-13-01"), "recordedDate"),
        (observation("g", GAVE, NO, effectiveDateTime="yesterday"), "effectiveDateTime"),
    ],
)
def test_a_broken_statement_is_named(resource: Json, element: str) -> None:
    """A resource that is broken where it matters says nothing, and the element is told."""
    found = verdict("no-gave", [resource])

    assert (State.NOT_DOCUMENTED, Why.BROKEN, element) == (found.state, found.why, found.detail)


@pytest.mark.parametrize("kind", ["Condition", "Observation", "DiagnosticReport"])
def test_unavailable(kind: str) -> None:
    """Absence cannot be known from a part of the record; presence can."""
    unread = {kind: "the FHIR server answered 503"}
    refuted = condition("g", GAVE, verification="refuted")

    assert State.UNAVAILABLE is verdict("no-gave", [], unavailable=unread).state
    assert State.UNAVAILABLE is verdict("no-gave", [refuted], unavailable=unread).state
    assert State.NOT_MET is verdict("no-gave", [condition("g", GAVE)], unavailable=unread).state


@pytest.mark.parametrize(
    "criterion",
    ["no-gave", "abnormal-ecg", "pulmonary-fibrosis", "ground-glass", "renal-involvement"],
)
def test_silence_is_no_negative(criterion: str) -> None:
    """A record that says nothing documents nothing."""
    found = verdict(criterion, [])

    assert (State.NOT_DOCUMENTED, Why.SILENT) == (found.state, found.why)


CRISIS = "Scleroderma renal crisis"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (YES, NO, "met"),
        (NO, YES, "met"),
        (NO, NO, "not-met"),
        ("possible", NO, "not-met"),
        (YES, "never", "not-documented"),
        ("never", YES, "met"),
        (YES, "no history of scleroderma renal crisis", "not-documented"),
    ],
)
def test_what_was_there_stays_where_having_had_it_is_enough(
    before: Any, after: Any, expected: str
) -> None:
    """A later negative speaks of its own day; only a denial of the past contradicts the past."""
    earlier = observation("a", CRISIS, before, effectiveDateTime="2024-10-01")

    assert expected == state("renal-involvement", earlier, observation("b", CRISIS, after))


@pytest.mark.parametrize("clinical", ["active", "resolved"])
def test_a_former_problem_is_not_undone_by_a_later_negative(clinical: str) -> None:
    """The problem list documents that it was there, whatever is seen years later."""
    former = condition("a", CRISIS, clinical, recordedDate="2024-10-01")

    assert "met" == state("renal-involvement", former, observation("b", CRISIS, NO))


@pytest.mark.parametrize(
    "denial",
    [
        observation("b", CRISIS, NO, effectiveDateTime="2024-10-01"),
        observation("b", CRISIS, NO, effectiveDateTime=None),
        condition("b", CRISIS, verification="refuted"),
    ],
    ids=["on the same day", "undated", "refuted later"],
)
def test_a_denial_that_may_be_meant_for_the_same_event_contradicts_it(denial: Json) -> None:
    """What cannot be put in order, and a diagnosis taken back, leave the past open."""
    shown = observation("a", CRISIS, YES, effectiveDateTime="2024-10-01")

    assert "not-documented" == state("renal-involvement", shown, denial)


def test_a_present_finding_still_goes_by_the_last_word() -> None:
    """What has to be there now is overtaken by a later negative."""
    seen = observation("a", GAVE, YES, effectiveDateTime="2024-10-01")

    assert "met" == state("no-gave", seen, observation("b", GAVE, NO))


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        ("Absent", "met"),
        ("Absent (qualifier value)", "met"),
        ("Negative (qualifier value)", "met"),
        ("Not detected (qualifier value)", "met"),
        ("No (qualifier value)", "met"),
        ("Present (qualifier value)", "not-met"),
        ("Positive (qualifier value)", "not-met"),
        ("Detected (qualifier value)", "not-met"),
        ("Yes (qualifier value)", "not-met"),
        ("Unknown (qualifier value)", "not-documented"),
        ("Equivocal (qualifier value)", "not-documented"),
        ("Absent (see report)", "not-documented"),
    ],
)
def test_an_answer_under_its_fully_specified_name(display: str, expected: str) -> None:
    """The tag behind a name of SNOMED CT belongs to no answer; any other remark does."""
    said = {"coding": [{"system": "urn:any", "code": "1", "display": display}]}

    assert expected == state("no-gave", observation("g", GAVE, {"valueCodeableConcept": said}))


def test_a_text_beside_the_fully_specified_name_agrees_with_it() -> None:
    """The same answer, written twice, is one answer."""
    coding = {"system": "urn:any", "code": "1", "display": "Absent (qualifier value)"}
    said = {"valueCodeableConcept": {"coding": [coding], "text": "absent"}}

    assert "met" == state("no-gave", observation("g", GAVE, said))


def test_a_normal_electrocardiogram_under_its_fully_specified_name() -> None:
    """The answer to a study is read without the tag too."""
    said = {"valueCodeableConcept": concept(text="Normal (qualifier value)")}

    assert "not-met" == state("abnormal-ecg", observation("e", ECG_IMPRESSION, said))


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2024-01-01", "not-met"),
        ("2026-11-01", "met"),
        ("2026-10-01", "not-documented"),
        ("2026", "not-documented"),
        (None, "not-documented"),
    ],
)
def test_the_latest_electrocardiogram_counts(recorded: str | None, expected: str) -> None:
    """A tracing on the problem list is the result of its day, and a later normal one counts."""
    abnormal = condition("a", (ICD_10_CM, "R94.31"), recordedDate=recorded)
    normal = observation("n", ECG_IMPRESSION, "Normal sinus rhythm")

    assert expected == state("abnormal-ecg", abnormal, normal)
    assert "met" == state("abnormal-ecg", abnormal)


def test_a_disease_on_the_problem_list_is_not_the_result_of_a_day() -> None:
    """Fibrosis does not go because a later study does not see it: the two contradict."""
    fibrosis = condition("f", PULMONARY_FIBROSIS, recordedDate="2024-01-01")
    later = report("r", CHEST_CT_HIGH_RESOLUTION, "No pulmonary fibrosis.")

    assert "not-documented" == state("pulmonary-fibrosis", fibrosis, later)
