"""What a policy names and nothing defines: each with its key and the cure."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from cards.clinical import Clinical
from cards.clinical.payers import PRODUCT_LINES
from cards.criteria import FACT_KINDS, facts_of, products_of
from cards.criteria.duration import Duration
from cards.faults import not_defined
from cards.history.disease_course import STATES
from cards.policy import CriterionRule, Policy, Question, Version


def unknown_names(policy: Policy, clinical: Clinical) -> Iterator[tuple[str, str]]:
    """Yield what a policy names and the clinical knowledge lacks, as key and cure."""
    therapies = {each.therapy for each in clinical.services.values() if each.therapy}
    yield from _lacking("therapies", policy.therapies, therapies)
    yield from _lacking("excluded_lines", policy.excluded_lines, PRODUCT_LINES)
    for page in policy.evidence_pages:
        diseases = page.when_indication
        yield from _lacking("evidence_pages.when_indication", diseases, clinical.indications)
    for version in policy.versions:
        yield from _unknown_in_version(version, clinical)


def _lacking(key: str, names: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in known:
            yield key, not_defined(name, known)


def unknown_sources(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what `sources.yaml` names and the policy lacks, as key and cure."""
    versions = {version.effective: version for version in policy.versions}
    for at, document in enumerate(policy.sources):
        version = versions.get(document.effective)
        if version is None:
            yield f"documents[{at}].effective", "no version of the policy has this date"
            continue
        for statement in document.statements:
            if statement not in version.citations:
                yield f"documents[{at}].statements", f"{statement} is not cited"


def _unknown_in_version(version: Version, clinical: Clinical) -> Iterator[tuple[str, str]]:
    for criterion in version.criteria:
        yield from _unknown_in_test(criterion, clinical)
    for question in version.questions:
        yield from _unknown_in_question(question, clinical)
    for reminder in version.reminders:
        diseases = reminder.when_indication
        yield from _lacking("reminders.when_indication", diseases, clinical.indications)


def _unknown_in_test(criterion: CriterionRule, clinical: Clinical) -> Iterator[tuple[str, str]]:
    test, key = criterion.test, f"criteria.{criterion.id}.test"
    wanted = FACT_KINDS.get(test.kind)
    for fact in facts_of(test):
        yield from _lacking(f"{key}.fact", (fact,), clinical.facts)
        kind = clinical.facts[fact].kind if fact in clinical.facts else wanted
        if wanted not in (None, kind):
            yield f"{key}.fact", f"{fact!r} is a {kind}; give a {wanted}"
    if isinstance(test, Duration):
        yield from _lacking(f"{key}.indication", (test.indication,), clinical.indications)
    yield from _lacking(f"{key}.diseases", getattr(test, "diseases", ()), clinical.indications)
    yield from _lacking(key, products_of(test), clinical.products)
    yield from _lacking(f"{key}.none_of", getattr(test, "none_of", ()), clinical.services)


def _unknown_in_question(question: Question, clinical: Clinical) -> Iterator[tuple[str, str]]:
    known: Mapping[str, Collection[str]] = {
        "indication": clinical.indications,
        "therapy": {each.therapy for each in clinical.services.values() if each.therapy},
        "graft": ("autologous", "allogeneic"),
        "age-group": ("child", "adult"),
        "course": STATES,
        "application": clinical.applications,
    }
    key = f"questions.{question.id}"
    for values in question.answers.values():
        yield from _lacking(f"{key}.answers", values, known[question.kind])
    yield from _lacking(f"{key}.diseases", question.diseases, clinical.indications)
