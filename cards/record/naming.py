"""Whether the texts of a concept name a clinical fact, and not what resembles it."""

from cards.facts import Words
from cards.values import text
from cards.values.coding import Concept

_MOST_WORDS = 3
"""Names in an index are short; what is longer on either side of a comma is a sentence."""


def matches_words(concept: Concept, words: Words) -> bool:
    """Whether the texts of a concept name the fact and not what resembles it."""
    texts = concept.texts
    if not words.any_of or not any(text.says(each, words.any_of) for each in texts):
        return False
    if words.and_any_of and not any(says_sign(each, words.and_any_of) for each in texts):
        return False
    return not any(says_sign(each, words.none_of) for each in texts)


def says_sign(each: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text holds any of *phrases*, words and signs alike."""
    # "%" and "1.73" stick to numbers and words, so they are looked for as characters.
    signs = tuple(phrase for phrase in phrases if not phrase[0].isalpha())
    plain = text.normalised(each)
    # "measured/predicted" is one word to the reader of text, and names both.
    apart = plain.replace("/", " ")
    return (
        text.says(each, phrases)
        or text.says(apart, phrases)
        or any(sign in plain for sign in signs)
    )


def turned(written: str) -> str | None:
    """Return a name as it is spoken where it is written as in an index: "Sclerosis, systemic"."""
    noun, comma, rest = written.partition(",")
    if not comma or "," in rest or max(len(noun.split()), len(rest.split())) > _MOST_WORDS:
        return None
    return f"{rest.strip()} {noun.strip()}"
