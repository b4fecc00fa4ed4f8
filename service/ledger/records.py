"""What may be kept of a call and of feedback: plain values, and nothing clinical among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from service.errors import ServiceError

OTHER_REASON = "a reason that is no code"
_SHAPED_LIKE_A_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,63}")
_SHAPED_LIKE_A_SYSTEM = re.compile(r"(https?://|urn:)[A-Za-z0-9._~:/#?&=%+-]{1,200}")

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

    def without_free_text(self) -> "FeedbackItem":
        """Return the item without what somebody may have written in words."""
        system = self.reason_system
        return replace(
            self,
            comment=None,
            reason_code=None if self.reason_code is None else code_or_other(self.reason_code),
            reason_system=system if system and _SHAPED_LIKE_A_SYSTEM.fullmatch(system) else None,
        )


def code_or_other(reason: str) -> str:
    """Return the reason if it is shaped like a code: a sentence may name a patient."""
    return reason if _SHAPED_LIKE_A_CODE.fullmatch(reason) else OTHER_REASON


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
