"""Products and materials in an order's text: whether it names one, and in which sense."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from cards.clinical.products import Product
from cards.values.text import Mention, mention, words

# What a name is replaced by, so that the sense of a misspelled one can be read too.
_NAME = "namedproduct"
_MARKS = re.compile(
    r"[\N{REGISTERED SIGN}\N{TRADE MARK SIGN}\N{SERVICE MARK}]|\((?:r|tm|sm|c)\)", re.IGNORECASE
)
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SIZE = re.compile(r"\d+(?:cc|ml|mg|g|cm|mm|x\d+)?|cc|ml")

# Shortest words that may be misspelled: alone, and beside other words of the same name.
_SHORTEST_ALONE, _SHORTEST = 8, 5
_LONG = 11
_SHORTEST_JOINED = 9
# How far apart the parts of one statement may stand.
_CLOSE = 8

# What stands before a name that is not what is ordered: it is gone, or another thing is meant.
_INSTEAD = (
    "instead of", "rather than", "in place of", "avoid", "avoiding", "allergy to",
    "allergic to", "allergy", "sensitivity to", "reaction to", "similar to", "equivalent to",
    "comparable to", "unlike", "other than", "except", "do not use", "don't use", "not to use",
    "no need for", "declines", "refuses", "against", "contraindication to",
    "not a candidate for", "not for",
)  # fmt: skip
_INSTEAD_BEHIND = (
    "not available", "unavailable", "declined", "refused", "not to be used", "not used",
    "cancelled", "canceled", "not needed", "not required", "not approved", "on backorder",
    "not wanted", "discontinued", "not ordered",
)  # fmt: skip
_PAST = (
    "after", "following", "post", "failed", "tried", "had", "received", "underwent", "s/p",
    "sp", "removal of", "remove", "removing", "explant", "explanted", "evaluate", "assess",
    "assessment of", "follow up", "surveillance", "integrity of", "incorporation of",
    "healing of", "revision of", "complication of", "infected", "failure of", "existing", "old",
    "earlier", "prior", "asked about", "asks about", "interested in", "discussed", "discuss",
    "education", "information", "read about", "inquired about", "counseled", "counselling",
    "counseling", "questions about", "relief from",
)  # fmt: skip
_PAST_BEHIND = (
    "years ago", "year ago", "months ago", "weeks ago", "last year", "last month", "placed in",
    "was placed", "was used", "were used", "used in", "used at", "implanted in",
    "was implanted", "without relief", "did not help", "no relief",
    "brochure", "education", "handout",
)  # fmt: skip
_OPEN_BEHIND = ("vs", "versus", "or", "if", "when", "unless", "pending", "tbd")
_AS_GOOD = (
    "or equivalent", "or similar", "or comparable", "or bone", "or marrow", "or blood", "or bma",
    "or autologous", "or autogenous",
)  # fmt: skip
_NEW_THOUGHT = re.compile(r"[,:]|\busing\b|\bwill use\b|\bplan for\b")
_YEAR_BEHIND = re.compile(
    r"namedproduct\b[^.;\n]*\b(?:in|on|since|placed|used)\s+(?:\d{1,2}/)?(?:19|20)\d{2}\b"
)
# Before a name that is an ordinary word too: a verb, or the place of a noun.
_VERB_BEFORE = frozenset((
    "to", "will", "would", "may", "might", "can", "could", "should", "help", "helps", "must",
    "and", "not",
))  # fmt: skip
_VERB_BEHIND = frozenset((
    "the", "a", "an", "his", "her", "their", "new", "healing", "growth", "muscle", "activation",
    "interest", "patient",
))  # fmt: skip
_NOUN_BEFORE = frozenset((
    "with", "using", "use", "of", "plus", "apply", "implant", "pack", "add", "place", "inject",
    "injectable", "wright", "supply", "product", "graft", "allograft",
))  # fmt: skip
_FORM_BEHIND = frozenset((
    "putty", "graft", "dbm", "injectable", "allograft", "substitute", "filler", "kit", "strip",
    "strips", "sponge", "power", "mix", "matrix", "wright", "bone", "medical", "stimulus",
    "rti", "implant", "chips", "cellular", "allogeneic",
))  # fmt: skip
_GROWTH = frozenset((
    "healing", "growth", "formation", "regeneration", "repair", "remodeling",
))  # fmt: skip


@lru_cache(maxsize=256)
def folded(text: str) -> str:
    """Return *text* in lower case without marks and accents; line breaks and stops stay."""
    bare = _MARKS.sub(" ", text)
    straight = re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", bare)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", straight) if not unicodedata.combining(c)
    )
    dashed = re.sub(r"[\-\u2010-\u2015_]+", " ", plain.lower())
    return dashed.replace("+", " plus ")


def senses_in(text: str, products: Mapping[str, Product]) -> dict[str, Mention]:
    """Return the products that *text* speaks of, each with the sense in which it does.

    A product of the past, or of another person, counts for nothing and is left out.
    """
    found = {name: sense for name, each in products.items() if (sense := _sense(text, each))}
    kept = {}
    for name, sense in found.items():
        product = products[name]
        hidden = any(found.get(other) is Mention.PRESENT for other in product.unless)
        if not hidden and not _says_any(text, product.unless_words):
            kept[name] = sense
    return kept


def is_ordered_by(text: str, product: Product) -> bool:
    """Whether naming the product in *text* makes it what is ordered."""
    return product.orders and all(_says_any(text, group) for group in product.beside)


@lru_cache(maxsize=1024)
def _says_any(text: str, phrases: tuple[str, ...]) -> bool:
    return any(
        True
        for phrase in phrases
        for _ in _places(_tokens(folded(text)), _split(phrase), fuzzy=False)
    )


def _sense(text: str, product: Product) -> Mention | None:
    """Return the sense of a product in a text; None for a name that stands for something else."""
    plain = folded(text)
    if _is_denied(plain, product):
        return Mention.NEGATED
    senses = {
        sense for one in _named(text, plain, product) if (sense := _sense_of(one)) is not None
    }
    if not senses:
        return None
    return senses.pop() if len(senses) == 1 else Mention.DOUBTFUL


def _is_denied(plain: str, product: Product) -> bool:
    """Whether a text says that there is none; "not acellular" does not."""
    return any(
        not {"not", "no", "never"} & set(_TOKEN.findall(re.split(r"[,;.]", plain[:start])[-1])[-2:])
        for start, _ in _spans(plain, product.denied_by, fuzzy=False)
    )


def _named(text: str, plain: str, product: Product) -> Iterator[str]:
    """Yield the folded text once for each place of a name, which is replaced."""
    names = sorted(product.names, key=len, reverse=True)
    taken: list[tuple[int, int]] = []
    spans = [*_spans(plain, names, fuzzy=True)]
    spans += [
        (start, end)
        for start, end in _spans(plain, product.ordinary_words, fuzzy=False)
        if _is_a_name(text, plain, start, end, product)
    ]
    spans += list(_together(plain, product.within)) if product.within else []
    for start, end in spans:
        behind = _TOKEN.findall(plain[end:])
        if any(start < last and first < end for first, last in taken) or (
            behind[:1] and behind[0] in product.not_behind
        ):
            continue
        taken.append((start, end))
        yield _replaced(plain, start, end)


def _replaced(plain: str, start: int, end: int) -> str:
    return f"{plain[:start]} {_NAME} {plain[end:]}"


def _sense_of(text: str) -> Mention | None:
    """Return how a text speaks of the replaced name; None where it tells of the past."""
    clauses = [each for each in re.split(r"[.;!]+(?=\s|$)|[\r\n]+", text) if _NAME in each]
    clause = clauses[0] if clauses else text
    before, _, behind = clause.partition(_NAME)
    near = _NEW_THOUGHT.split(before)[-1]
    ahead, rest = f" {' '.join(words(near))} ", f" {' '.join(words(behind)[:6])} "
    if _holds(ahead, _INSTEAD) or _holds(rest, _INSTEAD_BEHIND):
        return Mention.NEGATED
    if _holds(ahead, _PAST) or _holds(rest, _PAST_BEHIND) or _YEAR_BEHIND.search(clause):
        return None
    said = mention(clause, (_NAME,))
    if said in (Mention.HISTORY, Mention.DOUBTFUL):
        # What stands before a comma may be another matter: "prior laminectomy, Osteocel Plus".
        said = mention(f"{near}{_NAME}{behind}", (_NAME,))
    following = " ".join(words(behind)[:2])
    if said is Mention.PRESENT and following not in _AS_GOOD:
        said = Mention.DOUBTFUL if _holds(f" {following} ", _OPEN_BEHIND) else said
    return said if said in (Mention.PRESENT, Mention.NEGATED, Mention.DOUBTFUL) else None


def _holds(padded: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in padded for phrase in phrases)


def _is_a_name(text: str, plain: str, start: int, end: int, product: Product) -> bool:
    """Whether an ordinary word is used as a name here."""
    before, behind = _TOKEN.findall(plain[:start]), _TOKEN.findall(plain[end:])
    if product.as_name_beside:
        return bool({*before[-3:], *behind[:3]} & set(product.as_name_beside))
    if _is_verb(before, behind):
        return False
    if before[-1:] and before[-1] in _NOUN_BEFORE:
        return True
    if any(each in _FORM_BEHIND or _is_size(each) for each in behind[:2]):
        return True
    name = re.escape(plain[start:end]).replace(r"\ ", r"[\s\-]*")
    marked = re.search(rf"{name}\s*(?:{_MARKS.pattern})", text, re.IGNORECASE)
    alone = all(_is_size(each) or each in _FORM_BEHIND for each in (*before, *behind))
    return alone or marked is not None


def _is_verb(before: list[str], behind: list[str]) -> bool:
    led = before[-1:] and before[-1] in _VERB_BEFORE
    follows = behind[:1] and behind[0] in _VERB_BEHIND
    return bool(led or follows or (behind[1:2] and behind[1] in _GROWTH))


def _is_size(token: str) -> bool:
    return _SIZE.fullmatch(token) is not None


def _together(plain: str, groups: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Yield the places where one phrase of each group stands close to the others in one clause."""
    first, *others = ([*_spans(plain, group, fuzzy=False)] for group in groups)
    for start, end in first:
        for other in others:
            for one, last in other:
                between = plain[min(end, last) : max(start, one)]
                if len(_TOKEN.findall(between)) <= _CLOSE and not re.search(r"[.;\n]", between):
                    yield start, end
                    break


@cache
def _split(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase of our own data."""
    return words(phrase)


def _tokens(plain: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(plain))


def _spans(plain: str, phrases: Iterable[str], *, fuzzy: bool) -> Iterator[tuple[int, int]]:
    """Yield where the phrases stand, as offsets into the folded text."""
    matches = list(_TOKEN.finditer(plain))
    tokens = tuple(each[0] for each in matches)
    for phrase in phrases:
        for start, end in _places(tokens, _split(phrase), fuzzy=fuzzy):
            yield matches[start].start(), matches[end - 1].end()


def _places(
    tokens: tuple[str, ...], phrase: tuple[str, ...], *, fuzzy: bool
) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands among tokens, written in more or fewer words as well."""
    joined, size = "".join(phrase), len(phrase)
    # However it is written, it begins with the same letter.
    for start in (at for at, token in enumerate(tokens) if token[0] == joined[0]):
        for length in range(1, size + 2):
            some = tokens[start : start + length]
            if len(some) == length and _is(some, phrase, joined, fuzzy=fuzzy):
                yield start, start + length
                break


def _is(some: tuple[str, ...], phrase: tuple[str, ...], joined: str, *, fuzzy: bool) -> bool:
    if some == phrase:
        return True
    if not fuzzy:
        return False
    shortest = _SHORTEST if len(phrase) > 1 else _SHORTEST_ALONE
    if len(some) == len(phrase) and all(
        _alike(word, wanted, shortest) for word, wanted in zip(some, phrase, strict=True)
    ):
        return True
    # "Map 3" may be a map; in a longer name, a figure of its own is part of it.
    if len(some) > len(phrase) and len(joined) < _SHORTEST_JOINED and not joined.isalpha():
        return False
    return _joined_alike("".join(some), joined)


def _joined_alike(written: str, wanted: str) -> bool:
    """Whether names written as one word are the same, or a long one is misspelled in one place."""
    if written == wanted:
        return True
    if len(wanted) < _SHORTEST_JOINED or written[:1] != wanted[:1] or written[-2:] != wanted[-2:]:
        return False
    return DamerauLevenshtein.distance(written, wanted, score_cutoff=1) <= 1


def _alike(word: str, wanted: str, shortest: int) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if word == wanted:
        return True
    if len(wanted) < shortest or word[:1] != wanted[:1] or any(char.isdigit() for char in wanted):
        return False
    allowed = 1 if len(wanted) < _LONG else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed
