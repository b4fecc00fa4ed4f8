"""The kinds of criteria: each a small test as data, and a pure function that decides it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from cards.criteria import (
    age,
    chimerism,
    decline,
    duration,
    elapsed,
    engraftment,
    exposure,
    finding,
    joined,
    measured,
    presentation,
    product,
    purpose,
    relapse,
    response,
    service,
    transplanted,
    unstated,
)
from cards.facts import READS
from cards.verdict import Verdict
from cards.view import View

Test = Annotated[
    measured.Measured
    | age.Age
    | duration.Duration
    | decline.Decline
    | finding.Finding
    | exposure.Exposed
    | joined.Joined
    | service.OrderedService
    | service.Ban
    | service.Allowance
    | elapsed.Elapsed
    | presentation.AtPresentation
    | presentation.AgeAtDiagnosis
    | response.Response
    | transplanted.Transplanted
    | relapse.RelapseOrRisk
    | engraftment.Engraftment
    | chimerism.Chimerism
    | purpose.Purpose
    | unstated.Unstated
    | product.NamesNone
    | product.GraftWithout,
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
    "documented": joined.decide,
    "ordered-service": service.decide,
    "ban": service.decide_ban,
    "allowance": service.decide_allowance,
    "elapsed": elapsed.decide,
    "at-presentation": presentation.decide,
    "age-at-diagnosis": presentation.decide_age,
    "response": response.decide,
    "transplanted": transplanted.decide,
    "relapse-or-risk": relapse.decide,
    "engraftment": engraftment.decide,
    "chimerism": chimerism.decide,
    "purpose": purpose.decide,
    "unstated": unstated.decide,
    "names-none": product.decide_names,
    "graft-without": product.decide_without,
}

_ALWAYS_READ: Mapping[str, tuple[str, ...]] = {
    "age": ("Patient",),
    "duration": ("Condition",),
    "elapsed": ("Condition", "Observation", "Procedure"),
    "at-presentation": ("Condition", "Observation", "Procedure"),
    "age-at-diagnosis": ("Patient", "Condition"),
    "response": ("Condition", "Observation", "Procedure"),
    "transplanted": transplanted.READS,
    "relapse-or-risk": relapse.READS,
    "engraftment": engraftment.READS,
    "chimerism": chimerism.READS,
}


def decide(test: Any, view: View) -> Verdict:
    """Return the verdict of one test; a join finds its parts in `view.decided`."""
    return _DECIDE[test.kind](test, view)


def facts_of(test: Any) -> tuple[str, ...]:
    """Return the names of the facts that a test asks for."""
    name = getattr(test, "fact", None)
    return (*getattr(test, "facts", ()), *((name,) if isinstance(name, str) else ()))


# What counts was measured at another time: a test of today would not document it.
_OF_ANOTHER_TIME = frozenset({"at-presentation", "response"})


def facts_now(test: Any) -> tuple[str, ...]:
    """Return the facts that a test asks for as they are now."""
    return () if test.kind in _OF_ANOTHER_TIME else facts_of(test)


def products_of(test: Any) -> tuple[str, ...]:
    """Return the names of the products and materials that a test speaks of."""
    return tuple(getattr(test, "named_products", ()))


def reads(test: Any, facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the FHIR resource types that a test reads."""
    kinds = {kind for name in facts_of(test) for kind in READS[facts[name].kind]}
    return frozenset(kinds | set(_ALWAYS_READ.get(test.kind, ())))


# The kind of fact that each kind of test asks for, where it asks for just one.
FACT_KINDS: Mapping[str, str] = {
    "measured": "measurement",
    "decline": "measurement",
    "at-presentation": "measurement",
    "response": "measurement",
    "finding": "finding",
    "exposure": "exposure",
}
