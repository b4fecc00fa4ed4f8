"""The pages without a browser: every story and policy can be shown."""

import json

import pytest
from flask.testing import FlaskClient

from cards.library import load_library
from cards.policy import Policy
from service.app import create_app
from service.settings import Settings
from service.stories import Story, load_stories

STORIES = load_stories()


@pytest.fixture(scope="module")
def pages() -> FlaskClient:
    """The service as it runs without settings."""
    return create_app(Settings(), stories=STORIES).test_client()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.slug)
def test_every_story_can_be_shown_and_drawn(pages: FlaskClient, story: Story) -> None:
    """Each story has a page, and what it should be answered with can be drawn on it."""
    assert story.title in pages.get(f"/stories/{story.slug}").get_data(as_text=True).replace(
        "&#39;", "'"
    )
    answer = {"cards": story.expected["cards"]}
    drawn = pages.post(f"/stories/{story.slug}/drawn", json=answer)
    assert 200 == drawn.status_code
    text = drawn.get_data(as_text=True)
    assert len(story.expected["cards"]) == text.count("<article")
    assert len(story.expected["findings"]) == text.count('<section class="criteria"')
    if not story.expected["cards"]:
        assert "No card" in text


def test_the_request_is_sent_to_this_very_service(pages: FlaskClient) -> None:
    """A story's request names the FHIR server of the process that shows it, whatever its port."""
    elsewhere = create_app(Settings(port=9999), stories=STORIES[:1]).test_client()
    path = f"/stories/{STORIES[0].slug}/request.json"
    assert "http://127.0.0.1:9999/fhir" == elsewhere.get(path).get_json()["fhirServer"]
    assert dict(STORIES[0].request) == json.loads(pages.get(path).data)


@pytest.mark.parametrize("policy", load_library().policies, ids=lambda policy: policy.id)
def test_every_policy_can_be_shown(pages: FlaskClient, policy: Policy) -> None:
    """Each policy has a page that is linked from the list."""
    path = f"/policies/{policy.id}"
    assert path in pages.get("/policies").get_data(as_text=True)
    assert 200 == pages.get(path).status_code


def test_without_stories_the_policies_come_first() -> None:
    """Where stories are not served, the front page lists the policies."""
    page = create_app(Settings(demo=False), stories=()).test_client().get("/")
    assert 200 == page.status_code
    assert "<h1>Policies</h1>" in page.get_data(as_text=True)
