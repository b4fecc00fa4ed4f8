"""The chart holds one patient's resources, each once, and finds what they refer to."""

from dataclasses import replace
from typing import Any

import pytest

from cards.record.chart import (
    Chart,
    belongs_to,
    own_reference,
    reference_of,
    relative_reference,
)
from tests.cards.building import (
    CYCLOPHOSPHAMIDE,
    LVEF,
    PATIENT,
    chart,
    coverage,
    medication,
    named,
    observation,
    orders,
    request,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Patient/1", "Patient/1"),
        ("https://ehr.example/fhir/Patient/1", "Patient/1"),
        ("https://ehr.example/fhir/Patient/1/_history/3", "Patient/1"),
        ("Patient/1/_history/3", "Patient/1"),
        (" Patient/1 ", "Patient/1"),
        ({"reference": "Patient/1", "display": "A"}, "Patient/1"),
        ("#contained", None),
        ("urn:uuid:0c1f3a5e-9a35-4f5c-8d4e-6d1a3f7a2b11", None),
        ("Patient?identifier=x", None),
        ("patient/1", None),
        ("Patient/", None),
        ("Patient", None),
        ({"display": "A"}, None),
        ({"reference": 7}, None),
        (None, None),
        (7, None),
    ],
)
def test_relative_reference(written: Any, expected: str | None) -> None:
    """Absolute and versioned references name the same resource as the relative one."""
    assert expected == relative_reference(written)


@pytest.mark.parametrize("element", ["subject", "patient", "beneficiary", "individual"])
def test_another_patients_resource_is_dropped_and_counted(element: str) -> None:
    """Whatever element names the patient, a resource of another never counts."""
    foreign = {"resourceType": "Basic", "id": "x", element: {"reference": "Patient/other"}}
    own = {"resourceType": "Basic", "id": "y", element: {"reference": f"Patient/{PATIENT}"}}

    built = Chart.build(PATIENT, [foreign, own])

    assert [own] == list(built)
    assert 1 == built.other_patient


@pytest.mark.parametrize(
    "subject",
    [
        f"Patient/{PATIENT}",
        f"https://ehr.example/fhir/Patient/{PATIENT}",
        f"Patient/{PATIENT}/_history/2",
    ],
)
def test_ones_own_resource_however_it_is_written(subject: str) -> None:
    """Absolute and versioned references to the patient are the patient's."""
    assert belongs_to({"subject": {"reference": subject}}, PATIENT) is True


@pytest.mark.parametrize(
    "subject", ["Patient/patient-10", "Group/patient-1", "patient-1", "#x", "urn:uuid:patient-1"]
)
def test_a_subject_that_is_not_surely_the_patient(subject: str) -> None:
    """A group, a longer id, or a reference that names nobody is not the patient."""
    assert belongs_to({"subject": {"reference": subject}}, PATIENT) is False


def test_a_resource_without_subject_counts() -> None:
    """It came as an answer to a search for this patient."""
    assert belongs_to({"resourceType": "Observation"}, PATIENT) is True
    assert belongs_to({"subject": {"display": "Somebody"}}, PATIENT) is True


def test_another_patient_resource_is_not_the_patient() -> None:
    """Of two Patient resources only the one asked for is kept."""
    other = {"resourceType": "Patient", "id": "other", "birthDate": "1990-01-01"}
    own = {"resourceType": "Patient", "id": PATIENT}

    built = Chart.build(PATIENT, [other, own])

    assert own == built.patient
    assert 1 == built.other_patient


SEEN = observation("same", LVEF, (60, "%"))
AGAIN = observation("same", LVEF, (30, "%"))


def _version(resource: Any, **meta: str) -> Any:
    return {**resource, "meta": meta}


def _built(trusted: list[Any], less_trusted: list[Any]) -> list[Any]:
    built = Chart.build(PATIENT, trusted, less_trusted=less_trusted)
    return list(built.all("Observation"))


def test_the_same_resource_twice_counts_once() -> None:
    """Prefetch and fetch may both bring it."""
    assert [SEEN] == _built([SEEN, dict(SEEN)], [dict(SEEN)])


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (
            _version(SEEN, lastUpdated="2026-10-01T12:00:00+02:00", versionId="9"),
            _version(AGAIN, lastUpdated="2026-10-01T11:00:00Z", versionId="2"),
        ),
        (_version(SEEN, versionId="9"), _version(AGAIN, versionId="10")),
        (
            _version(SEEN, versionId="1", lastUpdated="2026-10-01T12:00:00Z"),
            _version(AGAIN, versionId="2", lastUpdated="2026-10-01T12:00:00Z"),
        ),
    ],
)
def test_the_later_version_counts(earlier: Any, later: Any) -> None:
    """Time of change, or failing that the number of the version, decides wherever it came from."""
    for one, other in ((earlier, later), (later, earlier)):
        assert [later] == _built([one], [other])
        assert [later] == _built([one, other], [])
        assert [later] == _built([], [one, other])


@pytest.mark.parametrize(
    "meta",
    [{}, {"lastUpdated": "2027-01-01T00:00:00"}, {"lastUpdated": "soon"}, {"versionId": "W/9"}],
)
def test_what_answers_a_search_counts_before_what_came_along(meta: dict[str, str]) -> None:
    """Where no version tells which is later, a copy under a foreign key gives way."""
    assert [SEEN] == _built([SEEN], [_version(AGAIN, **meta)])


def test_an_id_that_was_used_twice_hides_nothing() -> None:
    """Two results under one id both stay, as neither is known to be the older one."""
    assert [SEEN, AGAIN] == _built([SEEN, AGAIN], [])


def test_one_id_in_two_types_is_two_resources() -> None:
    """Ids are unique only within a type, and resources without id are all kept."""
    nameless = [observation("x", LVEF, (each, "%"), id=None) for each in (60, 61)]
    resources = [observation("1", LVEF, (60, "%")), coverage("1", "Payer"), *nameless]

    assert 4 == len(list(chart(resources)))


def test_what_is_no_resource_is_left_out() -> None:
    """A resource that does not say its type cannot be read."""
    assert [] == list(Chart.build(PATIENT, [{}, {"resourceType": 7}, {"id": "x"}]))


@pytest.mark.parametrize("reference", ["Organization/o", "https://ehr.example/fhir/Organization/o"])
def test_resolving_a_reference(reference: str) -> None:
    """A reference is found in the chart, relative or absolute."""
    organization = {"resourceType": "Organization", "id": "o", "name": "Payer"}
    built = chart([organization])

    assert organization == built.resolve({"reference": reference})
    assert built.resolve({"reference": "Organization/other"}) is None
    assert built.resolve({"reference": "Practitioner/o"}) is None


def test_resolving_what_is_contained() -> None:
    """`#o` is looked for in the resource that refers to it, and nowhere else."""
    contained = {"resourceType": "Organization", "id": "o"}
    owner = coverage("c", {"reference": "#o"}, contained=[None, contained])
    built = chart([owner, {"resourceType": "Organization", "id": "#o"}])

    assert contained == built.resolve({"reference": "#o"}, owner)
    assert built.resolve({"reference": "#o"}) is None
    assert built.resolve({"reference": "#p"}, owner) is None


def test_unresolved_references_that_matter() -> None:
    """Reasons, payors and medications that are not in the chart are named once, as relative."""
    by_reference = {
        "medicationCodeableConcept": None,
        "medicationReference": {"reference": "Medication/m"},
    }
    resources = [
        coverage("c", {"reference": "https://ehr.example/fhir/Organization/o"}),
        coverage("d", {"reference": "Organization/o"}),
        medication("MedicationStatement", "s", "completed", **by_reference),
        observation("lvef", LVEF, (60, "%"), performer=[{"reference": "Practitioner/p"}]),
    ]  # fmt: skip
    ordered = orders(request(reasonReference=[{"reference": "Condition/x"}]))

    assert ("Condition/x", "Organization/o", "Medication/m") == chart(resources).unresolved(ordered)


def test_what_was_looked_for_in_vain_is_not_asked_again() -> None:
    """A reference that could not be read is known as missing after the second round."""
    built = chart([coverage("c", {"reference": "Organization/o"})])
    answered = built.extended([], {"Organization/o": "the server answered 404"})

    assert () == answered.unresolved([])
    assert {"Organization/o": "the server answered 404"} == answered.missing_references


def test_extending_keeps_what_is_there() -> None:
    """A second round adds resources; counts and reasons of the first remain."""
    foreign = observation("f", LVEF, (60, "%"), subject={"reference": "Patient/other"})
    first = chart([observation("a", LVEF, (60, "%")), foreign], {"Condition": "refused"})
    drug = {"resourceType": "Medication", "id": "m", "code": named(CYCLOPHOSPHAMIDE)}

    second = first.extended([drug, foreign])

    assert ["Observation/a", "Medication/m"] == [reference_of(each) for each in second]
    assert 2 == second.other_patient
    assert "refused" == second.why_unavailable("Observation", "Condition")
    assert second.why_unavailable("Observation") is None


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Condition", "id": "x"}, "Condition/x"),
        ({"resourceType": "Condition"}, "Condition/?"),
        ({"resourceType": "Condition", "id": 7}, "Condition/?"),
    ],
)
def test_reference_of(resource: Any, expected: str) -> None:
    """A resource is named by type and id; one without id still has a name."""
    assert expected == reference_of(resource)


OWN_BASE = "https://ehr.example.org/fhir/R4"


@pytest.mark.parametrize(
    "reference",
    [
        "Organization/o",
        "/Organization/o",
        "Organization/o/_history/2",
        f"{OWN_BASE}/Organization/o",
        f"{OWN_BASE}/Organization/o/_history/2",
        f"{OWN_BASE}//Organization/o",
        "http://ehr.example.org/fhir/R4/Organization/o",
        "https://EHR.example.org:443/FHIR/r4/Organization/o",
        "//ehr.example.org/fhir/R4/Organization/o",
    ],
)
def test_references_to_the_own_server(reference: str) -> None:
    """Relative, or at its base URL, however that is spelled: it is the server's own."""
    assert "Organization/o" == own_reference({"reference": reference}, OWN_BASE)
    assert "Organization/o" == own_reference(reference, f"{OWN_BASE}/")
    assert "Organization/o" == own_reference(reference, None)


@pytest.mark.parametrize(
    "reference",
    [
        "https://other.example/fhir/R4/Organization/o",
        "https://ehr.example.org/fhir/Organization/o",
        "https://ehr.example.org/fhir/R4/x/Organization/o",
        "https://ehr.example.org:8443/fhir/R4/Organization/o",
        "https://ehr.example.org.evil.example/fhir/R4/Organization/o",
        "https://ehr.example.org/fhir/R4/../Organization/o",
        "../secret/Organization/o",
    ],
)
def test_references_to_another_server(reference: str) -> None:
    """What bears the same id elsewhere is not in the chart; it could not be read, with a reason."""
    coverage = {"resourceType": "Coverage", "payor": [{"reference": reference}]}
    organization = {"resourceType": "Organization", "id": "o"}
    nowhere_in_particular = Chart.build("p", [coverage, organization])
    built = replace(nowhere_in_particular, server=OWN_BASE)

    assert own_reference(reference, OWN_BASE) is None
    assert built.resolve({"reference": reference}) is None
    assert "the reference leads to another server" == built.why_missing({"reference": reference})
    assert () == built.unresolved([])
    assert organization == nowhere_in_particular.resolve({"reference": reference})
