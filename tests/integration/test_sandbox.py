"""`transplant-cds sandbox` on a FHIR server that is not ours, with other people's data on it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from service.command.cli import main
from service.stories.story import load_stories
from tests.integration.conftest import KIND

pytestmark = pytest.mark.integration

_SOME = (
    "every-criterion-is-met",
    "ejection-fraction-written-as-a-word",
    "prefetch-holds-half-the-record",
    "skin-score-of-another-patient",
)
_STORIES = tuple(s.slug for s in load_stories()) if KIND == "hapi" else _SOME
"""SEKMET takes its time over a transaction."""

_CHOSEN = () if KIND == "hapi" else tuple(word for slug in _SOME for word in ("--story", slug))
_PLAIN = ("--story", "every-criterion-is-met")
_HEADERS = {"Content-Type": "application/fhir+json", "Cache-Control": "no-cache"}
_TAG = "urn:transplant-cds|invented-story"


@pytest.fixture
def server(fhir_base: str) -> Iterator[str]:
    """A server that is left as it was found."""
    yield fhir_base
    main(["sandbox", "clean", "--fhir-server", fhir_base])


def sandbox(action: str, base_url: str, *others: str) -> int:
    """Run the command; returns its exit status."""
    return main(["sandbox", action, "--fhir-server", base_url, *others])


def create(base_url: str, resource: dict[str, Any]) -> str:
    """Store somebody else's resource; returns its address."""
    kind = resource["resourceType"]
    answer = requests.post(f"{base_url}/{kind}", json=resource, headers=_HEADERS, timeout=60)
    assert 201 == answer.status_code, answer.text
    location = answer.headers["Location"].split("/_history")[0]
    return location if "://" in location else f"{base_url}/{'/'.join(location.split('/')[-2:])}"


def ours(base_url: str, kind: str) -> int:
    """Count the resources that carry our tag."""
    answer = requests.get(
        f"{base_url}/{kind}",
        params={"_tag": _TAG, "_count": "1000"},
        headers=_HEADERS,
        timeout=60,
    )
    return len(answer.json().get("entry", ()))


def test_seed_try_and_clean(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every story that the server takes is reviewed there as it is told; nothing is left behind."""
    assert 0 == sandbox("seed", server, *_CHOSEN)
    assert 0 == sandbox("try", server, *_CHOSEN)
    printed = capsys.readouterr().out
    for slug in _STORIES:
        assert slug in printed
    assert ", 0 differ" in printed

    assert 0 == sandbox("clean", server, *_CHOSEN)
    assert 0 == ours(server, "Patient") == ours(server, "Observation")


def test_seeding_twice_writes_once(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is left alone, so that two people may seed one server."""
    assert 0 == sandbox("seed", server, *_PLAIN)
    before = ours(server, "Observation")
    capsys.readouterr()

    assert 0 == sandbox("seed", server, *_PLAIN)
    assert ": 0 resources written" in capsys.readouterr().out
    assert before == ours(server, "Observation") > 0


def test_clean_leaves_what_is_not_ours(server: str) -> None:
    """A patient without a tag, and one with another's, are there after cleaning."""
    addresses = [
        create(server, {"resourceType": "Patient", "gender": "female"}),
        create(
            server,
            {
                "resourceType": "Patient",
                "meta": {"tag": [{"system": "urn:transplant-cds", "code": "another"}]},
            },
        ),
    ]
    sandbox("seed", server, *_PLAIN)

    assert 0 == sandbox("clean", server)
    assert [200, 200] == [requests.get(each, timeout=60).status_code for each in addresses]


@pytest.mark.only_on("hapi")
def test_clean_says_what_it_could_not_remove(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody's Observation of our patient keeps that patient, and is itself not touched."""
    sandbox("seed", server, *_PLAIN)
    found = requests.get(f"{server}/Patient", params={"_tag": _TAG}, headers=_HEADERS, timeout=60)
    (patient,) = [entry["resource"]["id"] for entry in found.json()["entry"]]
    theirs = create(
        server, {"resourceType": "Observation", "subject": {"reference": f"Patient/{patient}"}}
    )
    capsys.readouterr()

    assert 1 == sandbox("clean", server)
    assert f"not removed: Patient/{patient}" in capsys.readouterr().out
    assert 200 == requests.get(theirs, timeout=60).status_code

    requests.delete(theirs, timeout=60)
    assert 0 == sandbox("clean", server)


@pytest.mark.only_on("sekmet")
def test_a_guarded_server_opens_to_the_token(
    guarded_fhir_base: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the token of --token-file all goes well; without, the message says what to give."""
    (tmp_path / "token").write_text("a-token-that-is-no-secret\n")
    token = ("--token-file", str(tmp_path / "token"))

    assert 2 == sandbox("seed", guarded_fhir_base, *_PLAIN)
    assert "--token-file" in capsys.readouterr().err
    for action in ("seed", "try", "clean"):
        assert 0 == sandbox(action, guarded_fhir_base, *_PLAIN, *token)
    assert "a-token" not in "".join(capsys.readouterr())
