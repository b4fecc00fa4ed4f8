"""Three-valued logic: `True`, `False`, and `None` for what is not known."""

from collections.abc import Iterable

Truth = bool | None


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return False if any is False, else None if any is unknown, else True (also for none)."""
    known = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            known = False
    return True if known else None


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return True if any is True, else None if any is unknown, else False (also for none)."""
    return negate(all_of(negate(truth) for truth in truths))


def negate(truth: Truth) -> Truth:
    """Return the opposite; the opposite of unknown is unknown."""
    return None if truth is None else not truth


def agreed(truths: Iterable[Truth]) -> Truth:
    """Return what all say alike; unknown where they differ, one is unknown, or there are none."""
    distinct = set(truths)
    return distinct.pop() if len(distinct) == 1 else None
