"""One statement of the record on the state of a disease, as its course is told from."""

from dataclasses import dataclass

from cards.clinical.states import Phase
from cards.values.dates import DateSpan
from cards.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Milestone:
    """One statement of the record on the state of the disease, on a day or since a day.

    *phases* holds more than one where code and status of one resource disagree. *number* is the
    number of the remission, where it is stated. *past*: the record itself says that it is over.
    *exact*: the day is that of the event, not only that of its recording. *either*: its words
    name several phases as one or the other, as "relapsed/refractory" does.
    """

    reference: str
    phases: frozenset[Phase]
    on: DateSpan | None
    shown: str
    number: int | None = None
    past: bool = False
    exact: bool = False
    either: bool = False

    def evidence(self) -> Evidence:
        """Return the statement as evidence."""
        return Evidence(self.reference, self.shown, self.on)
