"""Lays a policy out for reading: criteria with citations, codes and units; for `pages`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from cards.clinical import Clinical
from cards.coding import SHORT_NAMES, ValueSet
from cards.criteria import facts_of
from cards.criteria.joined import Joined
from cards.facts import Fact, FindingFact, Measurement
from cards.policy import CriterionRule, Policy, Version


@dataclass(frozen=True, slots=True)
class CodeList:
    """Codes of one system, each with its display; a family's display says that it is one."""

    system: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FactView:
    """A clinical fact that a criterion reads."""

    label: str
    code_lists: tuple[CodeList, ...]
    words: tuple[str, ...]
    """Phrases that stand for it where no code does."""
    unit: str | None
    other_units: tuple[str, ...]
    """Further spellings and units that are read, besides `unit`."""


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion as the policy's page shows it."""

    id: str
    statement: str
    title: str
    requires: str | None
    if_missing: str | None
    section: str | None
    joins: tuple[str, ...]
    """The titles of the criteria that it joins; one of them is enough, or all are needed."""
    all_needed: bool
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version with its criteria."""

    version: Version
    anchor: str
    """What sets its element ids apart from those of other versions."""
    criteria: tuple[CriterionView, ...]
    titles: Mapping[str, str]
    """Our words for each criterion, those that only the decision uses included."""
    parts: Mapping[str, tuple[str, ...]]
    """The titles of what a criterion joins."""
    meanings: Mapping[tuple[str, str], tuple[str, ...]]
    """What an answer to a question stands for, by question and answer, where it is more."""


def version_views(policy: Policy, clinical: Clinical) -> list[VersionView]:
    """Return the versions of *policy*, newest first."""
    return [_version(version, clinical) for version in reversed(policy.versions)]


def _version(version: Version, clinical: Clinical) -> VersionView:
    titles = {rule.id: rule.title for rule in version.criteria}
    return VersionView(
        version=version,
        anchor=str(version.effective or "undated"),
        criteria=tuple(
            _criterion(rule, titles, version, clinical) for rule in version.criteria if rule.listed
        ),
        titles=titles,
        parts={
            rule.id: tuple(titles[name] for name in rule.test.criteria)
            for rule in version.criteria
            if isinstance(rule.test, Joined)
        },
        meanings={
            (question.id, answer): tuple(clinical.indications[value].label for value in values)
            for question in version.questions
            if question.kind == "indication"
            for answer, values in question.answers.items()
        },
    )


def criterion_titles(policy: Policy) -> dict[str, str]:
    """Return our words for each criterion and question, by id, the newest version's first."""
    titles: dict[str, str] = {}
    for version in policy.versions:
        titles |= {question.id: question.title for question in version.questions}
        titles |= {rule.id: rule.title for rule in version.criteria}
    return titles


def alternatives(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the ids of the criteria of which one is enough, by the id that joins them."""
    return {
        rule.id: rule.test.criteria
        for version in policy.versions
        for rule in version.criteria
        if isinstance(rule.test, Joined) and rule.test.kind == "any-of"
    }


def _criterion(
    rule: CriterionRule, titles: Mapping[str, str], version: Version, clinical: Clinical
) -> CriterionView:
    citation = version.citations.get(rule.statement)
    joined = rule.test if isinstance(rule.test, Joined) else None
    return CriterionView(
        id=rule.id,
        statement=rule.statement,
        title=rule.title,
        requires=rule.requires,
        if_missing=rule.if_missing,
        section=citation.section if citation else None,
        joins=tuple(titles[name] for name in joined.criteria) if joined else (),
        all_needed=joined is not None and joined.kind == "all-of",
        facts=tuple(_fact(clinical.facts[name], clinical) for name in facts_of(rule.test)),
    )


def _fact(fact: Fact, clinical: Clinical) -> FactView:
    names = [*fact.codes]
    if isinstance(fact, FindingFact):
        names += fact.study_codes
    if isinstance(fact, Measurement):
        names += fact.codes_with_unit
    return FactView(
        label=fact.label,
        code_lists=tuple(_code_lists(clinical.value_sets[name] for name in names)),
        words=fact.words.any_of,
        unit=fact.unit if isinstance(fact, Measurement) else None,
        other_units=tuple(fact.units) if isinstance(fact, Measurement) else (),
    )


def _code_lists(value_sets: Iterator[ValueSet]) -> Iterator[CodeList]:
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
