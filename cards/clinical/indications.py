"""Diseases for which cell therapies are ordered, as `indications.yaml` lists them."""

from cards.facts import Strict, Words


class Indication(Strict):
    """One kind of disease: how it is coded and written, and the broader kind it is part of.

    *candidate* false: counted only where an order names it as its reason, never from the record.
    """

    label: str
    codes: tuple[str, ...] = ()
    words: Words = Words()
    within: str | None = None
    candidate: bool = True
