"""The FHIR servers of the integration tests, and what sends them our stories."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.library import load_library
from service.app import create_app
from service.settings import Settings
from service.stories import Story
from tests.integration import sekmet

TOKEN = "a-token-that-is-no-secret"  # noqa: S105

Answer = tuple[int, dict[str, Any]]
"""Status and decoded body."""

Sign = Callable[[Story, Mapping[str, Any]], Answer]


@pytest.fixture(scope="session")
def fhir_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without stories: the one that FHIR_BASE names, or a fresh SEKMET."""
    if given := os.environ.get("FHIR_BASE"):
        yield given.rstrip("/")
        return
    with sekmet.running(tmp_path_factory.mktemp("sekmet")) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def absolute_fhir_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SEKMET that writes every reference as an absolute URL, as some servers do."""
    with sekmet.running(
        tmp_path_factory.mktemp("absolute"), server_behaviour={"absolute_references": True}
    ) as base_url:
        yield base_url


@pytest.fixture
def guarded_fhir_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SEKMET that answers nobody without TOKEN."""
    with sekmet.running(
        tmp_path_factory.mktemp("guarded"), server_auth={"types": ["bearer"], "tokens": [TOKEN]}
    ) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def sign() -> Sign:
    """Send the request of a story, changed by a mapping, and return status and body."""
    library = load_library()

    @cache
    def client(as_of: str, payer_matching: str) -> FlaskClient:
        settings = Settings.model_validate(
            {
                "as_of": as_of,
                "payer_matching": payer_matching,
                # Not about speed: SEKMET answers one request after the other.
                "fhir_timeout_seconds": 60,
            }
        )
        return create_app(settings, library=library, stories=()).test_client()

    def sign_story(story: Story, changes: Mapping[str, Any]) -> Answer:
        answer = client(story.as_of.isoformat(), story.payer_matching).post(
            "/cds-services/transplant-policy-order-sign", json={**story.request, **changes}
        )
        return answer.status_code, answer.get_json()

    return sign_story
