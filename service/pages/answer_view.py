"""Types the hook's answer for drawing, in a reader's words: between `routes` and `answer.html`."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

DETERMINATIONS = {
    "investigational": "Investigational",
    "not-medically-necessary": "Not medically necessary",
    "needs-information": "Information needed",
    "medically-necessary": "Criteria met",
    "not-addressed": "Not addressed",
    "none": "No policy governs it",
}
"""Each determination as a heading; "none" stands for an order without a finding."""

VERDICTS = {
    "not-met": "Not met",
    "not-documented": "Not documented",
    "unavailable": "Could not be read",
    "met": "Met",
}
"""Each verdict in words, in the order in which a reader wants them: what decides comes first."""

NOT_NEEDED = "not-needed"
"""The group of criteria that decide nothing, because another one of their kind is enough."""

INDICATORS = {"info": "For information", "warning": "Warning", "critical": "Critical"}

BASES = {
    "member": "the member's own payer",
    "reference": "for reference: not the member's own payer",
    "unknown": "no coverage in force is documented",
}

NOTES = {
    "review-overdue": "The review date that the policy document gives itself has passed.",
    "not-covered-outpatient": "The policy has a separate line for the outpatient setting.",
    "prior-authorization-inpatient": "Inpatient setting: the payer asks for prior authorization.",
    "matched-by-text": "The order was recognized by its words, not by a code.",
    "old-evidence": "Some of the evidence is older than twelve months.",
    "in-clinical-trial": "The patient takes part in a clinical trial.",
    "patient-deceased": "The record says that the patient has died.",
    "incomplete": "A part of the record could not be read.",
    "policy-contradicts-itself": "The policy lists this product under opposite headings.",
}

_WHY_NO_CARD = {
    "medically-necessary": (
        "Every criterion is met by a documented fact, so there is nothing to interrupt for. "
        "That means “criteria met”, not that the service is approved or will be paid."
    ),
    "not-addressed": "The policy is in this field and says nothing on this combination.",
    "needs-information": (
        "The answer is open, and the policy rule asks to stay quiet while it is."
    ),
}


class Criterion(msgspec.Struct, frozen=True):
    """One decided criterion, as in the contract."""

    id: str
    verdict: str
    statement: str = ""
    says: str = ""
    evidence: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """One order under one policy, as in the contract."""

    order: str
    policy: str
    determination: str
    version: str | None = None
    basis: str | None = None
    indication: str | None = None
    criteria: tuple[Criterion, ...] = ()
    notes: tuple[str, ...] = ()

    def groups(
        self, alternatives: Mapping[str, Collection[str]]
    ) -> Iterator[tuple[str, list[Criterion]]]:
        """Yield the criteria by verdict, what decides first; empty groups are left out.

        *alternatives* names the criteria of which one is enough, by the criterion that joins
        them: where that is met, those that are not met are no reason, and come last.
        """
        met = {row.id for row in self.criteria if row.verdict == "met"}
        spare = {name for join in met for name in alternatives.get(join, ())} - met
        for verdict in VERDICTS:
            rows = [row for row in self.criteria if row.verdict == verdict and row.id not in spare]
            if rows:
                yield verdict, rows
        if spared := [row for row in self.criteria if row.id in spare]:
            yield NOT_NEEDED, spared

    def why_no_card(self) -> str:
        """Say in plain words why this finding interrupts nobody."""
        if "patient-deceased" in self.notes:
            return "The record says that the patient has died: nobody is interrupted."
        return _WHY_NO_CARD.get(self.determination, "This finding interrupts nobody.")


class Source(msgspec.Struct, frozen=True):
    """Who speaks on a card."""

    label: str
    url: str | None = None


class Link(msgspec.Struct, frozen=True):
    """A link under a card."""

    label: str
    url: str


class Card(msgspec.Struct, frozen=True):
    """What the page draws of a CDS Hooks card; other members are passed over."""

    summary: str
    indicator: str
    source: Source
    detail: str = ""
    links: tuple[Link, ...] = ()
    extension: dict[str, Any] = {}

    def findings(self) -> list[Finding]:
        """Return the findings that the card speaks of."""
        return findings_from(self.extension.get("transplant-cds.findings", []))


class _Text(msgspec.Struct, frozen=True):
    text: str = ""


class Issue(msgspec.Struct, frozen=True):
    """One issue of an OperationOutcome."""

    code: str = ""
    diagnostics: str = ""
    details: _Text = _Text()

    @property
    def says(self) -> str:
        """The issue in words, or its code."""
        return self.details.text or self.diagnostics or self.code


class Answer(msgspec.Struct, frozen=True):
    """What a hook answers: cards, or an OperationOutcome's issues."""

    cards: tuple[Card, ...] = ()
    issue: tuple[Issue, ...] = ()


def read_answer(body: bytes) -> Answer:
    """Return the hook's answer; raises msgspec.MsgspecError where *body* is no such thing."""
    return msgspec.json.decode(body, type=Answer)


def findings_from(found: object) -> list[Finding]:
    """Return contract findings typed; raises msgspec.ValidationError where they are not."""
    return msgspec.convert(found, list[Finding])


def without_card(cards: Iterable[Card], reviewed: Iterable[Finding]) -> list[Finding]:
    """Return those of *reviewed* that none of *cards* speaks of."""
    spoken = {(each.order, each.policy) for card in cards for each in card.findings()}
    return [each for each in reviewed if (each.order, each.policy) not in spoken]


def is_web_link(url: str) -> bool:
    """Whether a card's link may become one on the page."""
    return url.startswith(("https://", "http://"))
