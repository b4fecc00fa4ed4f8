"""Puts the stories' patients on a FHIR server."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from cards.record.chart import Resource
from service.stories.story import Story

_SECONDS = 60


class Refused(Exception):
    """The server does not take the story."""


def load(base_url: str, story: Story, token: str | None = None) -> None:
    """Store the resources of *story* under their own ids, in one transaction.

    Raises Refused with the server's answer where it refuses one of them.
    """
    resources = [*story.resources, *_stand_ins(story.resources)]
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": resource, "request": {"method": "PUT", "url": _reference(resource)}}
            for resource in resources
        ],
    }
    answer = requests.post(
        base_url,
        json=bundle,
        headers={
            "Content-Type": "application/fhir+json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
        timeout=_SECONDS,
    )
    if not answer.ok:
        raise Refused(f"{story.slug}: {answer.status_code} {answer.text[:1000]}")
    statuses = [entry["response"]["status"] for entry in answer.json()["entry"]]
    assert len(resources) == len(statuses)
    assert all(status.startswith("20") for status in statuses), f"{story.slug}: {statuses}"


@contextmanager
def loaded(base_url: str, story: Story) -> Iterator[None]:
    """Store a story's resources, and take its enrolments away again.

    SEKMET passes over a ResearchSubject's patient, and would answer the next story with this one's:
    that other patient's is all that came, and whether there is more cannot be told.
    """
    load(base_url, story)
    try:
        yield
    finally:
        for resource in story.resources:
            if resource["resourceType"] == "ResearchSubject":
                requests.delete(f"{base_url}/{_reference(resource)}", timeout=_SECONDS)


def _stand_ins(resources: Iterable[Resource]) -> list[Resource]:
    """Return an empty resource for each that is only referred to: HAPI insists that it exists."""
    own = {_reference(resource) for resource in resources}
    referred = {reference for resource in resources for reference in _references(resource)}
    return [
        {"resourceType": kind, "id": name}
        for kind, _, name in (reference.partition("/") for reference in sorted(referred - own))
    ]


def _references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("reference")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _reference(resource: Mapping[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
