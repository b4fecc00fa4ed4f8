"""The outcome for one order under one policy, and its JSON."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from cards.history.milestone import Milestone
from cards.orders.order import Order
from cards.path import NOWHERE, Path
from cards.policy import Policy, Version
from cards.verdict import Criterion, State

Basis = Literal["member", "reference", "unknown"]

_AGAINST = frozenset({"investigational", "not-medically-necessary"})


@dataclass(frozen=True)
class Finding:
    """One order under one policy version: the determination and every criterion behind it.

    *deciding* names the criteria that decided, or that are missing. *payer_known*: the member's
    payer is known, be it this policy's or another. *timeline*: the course of the disease, earliest
    first, where the policy asks for it. *path*: the nodes of the decision that the order came to.
    *circumstances*: sentences for the card beside the criteria. *quiet*: it makes no card.
    *kinds*: the indication and every broader kind of disease that it is part of.
    """

    order: Order
    policy: Policy
    version: Version
    basis: Basis
    payer_known: bool
    indication: str | None
    indication_labels: tuple[str, ...]
    determination: str
    criteria: tuple[Criterion, ...]
    deciding: tuple[str, ...]
    notes: tuple[str, ...] = ()
    statement: str | None = None
    trial: str | None = None
    timeline: tuple[Milestone, ...] = ()
    path: Path = NOWHERE
    circumstances: tuple[str, ...] = ()
    quiet: bool = False
    kinds: frozenset[str] = frozenset()

    def is_about(self, diseases: Collection[str]) -> bool:
        """Whether the indication is one of *diseases*, or a narrower kind of one."""
        return not self.kinds.isdisjoint(diseases)

    @property
    def is_against(self) -> bool:
        """Whether the policy speaks against the order."""
        return self.determination in _AGAINST

    @property
    def is_for_reference(self) -> bool:
        """Whether the policy is known to be another payer's than the member's."""
        return self.basis == "reference" and self.payer_known

    @property
    def warns(self) -> bool:
        """Whether the policy speaks against an order that is being signed for its member.

        Not for a referral, nor within a trial, which has rules of its own.
        """
        return (
            self.is_against
            and not self.is_for_reference
            and not self.order.referral
            and self.trial is None
        )

    @property
    def missing(self) -> tuple[Criterion, ...]:
        """The criteria that would have to be known, if the determination is open."""
        return tuple(
            each
            for each in self.criteria
            if each.id in self.deciding and each.state in (State.NOT_DOCUMENTED, State.UNAVAILABLE)
        )

    @property
    def failed(self) -> tuple[Criterion, ...]:
        """The criteria that are not met."""
        return tuple(each for each in self.criteria if each.state is State.NOT_MET)


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding in the shape of the review JSON, empty lists and nulls included."""
    effective = finding.version.effective
    return {
        "order": finding.order.reference,
        "policy": finding.policy.id,
        "version": effective.isoformat() if effective is not None else None,
        "basis": finding.basis,
        "indication": finding.indication,
        "determination": finding.determination,
        "criteria": [
            {
                "id": criterion.id,
                "statement": criterion.statement,
                "verdict": criterion.state.value,
                "says": criterion.says,
                "evidence": list(
                    dict.fromkeys(each.reference for each in criterion.verdict.evidence)
                ),
            }
            for criterion in finding.criteria
        ],
        "notes": list(finding.notes),
    }


_EMPTY: tuple[Any, ...] = (None, "", [], {})


def without_empty(value: Any) -> Any:
    """Return JSON without nulls, empty strings, lists and objects, which CDS Hooks forbids."""
    if isinstance(value, dict):
        kept = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in _EMPTY}
    if isinstance(value, list):
        return [each for each in map(without_empty, value) if each not in _EMPTY]
    return value
