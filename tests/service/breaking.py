"""Breaks real-looking resources, as interfaces and migrations do: one element at a time."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
Broken = Any

FOREIGN_UNITS = ("mmol/L", "kg", "banana", "mL/min/{1.73_m2}", "", "%%")
ABSURD = (1e300, -1e9, 10**30, -1, 10**15, 123456789.123456789)
FAR_AHEAD = ("2999-01-01", "9999-12-31", "2999-01-01T00:00:00Z")
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}(T.*)?")


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of every element below a resource."""
    if isinstance(value, Mapping):
        steps: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    else:
        return
    for step, inner in steps:
        if (*at, step) != ("resourceType",):
            yield (*at, step)
            yield from paths(inner, (*at, step))


def at(resource: Any, path: Path) -> Any:
    """Return the element at a path."""
    for step in path:
        resource = resource[step]
    return resource


def put(resource: Any, path: Path, value: Any) -> Broken:
    """Return a copy with another element at a path."""
    changed = copy.deepcopy(resource)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def drop(resource: Any, path: Path) -> Broken:
    """Return a copy without the element at a path."""
    changed = copy.deepcopy(resource)
    del at(changed, path[:-1])[path[-1]]
    return changed


def retyped(value: Any) -> st.SearchStrategy[Any]:
    """Return values of another JSON type than *value*; null is as good as left out."""
    others: list[Any] = [7, 0.5, [], {}, [[]], "7", "<b>x</b>", {"value": {}}, [None]]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    same: Any = (int, float) if is_number else type(value)
    return st.sampled_from([each for each in others if not isinstance(each, same)])


def nested(value: Any) -> st.SearchStrategy[Any]:
    """Return *value* wrapped in what does not belong around it."""
    deep = value
    for _ in range(60):
        deep = {"extension": [deep]}
    return st.sampled_from([[value], [[value]], {"value": value}, {"coding": value}, deep])


def numbers(resource: Any) -> list[Path]:
    """Return the paths of the numbers in a resource."""
    return [
        path
        for path in paths(resource)
        if isinstance(at(resource, path), int | float) and not isinstance(at(resource, path), bool)
    ]


def dates(resource: Any) -> list[Path]:
    """Return the paths of dates that tell when something was true, began, or was written."""
    told_apart = ("end", "abatement", "period")
    return [
        path
        for path in paths(resource)
        if isinstance(written := at(resource, path), str)
        and _DATE.fullmatch(written)
        and isinstance(path[-1], str)
        and ("Date" in path[-1] or path[-1] in ("birthDate", "issued", "authoredOn", "start"))
        and not any(str(step).startswith(told_apart) for step in path)
    ]


def units(resource: Any) -> list[Path]:
    """Return the paths of quantities that have a unit."""
    return [
        path
        for path in paths(resource)
        if isinstance(quantity := at(resource, path), Mapping)
        and "value" in quantity
        and ("unit" in quantity or "code" in quantity)
    ]
