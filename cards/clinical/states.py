"""How records tell the state of a hematologic malignancy, as `disease_states.yaml` lists it."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from cards.facts import Strict
from cards.values.coding import ICD_10_CM, Concept, ValueSet
from cards.values.text import Mention, mention

# Between whole words, and in "R/R"; not in "r/o" and "s/p".
_SLASH = re.compile(r"(?<=\w{3})/(?=\w{3})|(?<=\br)/(?=r\b)", re.IGNORECASE)

Phase = Literal["remission", "relapse", "refractory", "active", "induction"]


class IcdCharacters(Strict):
    """The ICD-10-CM families whose fifth character tells the state."""

    leukemias: tuple[str, ...]
    lymphomas: tuple[str, ...]
    characters: dict[str, Phase]


class WhoseState(Strict):
    """Words that tell what a state is said of: the disease, or something else that has states.

    *adjectives* belong to the noun that follows, or to the one before; those *of_patients* are
    said of people too. *nouns* speak for themselves. *malignancies* and *general* name the disease,
    the latter beside *qualifiers* alone. *breaks* end what an adjective is said of, and
    *transparent* words tell nothing. The name of a result on the disease holds any of *of_results*
    and besides *beside_results* alone. A part of a text that holds any of *others* is about
    something else, and one of *earlier* about the time before the transplant.
    """

    adjectives: tuple[str, ...] = ()
    of_patients: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    malignancies: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    transparent: tuple[str, ...] = ()
    of_results: tuple[str, ...] = ()
    beside_results: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


class MalignancyKind(Strict):
    """One kind of malignancy: its codes of ICD-10-CM, with all that begin so, and its names."""

    icd_10_cm: tuple[str, ...]
    words: tuple[str, ...]


class Turns(Strict):
    """Words that put the states of one text in order.

    *hoped* words before a remission, and *hoped_after* behind it, leave open whether it is reached.
    *past* words before a state and *ended* behind it tell that it is over; one of *now* tells the
    state of today, and one of *later* that what follows came after.
    """

    hoped: tuple[str, ...] = ()
    hoped_after: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


class StateResults(Strict):
    """Words of Observations whose code names a state of the disease.

    *asked_by* stand in such a name beside the state and the disease, and words of *apart* in that
    of another question; *kinds* name a malignancy, and *of_any* any. *sites* answer it with a
    yes; *unasked* tells that nobody asked.
    """

    asked_by: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    of_any: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()


class DiseaseStates(Strict):
    """Codes and words for each phase of *diseases*, and the Observations that speak of one.

    *other_words* and *chimerism_words* are the reasons that name no disease, *beside_words* what
    they may hold besides; *kinds* tells malignancies apart.
    """

    diseases: tuple[str, ...] = ()
    codes: dict[Phase, tuple[str, ...]]
    status_codes: tuple[str, ...]
    status_words: tuple[str, ...]
    reached_words: tuple[str, ...]
    induction_words: tuple[str, ...]
    words: dict[Phase, tuple[str, ...]]
    other_words: tuple[str, ...] = ()
    chimerism_words: tuple[str, ...] = ()
    beside_words: tuple[str, ...] = ()
    whose: WhoseState = WhoseState()
    turns: Turns = Turns()
    kinds: dict[str, MalignancyKind]
    results: StateResults = StateResults()
    icd_10_cm: IcdCharacters

    def coded(self, concept: Concept, value_sets: Mapping[str, ValueSet]) -> frozenset[Phase]:
        """Return the phases that a concept's codes name."""
        by_set = {
            phase
            for phase, names in self.codes.items()
            if any(value_sets[name].holds_any(concept) for name in names)
        }
        return frozenset(by_set | set(self._by_character(concept)))

    def _by_character(self, concept: Concept) -> Iterator[Phase]:
        for coding in concept.codings:
            family, _, rest = coding.code.upper().partition(".")
            fifth = rest[1:2]  # C91.01: the second behind the dot
            if coding.system != ICD_10_CM or not fifth:
                continue
            listed = family in self.icd_10_cm.leukemias
            if listed or (family in self.icd_10_cm.lymphomas and fifth == "A"):
                phase = self.icd_10_cm.characters.get(fifth)
                if phase is not None:
                    yield phase

    def worded(self, texts: tuple[str, ...]) -> frozenset[Phase]:
        """Return the phases that texts state; a denied remission is active disease."""
        found: set[Phase] = set()
        for each in (_SLASH.sub(" ", written) for written in texts):
            said = {phase: mention(each, phrases) for phase, phrases in self.words.items()}
            found |= {phase for phase, sense in said.items() if sense is Mention.PRESENT}
            if said.get("remission") is Mention.NEGATED:
                found.add("active")
        # "Partial remission" and "not having achieved remission" hold the word for the whole.
        return frozenset(found - {"remission"} if "active" in found else found)


NO_STATES = DiseaseStates(
    codes={},
    status_codes=(),
    status_words=(),
    reached_words=(),
    induction_words=(),
    words={},
    kinds={},
    icd_10_cm=IcdCharacters(leukemias=(), lymphomas=(), characters={}),
)
"""What stands in for a file that is refused."""
