"""The discovery document, within the subset of prefetch templates that EHRs support."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from cards.review import all_searches

_TEMPLATE = re.compile(r"[A-Z][A-Za-z]+(/\{\{context\.patientId\}\}|\?[A-Za-z_-]+=[^/]+)")


@pytest.fixture
def services(client: FlaskClient) -> list[dict[str, Any]]:
    """The services as discovery lists them."""
    response = client.get("/cds-services")
    assert 200 == response.status_code
    assert "application/json" == response.mimetype
    services: list[dict[str, Any]] = response.get_json()["services"]
    return services


def test_both_hooks_are_listed(services: list[dict[str, Any]]) -> None:
    """Each service is listed under its id with its hook."""
    assert {
        "transplant-policy-order-sign": "order-sign",
        "transplant-policy-order-select": "order-select",
    } == {service["id"]: service["hook"] for service in services}


def test_services_are_described(services: list[dict[str, Any]]) -> None:
    """Each service has title, description and usage requirements, and nothing that is empty."""
    for service in services:
        assert {"id", "hook", "title", "description", "usageRequirements"} <= set(service)
        assert all(service.values())
        assert "not a clinical recommendation" in service["description"]


def test_templates_stay_in_the_subset(services: list[dict[str, Any]]) -> None:
    """Templates are reads or searches by equality, relative, with tokens of both hooks only."""
    for service in services:
        for template in service["prefetch"].values():
            assert _TEMPLATE.fullmatch(template)
            assert ["context.patientId"] == re.findall(r"\{\{(.*?)\}\}", template)
            assert not re.search(r":(?!in=)[a-z]+=|_include|_has|\.[a-z]+=", template)


def test_templates_are_what_is_read(services: list[dict[str, Any]], library: Library) -> None:
    """What is asked for in advance is what the policies' criteria read."""
    expected = {search.key: search.prefetch_template() for search in all_searches(library)}
    for service in services:
        assert expected == service["prefetch"]


def test_every_service_can_be_called(client: FlaskClient, services: list[dict[str, Any]]) -> None:
    """Each id that is listed is an address."""
    for service in services:
        response = client.post(f"/cds-services/{service['id']}", json={"hook": service["hook"]})
        assert 400 == response.status_code
