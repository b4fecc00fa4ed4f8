"""The text of a YAML file to what it says; what cannot be read is told by line and cure."""

from collections.abc import Hashable
from typing import Any

import yaml


class Unreadable(Exception):
    """A text that is no YAML mapping; the message is the cure."""


def read_mapping(text: str) -> dict[Any, Any]:
    """Return what a YAML text says by key; Unreadable for anything that is no mapping of keys."""
    try:
        loaded = _loaded(text)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_told(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"line {line}: the character U+{ord(text[error.position]):04X} cannot stand here"
        raise Unreadable(message) from None
    except RecursionError:
        raise Unreadable("it is nested too deep; take levels out") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(" ".join(str(error).split())) from None
    if loaded is None:
        raise Unreadable("it is empty; write it, or remove the file")
    if not isinstance(loaded, dict):
        raise Unreadable("it holds no mapping of keys; write `key: value` lines")
    return loaded


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, _Fast)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        # libyaml is several times as fast; where and how a text is at fault, Python tells better.
        return yaml.load(text, _Strict)  # noqa: S506


def _told(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{place}{error.problem or error.context}"


class _Strict(yaml.SafeLoader):
    """YAML in which a key that stands twice, and a day that never was, are errors."""


class _Fast(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same with libyaml, where PyYAML was built with it."""


def _fault(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    made: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise _fault("a list or mapping is no key; write a text", key_node)
        if key in made:
            raise _fault(f"key {key!r} stands twice; keep one", key_node)
        made[key] = loader.construct_object(value_node, deep=True)
    return made


def _day(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        raise _fault(f"{node.value!r} is no day of the calendar; mend it", node) from None


for each in (_Strict, _Fast):
    each.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
    each.add_constructor("tag:yaml.org,2002:timestamp", _day)
