"""The command line: what is printed where, and the exit status."""

import io
import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cards.library import Library
from service.command import terminal
from service.command.cli import main
from service.reviewing import review_story
from service.stories.story import load_stories
from tests.service.requests_sent import (
    BLOOD_COUNT,
    CONDITION,
    COVERAGE,
    PATIENT,
    order,
    order_sign,
)
from tests.service.transport import encoded, searchset


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a request, a record and something that is neither."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.json").write_bytes(encoded(order_sign()))
    (tmp_path / "blood.json").write_bytes(encoded(order_sign(order("o1", BLOOD_COUNT))))
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "hookless.json").write_text("{}", encoding="utf-8")
    (tmp_path / "record.json").write_bytes(encoded(searchset(PATIENT, CONDITION, COVERAGE)))
    return tmp_path


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


REVIEW = ["review", "order.json", "--record", "record.json", "--as-of", "2026-10-01", "--json"]


def test_review_of_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    """A record answers in the place of the FHIR server; the line is as the contract has it."""
    assert 0 == main(REVIEW)

    (line,) = _lines(capsys)
    assert ["request", "asOf", "findings", "cards"] == list(line)
    assert ("order.json", "2026-10-01") == (line["request"], line["asOf"])
    (finding,) = line["findings"]
    assert {
        "order", "policy", "version", "basis", "indication", "determination", "criteria", "notes",
    } == set(finding)  # fmt: skip
    assert "member" == finding["basis"]
    assert 1 == len(line["cards"])
    assert "incomplete" not in finding["notes"]


def test_prefetch_comes_before_the_record(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A prefetch in the request is used before the record."""
    prefetch = {"patient": {**PATIENT, "birthDate": "1930-01-01"}}
    (here / "order.json").write_bytes(encoded(order_sign(prefetch=prefetch)))

    main(REVIEW)

    (line,) = _lines(capsys)
    assert "investigational" == line["findings"][0]["determination"]


def test_record_in_a_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record may be a folder with one resource a file."""
    folder = here / "fhir"
    folder.mkdir()
    for resource in (PATIENT, CONDITION, COVERAGE):
        (folder / f"{resource['id']}.json").write_bytes(encoded(resource))

    main(REVIEW)
    main([each.replace("record.json", "fhir") for each in REVIEW])

    one, other = _lines(capsys)
    assert one == other


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--payer-matching", "strict"], 0),
        (["--payer-matching", "reference"], 1),
        ([], 1),
    ],
)
def test_payer_matching(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: int
) -> None:
    """Another payer's member sees the policy for reference, unless matching is strict."""
    other = {**COVERAGE, "payor": [{"display": "Cigna"}]}
    (here / "record.json").write_bytes(encoded(searchset(PATIENT, CONDITION, other)))

    assert 0 == main([*REVIEW, *arguments])

    (line,) = _lines(capsys)
    mp_9_053 = [f for f in line["findings"] if f["policy"] == "capital-blue-cross/mp-9.053"]
    assert expected == len(mp_9_053)


def test_an_unreadable_file_among_several(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are reviewed; the unreadable ones have a line each and are named on stderr."""
    files = ["blood.json", "broken.json", "absent.json", "hookless.json", "blood.json"]

    assert 2 == main(["review", *files, "--json"])

    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert files == [line["request"] for line in lines]
    assert [False, True, True, True, False] == ["error" in line for line in lines]
    complaints = printed.err.splitlines()
    assert 3 == len(complaints)
    assert "transplant-cds: broken.json: body: is not complete JSON" in complaints[0]
    assert "transplant-cds: absent.json: cannot be opened" in complaints[1]
    assert "transplant-cds: hookless.json: hook: is missing" in complaints[2]


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"\xff", b"7", encoded(PATIENT), encoded({"resourceType": "Bundle", "entry": 7})],
)
def test_unreadable_record(here: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    """A record that is no Bundle is named, and nothing is reviewed without it."""
    (here / "record.json").write_bytes(content)

    assert 2 == main(REVIEW)

    printed = capsys.readouterr()
    assert printed.err.startswith("transplant-cds: record.json: ")
    assert 1 == len(printed.err.splitlines())
    assert "record.json" in json.loads(printed.out)["error"]


def test_record_goes_with_one_request(capsys: pytest.CaptureFixture[str]) -> None:
    """One record cannot stand for several patients."""
    assert 2 == main(["review", "order.json", "blood.json", "--record", "record.json"])
    assert "--record" in capsys.readouterr().err


def test_nothing_to_ask(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An order that needs a record that nobody has is an error that says what to give."""
    (here / "order.json").write_bytes(encoded(order_sign(fhirServer=None)))

    assert 2 == main(["review", "order.json", "--json"])

    assert "fhirServer" in _lines(capsys)[0]["error"]


def test_wrong_fhir_server(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that is no web address is refused."""
    assert 2 == main(["review", "order.json", "--fhir-server", "nowhere"])
    assert "fhirServer" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["21.11.2026", "2026-13-01", "today"])
def test_wrong_day(capsys: pytest.CaptureFixture[str], written: str) -> None:
    """A day that is none is a usage error."""
    with pytest.raises(SystemExit) as raised:
        main(["review", "order.json", "--as-of", written])

    assert 2 == raised.value.code
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_wrong_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting is told in a line, without a trace."""
    monkeypatch.setenv("TRANSPLANT_CDS_PORT", "x")

    assert 2 == main(["policies"])

    assert capsys.readouterr().err.startswith("transplant-cds: TRANSPLANT_CDS_PORT: ")


def test_story_is_reviewed_from_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """A story's request needs no running service: its record and its day come with it."""
    folder = Path(__file__).parents[2] / "fixtures" / "every-criterion-is-met"

    assert 0 == main(["review", str(folder / "request.json"), "--json"])

    (line,) = _lines(capsys)
    assert "medically-necessary" == line["findings"][0]["determination"]


def test_a_server_that_is_named_is_asked_even_for_a_story(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The option wins: where nothing listens there, the record is told to be unreadable."""
    folder = Path(__file__).parents[2] / "fixtures" / "every-criterion-is-met"
    command = ["review", str(folder / "request.json"), "--json", "--fhir-server"]

    assert 2 == main([*command, "http://127.0.0.1:1/fhir"])
    assert "nothing of it could be read" in _lines(capsys)[0]["error"]
    assert 2 == main([*command, "http://127.0.0.1:8080/fhir"])
    assert "nothing of it could be read" in _lines(capsys)[0]["error"]


@pytest.mark.parametrize("command", [["review", "order.json"], ["policies"], ["canary"], ["serve"]])
def test_a_folder_without_policies(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    """Nothing is reviewed, and nothing served, under no policy at all."""
    (here / "none").mkdir()
    monkeypatch.setenv("TRANSPLANT_CDS_POLICIES_DIR", str(here / "none"))

    assert 2 == main(command)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"transplant-cds: TRANSPLANT_CDS_POLICIES_DIR: {here}/none: ")
    assert "holds no policy" in line

    assert 2 == main(["policies", "check"])
    assert "holds no policy" in capsys.readouterr().out


def test_an_evidence_page_that_nobody_wrote(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The link on its cards would lead nowhere."""
    own = Path(str(files("cards"))) / "policies"
    shutil.copytree(own, here / "policies", ignore=shutil.ignore_patterns("*.py*"))
    file = here / "policies" / "capital-blue-cross" / "mp-9.053" / "policy.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("page: scleroderma-hsct", "page: scleroderma"), encoding="utf-8")

    assert 2 == main(["policies", "check", "policies"])
    (line,) = capsys.readouterr().out.splitlines()
    assert (
        "evidence_pages.page: 'scleroderma' is not defined; did you mean scleroderma-hsct?" in line
    )


def test_tree(capsys: pytest.CaptureFixture[str]) -> None:
    """For a reader, the finding stands above its criteria, and what decides comes first."""
    assert 0 == main([each for each in REVIEW if each != "--json"])

    printed = capsys.readouterr().out
    assert "order.json" in printed
    assert "information needed" in printed
    assert printed.index("?") < printed.index("card, info")
    assert "\x1b" not in printed


def test_tree_without_unicode(library: Library) -> None:
    """A terminal that knows only ASCII gets ASCII."""
    story = next(each for each in load_stories() if each.slug == "every-criterion-is-met")
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    terminal.Trees(Console(file=written, width=100)).reviewed(
        "x", review_story(story, library, "http://x")
    )

    written.seek(0)
    assert "+ " in written.read()


def test_policies(capsys: pytest.CaptureFixture[str]) -> None:
    """Each policy is on a line with its id and payer."""
    assert 0 == main(["policies"])

    printed = capsys.readouterr().out
    assert "capital-blue-cross/mp-9.053  Capital Blue Cross, MP 9.053: " in printed


def test_sound_policies(capsys: pytest.CaptureFixture[str]) -> None:
    """The policies that come with the service are sound."""
    assert 0 == main(["policies", "check"])
    assert "every policy file is sound\n" == capsys.readouterr().out


def test_faulty_policy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A faulty policy is told by file, key and cure, and the service does not start with it."""
    payer = here / "policies" / "example-plan"
    (payer / "policy-1").mkdir(parents=True)
    (payer / "payer.yaml").write_text("name: Example Plan\nnmaes: [x]\n", encoding="utf-8")
    (payer / "policy-1" / "policy.yaml").write_text("title: x\n", encoding="utf-8")

    assert 2 == main(["policies", "check", "policies"])

    printed = capsys.readouterr().out
    assert "example-plan/payer.yaml: nmaes: unknown key" in printed
