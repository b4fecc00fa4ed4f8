"""The stories again, their patients on a FHIR server that is not ours."""

import pytest

from service.stories.story import Story, load_stories
from tests.integration.conftest import KIND, TOKEN, Sign
from tests.integration.loading import Refused, load, loaded

pytestmark = pytest.mark.integration

_STORIES = {story.slug: story for story in load_stories()}
_every_story = pytest.mark.parametrize("story", _STORIES.values(), ids=_STORIES)
_taken = {
    slug: story for slug, story in _STORIES.items() if KIND != "hapi" or not story.broken_on_purpose
}
_every_story_taken = pytest.mark.parametrize("story", _taken.values(), ids=_taken)
_PLAIN = "every-criterion-is-met"


@_every_story_taken
def test_a_story_is_answered_from_a_real_server(story: Story, fhir_base: str, sign: Sign) -> None:
    """The whole answer is the story's own, wherever its patient is kept."""
    with loaded(fhir_base, story):
        answered = sign(story, {"fhirServer": fhir_base})

    assert (200, {"cards": story.expected["cards"]}) == answered


@pytest.mark.only_on("hapi")
def test_a_strict_server_keeps_no_broken_value(fhir_base: str) -> None:
    """A story with a value that FHIR does not allow never gets there."""
    broken = [story for story in _STORIES.values() if story.broken_on_purpose]

    assert broken
    for story in broken:
        with pytest.raises(Refused, match=": 400 "):
            load(fhir_base, story)


@pytest.mark.only_on("sekmet")
@_every_story
def test_absolute_references_change_nothing(
    story: Story, absolute_fhir_base: str, sign: Sign
) -> None:
    """A server that writes `http://…/Patient/x` where ours writes `Patient/x` is understood."""
    with loaded(absolute_fhir_base, story):
        answered = sign(story, {"fhirServer": absolute_fhir_base})

    assert (200, {"cards": story.expected["cards"]}) == answered


@pytest.mark.only_on("sekmet")
def test_the_access_token_of_the_request_opens_the_server(
    guarded_fhir_base: str, sign: Sign
) -> None:
    """With the token of fhirAuthorization the record is read; without it, or refused, 412."""
    story = _STORIES[_PLAIN]
    load(guarded_fhir_base, story, TOKEN)
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "transplant-cds",
    }
    there = {"fhirServer": guarded_fhir_base}

    assert (200, {"cards": story.expected["cards"]}) == sign(
        story, {**there, "fhirAuthorization": authorization}
    )
    for refused in ({}, {"fhirAuthorization": {**authorization, "access_token": "another"}}):
        status, outcome = sign(story, {**there, **refused})
        assert (412, "OperationOutcome") == (status, outcome["resourceType"])
        assert TOKEN not in str(outcome)
