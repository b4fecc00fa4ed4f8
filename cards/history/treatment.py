"""When a leukemia was found and when its first treatment began, as far as the record tells."""

from collections.abc import Iterator

from cards.record.chart import Resource, reference_of
from cards.record.conditions import Standing, standing
from cards.record.observations import FINAL, when
from cards.values.coding import Concept, read_code, read_concept
from cards.values.dates import DateSpan, read_date
from cards.values.text import Mention, mention
from cards.verdict import Evidence
from cards.view import View

Dated = tuple[Evidence, DateSpan]

_BEGUN = frozenset({"completed", "in-progress", "stopped", "on-hold", "unknown"})
_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def diagnosis(view: View, diseases: frozenset[str]) -> Dated | None:
    """Return the earliest onset, assertion or recording of a disease; None if there is none."""
    found = [each for each in _diagnoses(view, diseases) if each[1].first <= view.as_of]
    return min(found, key=lambda each: each[1].last, default=None)


def _diagnoses(view: View, diseases: frozenset[str]) -> Iterator[Dated]:
    doubted = (Standing.VOID, Standing.REFUTED, Standing.UNCONFIRMED)
    for condition in view.chart.all("Condition"):
        concept = read_concept(condition.get("code"))
        if not view.clinical.names_any(concept, diseases) or standing(condition) in doubted:
            continue
        if view.chart.fault_in(condition) is not None:
            continue
        written = (
            condition.get("onsetDateTime"),
            *_extended(condition),
            condition.get("recordedDate"),
        )
        on = next((span for each in written if (span := read_date(each)) is not None), None)
        if on is not None:
            yield Evidence(reference_of(condition), concept.label, on), on


def _extended(condition: Resource) -> Iterator[object]:
    extensions = condition.get("extension")
    for extension in extensions if isinstance(extensions, list) else []:
        if isinstance(extension, dict) and extension.get("url") == _ASSERTED:
            yield extension.get("valueDateTime")


def induction_start(view: View) -> Dated | None:
    """Return the earliest start of induction on record; None if there is none."""
    found = [each for each in _inductions(view) if each[1].first <= view.as_of]
    return min(found, key=lambda each: each[1].last, default=None)


def _inductions(view: View) -> Iterator[Dated]:
    words = view.clinical.states.induction_words

    def begins(concept: Concept) -> bool:
        return any(mention(each, words) is Mention.PRESENT for each in concept.texts)

    asker = ("induction", words)
    for resource in (
        *view.chart.about("Observation", asker, begins),
        *view.chart.about("Procedure", asker, begins),
    ):
        concept = read_concept(resource.get("code"))
        if not begins(concept):
            continue
        is_observation = resource.get("resourceType") == "Observation"
        counted = FINAL if is_observation else _BEGUN
        if read_code(resource.get("status")) not in counted:
            continue
        if view.chart.fault_in(resource) is not None:
            continue
        on = _observed(resource) if is_observation else _performed(resource)
        if on is not None:
            yield Evidence(reference_of(resource), concept.label, on), on


def _observed(observation: Resource) -> DateSpan | None:
    return read_date(observation.get("valueDateTime")) or when(observation)


def _performed(procedure: Resource) -> DateSpan | None:
    period = procedure.get("performedPeriod")
    if isinstance(period, dict):
        return read_date(period.get("start"))
    return read_date(procedure.get("performedDateTime"))
