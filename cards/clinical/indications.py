"""Diseases for which cell therapies are ordered, as `indications.yaml` lists them."""

from collections.abc import Mapping

from cards.facts import Strict, Words


class Indication(Strict):
    """One kind of disease: how it is coded and written, and the broader kind it is part of.

    *candidate* false: counted only where an order names it as its reason, never from the record.
    *companion*: and only where the order names no other.
    """

    label: str
    codes: tuple[str, ...] = ()
    words: Words = Words()
    within: str | None = None
    candidate: bool = True
    companion: bool = False


def lineage_of(name: str, indications: Mapping[str, Indication]) -> tuple[str, ...]:
    """Return a disease and the broader kinds above it, each once: a circle ends where it began."""
    kinds = [name]
    while (broader := indications[kinds[-1]].within) is not None:
        if broader in kinds or broader not in indications:
            break
        kinds.append(broader)
    return tuple(kinds)
