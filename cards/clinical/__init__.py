"""Clinical knowledge shared by policies: value sets, facts, indications, services and payers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cards.clinical.indications import Indication
from cards.clinical.payers import Payer
from cards.clinical.services import Service
from cards.coding import Concept, ValueSet
from cards.facts import Fact
from cards.observations import matches_words
from cards.text import Mention, mention


@dataclass(frozen=True)
class Clinical:
    """Everything that the data under `clinical/` and the payers' files say, by name."""

    value_sets: Mapping[str, ValueSet]
    facts: Mapping[str, Fact]
    indications: Mapping[str, Indication]
    services: Mapping[str, Service]
    payers: Mapping[str, Payer]

    def indications_of(self, concept: Concept) -> frozenset[str]:
        """Return the kinds of disease that a concept names by code, or failing that by text."""
        by_code = frozenset(self._coded(concept))
        found = by_code or frozenset(self._worded(concept))
        broader = {self.indications[name].within for name in found}
        return frozenset(found - broader)

    def _coded(self, concept: Concept) -> Iterator[str]:
        for name, indication in self.indications.items():
            if any(self.value_sets[each].holds_any(concept) for each in indication.codes):
                yield name

    def _worded(self, concept: Concept) -> Iterator[str]:
        for name, indication in self.indications.items():
            if matches_words(concept, indication.words) and any(
                mention(each, indication.words.any_of) is Mention.PRESENT for each in concept.texts
            ):
                yield name
