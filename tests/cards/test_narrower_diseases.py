"""A disease that is defined within a broader one: what a policy says of the whole holds for it."""

from dataclasses import replace
from functools import cache

import pytest

from cards.clinical.indications import Indication
from cards.facts import Words
from cards.finding import Finding
from cards.library import Library
from cards.policy import Policy, Reminder
from cards.rendering.render import render_cards
from cards.review import review
from cards.values.coding import CPT, ICD_10_CM, ValueSet
from tests.cards.building import (
    AS_OF,
    PATIENT,
    Json,
    chart,
    condition,
    coverage,
    library,
    orders,
    request,
)

CIGNA = "cigna/0261"
LYMPHOCYTES = (CPT, "38242")
MYELOMA_IN_RELAPSE = (ICD_10_CM, "C90.02")
MEMBER = coverage("coverage", "Cigna Health and Life Insurance Company")
EARLIER: Json = {
    "resourceType": "Procedure",
    "id": "earlier",
    "status": "completed",
    "code": {"coding": [{"system": CPT, "code": "38240"}]},
    "subject": {"reference": f"Patient/{PATIENT}"},
    "performedDateTime": "2025-03-11",
}
PERSON: Json = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1979-01-20"}


@cache
def with_myeloma(within: str | None = "hematologic-malignancy") -> Library:
    """Return the package's library with multiple myeloma as a disease of its own."""
    own = library()
    myeloma = Indication(
        label="multiple myeloma",
        codes=("multiple-myeloma",),
        words=Words(any_of=("multiple myeloma",)),
        within=within,
    )
    codes = ValueSet("multiple-myeloma", "Multiple myeloma", {}, frozenset({(ICD_10_CM, "C90.0")}))
    clinical = replace(
        own.clinical,
        indications={**own.clinical.indications, "multiple-myeloma": myeloma},
        value_sets={**own.clinical.value_sets, "multiple-myeloma": codes},
    )
    return replace(own, clinical=clinical)


def under_cigna(there: Library, *reasons: tuple[str, str]) -> Finding:
    """Return the finding for donor lymphocytes after an allogeneic transplant, in relapse."""
    facts = [PERSON, MEMBER, EARLIER, condition("d", MYELOMA_IN_RELAPSE, recordedDate="2026-08-01")]
    drafts = orders(request(LYMPHOCYTES, *reasons))
    (found,) = review(there, drafts, chart(facts), AS_OF, "strict")
    return found


@pytest.mark.parametrize("reasons", [(MYELOMA_IN_RELAPSE,), ()], ids=["reason", "record"])
def test_a_new_disease_changes_no_other_policy(reasons: tuple[tuple[str, str], ...]) -> None:
    """An answer for the broader disease covers the narrower, by the order and by the record."""
    before, after = under_cigna(library(), *reasons), under_cigna(with_myeloma(), *reasons)

    assert "medically-necessary" == before.determination == after.determination
    assert [each.state for each in before.criteria] == [each.state for each in after.criteria]
    assert ("hematologic-malignancy", "multiple-myeloma") == (before.indication, after.indication)


def test_one_that_is_within_nothing_is_another_disease() -> None:
    """It is `within` that carries the answer over: without it the code names two diseases."""
    found = under_cigna(with_myeloma(None), MYELOMA_IN_RELAPSE)

    assert "needs-information" == found.determination


def _changed(there: Library, policy: Policy) -> Library:
    return replace(
        there, policies=tuple(policy if each.id == policy.id else each for each in there.policies)
    )


def _cigna(there: Library) -> Policy:
    return there.by_id[CIGNA]


def test_a_policy_that_names_the_narrower_itself_decides_it_so() -> None:
    """The narrowest disease that a policy names is the one that counts."""
    there = with_myeloma()
    policy = _cigna(there)
    (version,) = policy.versions
    questions = tuple(
        each.model_copy(
            update={"answers": {**each.answers, "other-disease": ("multiple-myeloma",)}}
        )
        if each.kind == "indication"
        else each
        for each in version.questions
    )
    named = policy.model_copy(
        update={"versions": (version.model_copy(update={"questions": questions}),)}
    )

    assert (
        "not-medically-necessary"
        == under_cigna(_changed(there, named), MYELOMA_IN_RELAPSE).determination
    )


def test_a_reminder_on_the_broader_disease_stands_on_the_card_for_the_narrower() -> None:
    """`when_indication` names kinds of disease as answers do."""
    there = with_myeloma()
    policy = _cigna(there)
    (version,) = policy.versions
    reminders = tuple(
        Reminder(statement="D-01", says=f"Said of {name}", when_indication=(name,))
        for name in ("hematologic-malignancy", "solid-tumor")
    )
    told = policy.model_copy(
        update={"versions": (version.model_copy(update={"reminders": reminders}),)}
    )
    drafts = orders(request(LYMPHOCYTES, MYELOMA_IN_RELAPSE))
    found = review(_changed(there, told), drafts, chart([PERSON, MEMBER]), AS_OF, "strict")
    (card,) = render_cards(found, hook_instance="h", patient_id=PATIENT, base_url="http://x")

    assert "Said of hematologic-malignancy" in card["detail"]
    assert "Said of solid-tumor" not in card["detail"]
