"""Which copy of a resource counts where the same one came more than once, for the chart."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Resource = Mapping[str, Any]
_Identity = tuple[str, str]


def latest_copies(trusted: Iterable[Resource], others: Iterable[Resource]) -> list[Resource]:
    """Return each resource once, in order; a copy of a later version takes the place of another.

    Where nothing tells which is later, a trusted copy counts before the others. Two trusted
    resources that share an id and differ both stay: an id was used twice, and neither is known
    to be the right one.
    """
    kept: list[Resource] = []
    places: dict[_Identity, list[int]] = {}
    for is_trusted, resources in ((True, trusted), (False, others)):
        for resource in resources:
            kind, identity = resource.get("resourceType"), resource.get("id")
            if not (isinstance(kind, str) and isinstance(identity, str)):
                kept.append(resource)
                continue
            mine = places.get((kind, identity))
            if mine is None:
                places[kind, identity] = [len(kept)]
                kept.append(resource)
            elif (later := [_is_later(resource, kept[place]) for place in mine]) and all(later):
                kept[mine[0]] = resource
                for place in mine[1:]:
                    kept[place] = {}
                del mine[1:]
            elif is_trusted and None in later and resource not in [kept[p] for p in mine]:
                mine.append(len(kept))
                kept.append(resource)
    return [each for each in kept if each]


def _is_later(resource: Resource, than: Resource) -> bool | None:
    """Whether a copy is of a later version; None where neither time nor number tells."""
    one, other = _meta(resource), _meta(than)
    times = _instant(one.get("lastUpdated")), _instant(other.get("lastUpdated"))
    if times[0] is not None and times[1] is not None and times[0] != times[1]:
        return times[0] > times[1]
    numbers = _number(one.get("versionId")), _number(other.get("versionId"))
    if numbers[0] is not None and numbers[1] is not None and numbers[0] != numbers[1]:
        return numbers[0] > numbers[1]
    return None


def _meta(resource: Resource) -> Mapping[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}


def _instant(written: Any) -> datetime | None:
    try:
        told = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return told if told is not None and told.tzinfo is not None else None


def _number(written: Any) -> int | None:
    plain = isinstance(written, str) and written.isascii() and written.isdigit()
    return int(written[:18]) if plain else None
