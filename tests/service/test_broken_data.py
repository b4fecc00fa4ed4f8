"""Broken records: no fault of ours, and no verdict that rests on what is broken.

A verdict on a record with one broken resource may be what it was with the sound one (the element
does not matter), what it is without it, or unknown: never another. `HYPOTHESIS_PROFILE=deep` looks
longer.
"""

import json
from functools import cache
from typing import Any

import msgspec
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cards.finding import finding_json
from cards.library import Library, load_library
from service.app import create_app
from service.fhir.source import Record
from service.hook import read_request, service_for
from service.reviewing import Terms, review_request
from service.settings import Settings
from service.stories.story import Story, load_story
from tests.service import breaking
from tests.service.breaking import Path
from tests.service.requests_sent import ORDER_SIGN
from tests.service.transport import FakeFhir, searchset

SLUGS = (
    "999-blasts-after-prophase",
    "a-child-relapsing-after-an-autologous-graft",
    "a-day-after-the-review-was-due",
    "a-day-under-six-months-of-cyclophosphamide",
    "abnormal-ecg-shows-involvement",
    "lymphocytes-in-remission-without-a-risk",
    "vital-capacity-falls-by-ten-percent",
)
UNKNOWN = frozenset({"not-documented", "unavailable"})
Verdicts = dict[tuple[str, str], str]
Json = dict[str, Any]

EXAMPLES = settings.default.max_examples if settings.default else 40
thorough = settings(suppress_health_check=[HealthCheck.filter_too_much])
quick = settings(thorough, max_examples=EXAMPLES // 2)


@cache
def _library() -> Library:
    return load_library()


@cache
def _story(slug: str) -> Story:
    story = load_story(slug)
    assert story is not None
    return story


def _reviewed(slug: str, resources: Any) -> Verdicts:
    story = _story(slug)
    body = msgspec.json.encode(story.request)
    request = read_request(body, service_for(body))
    terms = Terms(story.as_of, story.payer_matching)
    record = Record(json.loads(json.dumps(resources)))  # as it would come over the wire
    review = review_request(request, _library(), terms, record, "https://cds.example")
    found = [finding_json(each) for each in review.findings]
    assert json.dumps([found, review.cards])
    return {(f["policy"], c["id"]): c["verdict"] for f in found for c in f["criteria"]}


@cache
def _sound(slug: str) -> Verdicts:
    return _reviewed(slug, _story(slug).resources)


@cache
def _without(slug: str, index: int) -> Verdicts:
    resources = list(_story(slug).resources)
    return _reviewed(slug, resources[:index] + resources[index + 1 :])


def _with(slug: str, index: int, broken: Any) -> Verdicts:
    resources: list[Any] = list(_story(slug).resources)
    resources[index] = broken
    return _reviewed(slug, resources)


def _assert_nothing_rests_on_it(slug: str, index: int, broken: Any) -> None:
    sound, without = _sound(slug), _without(slug, index)
    for key, verdict in _with(slug, index, broken).items():
        known = {each[key] for each in (sound, without) if key in each}
        # Where the indication is not known any more, criteria are asked that were not before.
        assert not known or verdict in known | UNKNOWN, (key, verdict, known)


@st.composite
def _resources(draw: st.DrawFn) -> tuple[str, int, Any]:
    slug = draw(st.sampled_from(SLUGS))
    index = draw(st.integers(0, len(_story(slug).resources) - 1))
    return slug, index, _story(slug).resources[index]


@st.composite
def _elements(draw: st.DrawFn, found: Any = None) -> tuple[str, int, Any, Path]:
    """Draw a resource of a story, and the path of an element of it that *found* finds."""
    listing = found or (lambda resource: list(breaking.paths(resource)))
    slug, index, resource = draw(_resources().filter(lambda each: bool(listing(each[2]))))
    return slug, index, resource, draw(st.sampled_from(listing(resource)))


@thorough
@given(_elements())
def test_a_dropped_element_is_no_fault(element: tuple[str, int, Any, Path]) -> None:
    """Whatever is missing, the review comes to an end."""
    slug, index, resource, path = element

    assert _with(slug, index, breaking.drop(resource, path))


@thorough
@given(st.data(), _elements())
def test_a_retyped_element_decides_nothing(
    data: st.DataObject, element: tuple[str, int, Any, Path]
) -> None:
    """A text where a number belongs, a number where a list does: nothing rests on it."""
    slug, index, resource, path = element
    junk = data.draw(breaking.retyped(breaking.at(resource, path)))

    _assert_nothing_rests_on_it(slug, index, breaking.put(resource, path, junk))


@thorough
@given(st.data(), _elements())
def test_a_nested_element_decides_nothing(
    data: st.DataObject, element: tuple[str, int, Any, Path]
) -> None:
    """An element within what does not belong around it is read as it was meant, or not at all."""
    slug, index, resource, path = element
    wrapped = data.draw(breaking.nested(breaking.at(resource, path)))

    _assert_nothing_rests_on_it(slug, index, breaking.put(resource, path, wrapped))


@quick
@given(_elements(breaking.numbers), st.sampled_from(breaking.ABSURD))
def test_an_absurd_number_decides_nothing(
    element: tuple[str, int, Any, Path], number: float
) -> None:
    """A number that no patient can have is not read."""
    slug, index, resource, path = element

    _assert_nothing_rests_on_it(slug, index, breaking.put(resource, path, number))


@quick
@given(_elements(breaking.units), st.sampled_from(breaking.FOREIGN_UNITS))
def test_a_swapped_unit_decides_nothing(element: tuple[str, int, Any, Path], unit: str) -> None:
    """A value in a unit of something else is not read."""
    slug, index, resource, path = element
    quantity = {"value": breaking.at(resource, path)["value"], "unit": unit, "code": unit}

    _assert_nothing_rests_on_it(slug, index, breaking.put(resource, path, quantity))


@quick
@given(_elements(breaking.dates), st.sampled_from(breaking.FAR_AHEAD))
def test_a_date_that_lies_ahead_decides_nothing(
    element: tuple[str, int, Any, Path], date: str
) -> None:
    """What has not happened yet counts as little as what is not there."""
    slug, index, resource, path = element

    _assert_nothing_rests_on_it(slug, index, breaking.put(resource, path, date))


@quick
@given(_resources())
def test_a_resource_of_another_patient_is_not_there(drawn: tuple[str, int, Any]) -> None:
    """Of whom a resource is decides before what it says."""
    slug, index, resource = drawn
    subjects = [
        each for each in ("subject", "patient", "beneficiary", "individual") if each in resource
    ]
    stranger = {**resource, **{each: {"reference": "Patient/somebody"} for each in subjects}}
    if resource["resourceType"] == "Patient":
        stranger["id"], subjects = "somebody", ["id"]

    expected = _without(slug, index) if subjects else _sound(slug)
    found = _with(slug, index, stranger)
    if f"{resource['resourceType']}/{resource['id']}" in json.dumps(_story(slug).request):
        # Gone, what the order refers to could not be read; another's, it says nothing.
        expected, found = _unknown_alike(expected), _unknown_alike(found)
    assert expected == found


def _unknown_alike(verdicts: Verdicts) -> Verdicts:
    return {key: "unknown" if each in UNKNOWN else each for key, each in verdicts.items()}


@quick
@given(st.data(), _resources())
def test_an_id_used_twice_decides_nothing(data: st.DataObject, drawn: tuple[str, int, Any]) -> None:
    """Two resources under one id are both read, or neither."""
    slug, index, resource = drawn
    same = [
        each["id"]
        for each in _story(slug).resources
        if each["resourceType"] == resource["resourceType"]
    ]

    _assert_nothing_rests_on_it(slug, index, {**resource, "id": data.draw(st.sampled_from(same))})


@quick
@given(_resources())
def test_references_in_a_circle_come_to_an_end(drawn: tuple[str, int, Any]) -> None:
    """A resource that refers to itself wherever it refers to anything is no fault."""
    slug, index, resource = drawn
    here = {"reference": f"{resource['resourceType']}/{resource['id']}"}
    circle = {
        **resource,
        **{each: here for each in ("medicationReference", "partOf") if each not in resource},
        "contained": [{**resource, "contained": [resource]}],
        "payor": [here, {"reference": "#"}, {"reference": f"#{resource['id']}"}],
        "reasonReference": [here],
        "hasMember": [here],
        "evidence": [{"detail": [here]}],
    }

    assert _with(slug, index, circle)


@cache
def _client() -> tuple[FlaskClient, FakeFhir]:
    fhir = FakeFhir()
    app = create_app(
        Settings(fhir_timeout_seconds=2), library=_library(), stories=(), session=fhir.session()
    )
    return app.test_client(), fhir


def _whole_request(slug: str) -> Json:
    story = _story(slug)
    kinds = {each["resourceType"] for each in story.resources}
    prefetch = {
        kind: searchset(*(each for each in story.resources if each["resourceType"] == kind))
        for kind in sorted(kinds)
    }
    return json.loads(json.dumps({**story.request, "prefetch": prefetch}))  # type: ignore[no-any-return]


@thorough
@given(st.data(), st.sampled_from(SLUGS))
def test_a_broken_request_is_answered(data: st.DataObject, slug: str) -> None:
    """Wherever envelope, orders or prefetch are broken, the answer is a card or a cure."""
    request = _whole_request(slug)
    path = data.draw(st.sampled_from(list(breaking.paths(request))))
    value = breaking.at(request, path)
    junk = data.draw(breaking.retyped(value) | breaking.nested(value))
    client, fhir = _client()
    fhir.resources = []

    response = client.post(ORDER_SIGN, json=breaking.put(request, path, junk))

    assert response.status_code in (200, 400, 412), response.get_json()
    assert "cards" in response.get_json() or "issue" in response.get_json()


def test_the_stories_have_something_to_break() -> None:
    """Each story decides something by its record, so that breaking it can matter."""
    for slug in SLUGS:
        assert {"met", "not-met"} & set(_sound(slug).values())
        assert _sound(slug) != _reviewed(slug, [])
