"""The line that a review leaves in the log, refused or not, and why it has no card.

Counts and versions only.
"""

import re
from collections import Counter
from typing import Any

from cards.finding import Finding
from service.hook import HookRequest
from service.logs import log_event, loggable_instance
from service.reviewing import Review

_SYSTEM = re.compile(r"(https?://|urn:)[A-Za-z0-9.:/_-]{1,150}")


def log_review(
    request: HookRequest,
    review: Review,
    *,
    tenant: str | None,
    rule_set: str,
    milliseconds: float,
) -> None:
    """Write the line of one review."""
    log_event(
        "review",
        tenant=tenant,
        service=request.service.id,
        **about_request(request),
        **about_review(review),
        rule_set=rule_set,
        cards=len(review.cards),
        shadow_cards=len(review.shadow_cards),
        why_no_card=None if review.cards else why_no_card(review),
        milliseconds=round(milliseconds, 1),
    )


def about_request(request: HookRequest) -> dict[str, Any]:
    """Return what a line tells of a request that could be read, refused or not."""
    return {
        "hook_instance": loggable_instance(request.hook_instance),
        "orders": len(request.draft_orders),
    }


def about_review(review: Review) -> dict[str, Any]:
    """Return what a line tells of a review, also of one that ended without an answer."""
    gathered = review.gathered
    return {
        "governed_orders": len(review.selection.orders),
        "other_patient_orders": review.selection.other_patient,
        "unmapped_orders": [_code_of(*each) for each in review.selection.unmapped],
        "other_patient_resources": gathered.chart.other_patient if gathered else 0,
        "policies": sorted({_version_of(finding) for finding in review.findings}),
        "policies_not_in_force": list(review.not_in_force),
        "determinations": dict(Counter(finding.determination for finding in review.findings)),
        "unread": list(gathered.reasons) if gathered else [],
        "asked": gathered.asked if gathered else 0,
    }


def why_no_card(review: Review) -> str:
    """Return why a review has no card, in one word or two."""
    if not review.selection.orders:
        return "order-of-another-patient" if review.selection.other_patient else "no-such-order"
    if review.shadow_cards:
        return "in-shadow"
    if not review.findings:
        return "no-policy-in-force" if review.not_in_force else "no-policy-applies"
    if any("patient-deceased" in finding.notes for finding in review.findings):
        return "patient-deceased"
    return "nothing-to-say"


def _version_of(finding: Finding) -> str:
    return f"{finding.policy.id}@{finding.version.effective or 'undated'}"


def _code_of(system: str | None, code: str | None) -> str:
    shown = system if system and _SYSTEM.fullmatch(system) else "?"
    return f"{shown}|{code or '?'}"
