"""Criteria without a line of their own: what they rest on stands beside the ban that follows."""

from dataclasses import replace
from typing import Any

from cards.policy import Policy
from cards.rendering.render import render_cards
from cards.review import review
from tests.cards.building import (
    AS_OF,
    AUTOLOGOUS,
    PATIENT,
    SYSTEMIC_SCLEROSIS,
    chart,
    concept,
    library,
    orders,
    record,
    request,
)

EARLIER = {
    "resourceType": "Procedure",
    "id": "earlier",
    "status": "completed",
    "code": concept(AUTOLOGOUS),
    "subject": {"reference": f"Patient/{PATIENT}"},
    "performedDateTime": "2024-03-11",
}
VERSION: dict[str, Any] = {
    "effective": "2026-01-01",
    "questions": [],
    "criteria": [
        {
            "id": "earlier",
            "statement": "E-1",
            "title": "Earlier autologous transplant",
            "listed": False,
            "test": {"kind": "transplanted", "graft": "autologous"},
        },
        {
            "id": "second",
            "statement": "E-1",
            "title": "A second transplant",
            "listed": False,
            "test": {"kind": "documented", "label": "Second", "criteria": ["earlier"]},
        },
        {
            "id": "not-a-second",
            "statement": "E-1",
            "title": "Not a second transplant",
            "requires": "a second one is not covered",
            "test": {"kind": "ban"},
        },
    ],
    "decision": {
        "check": "second",
        "met": {
            "determination": "not-medically-necessary",
            "statement": "E-1",
            "because": ["not-a-second"],
        },
        "not_met": {"determination": "medically-necessary", "statement": "E-1"},
    },
    "citations": {
        "E-1": {"section": "Policy", "sentences": [{"sha256": "a" * 64, "words": 3}]},
    },
}


def test_the_ban_names_what_decided() -> None:
    """Card and evidence show the earlier transplant, though only the ban has a line."""
    own = library().by_id["capital-blue-cross/mp-9.053"]
    policy = Policy.model_validate(
        {
            **own.model_dump(exclude={"versions", "sources", "evidence_pages"}),
            "applicability": "E-1",
        }
        | {"versions": [VERSION]}
    )
    drafts = orders(request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS))
    facts = [*(each for some in record().values() for each in some), EARLIER]

    (found,) = review(replace(library(), policies=(policy,)), drafts, chart(facts), AS_OF, "strict")
    (card,) = render_cards([found], hook_instance="h", patient_id=PATIENT, base_url="http://x")

    ban = next(each for each in found.criteria if each.id == "not-a-second")
    assert "not-medically-necessary" == found.determination
    assert "Procedure/earlier" in {each.reference for each in ban.verdict.evidence}
    assert "2024-03-11" in ban.says
    assert "2024-03-11" in card["detail"]
