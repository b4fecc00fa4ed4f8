"""What a card offers to do: order a light test for a missing fact, or remove the draft order."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from cards.finding import Finding
from cards.orders.items import ordered_concept
from cards.record.chart import Resource
from cards.rendering.card import Create, Delete, Suggestion
from cards.verdict import OfferedTest, State


def suggestions_for(
    findings: Sequence[Finding], card_uuid: str, patient_id: str
) -> tuple[Suggestion, ...]:
    """Return the suggestions of one card, of which the clinician may choose any.

    Tests come first, one suggestion each; then the removal of each order that the card warns of,
    which is never recommended. Each has the same UUID whenever its card has. None comes from
    another payer's policy, which is shown for reference only.
    """
    return (*_tests(findings, card_uuid, patient_id), *_removals(findings, card_uuid))


def _tests(findings: Sequence[Finding], card_uuid: str, patient_id: str) -> Iterator[Suggestion]:
    policy = f"{findings[0].policy.payer_name} {findings[0].policy.number}"
    wanted: dict[str, list[OfferedTest]] = {}
    for offered in dict.fromkeys(each for finding in findings for each in _offered(finding)):
        wanted.setdefault(offered.id, []).append(offered)
    for name, offers in wanted.items():
        test = offers[0].name
        facts = "; ".join(dict.fromkeys(each.fact for each in offers))
        yield Suggestion(
            uuid=_uuid(card_uuid, "create", name),
            label=f"Order {test}: {facts}",
            action=Create(
                description=(
                    f"Creates a draft order: {test}. It would document what {policy} asks for: "
                    f"{facts}"
                ),
                resource=_draft(offers, patient_id, f"To document for {policy}: {facts}"),
            ),
        )


def _offered(finding: Finding) -> Iterator[OfferedTest]:
    """Yield the tests for what is missing; none where it may be in what could not be read."""
    if finding.is_for_reference or "incomplete" in finding.notes:
        return
    for criterion in finding.missing:
        if criterion.state is State.NOT_DOCUMENTED:
            yield from (each for each in criterion.tests if not _is_drafted(each, finding))


def _is_drafted(offered: OfferedTest, finding: Finding) -> bool:
    """Whether the test is among the orders of the same signing, such as one accepted before."""
    return any(
        offered.coding.code == coding.code and offered.coding.system == coding.system
        for concept in finding.order.beside
        for coding in concept.codings
    )


def _draft(offers: Sequence[OfferedTest], patient_id: str, note: str) -> Resource:
    """Return a draft ServiceRequest under the first fact's code; several facts are its details."""
    codings = [
        {
            "system": each.coding.system,
            "code": each.coding.code,
            "display": each.coding.display,
        }
        for each in offers
    ]
    name = offers[0].name
    draft: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": codings[:1], "text": name[:1].upper() + name[1:]},
        "note": [{"text": note}],
    }
    if len(offers) > 1:
        draft["orderDetail"] = [
            {"coding": [coding], "text": each.fact}
            for coding, each in zip(codings, offers, strict=True)
        ]
    return draft


def _removals(findings: Sequence[Finding], card_uuid: str) -> Iterator[Suggestion]:
    warned = [each for each in findings if each.warns and each.order.has_id]
    codes = {each.order.reference: _code(each) for each in warned}
    shared = Counter(each.order.name for each in warned)
    for finding in warned:
        reference = finding.order.reference
        name = finding.order.name
        if shared[name] > 1:
            # One code may stand on several orders; the reference tells those apart.
            is_own = list(codes.values()).count(codes[reference]) == 1
            name = f"{name} ({codes[reference] if is_own and codes[reference] else reference})"
        yield Suggestion(
            uuid=_uuid(card_uuid, "delete", reference),
            label=f"Remove the draft order: {name}",
            action=Delete(
                description=(
                    f"Removes the draft order {reference} ({finding.order.name}); "
                    "nothing else changes"
                ),
                reference=reference,
            ),
        )


def _code(finding: Finding) -> str | None:
    codings = ordered_concept(finding.order.resource).codings
    return codings[0].code if codings else None


def _uuid(card_uuid: str, *what: str) -> str:
    return str(uuid.uuid5(uuid.UUID(card_uuid), "\n".join(what)))
