"""The resources of a prefetch, each element left as bytes until somebody reads it.

A record may hold thousands of resources, and a review reads a few elements of most of them: what
they are, whose they are, and their code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec

from service.fhir.unsound import without_huge_numbers

Decode = Callable[[msgspec.Raw, type[Any]], Any]
"""Decodes a part as a type; its errors name the field of the request."""

_REPEATED = 100
"""So long, in bytes, is an element at most that all resources of a record may have in common."""

_UNSET = msgspec.UNSET


class _Entry(msgspec.Struct):
    """What is read of an entry."""

    resource: dict[str, msgspec.Raw]
    fullUrl: Any = _UNSET  # noqa: N815  as FHIR has it
    search: Any = _UNSET
    response: Any = _UNSET


class _Bundle(msgspec.Struct):
    """What is read of a Bundle."""

    resourceType: Literal["Bundle"]  # noqa: N815  as FHIR has it
    entry: list[_Entry]
    type: Any = _UNSET
    link: Any = _UNSET
    total: Any = _UNSET


class Undecoded(Mapping[str, Any]):
    """A resource as it was sent: an element is decoded when it is read, and checked only then."""

    __slots__ = ("_decode", "_elements", "_read")

    def __init__(self, elements: dict[str, msgspec.Raw], decode: Decode) -> None:
        self._elements = elements
        self._decode = decode
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._elements:
            raise KeyError(name)
        return self.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return an element, or *default* where the resource has none of that name."""
        read = self._read
        if name in read:
            return read[name]
        written = self._elements.get(name)
        if written is None:
            return default
        read[name] = value = self._decoded(name, written)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._elements)

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, name: object) -> bool:
        return name in self._elements

    def undecoded(self, name: str) -> bytes:
        """Return an element as it was written; empty for none."""
        return bytes(self._elements.get(name, b""))

    def _decoded(self, name: str, written: msgspec.Raw) -> Any:
        content = bytes(written)
        # No two ids are alike, nor two long elements.
        once = name == "id" or len(content) > _REPEATED
        known = _decoded_once(content) if once else _decoded_repeatedly(content)
        return self._decode(written, Any) if known is None else known[0]


def _decoded_once(written: bytes) -> tuple[Any] | None:
    """Return an element, with null for a number beyond any measure; None if it is broken."""
    try:
        return (msgspec.json.decode(written),)
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return (without_huge_numbers(written),)
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=4096)
def _decoded_repeatedly(written: bytes) -> tuple[Any] | None:
    """Return the same of a subject, a status and the like, which is never changed."""
    return _decoded_once(written)


def read_prefetch_value(written: msgspec.Raw, decode: Decode) -> Any:
    """Return one answer of a prefetch: decoded, but for a resource, or those of a Bundle."""
    try:
        bundle = msgspec.json.decode(written, type=_Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _as_resource(written, decode)
    entries = [_as_entry(entry, decode) for entry in bundle.entry]
    value = {"resourceType": "Bundle", "entry": entries}
    return value | _set(bundle, ("type", "link", "total"))


def _as_resource(written: msgspec.Raw, decode: Decode) -> Any:
    """Return a resource undecoded; decoded, what is of another shape; or broken, which is said."""
    try:
        resource = Undecoded(msgspec.json.decode(written, type=dict[str, msgspec.Raw]), decode)
        kind = resource.get("resourceType")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return decode(written, Any)
    return resource if isinstance(kind, str) and kind != "Bundle" else decode(written, Any)


def _as_entry(entry: _Entry, decode: Decode) -> dict[str, Any]:
    value = {"resource": Undecoded(entry.resource, decode)}
    return value | _set(entry, ("fullUrl", "search", "response"))


def _set(part: msgspec.Struct, names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(part, name)) is not _UNSET}
