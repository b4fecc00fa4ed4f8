"""Card UUIDs: the same for the same call, and for no other."""

import uuid
from typing import Any

import pytest

from cards.rendering.render import card_uuid
from tests.cards.building import (
    PATIENT,
)

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def test_uuids_are_stable() -> None:
    """The same call gives the same UUID, version 5, in whatever order its orders come."""
    first = card_uuid(INSTANCE, PATIENT, "Topic", ["ServiceRequest/a", "ServiceRequest/b"])

    assert first == card_uuid(INSTANCE, PATIENT, "Topic", ["ServiceRequest/b", "ServiceRequest/a"])
    assert 5 == uuid.UUID(first).version


@pytest.mark.parametrize(
    "changed",
    [
        (PATIENT, PATIENT, "Topic", ["ServiceRequest/a"]),
        (INSTANCE, "other", "Topic", ["ServiceRequest/a"]),
        (INSTANCE, PATIENT, "Other", ["ServiceRequest/a"]),
        (INSTANCE, PATIENT, "Topic", ["ServiceRequest/b"]),
        (INSTANCE, PATIENT, "Topic", ["ServiceRequest/a", "ServiceRequest/b"]),
        (INSTANCE, PATIENT, "Topic", []),
    ],
)
def test_uuids_depend_on_everything(changed: tuple[Any, ...]) -> None:
    """Another call, patient, topic or order is another card."""
    assert card_uuid(*changed) != card_uuid(INSTANCE, PATIENT, "Topic", ["ServiceRequest/a"])
