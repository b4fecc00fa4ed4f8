"""Free text as evidence: a phrase counts as present only where nothing denies or doubts it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache


class Mention(Enum):
    """How a text speaks of a phrase."""

    PRESENT = "present"
    NEGATED = "negated"
    DOUBTFUL = "doubtful"
    HISTORY = "history"
    FAMILY = "family"


# Before normalising, as a line break bounds a clause.
_CLAUSE = re.compile(r"[.;!]+(?=\s|$)|[\r\n]+|\b(?:but|however|although)\b", re.IGNORECASE)
_BREATH = re.compile(r",|\bwith\b|\bwithout\b|(?<!\w)\(")
# The semantic tag that ends a fully specified name of SNOMED CT.
_TAG = re.compile(
    r"(?<=\S)(?: ?\((?:qualifier value|finding|disorder|situation|observable entity|procedure"
    r"|regime/therapy|morphologic abnormality)\))+$"
)
_TOKEN = re.compile(r"[a-z0-9%+]+(?:[/.'][a-z0-9]+)*|\?")

_NEGATIONS = (
    "no", "non", "not", "without", "denies", "denied", "never", "neither", "nor", "negative for",
    "free of", "absence of", "absent", "ruled out", "excluded", "excludes", "rules out",
    "declined", "refused", "none",
)  # fmt: skip
_NEGATIONS_AFTER = (
    "absent", "negative", "not seen", "not present", "not detected", "not found", "not done",
    "not performed", "not identified", "not recorded", "ruled out", "excluded", "none",
    "not been", "refuted", "not demonstrated", "not visualized", "not possible",
    "contraindicated", "not feasible", "not indicated", "disproved", "disproven", "undetectable",
    "undetected", "never present", "not positive",
)  # fmt: skip
# "No change in X", "no bleeding from X": what is denied is another thing.
_DENIED_INSTEAD = (
    "change", "changes", "progression", "progress", "increase", "worsening", "bleeding",
    "hemorrhage", "improvement", "resolution", "regression", "new", "interval", "difference",
    "treatment", "therapy", "complication", "complications", "only", "just", "longer", "with",
    "other than", "except", "apart", "besides",
)  # fmt: skip
_DOUBTS = (
    "possible", "possibly", "probable", "probably", "suspected", "suspicion", "suspicious",
    "rule out", "r/o", "?", "cannot exclude", "cannot", "unable", "may", "might", "could", "versus",
    "vs", "concern for", "questionable", "equivocal", "differential", "consider", "presumed",
    "likely", "unlikely", "risk of", "risk for", "at risk", "susceptibility", "predisposition",
    "evaluate for", "screen", "screening", "screening for", "work up for", "if", "unclear",
    "indeterminate", "query", "queried", "in case of", "in the event of", "monitor for",
    "monitoring for", "surveillance for", "watch for",
)  # fmt: skip
_DOUBTS_AFTER = (
    "?", "possible", "suspected", "unlikely", "cannot be", "could not be", "unknown",
    "equivocal", "not excluded", "not ruled out", "not been excluded", "previously", "prior",
    "on prior", "previous", "screening", "screen", "antibody", "antibodies", "not confirmed",
    "not established", "not proven", "unproven", "unconfirmed", "questionable", "differential",
    "differential diagnosis",
    "disputed", "pending", "apart from", "except", "other than",
)  # fmt: skip
# Behind "not" these deny what they name: "leukemia not having achieved remission" is leukemia.
_DENY_WHAT_FOLLOWS = (
    "to", "having achieved", "having reached", "having responded", "achieving",
    "achieved remission", "reached remission", "in remission", "in complete remission",
    "in full remission", "in first remission", "in molecular remission", "in cr", "in cr1",
    "in cr2", "yet in remission", "yet in complete remission", "responding", "responsive",
)  # fmt: skip
# What a report was asked, not what it says.
_ASKED = (
    "clinical question", "question", "indication", "reason for exam", "reason for study", "reason",
    "clinical history", "history", "clinical information", "technique", "comparison",
)  # fmt: skip
_REMARKS = frozenset({*_DOUBTS_AFTER, *_NEGATIONS_AFTER, "no", "never", "resolved"})
_HISTORY = (
    "history of", "h/o", "hx of", "hx", "status post", "s/p", "previous", "previously", "prior",
    "former", "past", "personal history",
)  # fmt: skip
_FAMILY = (
    "family history", "familial history", "fh", "fhx", "mother", "father", "sister", "brother",
    "grandmother", "grandfather", "uncle", "aunt", "cousin", "maternal", "paternal", "parent",
)  # fmt: skip
_RESOLVED = ("resolved", "resolution of", "no longer", "now clear", "cleared", "in the past")


# Records and policies repeat a few names. Longer texts are notes: read anew, not held on to.
_NAME_LENGTH = 200
_REMEMBERED = 8192


def normalised(text: str) -> str:
    """Return *text* in lower case, compatibility characters and marks folded, spaces single.

    Registered and trade marks go, and the tag of a fully specified name: "Absent (qualifier
    value)" is "absent". Dashes become spaces, so that `KMT2A-AFF1` and `KMT2A AFF1` read alike,
    and so do leukaemia, leucemia and leukemia.
    """
    return _normalised_name(text) if len(text) <= _NAME_LENGTH else _normalised(text)


def _normalised(text: str) -> str:
    bare = text.replace("\N{REGISTERED SIGN}", " ").replace("\N{TRADE MARK SIGN}", " ")
    straight = re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", bare)
    folded = unicodedata.normalize("NFKD", straight)
    plain = "".join(char for char in folded if not unicodedata.combining(char)).lower()
    dashed = re.sub(
        r"[\-\u2010-\u2015_]+", " ", plain.replace("aem", "em").replace("leucem", "leukem")
    )
    spaced = re.sub(r"\s+", " ", dashed).strip()
    return _TAG.sub("", spaced) if spaced.endswith(")") else spaced


_normalised_name = lru_cache(_REMEMBERED)(_normalised)


def words(text: str) -> tuple[str, ...]:
    """Return the words of *text*, normalised; punctuation is dropped."""
    return _words_of_name(text) if len(text) <= _NAME_LENGTH else _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(normalised(text)))


_words_of_name = lru_cache(_REMEMBERED)(_words)


def says(text: str, phrases: Iterable[str]) -> bool:
    """Whether any of *phrases* stands in *text* as whole words, in whatever sense."""
    listed = tuple(phrases)
    return _name_says(text, listed) if len(text) <= _NAME_LENGTH else _says(text, listed)


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    found = words(text)
    return any(_position(found, words(phrase)) is not None for phrase in phrases)


_name_says = lru_cache(_REMEMBERED)(_says)


def mention(text: str, phrases: Sequence[str]) -> Mention | None:
    """Return how *text* speaks of any of *phrases*; None if it does not.

    Where several clauses speak of it and do not agree, it is doubtful.
    """
    return _mention(text, tuple(phrases))


@lru_cache(maxsize=4096)
def _mention(text: str, phrases: tuple[str, ...]) -> Mention | None:
    senses = {
        sense
        for clause in _CLAUSE.split(text)
        if clause
        for phrase in phrases
        if (sense := _in_clause(normalised(clause), words(phrase))) is not None
    }
    if not senses:
        return None
    return senses.pop() if len(senses) == 1 else Mention.DOUBTFUL


def _in_clause(clause: str, phrase: tuple[str, ...]) -> Mention | None:
    found = tuple(_TOKEN.findall(clause))
    at = _position(found, phrase)
    if at is None:
        return None
    if _position(found[at + len(phrase) :], phrase) is not None:
        # Named twice, as in "no GAVE in the body, GAVE in the antrum".
        return _repeated(clause, phrase)
    before, after = found[:at], _same_breath(clause, phrase)
    if _is_heading(clause):
        return None
    if _has(before, _FAMILY):
        sense = Mention.FAMILY
    elif _has(before, _DOUBTS) or _has(after[:4], _DOUBTS_AFTER):
        sense = Mention.DOUBTFUL
    elif (
        after in {("no",), ("n",), ("never",)}
        or after[:1] == ("naive",)
        or _has(after[:7], _NEGATIONS_AFTER)
    ):
        sense = Mention.NEGATED
    elif after[:1] in {("not",), ("never",)} and not _begins(after[1:], _DENY_WHAT_FOLLOWS):
        sense = Mention.DOUBTFUL
    elif _has(before, _NEGATIONS):
        denied_instead = _has(_behind_negation(before), _DENIED_INSTEAD)
        sense = Mention.DOUBTFUL if denied_instead else _scope(clause, phrase)
    else:
        past = _has(before, (*_HISTORY, *_RESOLVED)) or _has(after[:4], _RESOLVED)
        sense = Mention.HISTORY if past else Mention.PRESENT
    return sense


def _repeated(clause: str, phrase: tuple[str, ...]) -> Mention | None:
    parts = clause.split(",")
    if len(parts) == 1:
        return Mention.DOUBTFUL
    senses = {_in_clause(part, phrase) for part in parts} - {None}
    return senses.pop() if len(senses) == 1 else Mention.DOUBTFUL


def _same_breath(clause: str, phrase: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words behind the phrase, up to a comma or what it comes with.

    A single word of doubt or denial behind the comma still belongs to it: "fibrosis, possible".
    """
    parts = [tuple(_TOKEN.findall(part)) for part in _BREATH.split(clause)]
    for index, found in enumerate(parts):
        at = _position(found, phrase)
        if at is None:
            continue
        following = parts[index + 1] if index + 1 < len(parts) else ()
        remark = " ".join(following) in _REMARKS
        return found[at + len(phrase) :] + (following if remark else ())
    return ()


def _is_heading(clause: str) -> bool:
    heading, colon, _ = clause.partition(":")
    return bool(colon) and heading.strip() in _ASKED


def _behind_negation(before: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words between the last denial and the phrase."""
    negations = [tuple(each.split()) for each in _NEGATIONS]
    for start in range(len(before) - 1, -1, -1):
        for negation in negations:
            if before[start : start + len(negation)] == negation:
                return before[start + len(negation) :]
    return ()


def _scope(clause: str, phrase: tuple[str, ...]) -> Mention:
    """Return whether a denial earlier in *clause* reaches the phrase.

    "No A, B or C" denies all three. "No A, mild B" cannot be told from it by words alone, so
    what stands behind a comma without "or" is doubtful.
    """
    parts = clause.split(",")
    for index, part in enumerate(parts):
        if _position(tuple(_TOKEN.findall(part)), phrase) is None:
            continue
        if index == 0 or _has(tuple(_TOKEN.findall(part)), _NEGATIONS):
            return Mention.NEGATED
        rest = tuple(_TOKEN.findall(",".join(parts[index:])))
        return Mention.NEGATED if _has(rest, ("or", "nor")) else Mention.DOUBTFUL
    return Mention.NEGATED


def _begins(found: tuple[str, ...], phrases: Iterable[str]) -> bool:
    return any(found[: len(each)] == each for each in (tuple(one.split()) for one in phrases))


def _has(found: tuple[str, ...], triggers: Iterable[str]) -> bool:
    return any(_position(found, tuple(trigger.split())) is not None for trigger in triggers)


def _position(found: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    if not phrase:
        return None
    size = len(phrase)
    for at in range(len(found) - size + 1):
        if found[at : at + size] == phrase:
            return at
    return None
