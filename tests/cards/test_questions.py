"""What the order is for, and which graft: the order's reasons, and failing these the record."""

import pytest

from cards.values.coding import CPT
from cards.verdict import Why
from tests.cards.building import (
    AUTOLOGOUS,
    MULTIPLE_SCLEROSIS,
    MYELOMA,
    RHEUMATOID_ARTHRITIS,
    SYSTEMIC_SCLEROSIS,
    UNSTATED,
    condition,
    finding,
    findings,
    record,
    request,
    verdicts,
)

SSC, MS = SYSTEMIC_SCLEROSIS, MULTIPLE_SCLEROSIS


def test_a_graft_stated_in_a_note() -> None:
    """What the code leaves open, a note on the order may say."""
    noted = request(UNSTATED, SSC, note=[{"text": "Autologous, CD34 selected"}])

    assert "medically-necessary" == finding(record(), noted).determination


def test_a_graft_that_contradicts_its_code() -> None:
    """A code for the one and a text for the other state neither."""
    contradiction = request(
        AUTOLOGOUS,
        SSC,
        code={
            "coding": [{"system": CPT, "code": "38241"}],
            "text": "Allogeneic stem cell transplant",
        },
    )
    found = finding(record(), contradiction)

    assert "needs-information" == found.determination
    graft = next(each for each in found.criteria if each.id == "graft")
    assert Why.CODES_DISAGREE is graft.verdict.why


@pytest.mark.parametrize(
    ("verification", "expected"),
    [("confirmed", "medically-necessary"), (None, "medically-necessary"),
     ("provisional", "needs-information"), ("differential", "needs-information"),
     ("unconfirmed", "needs-information"), ("refuted", "needs-information")],
)  # fmt: skip
def test_a_reason_stands_unless_the_only_diagnosis_is_doubted(
    verification: str | None, expected: str
) -> None:
    """The order's reason counts, but not against the record's only diagnosis."""
    disease = condition("d", SSC, onsetDateTime="2024-01-01", verification=verification)
    # A renal crisis of scleroderma on record would confirm the disease by its name.
    facts = record(disease=[disease], renal_disease=[])
    found = finding(facts, request(AUTOLOGOUS, SSC))

    assert expected == found.determination
    if expected == "needs-information":
        assert "indication" in found.deciding


def test_one_sound_diagnosis_is_enough() -> None:
    """A provisional record beside a confirmed one doubts nothing."""
    both = [
        condition("d", SSC, onsetDateTime="2024-01-01"),
        condition("e", SSC, onsetDateTime="2024-01-01", verification="provisional"),
    ]

    assert "medically-necessary" == finding(record(disease=both)).determination


def test_a_reason_entered_in_error_is_none() -> None:
    """A reason that refers to a void Condition gives way to what is on record."""
    void = condition("v", MS, verification="entered-in-error")
    facts = record(disease=[condition("d", SSC, onsetDateTime="2024-01-01"), void])
    order = request(AUTOLOGOUS, reasonReference=[{"reference": "Condition/v"}])

    found = finding(facts, order)

    assert ("medically-necessary", "systemic-sclerosis") == (found.determination, found.indication)


def test_no_reason_and_one_disease() -> None:
    """Without a reason the one plausible disease on record is the indication."""
    found = finding(record(), request(AUTOLOGOUS))

    assert ("medically-necessary", "systemic-sclerosis") == (found.determination, found.indication)


@pytest.mark.parametrize("clinical", ["active", "recurrence", "relapse", "remission", None])
def test_rival_indications_are_never_guessed(clinical: str | None) -> None:
    """A patient with myeloma, in remission or not, is not told of arthritis."""
    rivals = [condition("m", MYELOMA, clinical), condition("r", RHEUMATOID_ARTHRITIS)]
    found = finding(record(disease=rivals), request(AUTOLOGOUS))

    assert "needs-information" == found.determination
    assert ("indication",) == found.deciding
    assert found.indication is None
    assert {"a hematologic malignancy", "rheumatoid arthritis"} == set(found.indication_labels)


@pytest.mark.parametrize(
    ("clinical", "verification"),
    [
        ("resolved", "confirmed"),
        ("inactive", "confirmed"),
        ("active", "refuted"),
        ("active", "entered-in-error"),
        ("active", "provisional"),
    ],
)
def test_rivals_that_do_not_count(clinical: str, verification: str) -> None:
    """What is gone, ruled out or only suspected is no candidate."""
    rival = condition("m", MYELOMA, clinical, verification=verification)
    found = finding(
        record(disease=[rival, condition("r", RHEUMATOID_ARTHRITIS)]), request(AUTOLOGOUS)
    )

    assert ("investigational", "rheumatoid-arthritis") == (found.determination, found.indication)


def test_rivals_with_one_answer_need_no_question() -> None:
    """Two autoimmune diseases with the same answer give that answer."""
    two = [condition("m", MS), condition("r", RHEUMATOID_ARTHRITIS)]
    found = finding(record(disease=two), request(AUTOLOGOUS))

    assert "investigational" == found.determination
    assert () == found.missing


def test_no_indication_at_all() -> None:
    """The member's own policy asks what the transplant is for; another payer's says nothing."""
    nothing = record(disease=[], fibrosis=[], renal_disease=[])
    elsewhere = record(disease=[], fibrosis=[], renal_disease=[], coverage=[])

    assert ("needs-information", ("indication",)) == (
        (own := finding(nothing, request(AUTOLOGOUS))).determination,
        own.deciding,
    )
    assert [] == findings(elsewhere, request(AUTOLOGOUS))


def test_two_reasons_of_two_fields() -> None:
    """Reasons that lead to different answers are asked about."""
    found = finding(record(), request(AUTOLOGOUS, SSC, MYELOMA))

    assert ("needs-information", "indication") == (found.determination, found.deciding[0])


def test_a_reason_that_cannot_be_read() -> None:
    """A reference to a Condition that is not to be had leaves the indication open."""
    order = request(AUTOLOGOUS, reasonReference=[{"reference": "Condition/gone"}])
    found = finding(record(), order)

    assert "needs-information" == found.determination
    assert "indication" in found.deciding


def test_a_reason_by_reference() -> None:
    """The reason may be a Condition of the record, or only the display of a reference."""
    by_reference = request(AUTOLOGOUS, reasonReference=[{"reference": "Condition/disease"}])
    by_display = request(AUTOLOGOUS, reasonReference=[{"display": "Multiple sclerosis"}])

    assert "medically-necessary" == finding(record(), by_reference).determination
    assert "investigational" == finding(record(), by_display).determination


def test_unread_conditions_leave_the_indication_open() -> None:
    """Where Conditions could not be read and no reason is given, the finding is incomplete."""
    found = finding(record(disease=[]), request(AUTOLOGOUS), unavailable={"Condition": "503"})

    assert "needs-information" == found.determination
    assert "incomplete" in found.notes
    assert "unavailable" == verdicts(found)["indication"]
