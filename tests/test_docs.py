"""Holds the documents to the code: settings, links, commands, examples, and what is never said."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from cards.library import check_library, load_library
from service.hook import SERVICES
from service.settings import Settings, ranges

REPOSITORY = Path(__file__).parent.parent
FIXTURES = REPOSITORY / "fixtures"
README = REPOSITORY / "README.md"
POLICY_FORMAT = REPOSITORY / "cards" / "policies" / "README.md"
DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "cards/**/*.md", "service/**/*.md", "fixtures/*.md")
    for file in REPOSITORY.glob(pattern)
)

NEVER_SAID = (
    # A policy speaks of an order; what a plan pays for is for its contract to say.
    r"\bdenied\b|\bdenials?\b|\bnot covered\b|\bnon-?covered\b",
    # Where packages come from is a matter of each installation.
    r"\bpypi\b|\bpythonhosted\b|\bnpmjs\b|\bdockerhub\b|\bghcr\b|\bquay\b",
    # No place on one developer's machine.
    r"(?<![\w./])/(?:home|root|work|Users|tmp)/",
)


def text_of(file: Path) -> str:
    """Return a document's text."""
    return file.read_text(encoding="utf-8")


def named(file: Path) -> str:
    """Return a document's path as tests are named by it."""
    return file.relative_to(REPOSITORY).as_posix()


def anchors_of(file: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_documents_are_found() -> None:
    """A wrong path would make the tests below pass for nothing."""
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "fixtures/README.md"} <= set(
        map(named, DOCUMENTS)
    )
    assert len(DOCUMENTS) > 10


def test_every_setting_stands_in_the_readme_with_its_default() -> None:
    """The table has a row for each setting and no other, and the defaults are those of the code."""
    rows = re.findall(
        r"^\| `(TRANSPLANT_CDS_\w+)` \| `?([^`|]+?)`? \| [^|]+\|$", text_of(README), re.MULTILINE
    )
    expected = {
        f"TRANSPLANT_CDS_{name.upper()}": "unset" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }

    assert len(expected) == len(rows)
    assert expected == dict(rows)


def test_every_range_stands_in_the_readme() -> None:
    """A setting that is a number is told with the least and the greatest that is taken."""
    rows = dict(
        re.findall(r"^\| `TRANSPLANT_CDS_(\w+)` \|[^|]+\|([^|]+)\|$", text_of(README), re.MULTILINE)
    )

    assert "port" in ranges()
    for name, (least, greatest) in ranges().items():
        assert f", {least} to {greatest}" in rows[name.upper()], name


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_settings_that_a_document_names_exist(document: Path) -> None:
    """No document sends its reader to a variable that nothing reads."""
    known = {f"TRANSPLANT_CDS_{name.upper()}" for name in Settings.model_fields}
    known.add("TRANSPLANT_CDS_NO_BROWSER")  # of the test suite

    assert set() == set(re.findall(r"TRANSPLANT_CDS_[A-Z_]+", text_of(document))) - known


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_relative_links_resolve(document: Path) -> None:
    """Every link within the repository leads to a file, and to a heading where it names one."""
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document

        assert target.is_relative_to(REPOSITORY), link
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_stories_that_a_document_names_exist(document: Path) -> None:
    """Commands can be copied as they stand."""
    text = text_of(document)
    stories = re.findall(r"fixtures/([a-z0-9-]+)/request\.json|STORY=([a-z0-9-]+)", text)

    for one, other in stories:
        assert (FIXTURES / (one or other) / "request.json").is_file(), one or other


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_files_of_the_code_that_a_document_names_exist(document: Path) -> None:
    """A path to a module or test in a document is one that can be opened."""
    for path in re.findall(r"\b((?:cards|service|tests|docs)/[\w./-]*\.\w+)", text_of(document)):
        assert (REPOSITORY / path).is_file(), path


def test_the_curl_command_and_its_answer() -> None:
    """The README's first command sends a story to a service of ours, and shows its very answer."""
    text = text_of(README)
    command = re.search(
        r"--data-binary @fixtures/(?P<story>[a-z0-9-]+)/request\.json \\\n"
        r" +http://127\.0\.0\.1:8080/cds-services/(?P<service>[a-z-]+)",
        text,
    )
    answer = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert command is not None
    assert answer is not None
    assert command["service"] in SERVICES

    (told,) = json.loads(answer[1])["cards"]
    (card,) = json.loads(text_of(FIXTURES / command["story"] / "expected.json"))["cards"]
    for key in ("uuid", "summary", "indicator"):
        assert card[key] == told[key]
    assert card["source"]["label"] == told["source"]["label"]
    assert card["links"][0]["url"] == told["links"][0]["url"]
    assert card["detail"].startswith(told["detail"].removesuffix("…"))


def test_the_policies_of_the_readme_are_those_there_are() -> None:
    """A policy that is loaded is told to the newcomer."""
    text = " ".join(text_of(README).split())

    for policy in load_library().policies:
        assert f"{policy.payer_name} {policy.number}" in text, policy.id


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
@pytest.mark.parametrize("words", NEVER_SAID)
def test_what_is_never_said(document: Path, words: str) -> None:
    """No determination in a word that only a contract can say, and no place of one machine."""
    found = [each[0] for each in re.finditer(words, text_of(document), re.IGNORECASE)]

    assert [] == found


def test_the_notice_is_in_the_readme() -> None:
    """Who reads the README learns that a card is a coverage notice, and that the contract rules."""
    text = " ".join(text_of(README).split())

    assert "a coverage notice, not a clinical recommendation" in text
    assert "the member's contract governs" in text


def test_the_example_of_a_policy_is_accepted(tmp_path: Path) -> None:
    """The example in the description of the format is whole: it loads as it stands."""
    files = re.findall(
        r"^`([\w./-]+\.yaml)`:\n\n```yaml\n(.*?)^```",
        text_of(POLICY_FORMAT),
        re.MULTILINE | re.DOTALL,
    )
    assert 2 == len(files)
    for name, content in files:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")

    assert [] == check_library(tmp_path)


def test_the_fingerprints_of_the_example_are_those_of_its_sentences() -> None:
    """A reader who tries the command on the invented sentences gets the numbers that are shown."""
    text = text_of(POLICY_FORMAT)
    document = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert document is not None
    sentences = [" ".join(line.split()) for line in document[1].splitlines() if line.strip()]
    expected = [
        (hashlib.sha256(each.encode()).hexdigest(), str(len(each.split()))) for each in sentences
    ]

    assert expected == re.findall(r"\{sha256: ([0-9a-f]{64}), words: (\d+)\}", text)
