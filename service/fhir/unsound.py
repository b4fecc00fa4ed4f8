"""Decodes JSON that is sound but for a value: half of a character, a number beyond any measure.

An EHR that cuts a text in the middle of an emoji, or divides by next to nothing, loses that value
and not the whole record.
"""

import json
import math
import re
from typing import Any, NoReturn

import msgspec

MOST_ESCAPES = 500_000
"""Of a document that is mended: looking through more would take too long."""

_ESCAPE = re.compile(
    rb"(?P<whole>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)


def decoded(written: bytes) -> Any:
    """Decode JSON, with U+FFFD for half of a character and infinity for a number beyond measure.

    Not null, which says that there is nothing: something was sent, and no reader takes infinity.

    Raises ValueError where it is no JSON, and RecursionError where it is nested too deeply.
    """
    try:
        return msgspec.json.decode(written)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _without_huge_numbers(with_whole_characters(written))


def with_whole_characters(written: bytes) -> bytes:
    """Return JSON in which U+FFFD stands for each escaped half of a surrogate pair."""
    if written.count(b"\\") > MOST_ESCAPES:
        return written
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], written)


def _without_huge_numbers(written: bytes) -> Any:
    return json.loads(
        written, parse_float=_number, parse_int=_number, parse_constant=_refuse_constant
    )


def _number(written: str) -> Any:
    try:
        return msgspec.json.decode(written)
    except msgspec.MsgspecError:
        return math.inf


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and the like, which JSON does not have
