"""Bundles whose entries refer to each other by their own names."""

from typing import Any

from service.fhir.bundle import Page, read_answer

PATIENT = "urn:uuid:0f0c5c1e-7a55-4d0a-9f39-0d0f3f1f0001"


def _entry(full_url: str, **resource: Any) -> dict[str, Any]:
    return {"fullUrl": full_url, "resource": resource}


def test_local_names_become_references() -> None:
    """A subject given by the fullUrl of its entry is read as the Patient of that entry."""
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            _entry(PATIENT, resourceType="Patient", id="p1"),
            _entry("urn:uuid:2", resourceType="Condition", id="c", subject={"reference": PATIENT}),
        ],
    }

    page = read_answer(bundle)

    assert isinstance(page, Page)
    assert [{"reference": "Patient/p1"}] == [
        each["subject"] for each in page.resources if "subject" in each
    ]


def test_other_references_stay() -> None:
    """A name that no entry of the Bundle bears stays what it is."""
    stranger = {"reference": "urn:uuid:somebody-else"}
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            _entry(PATIENT, resourceType="Patient", id="p1"),
            _entry("urn:uuid:2", resourceType="Condition", id="c", subject=stranger),
        ],
    }

    page = read_answer(bundle)

    assert isinstance(page, Page)
    assert stranger == page.resources[1]["subject"]
