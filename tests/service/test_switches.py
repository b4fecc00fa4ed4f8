"""Switches: a policy can be stopped or work in shadow, for all or for one tenant, at once."""

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from service.app import KEEPING, create_app
from service.settings import Settings
from service.switches import Switches, SwitchesError
from tests.service.requests_sent import CONDITION, COVERAGE, ORDER_SIGN, PATIENT, order_sign
from tests.service.transport import FakeFhir

CAPITAL, CIGNA = "capital-blue-cross/mp-9.053", "cigna/0261"


def written(path: Path, text: str) -> Path:
    """Write the file so that its change is seen, however coarse the file system's clock is."""
    path.write_text(text)
    stamp = path.stat().st_mtime_ns + len(text) + 1
    os.utime(path, ns=(stamp, stamp))
    return path


@pytest.mark.parametrize(
    ("text", "tenant", "expected"),
    [
        ("", None, ("live", "live")),
        ("all: shadow", None, ("shadow", "shadow")),
        ("policies: {cigna/0261: stopped}", "north", ("live", "stopped")),
        ("tenants: {north: {all: shadow}}", "north", ("shadow", "shadow")),
        ("tenants: {north: {all: shadow}}", "south", ("live", "live")),
        ("tenants: {north: {all: shadow}}", None, ("live", "live")),
        ("tenants: {north: {policies: {cigna/0261: shadow}}}", "north", ("live", "shadow")),
        # The strictest of all that apply: a tenant cannot be live where the policy is stopped.
        (
            "{all: shadow, policies: {cigna/0261: stopped}, tenants: {north: {all: live}}}",
            "north",
            ("shadow", "stopped"),
        ),
    ],
)
def test_positions(
    tmp_path: Path, library: Library, text: str, tenant: str | None, expected: tuple[str, str]
) -> None:
    """The strictest position that applies to a policy and a tenant counts."""
    positions = Switches(written(tmp_path / "s.yaml", text), library.by_id).positions(tenant)

    assert expected == (positions.of(CAPITAL), positions.of(CIGNA))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policies: {cigna/0261: off}", "policies.cigna/0261: cannot be used. Write live, shadow"),
        ("policies: {cigna/0216: live}", "cigna/0216 is no policy here; cigna/0261 is"),
        ("tenants: {n: {policies: {x: live}}}", "x is no policy here"),
        ("policy: {}", "policy: cannot be used. The keys are all, policies and tenants"),
        ("- live", "the file: cannot be used"),
        ("{", "is no readable YAML"),
    ],
)
def test_a_faulty_file_stops_the_start(
    tmp_path: Path, library: Library, text: str, said: str
) -> None:
    """The message names the file, the key and the cure."""
    path = written(tmp_path / "s.yaml", text)

    with pytest.raises(SwitchesError) as refused:
        Switches(path, library.by_id)

    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)


def test_the_file_is_read_again(tmp_path: Path, library: Library) -> None:
    """A change counts at the next call; a file that is faulty or gone changes nothing."""
    told: list[bool] = []
    path = written(tmp_path / "s.yaml", "all: shadow")
    switches = Switches(path, library.by_id, lambda error: told.append(error is None))

    def now() -> str:
        return switches.positions(None).of(CIGNA)

    seen = [now()]
    for text in ("all: stopped", "all: nonsense", "all: live"):
        written(path, text)
        seen += [now(), now()]
    path.unlink()
    seen.append(now())

    assert ["shadow", *["stopped"] * 4, *["live"] * 3] == seen
    assert [True, False, True, False] == told


@pytest.fixture
def switched(library: Library, fhir: FakeFhir, tmp_path: Path) -> tuple[FlaskClient, Path]:
    """A client, and the file of switches that it obeys."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    path = written(tmp_path / "switches.yaml", "all: live")
    settings = Settings(
        switches=path, fhir_timeout_seconds=2, fhir_servers="https://ehr.example/fhir"
    )
    app = create_app(settings, library=library, stories=(), session=fhir.session())
    return app.test_client(), path


def cards(client: FlaskClient) -> int:
    """Send an order and return how many cards come back."""
    answer = client.post(ORDER_SIGN, json=order_sign())
    assert 200 == answer.status_code
    return len(answer.get_json()["cards"])


def test_shadow_counts_and_says_nothing(switched: tuple[FlaskClient, Path]) -> None:
    """In shadow the answer is empty, and the determination is counted as it would have been."""
    client, path = switched
    assert 1 == cards(client)

    written(path, f"policies: {{{CAPITAL}: shadow}}")

    assert 0 == cards(client)
    metrics = client.get("/metrics").text
    for mode in ("live", "shadow"):
        assert (
            f'transplant_cds_determinations_total{{determination="needs-information",mode="{mode}"'
            f',policy="{CAPITAL}"}} 1.0'
        ) in metrics
    keeping = client.application.extensions[KEEPING]
    keeping.close()


def test_a_file_that_cannot_be_read_is_told_to_those_who_watch(
    switched: tuple[FlaskClient, Path],
) -> None:
    """The alert stands on this figure: 1 while the last change cannot be read, 0 otherwise."""
    client, path = switched
    for text, unreadable in (("all: live", 0.0), ("all: [", 1.0), ("all:  live", 0.0)):
        written(path, text)
        assert 1 == cards(client)
        figure = f"transplant_cds_switches_unreadable {unreadable}"
        assert figure in client.get("/metrics").text
    client.application.extensions[KEEPING].close()


def test_a_stopped_policy_is_not_even_assessed(
    switched: tuple[FlaskClient, Path], fhir: FakeFhir
) -> None:
    """A stopped policy gives no finding, and no other payer's policy speaks in its place."""
    client, path = switched
    written(path, f"policies: {{{CAPITAL}: stopped}}")

    assert 0 == cards(client)
    assert "determinations_total{" not in client.get("/metrics").text

    asked = len(fhir.asked)
    written(path, "all: stopped")
    assert 0 == cards(client)
    assert asked == len(fhir.asked), "nothing is read where nothing is assessed"


def test_shadow_gives_no_412(switched: tuple[FlaskClient, Path], fhir: FakeFhir) -> None:
    """A record that cannot be read is no error where nothing would have been said."""
    client, path = switched
    fhir.otherwise = (500, b"{}")
    assert 412 == client.post(ORDER_SIGN, json=order_sign()).status_code

    written(path, "all: shadow")

    assert 0 == cards(client)
