"""What an order's reason tells of its use, where the name of what is ordered leaves that open."""

from collections.abc import Iterator

from cards.clinical import Clinical
from cards.clinical.products import Application
from cards.orders.placing import listed
from cards.record.chart import Resource
from cards.record.naming import matches_words
from cards.values.coding import ICD_10_CM, Concept, read_concept
from cards.values.text import says

# ICD-10-CM keeps these chapters by letter.
_BONES_AND_INJURIES = frozenset("MST")


def is_for_a_use(resource: Resource, clinical: Clinical) -> bool:
    """Whether the order's reasons show a use that a policy is limited to, and no other disease.

    A stem cell injection for arthrosis of the knee is one into the knee. Only what stands in the
    order counts: the record is not read before an order is known to be ours.
    """
    reasons = list(_reasons(resource))
    # "Rheumatoid arthritis" is a disease that cells are given for, and names no joint.
    if any(clinical.indications_of(each) for each in reasons):
        return False
    uses = clinical.applications.values()
    return any(_shows(use, each, clinical) for each in reasons for use in uses)


def is_of_bones_or_injury(reason: Concept) -> bool:
    """Whether a reason is coded in the chapters of the musculoskeletal system or of injuries."""
    return any(
        each.system == ICD_10_CM and each.code[:1].upper() in _BONES_AND_INJURIES
        for each in reason.codings
    )


def _reasons(resource: Resource) -> Iterator[Concept]:
    for reason in listed(resource.get("reasonCode")):
        yield read_concept(reason)
    for reference in listed(resource.get("reasonReference")):
        if isinstance(reference, dict) and isinstance(reference.get("display"), str):
            yield Concept(texts=(reference["display"],))


def _shows(use: Application, reason: Concept, clinical: Clinical) -> bool:
    if any(clinical.value_sets[each].holds_any(reason) for each in use.codes):
        return True
    if any(clinical.value_sets[each].holds_any(reason) for each in use.elsewhere_codes):
        return False
    # Whether the use of it is orthopedic is asked later.
    if is_of_bones_or_injury(reason):
        return True
    if any(each.system == ICD_10_CM for each in reason.codings):
        return False
    elsewhere = any(says(each, use.elsewhere_words) for each in reason.texts)
    return matches_words(reason, use.words) and not elsewhere
