"""The site's ConceptMap file: the example works, and each fault is told when the service starts."""

import json
from pathlib import Path

import pytest

from cards.library import Library, load_library
from cards.values.coding import SHORT_NAMES
from service.app import create_app
from service.command.cli import main
from service.concept_map import with_concept_map
from service.errors import ConceptMapError
from service.settings import Settings
from tests.service.requests_sent import CONDITION, COVERAGE, PATIENT, order, order_sign
from tests.service.transport import encoded, searchset

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "concept-map.json"
LOCAL = {"coding": [{"system": "https://hospital.example/orders", "code": "TX-AUTO"}]}


@pytest.fixture(scope="module")
def library() -> Library:
    """The package's own library."""
    return load_library()


def test_the_example_is_sound(library: Library) -> None:
    """Every local code of the example is known, and none of its systems is one of the standard."""
    local = with_concept_map(library, EXAMPLE).clinical.local_codes

    assert {"TX-AUTO", "TX-ALLO-MUD", "DLI", "TX-BMT"} == {code for _, code in local.targets}
    assert {"BMT-VISIT"} == {code for _, code in local.unmatched}
    assert SHORT_NAMES.keys().isdisjoint(system for system, _ in local.targets)
    assert 0 == local.unused


def test_the_setting_is_read_at_start(library: Library, tmp_path: Path) -> None:
    """A map that is refused stops the start, and names file, element and cure."""
    file = tmp_path / "map.json"
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    content["group"][0]["element"][0]["target"][0]["code"] = "99999"
    file.write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(ConceptMapError, match="99999") as refused:
        create_app(Settings(concept_map=file), library=library, stories=())

    assert file == refused.value.file
    assert "group[0].element[0].target[0].code" == refused.value.element


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[" * 100_000], ids=str)
def test_files_that_cannot_be_read(library: Library, tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing, or is no JSON, is named; nothing breaks."""
    file = tmp_path / "map.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConceptMapError, match=r"map\.json: \(file\): "):
        with_concept_map(library, file)


def test_the_command_line_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A saved request with a local code is reviewed with the map, and passed over without."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.json").write_bytes(encoded(order_sign(order("o1") | {"code": LOCAL})))
    (tmp_path / "record.json").write_bytes(encoded(searchset(PATIENT, CONDITION, COVERAGE)))
    command = ["review", "order.json", "--record", "record.json", "--json"]

    assert 0 == main(command)
    without = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("TRANSPLANT_CDS_CONCEPT_MAP", str(EXAMPLE))
    assert 0 == main(command)
    with_map = json.loads(capsys.readouterr().out)

    assert [] == without["findings"]
    assert ["ServiceRequest/o1"] == [each["order"] for each in with_map["findings"]]


def test_the_command_line_names_the_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard error, and the exit status of an input that could not be read."""
    file = tmp_path / "map.json"
    file.write_text('{"resourceType": "ConceptMap"}', encoding="utf-8")
    monkeypatch.setenv("TRANSPLANT_CDS_CONCEPT_MAP", str(file))

    assert 2 == main(["policies"])
    (line,) = capsys.readouterr().err.splitlines()
    assert f"transplant-cds: TRANSPLANT_CDS_CONCEPT_MAP: {file}: status: " in line
