"""Diseases for which cell therapies are ordered, as `indications.yaml` lists them."""

from cards.facts import Strict, Words


class Indication(Strict):
    """One kind of disease: how it is coded and written, and the broader kind it is part of."""

    label: str
    codes: tuple[str, ...] = ()
    words: Words = Words()
    within: str | None = None
