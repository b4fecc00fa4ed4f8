"""Whether an order is for a use that a policy is limited to, such as an orthopedic one."""

from collections.abc import Iterator
from dataclasses import dataclass

from cards.clinical import Clinical
from cards.clinical.products import Application
from cards.orders.items import ordered_concept
from cards.orders.uses import is_of_bones_or_injury
from cards.purpose.statements import reasons_of, remarks_of
from cards.record.chart import Resource, reference_of
from cards.record.conditions import Standing, standing
from cards.record.naming import matches_words
from cards.values.coding import ICD_10_CM, SNOMED_CT, Concept, read_concept
from cards.values.text import says
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View

# The chapters of ICD-10-CM by letter, but for that of bones and muscles and that of injuries, and
# those that name no organ: malformations, symptoms, causes and circumstances.
_OTHER_ORGANS = frozenset("ABCDEFGHIJKLNOP")


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of the use. *recognised* is false where nothing tells of it at all."""

    verdict: Verdict
    recognised: bool = True


def application(name: str, title: str, view: View) -> Use:
    """Return whether the order is for the use: by its texts, its reasons, and then the record.

    An order by code, or for a product that has this use only, is for it unless it says otherwise.
    """
    use = view.clinical.applications[name]
    shown, elsewhere = [], []
    for evidence, concept in _said(view):
        if _shows(use, concept, view.clinical):
            shown.append(evidence)
        elif _is_elsewhere(use, concept, view.clinical):
            elsewhere.append(evidence)
    if shown:
        return Use(Verdict(State.MET, title, tuple(shown)))
    if elsewhere:
        return Use(Verdict(State.NOT_MET, title, tuple(elsewhere)))
    if not _has_to_be_shown(view):
        return Use(Verdict(State.MET, title, (Evidence(view.order.reference, view.order.name),)))
    doubted = _doubted_reasons(view)
    if doubted:
        return Use(Verdict(State.NOT_DOCUMENTED, title, doubted, Why.NOT_CONFIRMED))
    if view.order.reasons and _has_readable_reason(view):
        return _from_unknown_reasons(title, view)
    return _from_record(use, title, view)


def _from_unknown_reasons(title: str, view: View) -> Use:
    """Return what reasons tell that neither show the use nor another one that we know of.

    A code of another organ, or a disease that cells are transplanted for, tells another use. What
    is left may be anything: "sports injury", or a code that nothing here lists.
    """
    readable = [each for each in reasons_of(view) if each.concept.codings or each.concept.texts]
    left = [each for each in readable if not _is_of_another_organ(each.concept, view.clinical)]
    if not left:
        return Use(Verdict(State.NOT_MET, title, (Evidence(view.order.reference),)))
    evidence = tuple(Evidence(each.reference, each.concept.label) for each in left)
    verdict = Verdict(State.NOT_DOCUMENTED, title, evidence, Why.NOT_RECOGNISED)
    return Use(verdict, recognised=any(is_of_bones_or_injury(each.concept) for each in left))


def _is_of_another_organ(concept: Concept, clinical: Clinical) -> bool:
    if is_of_bones_or_injury(concept):
        return False
    chapters = {each.code[:1].upper() for each in concept.codings if each.system == ICD_10_CM}
    return bool(chapters & _OTHER_ORGANS) or bool(clinical.indications_of(concept))


def _has_to_be_shown(view: View) -> bool:
    service = view.clinical.services[view.order.service]
    named = [view.clinical.products[each.name] for each in view.order.products]
    return not service.codes and all(each.use == "shown" for each in named if each.orders)


def _said(view: View) -> Iterator[tuple[Evidence, Concept]]:
    """Yield what the order says of its purpose and site, most telling first."""
    resource = view.order.resource
    site = resource.get("bodySite")
    for element in (
        site if isinstance(site, list) else [site],
        [resource.get("locationReference")],
    ):
        for each in element:
            concept = read_concept(each)
            if concept.texts:
                yield Evidence(view.order.reference, concept.label), concept
    for each in (*ordered_concept(resource).texts, *remarks_of(resource)):
        yield Evidence(view.order.reference, each), Concept(texts=(each,))
    for reason in reasons_of(view):
        if _counts(reason.reference, view):
            yield Evidence(reason.reference, reason.concept.label), reason.concept


def _counts(reference: str, view: View) -> bool:
    found = view.chart.resolve(reference)
    if found is None or found.get("resourceType") != "Condition":
        return True
    return standing(found) not in (Standing.VOID, Standing.REFUTED, Standing.UNCONFIRMED)


def _doubted_reasons(view: View) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(each.reference, each.concept.label)
        for each in reasons_of(view)
        if not _counts(each.reference, view)
    )


def _has_readable_reason(view: View) -> bool:
    return any(each.concept.codings or each.concept.texts for each in reasons_of(view))


def _shows(use: Application, concept: Concept, clinical: Clinical) -> bool:
    if any(clinical.value_sets[each].holds_any(concept) for each in use.codes):
        return True
    if any(coding.system in (ICD_10_CM, SNOMED_CT) for coding in concept.codings) and _is_elsewhere(
        use, concept, clinical
    ):
        return False
    return matches_words(concept, use.words)


def _is_elsewhere(use: Application, concept: Concept, clinical: Clinical) -> bool:
    coded = any(clinical.value_sets[each].holds_any(concept) for each in use.elsewhere_codes)
    return coded or any(says(each, use.elsewhere_words) for each in concept.texts)


def _from_record(use: Application, title: str, view: View) -> Use:
    shown, elsewhere = [], []
    for condition, concept in _problems(view):
        evidence = Evidence(reference_of(condition), concept.label)
        if _shows(use, concept, view.clinical):
            shown.append(evidence)
        elif _is_elsewhere(use, concept, view.clinical):
            elsewhere.append(evidence)
    reason = view.chart.why_unavailable("Condition")
    if reason is not None:
        why = Why.COULD_NOT_LOOK
        return Use(Verdict(State.UNAVAILABLE, title, why=why, detail=reason), bool(shown))
    if shown and elsewhere:
        return Use(Verdict(State.NOT_DOCUMENTED, title, (*shown, *elsewhere), Why.SEVERAL))
    if shown or elsewhere:
        return Use(Verdict(State.of(bool(shown)), title, tuple(shown or elsewhere)))
    order = (Evidence(view.order.reference),)
    return Use(Verdict(State.NOT_DOCUMENTED, title, order, Why.NOT_STATED), recognised=False)


def _problems(view: View) -> Iterator[tuple[Resource, Concept]]:
    for condition in view.chart.all("Condition"):
        if standing(condition) in (Standing.PRESENT, Standing.REMISSION):
            yield condition, read_concept(condition.get("code"))
