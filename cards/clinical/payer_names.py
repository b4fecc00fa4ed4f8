"""Names of payers as coverages write them, folded so that plain spellings of one name agree."""

import re
from collections.abc import Iterable
from functools import lru_cache

from cards.values.text import says, words

_SPELLINGS = (
    (r"healthcare", "health care"),
    (r"corporation", "corp"),
    (r"company", "co"),
    (r"insurance", "ins"),
    (r"incorporated", "inc"),
    (r"health maintenance organization", "hmo"),
    (r"(?:blue ?cross|bc) ?(?:and )?(?:blue ?shield|bs)(?: of)?", "bcbs"),
    (r"bluecross", "blue cross"),
    (r"blueshield", "blue shield"),
    (r"bluecard", "blue card"),
)
# Names of the Blue companies' association, which each of them bears, and what kinds of plan stand
# beside them: they name none of the companies.
_BLUE = re.compile(r"\b(?:bcbs|blue cross|blue shield|blue card)\b")
_KINDS_OF_PLAN = frozenset(
    words("""
    ppo hmo pos epo hdhp hsa ffs indemnity plan plans program health care ins commercial private
    group individual employer member members network card medicare advantage supplement medigap
    out of state area and the
    """)
)
# Names of nobody, folded.
_NOBODY = frozenset(
    {
        "unknown", "unknown payer", "unspecified", "ins", "health ins", "commercial",
        "commercial ins", "private ins", "other", "other ins", "health plan", "ppo", "hmo", "pos",
        "epo", "n a", "na", "none", "not available", "not applicable", "not on file", "on file",
        "see card", "see ins card", "tbd", "to be determined", "pending",
    }
)  # fmt: skip


# Names are few and come again; what is longer is none.
_NAME_LENGTH = 200


def folded(written: str) -> str:
    """Return the words of a payer's name, in one spelling of what is spelled in many ways."""
    return _folded_name(written) if len(written) <= _NAME_LENGTH else _folded(written)


def _folded(written: str) -> str:
    text = " ".join(words(written.replace("/", " ")))
    for pattern, spelling in _SPELLINGS:
        text = re.sub(rf"\b{pattern}\b", spelling, text)
    return text


_folded_name = lru_cache(maxsize=4096)(_folded)


def names_payer(written: str, names: Iterable[str]) -> bool:
    """Whether any of *names* stands in a payor's name, in whatever spelling."""
    return says(folded(written), map(folded, names))


def names_somebody(written: str) -> bool:
    """Whether a payor's name is that of a company, and not of many or none."""
    name = folded(written)
    if _BLUE.search(name):
        return not set(_BLUE.sub(" ", name).split()) <= _KINDS_OF_PLAN
    return bool(name) and name not in _NOBODY
