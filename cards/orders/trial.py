"""Whether the patient is in a clinical trial: a number in the order, or an enrolment on record."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import date
from typing import Any

from cards.record.chart import Chart, Resource
from cards.values.coding import read_code
from cards.values.dates import read_date
from cards.values.text import Mention, mention

_NUMBER = re.compile(r"\bNCT[\s:#\-]{0,2}(\d{8})(?!\d)", re.IGNORECASE)
_ON_STUDY = frozenset({"on-study", "on-study-intervention", "on-study-observation"})
# A trial that is named so is one that the patient is not in, or not yet.
_NOT_ENROLLED = (Mention.NEGATED, Mention.DOUBTFUL, Mention.HISTORY, Mention.FAMILY)


def trial_in_order(order: Resource) -> str | None:
    """Return the number of the trial that an order names anywhere, such as `NCT01234567`.

    Not one that it denies, doubts, or tells of the past.
    """
    return next(_numbers(order), None)


def trial_on_record(chart: Chart, as_of: date) -> str | None:
    """Return the study that the patient is enrolled in on that day, as its enrolment names it."""
    for subject in chart.all("ResearchSubject"):
        if read_code(subject.get("status")) not in _ON_STUDY or _is_over(subject, as_of):
            continue
        study = subject.get("study")
        display = study.get("display") if isinstance(study, dict) else None
        if isinstance(display, str) and display.strip():
            return display
        return next(_numbers(study), "an enrolment on record")
    return None


def _numbers(element: Any) -> Iterator[str]:
    for written in _texts(element):
        for number in _NUMBER.finditer(written):
            if mention(written, (number[0],)) not in _NOT_ENROLLED:
                yield f"NCT{number[1]}"


def _texts(element: Any) -> Iterator[str]:
    """Yield every string below an element: sites put trials in notes, identifiers, extensions."""
    waiting = deque([element])
    while waiting:
        each = waiting.popleft()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _is_over(subject: Resource, as_of: date) -> bool:
    period = subject.get("period")
    end = read_date(period.get("end")) if isinstance(period, dict) else None
    return end is not None and end.last < as_of
