"""Clinical knowledge shared by policies: value sets, facts, diseases, services and payers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from cards.clinical.indications import Indication, lineage_of
from cards.clinical.light_tests import LightTest
from cards.clinical.local_codes import LocalCodes
from cards.clinical.payers import Payer
from cards.clinical.products import Application, Product
from cards.clinical.services import Service
from cards.clinical.states import DiseaseStates
from cards.facts import Fact
from cards.record.naming import matches_words, turned
from cards.values.coding import ICD_10_CM, SNOMED_CT, Coding, Concept, ValueSet
from cards.values.text import Mention, mention, words
from cards.verdict import OfferedTest

_NAME_LENGTH = 300
# Who may have a relapse of a disease has it: the risk is not of the disease.
_RISK_OF_RELAPSE = re.compile(
    r"\brisk[\s\-]+(?:of|for)[\s\-]+(?=(?:\w+[\s\-]+){0,4}?(?:relapse|recurrence)\b)", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Clinical:
    """Everything that the data under `clinical/` and the payers' files say, by name.

    It equals nothing but itself, so that what it was asked can be remembered with it.
    *local_codes* are a site's own, where it has given any.
    """

    value_sets: Mapping[str, ValueSet]
    facts: Mapping[str, Fact]
    indications: Mapping[str, Indication]
    services: Mapping[str, Service]
    payers: Mapping[str, Payer]
    states: DiseaseStates
    products: Mapping[str, Product] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    light_tests: Mapping[str, LightTest] = field(default_factory=dict)
    local_codes: LocalCodes = field(default_factory=LocalCodes)

    def tests_for(self, fact: str) -> Iterator[OfferedTest]:
        """Yield the light tests that document a fact, with the display of the fact's value set."""
        for name, test in self.light_tests.items():
            code = test.documents.get(fact)
            if code is not None:
                display = self.display_of(fact, code.system, code.code)
                coding = Coding(code.system, code.code, display)
                yield OfferedTest(name, test.name, self.facts[fact].label, coding)

    def display_of(self, fact: str, system: str, code: str) -> str | None:
        """Return how a fact's own value sets call a code; None where none of them has it."""
        known = self.facts[fact]
        sets = (*known.codes, *getattr(known, "study_codes", ()))
        displays = (self.value_sets[name].codes.get((system, code)) for name in sets)
        return next((each for each in displays if each is not None), None)

    @cached_property
    def disease_words(self) -> frozenset[str]:
        """The single words of which the names of the usual indications are made."""
        usual = (each for each in self.indications.values() if each.candidate)
        phrases = (each for one in usual for each in one.words.any_of)
        return frozenset(word for phrase in phrases for word in words(phrase))

    def indications_of(self, concept: Concept) -> frozenset[str]:
        """Return the kinds of disease that a concept names by code, or failing that by text.

        Where a text, or all of them together, names only other diseases than the code, both are
        returned: one of the two is wrong, and it is not for us to say which.
        """
        # A record repeats a few names. What is longer is a note: read anew, not held on to.
        is_name = sum(map(len, concept.texts)) <= _NAME_LENGTH
        return self._of_name(concept) if is_name else self._indications_of(concept)

    @cached_property
    def _of_name(self) -> Callable[[Concept], frozenset[str]]:
        return lru_cache(maxsize=4096)(self._indications_of)

    def _indications_of(self, concept: Concept) -> frozenset[str]:
        by_code, by_text = frozenset(self._coded(concept)), frozenset(self._worded(concept))
        found = by_code | by_text
        if by_code & by_text:
            found = by_code.union(*self._against(by_code, by_text, concept))
        broader = {kind for name in found for kind in self.kinds_of(name)[1:]}
        return frozenset(found - broader)

    def _against(
        self, by_code: frozenset[str], by_text: frozenset[str], concept: Concept
    ) -> Iterator[frozenset[str]]:
        """Yield what a single text names beside a code whose own display agrees with it."""
        for each in concept.texts if len(concept.texts) > 1 else ():
            named = by_text.intersection(self._worded(Concept(concept.codings, (each,))))
            if by_code.isdisjoint(named):
                yield named

    def kinds_of(self, indication: str) -> tuple[str, ...]:
        """Return a disease and every broader kind that it is part of, the narrowest first."""
        return self._lineages[indication]

    @cached_property
    def _lineages(self) -> Mapping[str, tuple[str, ...]]:
        return {name: lineage_of(name, self.indications) for name in self.indications}

    def names_any(self, concept: Concept, diseases: frozenset[str]) -> bool:
        """Whether a concept names one of *diseases*, or a narrower kind of one."""
        named = self.indications_of(concept)
        return any(not diseases.isdisjoint(self.kinds_of(each)) for each in named)

    def is_coded_as(self, concept: Concept, indication: str) -> bool:
        """Whether a code names the disease, or a text does where no diagnosis code stands."""
        if any(indication in self.kinds_of(each) for each in self._coded(concept)):
            return True
        if {coding.system for coding in concept.codings} & {ICD_10_CM, SNOMED_CT}:
            return False
        return self.names_any(concept, frozenset({indication}))

    def _coded(self, concept: Concept) -> Iterator[str]:
        for name, indication in self.indications.items():
            if any(self.value_sets[each].holds_any(concept) for each in indication.codes):
                yield name

    def _worded(self, concept: Concept) -> Iterator[str]:
        texts = tuple(_RISK_OF_RELAPSE.sub("", each) for each in concept.texts)
        named = Concept(concept.codings, (*texts, *filter(None, map(turned, texts))))
        for name, indication in self.indications.items():
            if matches_words(named, indication.words) and any(
                mention(each, indication.words.any_of) is Mention.PRESENT for each in named.texts
            ):
                yield name
