"""The kinds of criteria: each a small test as data, and a pure function that decides it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from cards.criteria import age, decline, duration, exposure, finding, joined, measured, service
from cards.criteria.view import View
from cards.facts import READS
from cards.verdict import Verdict

Test = Annotated[
    measured.Measured
    | age.Age
    | duration.Duration
    | decline.Decline
    | finding.Finding
    | exposure.Exposed
    | joined.Joined
    | service.OrderedService
    | service.Ban,
    Field(discriminator="kind"),
]

_DECIDE: Mapping[str, Callable[[Any, View], Verdict]] = {
    "measured": measured.decide,
    "age": age.decide,
    "duration": duration.decide,
    "decline": decline.decide,
    "finding": finding.decide,
    "exposure": exposure.decide,
    "all-of": joined.decide,
    "any-of": joined.decide,
    "ordered-service": service.decide,
    "ban": service.decide_ban,
}

_ALWAYS_READ: Mapping[str, tuple[str, ...]] = {"age": ("Patient",), "duration": ("Condition",)}


def decide(test: Any, view: View) -> Verdict:
    """Return the verdict of one test; a join finds its parts in `view.decided`."""
    return _DECIDE[test.kind](test, view)


def facts_of(test: Any) -> tuple[str, ...]:
    """Return the names of the facts that a test asks for."""
    if isinstance(test, decline.Decline):
        return test.facts
    name = getattr(test, "fact", None)
    return (name,) if isinstance(name, str) else ()


def reads(test: Any, facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the FHIR resource types that a test reads."""
    kinds = {kind for name in facts_of(test) for kind in READS[facts[name].kind]}
    return frozenset(kinds | set(_ALWAYS_READ.get(test.kind, ())))
