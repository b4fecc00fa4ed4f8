"""The forms of single values in data files, each with the cure for what is written otherwise."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator


def matching(pattern: str, cure: str) -> AfterValidator:
    """Return the check that the whole text matches; it is refused with *cure*."""
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(cure)
        return value

    return AfterValidator(check)


SLUG = r"[a-z0-9][a-z0-9.\-]*"
SLUG_CURE = "write lower-case letters, digits, dots and dashes, a letter or digit first"

Text = Annotated[str, matching(r".*\S.*", "is empty; write it")]
Slug = Annotated[str, matching(SLUG, SLUG_CURE)]
Sha256 = Annotated[str, matching(r"[0-9a-f]{64}", "write the 64 hexadecimal digits in lower case")]

_DAY_CURE = "write a day of the calendar as YYYY-MM-DD"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def read_day(written: str) -> date:
    """Return the day that is written as YYYY-MM-DD; ValueError, with the cure, for all else."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError(_DAY_CURE)


def _day(value: Any) -> Any:
    # A bare number would be taken for the seconds since 1970.
    if isinstance(value, str):
        return read_day(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(_DAY_CURE)


def _day_or_month(value: Any) -> Any:
    try:
        return value if isinstance(value, str) and _MONTH.fullmatch(value) else _day(value)
    except ValueError:
        message = f'{_DAY_CURE}, or a month in quotes as "YYYY-MM"'
        raise ValueError(message) from None


def _unless_none(check: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else check(value))


Day = Annotated[date, _unless_none(_day)]
DayOrMonth = Annotated[date | str, _unless_none(_day_or_month)]
