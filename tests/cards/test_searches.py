"""What is read from a FHIR server, and the prefetch templates that come from it."""

import re

import pytest

from cards.review import all_searches
from cards.searches import SEARCHES, Search
from tests.cards.building import library


def test_keys_and_types_are_unique() -> None:
    """A prefetch key names one search, and a type is searched for once."""
    searches = all_searches(library())

    assert len(searches) == len({each.key for each in searches})
    assert len(searches) == len({each.resource_type for each in searches})


@pytest.mark.parametrize("search", SEARCHES.values(), ids=lambda each: each.key)
def test_templates(search: Search) -> None:
    """Each template is a read of the patient, or a search by one reference parameter."""
    patient, template = "{{context.patientId}}", search.prefetch_template()

    assert 1 == template.count(patient)
    assert re.fullmatch(r"Patient/ID|[A-Z]\w+\?\w+=ID", template.replace(patient, "ID"))


def test_the_patient_is_read() -> None:
    """The Patient is the one thing that is read rather than searched for."""
    assert ["Patient"] == [each.resource_type for each in SEARCHES.values() if each.is_read]
    assert "Patient/p1" == SEARCHES["Patient"].path("p1")


def test_the_query_of_a_search() -> None:
    """A search asks for the patient by id."""
    assert (("patient", "p1"),) == SEARCHES["Observation"].query("p1")


def test_everything_that_facts_read_is_searched_for() -> None:
    """A fact that reads a type without a search would be silent for ever."""
    kinds = {each.resource_type for each in all_searches(library())}

    assert {
        "Patient", "Coverage", "Condition", "Observation", "DiagnosticReport", "Procedure",
        "MedicationAdministration", "MedicationStatement", "MedicationRequest", "ResearchSubject",
    } == kinds  # fmt: skip
