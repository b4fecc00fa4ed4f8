"""What is wrong with a value set as it is written: system, form and check digit of each code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cards.values.coding import (
    CPT,
    HCPCS,
    ICD_10_CM,
    ICD_10_PCS,
    LOINC,
    RXNORM,
    SHORT_NAMES,
    SNOMED_CT,
)

_SHAPES = {
    CPT: r"\d{4}[\dAFTUM]",
    HCPCS: r"[A-V]\d{4}",
    ICD_10_CM: r"[A-Z]\d[\dAB](\.[\dA-TV-Z]{1,4})?",
    ICD_10_PCS: r"[\dA-HJ-NP-Z]{7}",
    LOINC: r"(L[AP])?\d{1,7}-\d",
    RXNORM: r"\d{1,8}",
    SNOMED_CT: r"[1-9]\d{5,17}",
}
_STATUSES = ("draft", "active", "retired", "unknown")
_MULTIPLY = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
"""Verhoeff's table of the dihedral group of ten, which SNOMED CT's check digits follow."""
_PERMUTE = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def value_set_faults(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a ValueSet that could be read, as key and cure."""
    if resource.get("status") not in _STATUSES:
        yield "status", f"write one of {', '.join(_STATUSES)}"
    seen: set[tuple[str, str]] = set()
    for key in ("include", "exclude"):
        for at, part in enumerate(resource["compose"].get(key, ())):
            place, system = f"compose.{key}.{at}", part["system"]
            if system not in SHORT_NAMES:
                yield (
                    f"{place}.system",
                    f"{system!r} is unknown; write one of {', '.join(SHORT_NAMES)}",
                )
                continue
            for code in _codes(part):
                if not _is_sound(system, code):
                    yield place, f"{code!r} cannot be a code of {SHORT_NAMES[system]}; mend it"
                if (system, code.upper()) in seen:
                    yield place, f"{code!r} stands twice; keep one"
                seen.add((system, code.upper()))


def _codes(part: Mapping[str, Any]) -> Iterator[str]:
    yield from (concept["code"] for concept in part.get("concept", ()))
    yield from (rule["value"] for rule in part.get("filter", ()))


def _is_sound(system: str, code: str) -> bool:
    if re.fullmatch(_SHAPES[system], code.upper()) is None:
        return False
    digits = re.sub(r"\D", "", code)
    if system == LOINC:
        return _mod_10(digits[:-1]) == int(digits[-1])
    return system != SNOMED_CT or _verhoeff(digits) == 0


def _mod_10(digits: str) -> int:
    """Return LOINC's check digit: every other digit from the right doubled."""
    doubled = [
        sum(map(int, str(2 * int(digit)))) if at % 2 == 0 else int(digit)
        for at, digit in enumerate(reversed(digits))
    ]
    return -sum(doubled) % 10


def _verhoeff(digits: str) -> int:
    """Return Verhoeff's sum over all digits, 0 where the last one is right."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        total = int(_MULTIPLY[total][int(_PERMUTE[at % 8][int(digit)])])
    return total
