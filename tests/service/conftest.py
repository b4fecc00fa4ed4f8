"""A client of the service, over a FHIR server that is made of answers written in the test."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask.testing import FlaskClient

from cards.library import Library, load_library
from service.app import create_app
from service.logs import configure_logs
from service.settings import Settings
from tests.service.transport import BASE, FakeFhir


@pytest.fixture(scope="session")
def library() -> Library:
    """The policies that come with the service."""
    return load_library()


@pytest.fixture
def fhir() -> FakeFhir:
    """A FHIR server on which nothing is: every search finds nothing."""
    return FakeFhir()


@pytest.fixture
def client(library: Library, fhir: FakeFhir) -> FlaskClient:
    """A client of the service, whose only way out is *fhir*."""
    settings = Settings(payer_matching="strict", fhir_timeout_seconds=2, fhir_servers=BASE)
    return create_app(settings, library=library, stories=(), session=fhir.session()).test_client()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, with everything on that the libraries may say."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs("debug")
    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
