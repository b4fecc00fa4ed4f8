"""What servers do to a reader: pages, answers out of a memory, resources that came a moment ago."""

from dataclasses import replace

import pytest
import requests

from cards.record.chart import reference_of
from service.stories.story import Story, load_story
from tests.integration.conftest import Sign
from tests.integration.loading import load

pytestmark = pytest.mark.integration

_MORE_THAN_A_PAGE = 120


@pytest.fixture
def story() -> Story:
    """A patient who meets every criterion."""
    found = load_story("every-criterion-is-met")
    assert found is not None
    return found


def test_every_page_of_a_search_is_read(story: Story, fhir_base: str, sign: Sign) -> None:
    """Many newer Observations stand before the ones that decide; the answer stays the same."""
    notes = tuple(
        {
            "resourceType": "Observation",
            "id": f"{story.slug}-note-{number}",
            "status": "final",
            "code": {"text": "Note of the ward"},
            "subject": {"reference": f"Patient/{story.slug}"},
            "effectiveDateTime": story.as_of.isoformat(),
            "valueString": "Slept well.",
        }
        for number in range(_MORE_THAN_A_PAGE)
    )
    load(fhir_base, replace(story, resources=(*notes, *story.resources)))

    assert (200, {"cards": []}) == sign(story, {"fhirServer": fhir_base})


def test_what_was_documented_a_moment_ago_is_seen(story: Story, fhir_base: str, sign: Sign) -> None:
    """A card asks for a fact; the clinician enters it and signs again: the card is gone."""
    there = {"fhirServer": fhir_base}
    score = story.resources[story.files.index("skin-score.json")]
    load(fhir_base, story)
    requests.delete(f"{fhir_base}/{reference_of(score)}", timeout=60).raise_for_status()

    status, before = sign(story, there)
    assert (200, ["info"]) == (status, [card["indicator"] for card in before["cards"]])

    load(fhir_base, story)
    assert (200, {"cards": []}) == sign(story, there)
