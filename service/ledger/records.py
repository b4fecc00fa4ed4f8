"""What may be kept of a call and of feedback: plain values, and nothing clinical among them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from service.errors import ServiceError

Mode = Literal["live", "shadow"]
Outcome = Literal["accepted", "overridden"]


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card of an answer. In the mode `shadow` it was made and not sent."""

    card: str
    policy: str
    topic: str
    version: str | None
    """The effective date of the policy version; None: the document gives none."""

    determination: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class GovernedOrder:
    """One order under one policy, or an order for which no policy spoke."""

    policy: str | None
    version: str | None
    outcome: str
    """A determination, `no-policy-applies` or `record-unreadable`."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call in which an order was governed."""

    call: str
    """Ours, made for this call: 32 hexadecimal digits."""

    at: datetime
    tenant: str | None
    service: str
    orders: tuple[GovernedOrder, ...] = ()
    cards: tuple[ShownCard, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """What a clinician did with one card."""

    card: str
    outcome: Outcome
    outcome_at: datetime
    """With a time zone; may lie in the future where clocks differ."""

    reason_system: str | None = None
    reason_code: str | None = None
    comment: str | None = field(default=None, repr=False)
    """Free text: may name a patient."""

    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFeedback:
    """How much of a delivery was new, and how much had been kept before."""

    new: tuple[FeedbackItem, ...]
    duplicates: int


class LedgerDown(ServiceError):
    """What should be kept cannot be kept now; the message names no address and no value."""


class Ledger(Protocol):
    """Keeps records; see `store.Store`."""

    def keep_calls(self, calls: Sequence[CallRecord]) -> None:
        """Keep calls, each once; raises LedgerDown."""

    def keep_feedback(
        self, items: Sequence[FeedbackItem], *, tenant: str | None, service: str
    ) -> KeptFeedback:
        """Keep feedback for good before returning; raises LedgerDown."""
