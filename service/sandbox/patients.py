"""Puts a story's patient into a form that any FHIR server takes, and finds the way back.

Pure: `server` sends what is made here, `command.sandbox` says what came of it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from cards.record.chart import Resource, reference_of
from service.fhir.local_references import with_references
from service.stories.story import Story

TAG_SYSTEM = "urn:transplant-cds"
TAG_CODE = "invented-story"
TAG = {"system": TAG_SYSTEM, "code": TAG_CODE, "display": "Invented patient of transplant-cds"}
"""On every resource that we write: what carries it is ours to remove, and nothing else is."""

IDENTIFIER_SYSTEM = "urn:transplant-cds:story"
"""Of the identifier by which a resource is found again, as the server may choose its id."""

_DIGITS = 12


@dataclass(frozen=True)
class Seed:
    """One story as it is written to a server."""

    story: Story

    @cached_property
    def mark(self) -> str:
        """What tells this telling of the story from others: a fingerprint of its resources.

        A server may still hold, from another version of ours, the same story with other values.
        """
        told = msgspec.json.encode(self.resources, order="deterministic")
        return hashlib.sha256(told).hexdigest()[:_DIGITS]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The story's resources, and an empty one for each that is only referred to.

        Many servers refuse a reference to what they do not have.
        """
        own = {reference_of(each) for each in self.story.resources}
        referred = set(_references(self.story.resources)) - own
        stand_ins = (reference.split("/", 1) for reference in sorted(referred))
        return (
            *self.story.resources,
            *({"resourceType": kind, "id": identity} for kind, identity in stand_ins),
        )

    def identifier(self, reference: str) -> str:
        """Return the value of the identifier of the story's resource *reference*, `Type/id`."""
        return f"{self.mark}/{reference}"

    def transaction(self) -> dict[str, Any]:
        """Return the Bundle that creates each resource, unless the server has it already.

        Ids are left to the server, since many refuse those that a client chooses; so references
        within the Bundle are `urn:uuid:`, which the server replaces.
        """
        urns = {
            reference_of(each): f"urn:uuid:{uuid5(NAMESPACE_URL, self._name(reference_of(each)))}"
            for each in self.resources
        }
        return {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [self._entry(each, urns) for each in self.resources],
        }

    def places_asked(self) -> dict[str, list[str]]:
        """Return the references, by type, whose place on the server the request has to name."""
        own = {reference_of(each) for each in self.resources}
        wanted = dict.fromkeys([f"Patient/{self.patient_id}", *_references(self.story.request)])
        by_type: dict[str, list[str]] = {}
        for reference in wanted:
            if reference in own:
                by_type.setdefault(reference.split("/")[0], []).append(reference)
        return by_type

    @property
    def patient_id(self) -> str:
        """The id that the request's patient has in the story."""
        return str(self.story.request["context"]["patientId"]).removeprefix("Patient/")

    def request_at(self, base_url: str, places: Mapping[str, str]) -> dict[str, Any]:
        """Return the story's request to a service whose FHIR server is *base_url*.

        *places* tells under which `Type/id` the server holds a resource of the story.
        """
        request = _moved(self.story.request, places)
        patient = places[f"Patient/{self.patient_id}"].split("/", 1)[1]
        context = {**request["context"], "patientId": patient}
        return {**request, "fhirServer": base_url, "context": context}

    def _name(self, reference: str) -> str:
        return f"{IDENTIFIER_SYSTEM}|{self.identifier(reference)}"

    def _entry(self, resource: Resource, urns: Mapping[str, str]) -> dict[str, Any]:
        reference = reference_of(resource)
        content = with_references(resource, urns)
        del content["id"]
        meta = content.get("meta", {})
        content["meta"] = {**meta, "tag": [*meta.get("tag", ()), TAG]}
        content["identifier"] = [
            *content.get("identifier", ()),
            {"system": IDENTIFIER_SYSTEM, "value": self.identifier(reference)},
        ]
        return {
            "fullUrl": urns[reference],
            "resource": content,
            "request": {
                "method": "POST",
                "url": resource["resourceType"],
                "ifNoneExist": f"identifier={self._name(reference)}",
            },
        }


def is_ours(resource: Resource) -> bool:
    """Whether a resource carries our tag; servers that pass over `_tag` send others too."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(
        isinstance(tag, dict) and (tag.get("system"), tag.get("code")) == (TAG_SYSTEM, TAG_CODE)
        for tag in tags
    )


def told_as(resource: Resource) -> tuple[str, str] | None:
    """Return the mark of a resource's story and its `Type/id` in it; None if it has no such."""
    identifiers = resource.get("identifier")
    for each in identifiers if isinstance(identifiers, list) else ():
        if isinstance(each, dict) and each.get("system") == IDENTIFIER_SYSTEM:
            mark, _, reference = str(each.get("value")).partition("/")
            return mark, reference
    return None


def deletion(references: Iterable[str]) -> dict[str, Any]:
    """Return the transaction that deletes resources, each `Type/id`, all of them at once.

    At once, since a server refuses to delete what another of its resources refers to.
    """
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": reference}} for reference in references],
    }


def seeded_types(seeds: Iterable[Seed]) -> list[str]:
    """Return the types of resources that seeding writes, in alphabetical order."""
    return sorted({str(each["resourceType"]) for seed in seeds for each in seed.resources})


def _references(node: object) -> Iterator[str]:
    """Yield every literal reference within *node*."""
    if isinstance(node, dict):
        reference = node.get("reference")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _references(value)


def _moved(node: Any, places: Mapping[str, str]) -> Any:
    """Return a copy of *node* in which resources have the ids, and references, of the server."""
    if isinstance(node, list):
        return [_moved(each, places) for each in node]
    if not isinstance(node, dict):
        return node
    moved = {
        key: places.get(value, value)
        if key == "reference" and isinstance(value, str)
        else _moved(value, places)
        for key, value in node.items()
    }
    place = places.get(f"{node.get('resourceType')}/{node.get('id')}")
    return moved if place is None else {**moved, "id": place.split("/", 1)[1]}
