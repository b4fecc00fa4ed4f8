"""What the command `sandbox` writes of a story, and how it is known again."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cards.record.chart import reference_of
from service.sandbox.patients import TAG, Seed, is_ours, told_as
from service.stories.story import Story, load_stories

_STORIES = {story.slug: story for story in load_stories()}
_SLUG = "every-criterion-is-met"
_PREFETCHED = "prefetch-holds-half-the-record"


def entries(story: Story) -> list[dict[str, Any]]:
    """Return the entries of the transaction that seeds a story."""
    listed = Seed(story).transaction()["entry"]
    assert isinstance(listed, list)
    return listed


@pytest.mark.parametrize("slug", [_SLUG, _PREFETCHED, "skin-score-of-another-patient"])
def test_a_story_is_created_only_where_it_is_not(slug: str) -> None:
    """No id is asked for and nothing is overwritten; tag and identifier are on every resource."""
    for entry in entries(_STORIES[slug]):
        resource = entry["resource"]
        identifier = resource["identifier"][-1]
        assert "id" not in resource
        assert ("POST", resource["resourceType"]) == (
            entry["request"]["method"],
            entry["request"]["url"],
        )
        assert (
            f"identifier={identifier['system']}|{identifier['value']}"
            == (entry["request"]["ifNoneExist"])
        )
        assert resource["meta"]["tag"] == [TAG]
        assert is_ours(resource)


@pytest.mark.parametrize("story", _STORIES.values(), ids=_STORIES)
def test_a_transaction_refers_to_nothing_outside_itself(story: Story) -> None:
    """Each reference is an entry of the same Bundle, as servers insist that it exists."""
    listed = entries(story)
    urls = {entry["fullUrl"] for entry in listed}
    referred = set(re.findall(r'"reference":"([^#"][^"]*)"', msgspec.json.encode(listed).decode()))

    assert len(listed) == len(urls)
    assert referred <= urls


def test_another_telling_of_a_story_is_another_record() -> None:
    """A server that holds an earlier version of a story does not give it out as this one."""
    story = _STORIES[_SLUG]
    seed = Seed(story)
    first, *others = story.resources
    changed = Seed(replace(story, resources=({**first, "language": "en"}, *others)))

    assert seed.mark == Seed(story).mark
    assert seed.mark != changed.mark


def test_a_request_moves_with_its_patient() -> None:
    """Patient and references are those of the server; orders and all else stay as told."""
    seed = Seed(_STORIES[_PREFETCHED])
    told = seed.story.request
    moved = seed.request_at("http://else/fhir", {f"Patient/{_PREFETCHED}": "Patient/17"})

    assert "17" == moved["context"]["patientId"]
    assert "http://else/fhir" == moved["fhirServer"]
    assert "17" == moved["prefetch"]["patient"]["id"]
    text = msgspec.json.encode(moved).decode()
    assert f"Patient/{_PREFETCHED}" not in text
    assert text.count("Patient/17") == msgspec.json.encode(told).decode().count(
        f'"Patient/{_PREFETCHED}"'
    )
    assert told["hookInstance"] == moved["hookInstance"]


def test_what_is_found_is_told_by_the_name_of_the_story() -> None:
    """The identifier leads from a resource of the server back to the story's own."""
    seed = Seed(_STORIES[_SLUG])
    back = [told_as({**entry["resource"], "id": "17"}) for entry in entries(seed.story)]

    assert [(seed.mark, reference_of(each)) for each in seed.resources] == back
    assert told_as({"resourceType": "Patient", "identifier": [{"system": "x"}, 3]}) is None


@pytest.mark.parametrize(
    "meta", [None, [], {"tag": "x"}, {"tag": [3]}, {"tag": [{**TAG, "code": "another"}]}]
)
def test_only_our_own_tag_makes_a_resource_ours(meta: Any) -> None:
    """No tag, a broken one or another's: hands off."""
    assert not is_ours({"resourceType": "Patient", "id": "1", "meta": meta})
