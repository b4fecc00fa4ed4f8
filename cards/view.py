"""What a criterion may look at: the chart, the clinical knowledge, and the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from cards.clinical import Clinical
from cards.facts import Exposure, FindingFact, Measurement
from cards.orders.order import Order
from cards.record.chart import Chart
from cards.values.dates import DateSpan, completed_years, read_date
from cards.verdict import State, Verdict, Why

_OLDEST = 130
AnyFact = TypeVar("AnyFact", Measurement, FindingFact, Exposure)


@dataclass(frozen=True)
class View:
    """One order seen with one patient's chart on one day."""

    order: Order
    chart: Chart
    clinical: Clinical
    as_of: date
    decided: Mapping[str, Verdict] = field(default_factory=dict)

    def fact(self, name: str, kind: type[AnyFact]) -> AnyFact:
        """Return the fact of that name; TypeError if it is of another kind."""
        fact = self.clinical.facts[name]
        if not isinstance(fact, kind):
            message = f"fact {name} is a {fact.kind}, not a {kind.__name__}"
            raise TypeError(message)
        return fact

    def birth(self) -> DateSpan | None:
        """Return the days on which the patient may have been born.

        None where the day is not on record, lies ahead, or lies too far back for anyone alive:
        some EHRs write the first day of their calendar for an unknown one.
        """
        patient = self.chart.patient
        if patient is None or self.chart.fault_in(patient) is not None:
            return None
        birth = read_date(patient.get("birthDate"))
        if birth is None or birth.last > self.as_of:
            return None
        return birth if completed_years(birth.last, self.as_of) <= _OLDEST else None

    def ages(self) -> tuple[int, int] | None:
        """Return the least and the greatest possible age in completed years; None if unknown."""
        birth = self.birth()
        if birth is None:
            return None
        return completed_years(birth.last, self.as_of), completed_years(birth.first, self.as_of)


def silent(view: View, what: str, *resource_types: str) -> Verdict:
    """Return the verdict for a record that says nothing: not documented, or could not be read."""
    reason = view.chart.why_unavailable(*resource_types)
    if reason is not None:
        return Verdict(State.UNAVAILABLE, what, why=Why.COULD_NOT_LOOK, detail=reason)
    return Verdict(State.NOT_DOCUMENTED, what, why=Why.SILENT)
