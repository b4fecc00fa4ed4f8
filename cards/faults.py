"""What is wrong with a data file, in words for the one who wrote it: file, key and cure."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

_LONGEST_LIST = 100


class PolicyError(Exception):
    """A data file that is refused: *file*, the *key* in it, and the *cure*."""

    def __init__(self, file: str, key: str, cure: str) -> None:
        super().__init__(f"{file}: {key}: {cure}")
        self.file = file
        self.key = key
        self.cure = cure


def not_defined(name: str, known: Collection[str]) -> str:
    """Return the cure for a name that nothing defines: those that it may be meant for."""
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return f"{name!r} is not defined; did you mean {' or '.join(near)}?"
    if not known or len(known) > _LONGEST_LIST:
        return f"{name!r} is not defined; define it, or mend the name"
    return f"{name!r} is not defined; known are {', '.join(sorted(known))}"


_Place = tuple[int | str, ...]


def refused(file: str, error: ValidationError, prefix: str = "") -> list[PolicyError]:
    """Return the faults of what a model refuses; keys begin with *prefix*."""
    faults = error.errors(include_url=False)
    places = [each["loc"] for each in faults]
    return [
        PolicyError(file, _key(each["loc"], prefix), _cure(each))
        for each in faults
        if not (each["type"] == "too_short" and _is_of_what_was_refused(each["loc"], places))
    ]


def _is_of_what_was_refused(place: _Place, places: list[_Place]) -> bool:
    """Whether a list is too short only because an item of it is refused."""
    return any(len(each) > len(place) and each[: len(place)] == place for each in places)


def _key(place: _Place, prefix: str) -> str:
    # A step in brackets names a kind of node, which is no key of the file.
    steps = [str(step) for step in place if not str(step).startswith("(")]
    return ".".join([prefix, *steps] if prefix else steps) or "(file)"


_CURES: Mapping[str, str] = {
    "extra_forbidden": "unknown key; remove it or mend its spelling",
    "missing": "missing; add it",
    "invalid_key": "this key is read as another thing than text; put it in quotes",
    "tuple_type": "write a list, such as [one, two]",
    "dict_type": "write keys with values below it",
    "model_type": "write keys with values below it",
    "model_attributes_type": "write keys with values below it",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    **dict.fromkeys(
        ("decimal_type", "decimal_parsing", "finite_number", "float_type", "float_parsing"),
        "write a number",
    ),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "write a whole number"),
}


def _cure(fault: Mapping[str, Any]) -> str:
    kind, told = fault["type"], fault.get("ctx", {})
    if kind == "string_type":
        is_other = isinstance(fault["input"], list | dict) or fault["input"] is None
        return "write a text" if is_other else "this is read as no text; put it in quotes"
    if kind == "literal_error":
        return f"write {told['expected']}".replace("True", "true")
    if kind == "union_tag_invalid":
        return f"there is no kind {told['tag']!r}; write one of {told['expected_tags']}"
    if kind == "union_tag_not_found":
        return f"{str(told['discriminator']).strip(chr(39))} is missing; add it"
    if kind == "too_short":
        return f"list at least {told['min_length']}"
    return _CURES.get(kind, str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input "))
