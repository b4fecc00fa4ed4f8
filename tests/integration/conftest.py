"""The FHIR servers of the integration tests, and what sends them our stories.

FHIR_SERVER=hapi takes a real HAPI FHIR server in the place of SEKMET; FHIR_BASE, one that runs.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.library import load_library
from service.app import create_app
from service.settings import Settings
from service.stories.story import Story
from tests.integration import hapi, sekmet

TOKEN = "a-token-that-is-no-secret"  # noqa: S105

Answer = tuple[int, dict[str, Any]]
"""Status and decoded body."""

Sign = Callable[[Story, Mapping[str, Any]], Answer]


_GIVEN = os.environ.get("FHIR_BASE", "").rstrip("/")
KIND = "given" if _GIVEN else os.environ.get("FHIR_SERVER", "sekmet")
"""The server under test: `sekmet`, `hapi`, or one that runs already, `given` as FHIR_BASE."""

_SECONDS_ON_HAPI = 900
_RUNNING = {"sekmet": sekmet.running, "hapi": hapi.running}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about another kind of server than the one under test."""
    if KIND == "hapi":
        # The first test waits for its start, which a busy machine draws out.
        for item in items:
            if item.get_closest_marker("integration") is not None:
                item.add_marker(pytest.mark.timeout(_SECONDS_ON_HAPI))
    other = [
        item for item in items for marker in item.iter_markers("only_on") if KIND not in marker.args
    ]
    if other:
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if item not in other]


@pytest.fixture(scope="session")
def fhir_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without stories, of the kind under test."""
    if KIND == "given":
        yield _GIVEN
        return
    with _RUNNING[KIND](tmp_path_factory.mktemp(KIND)) as base_url:
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
