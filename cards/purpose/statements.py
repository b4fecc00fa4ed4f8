"""What an order says beyond its code: its reasons and notes, and the purpose that they state."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cards.facts import FindingFact
from cards.orders.items import ORDERED
from cards.record.chart import Resource, listed, reference_of
from cards.record.naming import matches_words
from cards.values.coding import Concept, read_concept
from cards.values.text import Mention, mention, says, words
from cards.verdict import Evidence
from cards.view import View

# "For", "because of" or "due to" makes what follows a purpose; so do these verbs behind "to".
_TRIGGERS = ("for", "because of", "due to", "indication", "as")
_VERBS = frozenset(
    {
        "treat", "treating", "enhance", "enhancing", "improve", "improving", "increase",
        "increasing", "convert", "converting", "restore", "restoring", "promote", "promoting",
        "support", "supporting", "augment", "augmenting", "achieve", "achieving", "correct",
        "correcting", "reverse", "reversing", "control", "clear", "boost", "establish",
        "reestablish", "prevent", "preventing", "reduce", "reducing", "eradicate",
    }
)  # fmt: skip
# What may stand between a trigger and the thing itself: "for persistent mixed chimerism".
_BETWEEN = frozenset(
    {
        "the", "a", "an", "his", "her", "of", "and", "in", "post", "mixed", "split", "falling",
        "declining", "decreasing", "low", "poor", "persistent", "prolonged", "incomplete",
        "partial", "full", "complete", "donor", "t", "cell", "cells", "cd3", "cd33", "lineage",
        "treatment", "management", "enhancement", "conversion", "improvement", "worsening",
        "refractory", "recurrent", "resistant", "severe", "secondary", "primary", "late", "early",
        "hematologic", "molecular", "disease", "leukemia", "adequate", "normal", "good", "stable",
        "sustained", "robust", "prevention", "prophylaxis", "therapy", "active", "acute", "chronic",
        "ongoing", "new", "progressive", "invasive", "viral", "bacterial", "fungal", "cmv", "ebv",
        "adenovirus",
    }
)  # fmt: skip
# What the order is called before it says what for. "Letermovir for CMV", "transplanted for
# relapse" tell of other treatment.
_ORDERED = frozenset(
    {
        "boost", "top", "topup", "dli", "infusion", "infusions", "infuse", "lymphocyte",
        "lymphocytes", "leukocyte", "leukocytes", "cell", "cells", "cd34", "cd34+", "product",
        "order", "ordered", "request", "requested", "requesting", "proceed", "plan", "planned",
        "needed", "needs", "need", "requires", "required", "indicated", "given", "give", "reason",
        "indication", "purpose", "aim", "goal", "intent", "this", "procedure", "stem", "hpc",
        "hsc", "pbsc", "marrow", "rescue", "administer", "please", "use",
    }
)  # fmt: skip
_BEFORE_IT = frozenset({"to", "in", "order", "so", "as"})
# At the head of a reason, these make it one to treat what follows.
_TREATING = frozenset({"treatment", "therapy", "management", "prevention", "prophylaxis"})


# Behind one of these another remark begins: "boost; engraftment on day 15".
_PARTS = re.compile(r"[,;.!()\[\]](?=\s|$)|[\r\n]+|(?<=\s)[(\[]")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of an order: the concept, and the resource that states it."""

    reference: str
    concept: Concept


def reasons_of(view: View) -> Iterator[Reason]:
    """Yield the order's reasons, those given by reference as the chart has them."""
    for reason in view.order.reasons:
        if not isinstance(reason, dict):
            continue
        if "reference" not in reason:
            yield Reason(view.order.reference, read_concept(reason))
            continue
        found = view.chart.resolve(reason, view.order.resource)
        if found is not None:
            yield Reason(reference_of(found), read_concept(found.get("code")))
        elif isinstance(reason.get("display"), str):
            yield Reason(view.order.reference, Concept(texts=(reason["display"],)))


def gives_reasons(view: View) -> bool:
    """Whether the order has reasons of its own, beside what its text says that it is for."""
    return any(view.order.resource.get(each) for each in ("reasonCode", "reasonReference"))


def remarks_of(resource: Resource) -> Iterator[str]:
    """Yield the texts of an order's details, notes and instructions."""
    for detail in listed(resource.get("orderDetail")):
        yield from read_concept(detail).texts
    for note in listed(resource.get("note")):
        if isinstance(note, dict) and isinstance(note.get("text"), str):
            yield note["text"]
    if isinstance(resource.get("patientInstruction"), str):
        yield resource["patientInstruction"]


def titles_of(resource: Resource) -> Iterator[str]:
    """Yield how the ordering person titled the order; a code's display is not his own words."""
    for element in ORDERED:
        code = resource.get(element)
        text = code.get("text") if isinstance(code, dict) else None
        if isinstance(text, str):
            yield text


def said_in_order(
    fact: FindingFact, view: View, reading: Callable[[str], str] = str
) -> Evidence | None:
    """Return where the order affirms a finding: by a reason's code, or by any of its texts.

    *reading* takes out of a text what is about something else.
    """
    value_sets = view.clinical.value_sets
    for reason in reasons_of(view):
        if any(value_sets[name].holds_any(reason.concept) for name in fact.codes):
            return Evidence(reason.reference, reason.concept.label)
    for reference, each in _texts(view):
        if _affirms(reading(each), fact):
            return Evidence(reference, each)
    return None


def sense_in_order(fact: FindingFact, view: View) -> Iterator[tuple[Evidence, Mention]]:
    """Yield each text of the order that speaks of a finding, and in which sense."""
    for reference, each in _texts(view):
        sense = mention(each, fact.words.any_of)
        if sense is not None and matches_words(Concept(texts=(each,)), fact.words):
            yield Evidence(reference, each), sense


def purpose_in_order(fact: FindingFact, view: View, *, reasons: bool = True) -> Evidence | None:
    """Return where the order gives a finding as its purpose.

    A reason is a purpose as it stands (unless *reasons* is false); another text only where it
    says that the order is for it.
    """
    if reasons:
        for reason in reasons_of(view):
            if states(reason, fact, view):
                return Evidence(reason.reference, reason.concept.label)
    for reference, each in _texts(view):
        if _affirms(each, fact) and _purposive(each, fact):
            return Evidence(reference, each)
    return None


def states(reason: Reason, fact: FindingFact, view: View) -> bool:
    """Whether a reason states a finding, by a code or by a text."""
    value_sets = view.clinical.value_sets
    coded = any(value_sets[name].holds_any(reason.concept) for name in fact.codes)
    texts = reason.concept.texts
    return coded or any(_affirms(each, fact) and not _needs_nothing(each, fact) for each in texts)


def _needs_nothing(text: str, fact: FindingFact) -> bool:
    """Whether a reason tells that all is well ("good graft function"), and names no need."""
    needy = _purposive(text, fact) or says(text, fact.answers.present_words)
    return not needy and says(text, fact.opposite_words)


def acts_on(reason: Reason, fact: FindingFact) -> bool:
    """Whether a reason is to act on a state of the disease, rather than name the diagnosis.

    It says so ("treatment of relapsed AML"), or it names no disease at all ("relapse").
    """
    bare = {words(phrase) for phrase in fact.words.any_of}
    return any(
        _affirms(each, fact) and (words(each) in bare or not _TREATING.isdisjoint(words(each)[:1]))
        for each in reason.concept.texts
    )


def _texts(view: View) -> Iterator[tuple[str, str]]:
    for reason in reasons_of(view):
        for each in reason.concept.texts:
            yield reason.reference, each
    for each in (*titles_of(view.order.resource), *remarks_of(view.order.resource)):
        yield view.order.reference, each


def _affirms(text: str, fact: FindingFact) -> bool:
    if not matches_words(Concept(texts=(text,)), fact.words):
        return False
    return mention(text, fact.words.any_of) is Mention.PRESENT


def _purposive(text: str, fact: FindingFact) -> bool:
    parts = [words(part) for part in _PARTS.split(text)]
    return any(_leads_to(part, words(phrase)) for part in parts for phrase in fact.words.any_of)


def _leads_to(found: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether a trigger stands before the phrase with nothing but qualifiers in between.

    Where anything is named before the trigger, it has to be what is ordered.
    """
    size = len(phrase)
    for at in range(len(found) - size + 1):
        if found[at : at + size] != phrase:
            continue
        before = list(found[:at])
        while before and before[-1] in _BETWEEN and not _triggered(before):
            before.pop()
        if _triggered(before) and _is_of_the_order(before):
            return True
    return False


def _is_of_the_order(before: list[str]) -> bool:
    named = set(before[:-1]) - _BEFORE_IT
    return not named or not named.isdisjoint(_ORDERED)


def _triggered(before: list[str]) -> bool:
    said = " ".join(before)
    return bool(before) and (
        before[-1] in _VERBS or any(f" {said}".endswith(f" {each}") for each in _TRIGGERS)
    )
