"""The stories again, their patients on a FHIR server that is not ours."""

import pytest

from service.stories import Story, load_stories
from tests.integration.conftest import TOKEN, Sign
from tests.integration.loading import load

pytestmark = pytest.mark.integration

_STORIES = {story.slug: story for story in load_stories()}
_every_story = pytest.mark.parametrize("story", _STORIES.values(), ids=_STORIES)
_PLAIN = "every-criterion-is-met"


@_every_story
def test_a_story_is_answered_from_a_real_server(story: Story, fhir_base: str, sign: Sign) -> None:
    """The whole answer is the story's own, wherever its patient is kept."""
    load(fhir_base, story)

    assert (200, {"cards": story.expected["cards"]}) == sign(story, {"fhirServer": fhir_base})


@_every_story
def test_absolute_references_change_nothing(
    story: Story, absolute_fhir_base: str, sign: Sign
) -> None:
    """A server that writes `http://…/Patient/x` where ours writes `Patient/x` is understood."""
    load(absolute_fhir_base, story)

    assert (200, {"cards": story.expected["cards"]}) == sign(
        story, {"fhirServer": absolute_fhir_base}
    )


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
