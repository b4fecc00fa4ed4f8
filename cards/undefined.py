"""What a policy names and nothing defines: each with its key and the cure."""

from collections.abc import Collection, Iterator, Mapping

from cards.clinical import Clinical
from cards.clinical.payers import PRODUCT_LINES
from cards.criteria import FACT_KINDS, facts_of, products_of
from cards.history.disease_course import STATES
from cards.policy import CriterionRule, Policy, Question, Version


def unknown_names(policy: Policy, clinical: Clinical) -> Iterator[tuple[str, str]]:
    """Yield what a policy names and the clinical knowledge lacks, as key and cure."""
    therapies = {service.therapy for service in clinical.services.values()}
    for therapy in policy.therapies:
        if therapy not in therapies:
            yield "therapies", f"no service has the therapy {therapy!r}"
    for line in policy.excluded_lines:
        if line not in PRODUCT_LINES:
            yield "excluded_lines", f"{line!r} is none of {', '.join(PRODUCT_LINES)}"
    for page in policy.evidence_pages:
        for disease in page.when_indication:
            if disease not in clinical.indications:
                yield "evidence_pages.when_indication", f"{disease!r} is not defined"
    for version in policy.versions:
        yield from _unknown_in_version(version, clinical)


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
        for disease in reminder.when_indication:
            if disease not in clinical.indications:
                yield "reminders.when_indication", f"{disease!r} is not defined"


def _unknown_in_test(criterion: CriterionRule, clinical: Clinical) -> Iterator[tuple[str, str]]:
    wanted = FACT_KINDS.get(criterion.test.kind)
    for fact in facts_of(criterion.test):
        key = f"criteria.{criterion.id}.test.fact"
        if fact not in clinical.facts:
            yield key, f"no fact {fact!r} is defined"
        elif wanted is not None and clinical.facts[fact].kind != wanted:
            yield key, f"{fact!r} is a {clinical.facts[fact].kind}; give a {wanted}"
    disease = getattr(criterion.test, "indication", None)
    if disease is not None and disease not in clinical.indications:
        yield f"criteria.{criterion.id}.test.indication", f"{disease!r} is not defined"
    for product in products_of(criterion.test):
        if product not in clinical.products:
            yield f"criteria.{criterion.id}.test", f"no product {product!r} is defined"
    for service in getattr(criterion.test, "none_of", ()):
        if service not in clinical.services:
            yield f"criteria.{criterion.id}.test.none_of", f"{service!r} is not defined"


def _unknown_in_question(question: Question, clinical: Clinical) -> Iterator[tuple[str, str]]:
    known: Mapping[str, Collection[str]] = {
        "indication": clinical.indications,
        "therapy": {each.therapy for each in clinical.services.values() if each.therapy},
        "graft": ("autologous", "allogeneic"),
        "age-group": ("child", "adult"),
        "course": STATES,
        "application": clinical.applications,
    }
    there = known[question.kind]
    for values in question.answers.values():
        for value in values:
            if value not in there:
                cure = f"{value!r} is not defined; known are {', '.join(sorted(there))}"
                yield f"questions.{question.id}.answers", cure
