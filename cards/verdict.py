"""What one criterion comes to: a verdict, why, and the evidence for it. No prose lives here."""

from dataclasses import dataclass, field
from enum import StrEnum

from cards.values.coding import Coding
from cards.values.dates import DateSpan
from cards.values.kleene import Truth


class State(StrEnum):
    """The four verdicts. `met` always speaks for the order."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_DOCUMENTED = "not-documented"  # we looked; the record is silent or cannot be used
    UNAVAILABLE = "unavailable"  # we could not look

    @property
    def truth(self) -> Truth:
        """The verdict as a truth value; both ways of not knowing are unknown."""
        return {State.MET: True, State.NOT_MET: False}.get(self)

    @classmethod
    def of(cls, truth: Truth) -> "State":
        """Return the verdict for a truth value; unknown is `not-documented`."""
        return {True: cls.MET, False: cls.NOT_MET, None: cls.NOT_DOCUMENTED}[truth]


class Why(StrEnum):
    """Why something is not documented although we looked, or could not be looked at."""

    SILENT = "silent"  # nothing in the record speaks of it
    NOT_IN_FORCE = "not-in-force"
    NOT_FINAL = "not-final"
    ANOTHER_QUANTITY = "another-quantity"
    ANOTHER_TIME = "another-time"
    NO_ONSET = "no-onset"
    NO_VALUE = "no-value"
    NO_UNIT = "no-unit"
    UNIT_NOT_ACCEPTED = "unit-not-accepted"
    UNITS_DISAGREE = "units-disagree"
    IMPOSSIBLE_VALUE = "impossible-value"
    IMPOSSIBLE_DATE = "impossible-date"
    UNDECIDED_RANGE = "undecided-range"  # a comparator or range lies on both sides
    UNDECIDED_DATE = "undecided-date"  # a partial date lies on both sides
    UNDATED = "undated"
    BROKEN = "broken"  # an element that matters is not valid FHIR
    CODES_DISAGREE = "codes-disagree"
    RECORDS_DISAGREE = "records-disagree"
    DOUBTFUL = "doubtful"  # possible, suspected, provisional, equivocal
    TOO_FEW = "too-few"  # a change needs two comparable values
    NOT_CONFIRMED = "not-confirmed"  # the only diagnosis is provisional or refuted
    NOT_RECOGNISED = "not-recognised"
    SEVERAL = "several"
    UNDECIDED_COURSE = "undecided-course"
    UNDECIDED_STATE = "undecided-state"
    NOT_STATED = "not-stated"
    GRAFT_UNTOLD = "graft-untold"  # a transplant of either type
    NO_MORE = "no-more"  # what is on record does not decide it
    UNREADABLE_REFERENCE = "unreadable-reference"
    DEPENDS = "depends"  # on something else that is open
    DEPENDS_ON_UNREAD = "depends-on-unread"
    COULD_NOT_LOOK = "could-not-look"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One resource that decided, or that was looked at in vain, and what it says.

    *value* is as recorded, unit included. *old*: a current-state value of more than 12 months.
    """

    reference: str
    value: str | None = None
    on: DateSpan | None = None
    old: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state with its evidence; *why* is given wherever the state is not a plain yes or no.

    *what* names the fact; *detail* completes a reason (the offending unit, the element) or a
    result (how far a value fell).
    """

    state: State
    what: str
    evidence: tuple[Evidence, ...] = ()
    why: Why | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class OfferedTest:
    """The light test that would document one fact: *id* and *name* of the test, *fact* its label.

    *coding* has the display of our own value set.
    """

    id: str
    name: str
    fact: str
    coding: Coding


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a finding, decided and worded.

    *says* is a whole sentence; *found* is the part of it that tells what the record holds.
    *tests* are light for the patient and would document it.
    """

    id: str
    statement: str
    verdict: Verdict
    title: str
    found: str
    says: str
    requires: str | None = None
    if_missing: str | None = None
    joins: tuple[str, ...] = field(default=())  # ids of the criteria that it joins
    tests: tuple[OfferedTest, ...] = ()

    @property
    def state(self) -> State:
        """The verdict's state."""
        return self.verdict.state
