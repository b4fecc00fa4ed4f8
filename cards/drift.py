"""Whether a payer's document still says what a policy cites: fingerprints, never sentences."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cards.policy import Version


@dataclass(frozen=True, slots=True)
class Missing:
    """A cited sentence that a document does not hold, by statement, number from 0, and section."""

    statement: str
    number: int
    section: str


def missing_sentences(version: Version, statement_texts: Mapping[str, str]) -> Iterator[Missing]:
    """Yield the cited sentences that are not in the text of their statement's document.

    A statement without a text is not compared. A sentence is a run of whole words of the
    document, its white space folded, with the fingerprint and the length of the citation.
    """
    lengths: dict[str, set[int]] = {}
    for statement, text in statement_texts.items():
        sentences = version.citations[statement].sentences
        lengths.setdefault(text, set()).update(each.words for each in sentences)
    found = {text: _fingerprints(text, some) for text, some in lengths.items()}
    for statement, text in statement_texts.items():
        citation = version.citations[statement]
        for at, sentence in enumerate(citation.sentences):
            if (sentence.sha256, sentence.words) not in found[text]:
                yield Missing(statement, at, citation.section)


def _fingerprints(text: str, lengths: Iterable[int]) -> set[tuple[str, int]]:
    """Return the fingerprint of every run of words of these lengths, each with its length."""
    words = text.split()
    return {
        (hashlib.sha256(" ".join(words[at : at + length]).encode()).hexdigest(), length)
        for length in lengths
        for at in range(len(words) - length + 1)
    }
