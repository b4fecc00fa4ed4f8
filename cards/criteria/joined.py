"""Criteria that join others: all of them, or any of them."""

from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from cards.facts import Strict
from cards.forms import Text
from cards.values.kleene import all_of, any_of
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View


class Joined(Strict):
    """All of, or any of, other criteria of the same policy, by id.

    `documented` is for one criterion: what is not known to be met counts as not met.
    """

    kind: Literal["all-of", "any-of", "documented"]
    label: Text
    criteria: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _documents_one(self) -> Self:
        if self.kind == "documented" and len(self.criteria) > 1:
            raise ValueError("`documented` is for one criterion; join several in one of their own")
        return self


def decide(test: Joined, view: View) -> Verdict:
    """Return Kleene's conjunction or disjunction of the parts, with the evidence that decided."""
    parts = [view.decided[name] for name in test.criteria]
    join = all_of if test.kind == "all-of" else any_of
    truth = join(part.state.truth for part in parts)
    if test.kind == "documented" and not any(part.state is State.UNAVAILABLE for part in parts):
        truth = truth is True
    if truth is not None:
        state = State.of(truth)
        # A yes of "any of" rests on the parts that say yes; a no of "all of" on those that say no.
        decisive = [part for part in parts if part.state is state]
        return Verdict(state, test.label, _evidence(decisive))
    open_parts = [part for part in parts if part.state.truth is None]
    unread = next((part for part in open_parts if part.state is State.UNAVAILABLE), None)
    if unread is not None:
        return Verdict(State.UNAVAILABLE, test.label, (), unread.why, unread.detail)
    return Verdict(State.NOT_DOCUMENTED, test.label, (), Why.SILENT)


def undecided(name: str, tests: Mapping[str, object], decided: Mapping[str, Verdict]) -> list[str]:
    """Return the ids below *name* that are unknown and would have to be known to decide it."""
    if decided[name].state.truth is not None:
        return []
    test = tests[name]
    if not isinstance(test, Joined):
        return [name]
    return [each for part in test.criteria for each in undecided(part, tests, decided)]


def failing(name: str, tests: Mapping[str, object], decided: Mapping[str, Verdict]) -> list[str]:
    """Return the ids at or below *name* that make it fail; a failed "any of" fails as a whole."""
    if decided[name].state is not State.NOT_MET:
        return []
    test = tests[name]
    if not isinstance(test, Joined) or test.kind == "any-of":
        return [name]
    return [each for part in test.criteria for each in failing(part, tests, decided)]


def _evidence(parts: Iterable[Verdict]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(item for part in parts for item in part.evidence))
