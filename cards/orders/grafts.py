"""Which graft an order is for, by its words: the patient's own cells, or those of a donor."""

import re

from cards.orders.free_text import names_any
from cards.orders.rewriting import plain
from cards.orders.words import BEFORE, BEHIND
from cards.values.text import Mention, mention, words

_AUTOLOGOUS = (
    "autologous", "auto", "autosct", "autohsct", "autohct", "autopbsct", "stem cell rescue",
    "own cells", "own stem cells", "self donor",
)  # fmt: skip
# Some write them of a donor's cells, too: "allogeneic stem cell transplant (ASCT)".
_AUTOLOGOUS_OR_NOT = ("asct", "ahsct", "ahct")
_ALLOGENEIC = (
    "allogeneic", "allogenic", "allo", "haploidentical", "haplo", "mud", "mmud", "msd",
    "unrelated", "unrelated donor", "sibling", "sib", "sibling donor", "matched sibling",
    "related donor", "donor stem cell", "donor stem cells", "donor bone marrow", "cord blood",
    "ucb", "allosct", "allohsct", "allohct", "allobmt", "allopbsct", "haplosct", "nonautologous",
    "from donor", "from a donor",
)  # fmt: skip

# "Autoimmune", "autologous is not possible", "nonallogeneic".
_NO_GRAFT = re.compile(
    r"\bauto[\s\-]*(?:immun|inflam)\w*|\b(?:auto|allo)\w*\s+(?:is\s+)?not\b|\bnonallo\w*",
    re.IGNORECASE,
)
_FROM_A_RELATIVE = re.compile(
    r"\b(?:from|donor)\b[^.;,]*\b(?:brother|sister|sibling|mother|father|parent|son|daughter"
    r"|child|cousin|uncle|aunt|relative)\b",
    re.IGNORECASE,
)
# What follows tells of another transplant, unless nothing stands before it.
_ANOTHER = re.compile(
    r"\b(?:after|following|post|failed|s/p|status post|prior|previous|despite|since"
    r"|relapsed? (?:after|from))\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.;,()\[\]|\r\n]+|\s[\-\u2010-\u2015]+\s|\bbut\b", re.IGNORECASE)
_ABOUT_A_GRAFT = frozenset(
    words("""
    is are was this that his her their own cells source using use used receive receives receiving
    identified available found selected confirmed match full fully half brother sister son daughter
    mother father parent cousin relative approach intent intended option preferred route kind
    """)
)
_WELL_KNOWN = BEFORE | BEHIND | _ABOUT_A_GRAFT


def grafts_in(written: str) -> frozenset[str]:
    """Return the graft types that the name of an order holds, however surely.

    Not what it denies, nor what it tells of another transplant, of the past or of a relative; and
    auto-immune is no graft.
    """
    stated = plain(written)
    return _grafts(_ANOTHER.split(stated, maxsplit=1)[0]) or _grafts(stated)


def grafts_in_note(written: str) -> frozenset[str]:
    """Return the graft types that a note or detail of an order states for it.

    A clause counts where it is about the graft and nothing else: a sibling donor may also have
    been asked and be ill, and MUD be dirt.
    """
    stated = (
        _grafts(clause)
        for clause in _CLAUSES.split(plain(written))
        if all(word in _WELL_KNOWN or word[0].isdigit() for word in words(clause))
    )
    return frozenset().union(*stated)


def _grafts(written: str) -> frozenset[str]:
    without = _NO_GRAFT.sub("", written).replace("/", " ")
    stated = frozenset(
        graft
        for graft, phrases in (("autologous", _AUTOLOGOUS), ("allogeneic", _ALLOGENEIC))
        if _names(without, phrases)
    )
    if _FROM_A_RELATIVE.search(without):
        stated |= {"allogeneic"}
    if not stated and _names(without, _AUTOLOGOUS_OR_NOT):
        return frozenset({"autologous"})
    return stated


def _names(written: str, phrases: tuple[str, ...]) -> bool:
    elsewhere = (Mention.NEGATED, Mention.FAMILY, Mention.HISTORY)
    return names_any(written, phrases) and mention(written, phrases) not in elsewhere
