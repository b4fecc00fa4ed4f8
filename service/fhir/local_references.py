"""Turns a Bundle's own references (`urn:uuid:`) into the literal ones that a server would give."""

from collections.abc import Mapping, Sequence
from typing import Any

_LOCAL = ("urn:uuid:", "urn:oid:")


def with_literal_references(entries: Sequence[Any]) -> list[Any]:
    """Return the entries with references to each other as `Type/id`; others stay as they are.

    Transaction Bundles and exports name their entries by `fullUrl`. Without this, everything in
    one would seem to be about another patient.
    """
    names = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in entries
        if isinstance(entry, dict)
        and isinstance(entry.get("fullUrl"), str)
        and entry["fullUrl"].startswith(_LOCAL)
        and isinstance(entry.get("resource"), dict)
        and isinstance(entry["resource"].get("resourceType"), str)
        and isinstance(entry["resource"].get("id"), str)
    }
    return [with_references(entry, names) for entry in entries] if names else list(entries)


def with_references(value: Any, names: Mapping[str, str]) -> Any:
    """Return a copy of *value* in which each reference that is in *names* is replaced."""
    if isinstance(value, dict):
        return {
            key: names.get(each, each)
            if key == "reference" and isinstance(each, str)
            else with_references(each, names)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [with_references(each, names) for each in value]
    return value
