"""Which codes and names are of a finding, of its neighbours, and of the studies that show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from cards.facts import FindingFact, Words
from cards.record.answers import Says, only_of_a_part
from cards.record.naming import matches_words
from cards.values.coding import Concept, ValueSet
from cards.values.text import Mention, mention, says


@dataclass(frozen=True)
class FindingNames:
    """The codes and words of one finding, as questions to a concept."""

    fact: FindingFact
    value_sets: Mapping[str, ValueSet]

    def may_be_problem(self, concept: Concept) -> bool:
        """Whether a problem of that name may speak of the finding, for it or against it."""
        codes = (*self.fact.codes, *self.fact.ambiguous_codes, *self.fact.doubtful_codes)
        return (
            self.in_any(codes, concept)
            or self.named(concept) is not None
            or self.resembles(concept)
            or self.excludes(concept)
        )

    def may_be_result(self, concept: Concept) -> bool:
        """Whether a result of that name may be about the finding, or a study that shows it."""
        return (
            self.in_any(self.fact.codes, concept)
            or self.named(concept) is not None
            or self.is_study(concept)
        )

    def in_any(self, names: tuple[str, ...], concept: Concept) -> bool:
        """Whether a code of the concept is in any of the value sets of these names."""
        return any(self.value_sets[name].holds_any(concept) for name in names)

    def resembles(self, concept: Concept) -> bool:
        """Whether a text names what resembles the finding and proves nothing."""
        return any(
            mention(each, self.fact.doubtful_words) is Mention.PRESENT for each in concept.texts
        )

    def excludes(self, concept: Concept) -> bool:
        """Whether a code or a text names what excludes the finding."""
        if self.in_any(self.fact.opposite_codes, concept):
            return True
        return any(
            mention(each, self.fact.opposite_words) is Mention.PRESENT for each in concept.texts
        )

    def named(self, concept: Concept) -> Mention | None:
        """Return how the texts of a concept speak of the finding."""
        if not matches_words(concept, self.fact.words):
            implied = {mention(each, self.fact.answers.implying_words) for each in concept.texts}
            return Mention.PRESENT if implied == {Mention.PRESENT} else None
        senses = {mention(each, self.fact.words.any_of) for each in concept.texts} - {None}
        return senses.pop() if len(senses) == 1 else Mention.DOUBTFUL if senses else None

    def of_a_part(self, concept: Concept) -> bool:
        """Whether a code or a name is of a part of the finding, and no name of the whole."""
        coded = self.in_any(self.fact.part_codes, concept)
        return only_of_a_part(self.fact, *concept.texts, coded=coded)

    def is_study(self, concept: Concept) -> bool:
        """Whether a code or a text names a study whose value may speak of the finding."""
        if self.in_any((*self.fact.study_codes, *self.fact.weak_study_codes), concept):
            return True
        return matches_words(concept, Words(any_of=self.fact.study_words))

    def weakened(self, concept: Concept, spoken: Says) -> Says:
        """Return what was said, doubtful where the study is too weak to prove it."""
        weak = self.in_any(self.fact.weak_study_codes, concept) and not self.in_any(
            self.fact.study_codes, concept
        )
        named = any(says(each, self.fact.study_words) for each in concept.texts)
        return Says.DOUBTFUL if weak and not named else spoken
