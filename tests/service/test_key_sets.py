"""Keys from a `jku`: looked at rarely, found again after rotation, kept through an outage."""

from collections.abc import Callable, Iterator
from itertools import chain

import pytest

from service.fhir.client import create_session
from service.fhir.documents import fetch_document
from service.tenancy.key_sets import FRESH_SECONDS, STALE_SECONDS, WAIT_SECONDS, KeySets
from service.tenancy.tenants import Tenant, Tenants
from tests.service.issuer import Issuer, jwk, private_key

Find = Callable[[str], int]


class Clock:
    """A clock that stands still until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the keys' memory."""
    return Clock()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An EHR that publishes its keys over HTTP."""
    running = Issuer()
    yield running
    running.close()


def _finder(address: str, clock: Clock) -> Find:
    """Return what counts the keys of a kid, over real HTTP."""
    session = create_session()
    tenant = Tenant(id="one", iss="https://ehr.example.org", jku=(address,))
    keys = KeySets(
        Tenants({(tenant.iss, None): tenant}, {}),
        lambda jku: fetch_document(session, jku, seconds=2, most_bytes=256 * 1024),
        clock,
    )
    return lambda kid: len(list(keys.keys_for(tenant, kid, None)))


@pytest.fixture
def find(issuer: Issuer, clock: Clock) -> Find:
    """Counts the keys of a kid."""
    return _finder(issuer.jku, clock)


def test_rotation(issuer: Issuer, clock: Clock, find: Find) -> None:
    """A new kid is looked for at once, an old one is gone with the next look."""
    assert 1 == find("one")
    issuer.keys = [jwk(private_key("ES384", "new"), "new", "ES384")]
    clock.now += WAIT_SECONDS

    assert (1, 0) == (find("new"), find("one"))
    assert 2 == len(issuer.asked)


def test_unknown_kids_cause_no_flood(issuer: Issuer, clock: Clock, find: Find) -> None:
    """A thousand invented kids are one look, and another one after a pause."""
    assert 0 == sum(find(f"invented-{each}") for each in range(1000))
    assert 1 == len(issuer.asked)
    clock.now += WAIT_SECONDS
    assert 0 == find("invented")
    assert 2 == len(issuer.asked)


def test_known_keys_are_looked_at_again_after_a_while(
    issuer: Issuer, clock: Clock, find: Find
) -> None:
    """A key that was withdrawn counts no longer than agreed."""
    assert 1 == find("one")
    issuer.keys = []
    clock.now += FRESH_SECONDS - 1
    assert 1 == find("one")
    clock.now += 1
    assert 0 == find("one")


def test_an_outage_is_bridged_for_a_while(issuer: Issuer, clock: Clock, find: Find) -> None:
    """While the address does not answer, the keys that were seen last count, up to an hour."""
    assert 1 == find("one")
    issuer.close()
    clock.now += STALE_SECONDS - 1
    assert 1 == find("one")
    clock.now += 1
    assert 0 == find("one")


@pytest.mark.parametrize("path", ["/moved.json", "/flood.json", "/missing.json"])
def test_what_is_no_key_set_opens_nothing(issuer: Issuer, clock: Clock, path: str) -> None:
    """A redirect is not followed, a flood not read, an error no key."""
    assert 0 == _finder(f"{issuer.url}{path}", clock)("one")
    assert [path] == issuer.asked


def test_several_keys_of_one_kid(issuer: Issuer, find: Find) -> None:
    """Keys of different kinds may share a kid."""
    kinds = ("ES384", "RS384")
    issuer.keys = list(chain(jwk(private_key(each), "one", each) for each in kinds))

    assert 2 == find("one")
