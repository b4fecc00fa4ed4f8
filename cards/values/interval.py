"""Numbers that are known only within bounds: comparators, ranges, and exact values alike."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from cards.values.kleene import Truth

INFINITY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from *low* to *high*; each bound belongs to it unless it is open."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def exact(cls, value: Decimal) -> Self:
        """Return the interval that holds *value* alone."""
        return cls(value, value)

    @classmethod
    def compared(cls, comparator: str | None, value: Decimal) -> Self | None:
        """Return what a FHIR comparator (`<`, `<=`, `>=`, `>` or none) leaves possible.

        None: the comparator is none of these, so nothing is known.
        """
        match comparator:
            case None:
                return cls.exact(value)
            case "<":
                return cls(-INFINITY, value, high_open=True)
            case "<=":
                return cls(-INFINITY, value)
            case ">=":
                return cls(value, INFINITY)
            case ">":
                return cls(value, INFINITY, low_open=True)
            case _:
                return None

    @property
    def is_exact(self) -> bool:
        """Whether one value alone is left."""
        return self.low == self.high

    def scaled(self, factor: Decimal) -> "Interval":
        """Return the interval in another unit; *factor* is positive and exact."""
        return Interval(
            self.low * factor, self.high * factor, low_open=self.low_open, high_open=self.high_open
        )

    def within(self, low: Decimal, high: Decimal) -> bool:
        """Whether every bound that is stated lies between *low* and *high*, both inclusive."""
        stated = [bound for bound in (self.low, self.high) if bound.is_finite()]
        return all(low <= bound <= high for bound in stated)

    def clipped(self, low: Decimal, high: Decimal) -> "Interval":
        """Return the part that is possible at all, between *low* and *high*, both inclusive."""
        return Interval(
            max(self.low, low),
            min(self.high, high),
            low_open=self.low_open and self.low >= low,
            high_open=self.high_open and self.high <= high,
        )

    def meets(self, other: "Interval") -> bool:
        """Whether some value lies in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low != high:
            return low < high
        touches_low = not any(part.low_open and part.low == low for part in (self, other))
        touches_high = not any(part.high_open and part.high == high for part in (self, other))
        return touches_low and touches_high

    def at_least(self, bound: Decimal) -> Truth:
        """Whether the value is *bound* or more."""
        if self.low >= bound:
            return True
        return False if self.high < bound or (self.high == bound and self.high_open) else None

    def above(self, bound: Decimal) -> Truth:
        """Whether the value is more than *bound*."""
        if self.low > bound or (self.low == bound and self.low_open):
            return True
        return False if self.high <= bound else None

    def below(self, bound: Decimal) -> Truth:
        """Whether the value is less than *bound*."""
        reached = self.at_least(bound)
        return None if reached is None else not reached

    def at_most(self, bound: Decimal) -> Truth:
        """Whether the value is *bound* or less."""
        exceeded = self.above(bound)
        return None if exceeded is None else not exceeded
