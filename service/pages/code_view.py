"""Lists what a policy reads: orders, diseases and facts with their codes, units and words.

Between `policy_view` and the policy's page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cards.clinical import Clinical
from cards.clinical.indications import Indication
from cards.clinical.products import Application, Product
from cards.clinical.services import Service
from cards.criteria import facts_of, products_of
from cards.facts import Exposure, Fact, Measurement
from cards.policy import Policy, Version
from cards.values.coding import SHORT_NAMES, ValueSet

_CODES = {
    "codes": "Means it",
    "ambiguous_codes": "Means it only where the text says so",
    "codes_with_words": "Means it only where the text says so",
    "study_codes": "A study whose result may speak of it",
    "weak_study_codes": "A study that speaks of it too weakly to prove it",
    "answers.present_codes": "A result that shows it",
    "answers.absent_codes": "A result that denies it",
    "answers.doubtful_codes": "A result that leaves it open",
    "opposite_codes": "Excludes it",
    "lower_limit_codes": "A lower limit of it",
    "upper_limit_codes": "An upper limit of it",
    "doubtful_codes": "Resembles it and proves nothing",
    "lookalike_codes": "Another quantity, never read as it",
    "elsewhere_codes": "Another use",
}
"""What the value sets under a key stand for, by key, in the order of the page."""

_WORDS = {
    "words.any_of": "Without a code, by words",
    "words.and_any_of": "and one of",
    "words.none_of": "but not where the text says",
    "study_words": "A study by words",
    "answers.present_words": "A result that shows it, by words",
    "answers.implying_words": "Words that imply it",
    "answers.absent_words": "A result that denies it, by words",
    "doubtful_words": "Words that prove nothing",
    "opposite_words": "Words that exclude it",
    "refused_units": "Units of another quantity, never read",
    "zero_words": "Words that mean none at all",
    "names": "By name, small misspellings included",
    "ordinary_words": "By words that have another meaning too, where they are used as a name",
    "denied_by": "Words that say there is none of it",
    "unless_words": "but not beside",
    "elsewhere_words": "Words of another use",
}


@dataclass(frozen=True, slots=True)
class CodeList:
    """Codes of one system, each with its display; a family's display says that it is one."""

    system: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """Codes that stand in one relation to what is read."""

    role: str
    lists: tuple[CodeList, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is read, with every code, unit and word for it."""

    anchor: str
    label: str
    groups: tuple[CodeGroup, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...]
    """Phrases by what they stand for."""
    unit: str | None = None
    units: tuple[tuple[str, str], ...] = ()
    """Each accepted spelling with the factor into *unit*."""


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Everything that one version of a policy reads."""

    orders: tuple[Entry, ...]
    diseases: tuple[Entry, ...]
    facts: tuple[Entry, ...]
    products: tuple[Entry, ...]
    """Products, materials and uses."""


def code_book(policy: Policy, version: Version, clinical: Clinical, prefix: str) -> CodeBook:
    """Return the codes, units and words of *version*; anchors begin with *prefix*."""
    named = {
        value
        for question in version.questions
        if question.kind == "indication"
        for values in question.answers.values()
        for value in values
    }
    # A narrower kind counts as the one that is named, so its codes are read too.
    diseases = {
        name: each
        for name, each in clinical.indications.items()
        if not named.isdisjoint(clinical.kinds_of(name))
    }
    facts = {name: clinical.facts[name] for name in facts_read(version)}
    spoken_of = dict.fromkeys(name for rule in version.criteria for name in products_of(rule.test))
    uses = (
        value
        for question in version.questions
        if question.kind == "application"
        for values in question.answers.values()
        for value in values
    )
    products: dict[str, Product | Application] = {
        **{name: clinical.products[name] for name in spoken_of},
        **{name: clinical.applications[name] for name in uses},
    }
    services = {
        name: each for name, each in clinical.services.items() if each.therapy in policy.therapies
    }
    return CodeBook(
        orders=tuple(_service(f"{prefix}-{n}", each, clinical) for n, each in services.items()),
        diseases=tuple(_disease(f"{prefix}-{n}", each, clinical) for n, each in diseases.items()),
        facts=tuple(_fact(fact_anchor(prefix, n), each, clinical) for n, each in facts.items()),
        products=tuple(_product(f"{prefix}-{n}", each, clinical) for n, each in products.items()),
    )


def facts_read(version: Version) -> tuple[str, ...]:
    """Return the names of the facts that the criteria ask for, each once, in their order."""
    names = (name for rule in version.criteria for name in facts_of(rule.test))
    return tuple(dict.fromkeys(names))


def fact_anchor(prefix: str, fact: str) -> str:
    """Return the element id of a fact's entry."""
    return f"{prefix}-fact-{fact}"


def _service(prefix: str, service: Service, clinical: Clinical) -> Entry:
    words = tuple(
        ("By words, one of each group", tuple(" / ".join(group) for group in each.all_of))
        for each in service.words
    )
    refused = tuple(("but not with", each.none_of) for each in service.words if each.none_of)
    groups = tuple(_groups(service, clinical))
    return Entry(f"{prefix}-order", service.name, groups, (*words, *refused))


def _disease(prefix: str, disease: Indication, clinical: Clinical) -> Entry:
    groups = tuple(_groups(disease, clinical))
    return Entry(f"{prefix}-disease", disease.label, groups, tuple(_phrases(disease)))


def _product(prefix: str, product: Product | Application, clinical: Clinical) -> Entry:
    groups = tuple(_groups(product, clinical))
    return Entry(f"{prefix}-product", product.label, groups, tuple(_phrases(product)))


def _fact(anchor: str, fact: Fact, clinical: Clinical) -> Entry:
    groups, words = tuple(_groups(fact, clinical)), tuple(_phrases(fact))
    if not isinstance(fact, Measurement):
        return Entry(anchor, fact.label, groups, words)
    units = tuple((unit, str(factor)) for unit, factor in fact.units.items())
    return Entry(anchor, fact.label, groups, words, fact.unit, units)


def _groups(
    item: Fact | Indication | Service | Product | Application, clinical: Clinical
) -> Iterator[CodeGroup]:
    for key, role in _CODES.items():
        named = _value(item, key)
        names = (named,) if isinstance(named, str) else named
        if names:
            yield CodeGroup(role, tuple(_code_lists(clinical.value_sets[each] for each in names)))
    if isinstance(item, Measurement):
        for name, units in item.codes_with_unit.items():
            role = f"Means it only in {' or '.join(units)}"
            yield CodeGroup(role, tuple(_code_lists([clinical.value_sets[name]])))


def _phrases(
    item: Fact | Indication | Exposure | Product | Application,
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, role in _WORDS.items():
        if phrases := _value(item, key):
            yield role, phrases


def _value(item: Any, key: str) -> Any:
    """Return what stands under a dotted key; empty where the item has no such key."""
    for part in key.split("."):
        item = getattr(item, part, None) or ()
    return item


def _code_lists(value_sets: Iterable[ValueSet]) -> Iterator[CodeList]:
    rows = {
        (SHORT_NAMES.get(system, system), code, display)
        for value_set in value_sets
        for system, code, display in _codes(value_set)
    }
    for system, group in groupby(sorted(rows), key=lambda row: row[0]):
        yield CodeList(system, tuple((code, display) for _, code, display in group))


def _codes(value_set: ValueSet) -> Iterator[tuple[str, str, str]]:
    for (system, code), display in value_set.codes.items():
        yield system, code, display
    for system, root in value_set.families:
        yield system, root, f"{value_set.title}, with every code below"
    for system, code in value_set.excluded:
        yield system, code, "left out of the family"
