"""Orders, patients and coverage in human terms."""

from datetime import date
from typing import Any

from service.pages.order_view import Concept, coverage_views, order_views, patient_view

CPT = "http://www.ama-assn.org/go/cpt"


def request_with(order: dict[str, Any]) -> dict[str, Any]:
    """Return a request of patient p that drafts *order*."""
    resource = {"resourceType": "ServiceRequest", "id": "1", "status": "draft", **order}
    return {"context": {"patientId": "p", "draftOrders": {"entry": [{"resource": resource}]}}}


def test_an_order_is_named_by_its_text_then_its_display_then_its_code() -> None:
    """A person reads words where there are any, and the code where there are none."""
    coding = {"system": CPT, "code": "38241", "display": "Autologous transplant"}
    for code, text in (
        ({"coding": [coding], "text": "auto SCT"}, "auto SCT"),
        ({"coding": [coding]}, "Autologous transplant"),
        ({"coding": [{"system": CPT, "code": "38241"}]}, "CPT 38241"),
    ):
        [order] = order_views(request_with({"code": code}), [])
        assert Concept(text, ("CPT 38241",)) == order.what


def test_a_reason_may_stand_in_the_record() -> None:
    """A reference to a Condition is shown by what the Condition says."""
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Systemic sclerosis"}}
    order = {"reasonReference": [{"reference": "Condition/c"}]}
    [view] = order_views(request_with(order), [condition])
    assert (Concept("Systemic sclerosis", ()),) == view.why


def test_an_order_for_somebody_else_says_so() -> None:
    """An order whose subject is another patient is marked."""
    [view] = order_views(request_with({"subject": {"reference": "Patient/q"}}), [])
    assert view.for_someone_else


def test_age_is_in_completed_years_on_the_day_of_the_story() -> None:
    """The day before a birthday the patient is a year younger; half a date gives no age."""
    patient: dict[str, Any] = {"resourceType": "Patient", "id": "p", "birthDate": "1966-11-21"}
    assert 59 == patient_view("p", [patient], date(2026, 11, 20)).age
    assert 60 == patient_view("p", [patient], date(2026, 11, 21)).age
    assert None is patient_view("p", [{**patient, "birthDate": "1966"}], date(2026, 11, 21)).age


def test_a_payer_is_found_wherever_the_coverage_names_it() -> None:
    """By display, by a resource of the record, or by a contained one; with what limits it."""
    plan = {"resourceType": "Organization", "id": "o", "name": "Example Plan"}
    common = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
    }
    record: list[dict[str, Any]] = [
        plan,
        {**common, "payor": [{"display": "Shown Plan"}]},
        {**common, "payor": [{"reference": "Organization/o"}]},
        {**common, "contained": [plan], "payor": [{"reference": "#o"}], "status": "cancelled"},
    ]
    views = coverage_views("p", record)
    assert ["Shown Plan", "Example Plan", "Example Plan"] == [view.payer for view in views]
    assert "cancelled" == views[2].detail
