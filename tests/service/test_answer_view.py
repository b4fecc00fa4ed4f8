"""The hook's answer, typed for drawing."""

import msgspec
import pytest

from service.pages.answer_view import Criterion, Finding, findings_from, read_answer, without_card

FINDING = {
    "order": "ServiceRequest/draft-1",
    "policy": "example/1",
    "determination": "investigational",
    "criteria": [
        {"id": "age", "statement": "A-02", "verdict": "met"},
        {"id": "lvef", "statement": "A-16", "verdict": "not-met", "evidence": ["Observation/1"]},
        {"id": "gave", "statement": "A-07", "verdict": "not-documented"},
    ],
}


def test_what_decides_is_drawn_first() -> None:
    """The criteria come by verdict: failed, missing, met; a verdict without rows is left out."""
    [finding] = findings_from([FINDING])
    assert ["not-met", "not-documented", "met"] == [verdict for verdict, _ in finding.groups({})]


def test_a_sign_that_is_not_needed_comes_last() -> None:
    """Where one of several is enough and there is one, the others are no reason for anything."""
    signs = [("involvement", "met"), ("ecg", "not-met"), ("dlco", "met"), ("ct", "not-documented")]
    criteria = [{"id": name, "verdict": verdict} for name, verdict in signs]
    [finding] = findings_from([{**FINDING, "criteria": criteria}])
    groups = dict(finding.groups({"involvement": ("ecg", "dlco", "ct")}))
    assert ["met", "not-needed"] == list(groups)
    assert ["ecg", "ct"] == [row.id for row in groups["not-needed"]]


def test_a_finding_that_no_card_speaks_of_is_quiet() -> None:
    """Each reviewed finding is either on a card or explained without one."""
    source = {"label": "Example"}
    extension = {"transplant-cds.findings": [FINDING]}
    card = {"summary": "s", "indicator": "info", "source": source, "extension": extension}
    answer = read_answer(msgspec.json.encode({"cards": [card]}))
    other = Finding(order="ServiceRequest/2", policy="example/1", determination="not-addressed")
    reviewed = [*findings_from([FINDING]), other]
    assert [other] == without_card(answer.cards, reviewed)


@pytest.mark.parametrize(
    ("determination", "notes", "said"),
    [
        ("medically-necessary", (), "criteria met"),
        ("not-addressed", (), "says nothing"),
        ("needs-information", (), "stay quiet"),
        ("investigational", ("patient-deceased",), "died"),
    ],
)
def test_every_quiet_finding_says_why(
    determination: str, notes: tuple[str, ...], said: str
) -> None:
    """Where nobody is interrupted, the page has a plain reason."""
    finding = Finding("ServiceRequest/1", "example/1", determination, notes=notes)
    assert said in finding.why_no_card()


def test_an_error_is_told_by_its_text() -> None:
    """An OperationOutcome speaks by its details, its diagnostics, or at least its code."""
    body = b"""{"resourceType": "OperationOutcome", "issue": [
        {"code": "invalid", "diagnostics": "context is missing"},
        {"code": "transient", "details": {"text": "try again"}},
        {"code": "exception"}]}"""
    said = [issue.says for issue in read_answer(body).issue]
    assert ["context is missing", "try again", "exception"] == said


def test_an_answer_that_is_none_is_refused() -> None:
    """Something else than a hook's answer is not drawn."""
    with pytest.raises(msgspec.MsgspecError):
        read_answer(b'{"cards": [{"summary": 1}]}')


def test_criteria_may_leave_out_what_is_empty() -> None:
    """Over HTTP empty members are left out, as CDS Hooks asks."""
    [finding] = findings_from([{**FINDING, "criteria": [{"id": "age", "verdict": "met"}]}])
    assert (Criterion(id="age", verdict="met"),) == finding.criteria
