"""What is wrong with a data file, in words for the one who wrote it: file, key and cure."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

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


def refused(
    file: str, error: ValidationError, prefix: str = "", model: type[BaseModel] | None = None
) -> list[PolicyError]:
    """Return the faults of what a model refuses; keys begin with *prefix*.

    *model* is what refuses them: the keys that it knows are told beside those that it does not.
    """
    faults = error.errors(include_url=False)
    places = [each["loc"] for each in faults]
    return [
        PolicyError(file, _key(each["loc"], prefix), _cure(each, model))
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
    "string_type": "write a text",
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


_CURES_WITH: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "literal_error": lambda told: f"write {told['expected']}".replace("True", "true"),
    "union_tag_invalid": lambda told: (
        f"there is no kind {told['tag']!r}; write one of {told['expected_tags']}"
    ),
    "union_tag_not_found": lambda told: f"{told['discriminator']} is missing; add it",
    "too_short": lambda told: f"list at least {told['min_length']}",
}


def _cure(fault: Mapping[str, Any], model: type[BaseModel] | None) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden" and (known := _keys_at(fault["loc"], model)):
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        return f"unknown key; {meant}"
    if kind == "string_type" and isinstance(fault["input"], bool | int | float | date):
        return "this is read as no text; put it in quotes"
    if kind in _CURES_WITH:
        return _CURES_WITH[kind](fault["ctx"])
    said = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return _CURES.get(kind, said)


def _keys_at(place: _Place, model: type[BaseModel] | None) -> tuple[str, ...]:
    """Return the keys that are known where a key stands; none where more than one model may be."""
    for step in place[:-1]:
        field = model.model_fields.get(str(step)) if model is not None else None
        if field is not None:
            found = set(_models_in(field.annotation))
            model = found.pop() if len(found) == 1 else None
    return tuple(model.model_fields) if model is not None else ()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
