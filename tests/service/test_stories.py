"""Stories are read from their folders, and told where the service happens to be."""

from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from service.app import create_app
from service.errors import StoryError
from service.settings import Settings
from service.stories.story import Story, load_stories, load_story
from tests.service.requests_sent import (
    CONDITION,
    COVERAGE,
    ORDER_SIGN,
    PATIENT,
    order_sign,
)
from tests.service.transport import BASE, FakeFhir, encoded

ABOUT = "title: Anna\nstory: Anna has systemic sclerosis.\nas_of: 2026-10-01\npolicy: p/1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one story."""
    story = tmp_path / "anna"
    (story / "fhir").mkdir(parents=True)
    (story / "story.yaml").write_text(ABOUT, encoding="utf-8")
    (story / "request.json").write_bytes(encoded(order_sign()))
    (story / "expected.json").write_bytes(encoded({"findings": [], "cards": []}))
    (story / "fhir" / "patient.json").write_bytes(encoded(PATIENT))
    (story / "fhir" / "coverage.json").write_bytes(encoded(COVERAGE))
    return tmp_path


def test_story_is_read(folder: Path) -> None:
    """A story has its slug from the folder, and its resources in the order of the files."""
    (story,) = load_stories(folder)

    assert ("anna", "Anna", date(2026, 10, 1)) == (story.slug, story.title, story.as_of)
    assert "reference" == story.payer_matching
    assert (COVERAGE, PATIENT) == story.resources
    assert ("coverage.json", "patient.json") == story.files


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("story.yaml", "title: [unclosed"),
        ("story.yaml", "just words"),
        ("story.yaml", ABOUT.replace("as_of: 2026-10-01", "as_of: soon")),
        ("story.yaml", ABOUT + "payer_matching: lenient\n"),
        ("request.json", "{"),
        ("expected.json", "[]"),
        ("fhir/patient.json", "null"),
    ],
)
def test_faulty_story_is_named(folder: Path, file: str, content: str) -> None:
    """A story that cannot be used is refused by the name of its file."""
    (folder / "anna" / file).write_text(content, encoding="utf-8")

    with pytest.raises(StoryError) as raised:
        load_stories(folder)

    assert str(folder / "anna" / file) in str(raised.value)


def test_stories_come_with_the_service() -> None:
    """At least twenty stories are there, each under its own name, patient and ids."""
    stories = load_stories()

    assert 20 <= len(stories)
    assert [s.slug for s in stories] == [s.request["context"]["patientId"] for s in stories]
    ids = [(r["resourceType"], r["id"]) for story in stories for r in story.resources]
    assert len(ids) == len(set(ids))
    assert stories[0] == load_story(stories[0].slug)
    assert load_story("no-such-story") is None


def told_story() -> Story:
    """Return a story of the day before the policy takes effect."""
    return Story(
        slug="anna",
        title="Anna",
        story="Anna has systemic sclerosis.",
        as_of=date(2026, 5, 31),
        payer_matching="strict",
        policy="capital-blue-cross/mp-9.053",
        request=order_sign(),
        resources=(PATIENT, CONDITION, COVERAGE),
        files=("patient.json", "condition.json", "coverage.json"),
        expected={},
    )


@pytest.fixture
def telling(library: Library, fhir: FakeFhir) -> FlaskClient:
    """A client of a service that tells one story."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    app = create_app(
        Settings(port=9000, fhir_servers=BASE),
        library=library,
        stories=[told_story()],
        session=fhir.session(),
        today=lambda: date(2026, 10, 1),
    )
    return app.test_client()


@pytest.mark.parametrize(
    ("server", "cards"),
    [
        ("http://127.0.0.1:9000/fhir", 0),
        ("http://localhost:9000/fhir/", 0),
        ("http://127.0.0.1:8080/fhir", 1),
        (BASE, 1),
    ],
)
def test_story_does_not_age(telling: FlaskClient, fhir: FakeFhir, server: str, cards: int) -> None:
    """A story is reviewed as of its own day, at our own FHIR server and nowhere else."""
    response = telling.post(ORDER_SIGN, json=order_sign(fhirServer=server))

    assert fhir.asked
    assert cards == len(response.get_json()["cards"])


def test_story_is_told_at_the_services_own_address() -> None:
    """A story's request names the FHIR server of the service that tells it."""
    assert "http://x:1/fhir" == told_story().at("http://x:1").request["fhirServer"]
