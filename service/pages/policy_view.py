"""Lays a policy out for reading, printing and signing off: criteria with citations."""

from collections.abc import Mapping
from dataclasses import dataclass

from cards.clinical import Clinical
from cards.criteria import facts_of
from cards.criteria.joined import Joined
from cards.policy import CriterionRule, Policy, Version
from service.pages.code_view import CodeBook, code_book, fact_anchor
from service.pages.decision_view import Fork, Leaf, decision_view, newest_first
from service.pages.diagram_view import Diagram, diagram_view

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Cited:
    """Where in the document a statement stands, and the fingerprints of its sentences."""

    statement: str
    section: str
    fingerprints: tuple[tuple[str, str], ...]
    """Each SHA-256, short for reading and whole."""


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion as the policy's page shows it."""

    anchor: str
    title: str
    cited: Cited
    requires: str | None
    if_missing: str | None
    joins: tuple[str, ...]
    """The titles of the criteria that it joins; one of them is enough, or all are needed."""
    all_needed: bool
    reads: tuple[tuple[str, str], ...]
    """The label of each fact that it reads, and the anchor of its codes."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer to a question: the diseases that it takes in, and the statement that it gates."""

    answer: str
    takes_in: tuple[str, ...]
    cited: Cited


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version with everything that it decides by."""

    version: Version
    anchor: str
    """What sets its element ids apart from those of other versions."""
    applies: Cited
    decision: Fork | Leaf
    diagram: Diagram
    questions: tuple[tuple[str, tuple[AnswerView, ...]], ...]
    """The answers to each question, by its title."""
    criteria: tuple[CriterionView, ...]
    reminders: tuple[tuple[str, Cited], ...]
    codes: CodeBook


def version_views(policy: Policy, clinical: Clinical) -> list[VersionView]:
    """Return the versions of *policy*, newest first."""
    return [_version(policy, version, clinical) for version in newest_first(policy)]


def _version(policy: Policy, version: Version, clinical: Clinical) -> VersionView:
    anchor = f"v-{version.effective or 'undated'}"
    decision = decision_view(version, clinical)
    return VersionView(
        version=version,
        anchor=anchor,
        applies=cited(version, policy.applicability),
        decision=decision,
        diagram=diagram_view(decision),
        questions=_questions(version, clinical),
        criteria=tuple(
            _criterion(rule, version, clinical, anchor)
            for rule in version.criteria
            if rule.listed or facts_of(rule.test)
        ),
        reminders=tuple(
            (reminder.says, cited(version, reminder.statement)) for reminder in version.reminders
        ),
        codes=code_book(policy, version, clinical, anchor),
    )


def cited(version: Version, statement: str) -> Cited:
    """Return where *statement* stands; every statement that a version names is cited."""
    citation = version.citations[statement]
    prints = tuple((each.sha256[:_SHORT], each.sha256) for each in citation.sentences)
    return Cited(statement, citation.section, prints)


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


def _questions(
    version: Version, clinical: Clinical
) -> tuple[tuple[str, tuple[AnswerView, ...]], ...]:
    return tuple(
        (
            question.title,
            tuple(
                AnswerView(
                    answer=answer.replace("-", " "),
                    takes_in=_diseases(values, clinical) if question.kind == "indication" else (),
                    cited=cited(version, question.statements[answer]),
                )
                for answer, values in question.answers.items()
            ),
        )
        for question in version.questions
    )


def _diseases(values: tuple[str, ...], clinical: Clinical) -> tuple[str, ...]:
    return tuple(clinical.indications[value].label for value in values)


def _criterion(
    rule: CriterionRule, version: Version, clinical: Clinical, anchor: str
) -> CriterionView:
    titles: Mapping[str, str] = {each.id: each.title for each in version.criteria}
    joined = rule.test if isinstance(rule.test, Joined) else None
    return CriterionView(
        anchor=f"{anchor}-{rule.id}",
        title=rule.title,
        cited=cited(version, rule.statement),
        requires=rule.requires,
        if_missing=rule.if_missing,
        joins=tuple(titles[name] for name in joined.criteria) if joined else (),
        all_needed=joined is not None and joined.kind == "all-of",
        reads=tuple(
            (clinical.facts[name].label, fact_anchor(anchor, name)) for name in facts_of(rule.test)
        ),
    )
