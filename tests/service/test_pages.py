"""The pages without a browser: every story and policy can be shown."""

import json
import re

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from cards.library import load_library
from cards.policy import Policy
from service.app import create_app
from service.settings import Settings
from service.stories.story import Story, load_stories

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
    # The way of the order ends in what was determined, or stays open between several ends.
    lit = set(re.findall(r'data-reached="(?:taken|possible)" data-determination="([^"]+)"', text))
    determined = {each["determination"] for each in story.expected["findings"]}
    assert determined - {"needs-information"} <= lit
    if "needs-information" not in determined:
        assert determined == lit


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


@pytest.mark.parametrize("policy", load_library().policies, ids=lambda policy: policy.id)
def test_a_policy_can_be_signed_off(pages: FlaskClient, policy: Policy) -> None:
    """Every statement that decides stands there with its section and fingerprints, short."""
    page = pages.get(f"/policies/{policy.id}").get_data(as_text=True)
    for version in policy.versions:
        for rule in (each for each in version.criteria if each.listed):
            citation = version.citations[rule.statement]
            shown = f'<span class="code">{rule.statement}</span> {citation.section}'
            assert escape(rule.title) in page
            assert shown in page
            for sentence in citation.sentences:
                assert f">{sentence.sha256[:12]}<" in page
    assert policy.document in page
    assert "not a clinical recommendation" in page


@pytest.mark.parametrize("policy", load_library().policies, ids=lambda policy: policy.id)
def test_links_within_a_policy_resolve(pages: FlaskClient, policy: Policy) -> None:
    """Whatever a criterion reads has its codes, units and words on the same page."""
    page = pages.get(f"/policies/{policy.id}").get_data(as_text=True)
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    wanted = set(re.findall(r'href="#([^"]+)"', page))

    assert len(wanted) > 1
    assert set() == wanted - ids


@pytest.mark.parametrize(
    "path", ["/policies", "/policies/hcsc/sur703.043", "/evidence/scleroderma-hsct"]
)
def test_pages_need_neither_scripts_nor_inline_styles(pages: FlaskClient, path: str) -> None:
    """What is read and printed passes the strict security policy and needs no JavaScript."""
    page = pages.get(path).get_data(as_text=True)

    assert [] == re.findall(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", page)


def test_units_and_words_are_shown(pages: FlaskClient) -> None:
    """A measured fact shows its unit, each spelling with its factor, and what it is not."""
    page = pages.get("/policies/capital-blue-cross/mp-9.053").get_data(as_text=True)
    tapse = re.split(r'id="[^"]*fact-tricuspid-annular-plane-systolic-excursion"', page)[1]
    entry = tapse.split("</article>")[0]

    assert "77903-3" in entry
    assert re.search(r">mm&nbsp;\S0\.1<", entry)
    assert "Another quantity, never read as it" in page


def test_without_stories_the_policies_come_first() -> None:
    """Where stories are not served, the front page lists the policies."""
    page = create_app(Settings(demo=False), stories=()).test_client().get("/")
    assert 200 == page.status_code
    assert "<h1>Policies</h1>" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/zaphod", 404),
        ("GET", "/policies/zaphod/x", 404),
        ("GET", "/stories/zaphod", 404),
        ("GET", "/evidence/zaphod", 404),
        ("POST", "/", 405),
        ("PUT", "/policies/cigna/0261", 405),
        ("ZAPHOD", "/policies", 405),
        ("ZAPHOD", "/cds-services", 405),
        ("ZAPHOD", "/fhir/Patient/zaphod", 405),
        ("GET", "/health/zaphod", 404),
    ],
)
def test_what_is_not_there_is_not_repeated(
    pages: FlaskClient, method: str, path: str, status: int
) -> None:
    """Neither address nor method come back; on a page it says what every page says."""
    answer = pages.open(path, method=method)

    assert status == answer.status_code
    assert "zaphod" not in answer.text.lower()
    assert (status == 405) == ("Allow" in answer.headers)
    if answer.mimetype == "text/html":
        assert "A coverage notice, not a clinical recommendation." in answer.text
        assert "contract governs." in answer.text
    else:
        assert "OperationOutcome" == answer.get_json()["resourceType"]
