"""Whether documents still hold what policies cite, on small documents of our own making."""

import hashlib
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from cards.faults import PolicyError
from cards.library import read_library
from service.command.cli import main
from service.command.drift import drift

EXAMPLE = Path(str(files("cards"))) / "policies" / "README.md"
DOCUMENT = """\
    This policy applies to members of Example Health Plan.

    Autologous transplantation for Crohn disease is medically
    necessary for adults with an ejection fraction of 50% or more.
    Any other transplantation for Crohn disease is investigational.
    Members are asked to stop smoking before the procedure.
"""
SOURCES = 'documents:\n  - {effective: 2027-01-01, file: "policy-12*.txt"}\n'


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder with the example policy of the README, and where its document is."""
    blocks = EXAMPLE.read_text(encoding="utf-8").split("```yaml\n")[1:]
    written = [block.partition("```")[0] for block in blocks]
    payer = next(each for each in written if each.startswith("name: Example Health Plan"))
    policy = next(each for each in written if each.startswith("number: Medical Policy 12"))
    folder = tmp_path / "policies" / "example-health-plan" / "medical-policy-12"
    folder.mkdir(parents=True)
    (folder.parent / "payer.yaml").write_text(payer, encoding="utf-8")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path / "policies"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with the document."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "policy-12-2027.txt").write_text(DOCUMENT, encoding="utf-8")
    return folder


def problems(policies: Path, documents: Path) -> list[PolicyError]:
    """Return what the documents lack."""
    library, faults = read_library(policies)
    assert [] == faults
    return drift(library.policies, documents)


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that stands in the file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_an_unchanged_document(policies: Path, documents: Path) -> None:
    """Every cited sentence is found, wherever lines break and however lines are indented."""
    assert [] == problems(policies, documents)


@pytest.mark.parametrize(
    ("old", "new", "statement"),
    [
        ("50%", "45%", "E-02"),
        ("Any other transplantation", "Any other  infusion", "E-03"),
        ("stop smoking", "stop  SMOKING", "E-04"),
        ("    This policy applies to members", "    It applies to members", "E-01"),
        ("investigational.", "investigational", "E-03"),
    ],
)
def test_a_changed_sentence(
    policies: Path, documents: Path, old: str, new: str, statement: str
) -> None:
    """A sentence that reads otherwise is listed alone: file, key, document and section."""
    change(documents / "policy-12-2027.txt", old, new)
    (found,) = problems(policies, documents)

    assert "example-health-plan/medical-policy-12/policy.yaml" == found.file
    assert f"versions.2027-01-01.citations.{statement}.sentences[0]" == found.key
    assert "policy-12-2027.txt" in found.cure


def test_a_length_that_is_another_citations(policies: Path, documents: Path) -> None:
    """Fingerprint and length belong together: the right one with a wrong length is not found."""
    file = policies / "example-health-plan" / "medical-policy-12" / "policy.yaml"
    change(file, "words: 8}", "words: 18}")

    (found,) = problems(policies, documents)
    assert "versions.2027-01-01.citations.E-03.sentences[0]" == found.key


def test_white_space_and_other_sentences_do_not_matter(policies: Path, documents: Path) -> None:
    """A document that is laid out anew, or longer, still holds what is cited."""
    file = documents / "policy-12-2027.txt"
    file.write_text("A new head.\n" + DOCUMENT.replace(" ", "\t \n") + "And more.", "utf-8")

    assert [] == problems(policies, documents)


def test_no_sentence_is_told(
    policies: Path, documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document is its owner's: nothing of it is printed."""
    change(documents / "policy-12-2027.txt", "50%", "45%")

    assert 2 == main(["policies", "check", str(policies), "--sources", str(documents)])
    printed = capsys.readouterr().out
    assert "E-02" in printed
    assert not any(line.strip() in printed for line in DOCUMENT.splitlines() if line.strip())


def test_the_command(policies: Path, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found is said, with the exit status of success; a folder that is none is refused."""
    command = ["policies", "check", str(policies), "--sources"]

    assert 0 == main([*command, str(documents)])
    assert "every cited sentence stands in its document" in capsys.readouterr().out
    assert 2 == main([*command, str(documents / "policy-12-2027.txt")])
    assert "is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("prepare", "cure"),
    [
        (lambda folder: (folder / "policy-12-2027.txt").unlink(), "no such file"),
        (lambda folder: shutil.copy(folder / "policy-12-2027.txt", folder / "policy-12.txt"), "2 "),
        (lambda folder: (folder / "policy-12-2027.txt").write_bytes(b"\xff\xfe"), "UTF-8"),
    ],
    ids=["missing", "two", "no text"],
)
def test_documents_that_cannot_be_compared(
    policies: Path, documents: Path, prepare: object, cure: str
) -> None:
    """A document that is missing, ambiguous or unreadable is told, and nothing else."""
    assert callable(prepare)
    prepare(documents)
    (found,) = problems(policies, documents)

    assert "example-health-plan/medical-policy-12/sources.yaml" == found.file
    assert cure in found.cure


def test_a_policy_without_sources(policies: Path, documents: Path) -> None:
    """A policy loads without `sources.yaml`, and the comparison asks for it."""
    (policies / "example-health-plan" / "medical-policy-12" / "sources.yaml").unlink()
    (found,) = problems(policies, documents)

    assert ("documents", True) == (found.key, "2027-01-01" in found.cure)


def test_statements_of_a_file_of_their_own(policies: Path, documents: Path) -> None:
    """A statement may be cited from a second document, the others from the first."""
    head, rest = DOCUMENT.split("\n", 1)
    (documents / "policy-12-2027.txt").write_text(rest, encoding="utf-8")
    (documents / "members.txt").write_text(head, encoding="utf-8")
    own = "  - {effective: 2027-01-01, file: members.txt, statements: [E-01]}\n"
    file = policies / "example-health-plan" / "medical-policy-12" / "sources.yaml"
    assert ["E-01"] == [each.key.split(".")[3] for each in problems(policies, documents)]
    file.write_text(SOURCES + own, encoding="utf-8")

    assert [] == problems(policies, documents)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("documents: []\n", "documents"),
        ("files: []\n", "documents"),
        ("documents:\n  - {effective: 2027-01-01, file: a/b.txt}\n", "documents.0.file"),
        ("documents:\n  - {effective: 2026-01-01, file: b.txt}\n", "documents[0].effective"),
        (
            "documents:\n  - {effective: 2027-01-01, file: b.txt, statements: [E-09]}\n",
            "documents[0].statements",
        ),
    ],
)
def test_sources_that_are_refused(policies: Path, content: str, key: str) -> None:
    """Each fault in `sources.yaml` is named by file and key when the policies are loaded."""
    file = policies / "example-health-plan" / "medical-policy-12" / "sources.yaml"
    file.write_text(content, encoding="utf-8")
    found = read_library(policies)[1]

    assert {"example-health-plan/medical-policy-12/sources.yaml"} == {each.file for each in found}
    assert key in {each.key for each in found}


def test_our_own_policies_name_their_documents() -> None:
    """Each statement of each policy that comes with the service has a file to be looked up in."""
    for policy in read_library()[0].policies:
        for version in policy.versions:
            assert all(policy.file_of(version, statement) for statement in version.citations)


def test_a_fingerprint_is_that_of_the_readme() -> None:
    """Ours is made as the README tells: folded to single spaces, UTF-8, SHA-256."""
    sentence = " ".join(DOCUMENT.splitlines()[0].split())
    example = EXAMPLE.read_text(encoding="utf-8")

    assert hashlib.sha256(sentence.encode()).hexdigest() in example
