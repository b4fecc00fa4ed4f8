"""Data that is refused: each error names the file, the key in it, and the cure."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from cards.library import PolicyError, check_library, load_library, read_library

CARDS = Path(str(files("cards")))
POLICY = "capital-blue-cross/mp-9.053/policy.yaml"
# One policy is enough to spoil, and alone it shows what is left of the rest.
NO_CODE = shutil.ignore_patterns("*.py*", "cigna", "hcsc", "bcbs-massachusetts")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the policies that a test may spoil."""
    return Path(shutil.copytree(CARDS / "policies", tmp_path / "policies", ignore=NO_CODE))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's data, clinical knowledge included, that the library reads instead."""
    copy = tmp_path / "cards"
    for folder in ("policies", "clinical"):
        shutil.copytree(CARDS / folder, copy / folder, ignore=NO_CODE)
    monkeypatch.setattr("cards.library.files", lambda _package: copy)
    return copy


def spoil(file: Path, old: str, new: str) -> None:
    """Replace a text in a file; it must stand there once or more."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def only(problems: list[PolicyError]) -> PolicyError:
    """Return the one problem."""
    (problem,) = problems
    return problem


def test_the_packages_own_data_is_sound() -> None:
    """Nothing that we ship is refused, and the policy is there."""
    assert [] == check_library()
    assert {"capital-blue-cross/mp-9.053"} <= {each.id for each in load_library().policies}


def test_a_copy_is_as_sound(policies: Path, package: Path) -> None:
    """The copies that the tests spoil are sound to begin with."""
    assert [] == check_library(policies)
    assert [] == check_library()
    assert package.is_dir()


SPOILT: list[tuple[str, str, str, str]] = [
    ("number: MP 9.053", "number: MP 9.053\nnumbr: MP 9.053", "numbr", "unknown key"),
    ("title: Hematopoietic", "titel: Hematopoietic", "titel", "unknown key"),
    ("topic: CapitalBlueCrossMP9053", "topic: Capital-MP-9.053", "topic", "pattern"),
    ("therapies: [hematopoietic-cell-transplant]", "therapies: [hct]", "therapies", "'hct'"),
    ("therapies: [hematopoietic-cell-transplant]", "therapies: []", "therapies", "at least 1"),
    ("excluded_lines: [", "excluded_lines: [fep, ", "excluded_lines", "'fep'"),
    ("applicability: A-22", "applicability: A-99", "applicability", "A-99"),
    ("effective: 2026-06-01", "effective: someday", "versions.0.effective", "date"),
    ("fact: modified-rodnan-skin-score", "fact: skin", "criteria.skin-score.test.fact", "'skin'"),
    ("kind: duration, indication: systemic-sclerosis", "kind: duration, indication: ssc",
     "criteria.disease-duration.test.indication", "'ssc'"),
    ("none_of: [allogeneic-transplant,", "none_of: [allo,",
     "criteria.not-listed-as-investigational.test.none_of", "'allo'"),
    ("- multiple-sclerosis\n", "- ms\n", "questions.indication.answers", "'ms'"),
    ("kind: age, at_least: 18", "kind: agee, at_least: 18", "versions.0.criteria.0.test", "age"),
    ("kind: age, at_least: 18", "kind: age, from: 18", "0.test.age.from", "unknown"),
    ("at_least: 15}", "at_least: 15, below: 60}", "criteria.2.test.measured", "exactly one"),
    ("at_least: 15}", "at_least: fifteen}", "2.test.measured.at_least", "decimal"),
    ("criteria: [age, disease-duration,", "criteria: [age, onset,", "versions.0", "'onset'"),
    ("check: every-criterion", "check: each-criterion", "versions.0", "'each-criterion'"),
    ("ask: graft", "ask: type-of-graft", "versions.0", "'type-of-graft'"),
    ("- id: skin-score", "- id: age", "versions.0.criteria", "'age' stands twice"),
    ("- id: skin-score", "- id: Skin Score", "versions.0.criteria.2.id", "pattern"),
    ("      A-01:\n        section: Policy\n", "      A-01:\n", "A-01.section", "missing"),
    ("statement: A-02", "statement: A-77", "versions.0", "A-77 is used and not cited"),
    ("words: 24}", "words: 0}", "versions.0.citations.A-01.sentences.0.words", "greater than 0"),
    ("sha256: 17da64e0", "sha256: 17DA64E0", "A-01.sentences.0.sha256", "pattern"),
    ("determination: medically-necessary", "determination: approved", "determination", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "cure"), SPOILT, ids=[row[1] for row in SPOILT])
def test_a_spoilt_policy_is_refused(
    policies: Path, old: str, new: str, key: str, cure: str
) -> None:
    """Each fault is told by file, key and cure, and the policy is not loaded."""
    spoil(policies / POLICY, old, new)

    library, problems = read_library(policies)

    assert () == library.policies
    assert {POLICY} == {each.file for each in problems}
    assert any(key in str(each) and cure in each.cure for each in problems), problems
    with pytest.raises(PolicyError, match=r"policy\.yaml: "):
        load_library(policies)


def test_a_misspelt_kind_is_told_with_the_kinds_there_are(policies: Path) -> None:
    """The cure names the kinds that would be understood."""
    spoil(policies / POLICY, "kind: age, at_least: 18", "kind: years, at_least: 18")

    cure = " ".join(each.cure for each in check_library(policies))

    assert "measured" in cure
    assert "duration" in cure


def test_overlapping_versions(policies: Path) -> None:
    """A version without end overlaps the next, and the cure says which to end."""
    file = policies / POLICY
    text = file.read_text(encoding="utf-8")
    head, versions = text.split("versions:\n")
    later = versions.replace("effective: 2026-06-01", "effective: 2027-01-01", 1)
    file.write_text(f"{head}versions:\n{versions}\n{later}", encoding="utf-8")

    problem = only(check_library(policies))

    assert POLICY == problem.file
    assert "2026-06-01 is still in force when that of 2027-01-01 begins" in problem.cure

    ended = versions.replace(
        "effective: 2026-06-01", "effective: 2026-06-01\n    ends: 2026-12-31", 1
    )
    file.write_text(f"{head}versions:\n{ended}\n{later}", encoding="utf-8")
    assert [] == check_library(policies)


def test_a_version_that_ends_before_it_begins(policies: Path) -> None:
    """A version that can never be in force is a mistake in a date."""
    spoil(policies / POLICY, "effective: 2026-06-01", "effective: 2026-06-01\n    ends: 2025-06-01")

    assert [] != check_library(policies)


def test_a_key_that_stands_twice(policies: Path) -> None:
    """YAML would keep the last silently; here the key and its line are told."""
    spoil(policies / POLICY, "number: MP 9.053", "number: MP 9.053\nnumber: MP 9.054")

    told = " ".join(str(each) for each in check_library(policies))

    assert "policy.yaml" in told
    assert "'number' stands twice" in told


@pytest.mark.parametrize("content", ["{", "- a\n- b\n", "", "just text", "\x00"])
def test_a_file_that_is_no_yaml_mapping(policies: Path, content: str) -> None:
    """A file that cannot be read is told, and nothing is raised."""
    (policies / POLICY).write_text(content, encoding="utf-8")

    problems = check_library(policies)

    assert problems
    assert all("policy.yaml" in each.file for each in problems)


def test_the_file_is_named_with_its_folder(policies: Path) -> None:
    """With several policies, `policy.yaml` alone would not say which."""
    (policies / POLICY).write_text("{", encoding="utf-8")

    assert all(POLICY == each.file for each in check_library(policies))


def test_a_file_that_is_no_text(policies: Path) -> None:
    """Bytes that are no UTF-8 are told."""
    (policies / POLICY).write_bytes(b"number: \xff\xfe")

    assert any("cannot be read" in each.cure for each in check_library(policies))


def test_a_payer_without_its_file(policies: Path) -> None:
    """A payer's folder needs its names."""
    (policies / "capital-blue-cross" / "payer.yaml").unlink()

    problem = only(check_library(policies))

    assert ("capital-blue-cross/payer.yaml", "(file)") == (problem.file, problem.key)


def test_a_payer_with_an_unknown_key(policies: Path) -> None:
    """Payers are as strict as policies."""
    spoil(policies / "capital-blue-cross" / "payer.yaml", "naic:", "niac:")

    assert any(
        ("niac", "unknown key") == (each.key, each.cure[:11]) for each in check_library(policies)
    )


def test_a_folder_without_a_policy(policies: Path) -> None:
    """A policy's folder needs its policy."""
    (policies / "capital-blue-cross" / "mp-1").mkdir()

    assert ("capital-blue-cross/mp-1/policy.yaml", "(file)") == (
        (problem := only(check_library(policies))).file,
        problem.key,
    )


def test_two_policies_of_one_topic(policies: Path) -> None:
    """Acknowledgements hang on the topic, so no two policies may share one."""
    payer = policies / "capital-blue-cross"
    shutil.copytree(payer / "mp-9.053", payer / "mp-9.054")

    problem = only(check_library(policies))

    assert ("capital-blue-cross/mp-9.054/policy.yaml", "topic") == (problem.file, problem.key)
    assert "capital-blue-cross/mp-9.053" in problem.cure


def test_folders_that_are_not_meant(policies: Path) -> None:
    """Folders that begin with a dot or an underscore are no payers."""
    for name in (".git", "__pycache__"):
        (policies / name).mkdir()

    assert [] == check_library(policies)


def test_one_bad_policy_does_not_cost_the_others(policies: Path) -> None:
    """What is sound is loaded beside what is refused."""
    payer = policies / "capital-blue-cross"
    shutil.copytree(payer / "mp-9.053", payer / "mp-9.054")
    spoil(payer / "mp-9.054" / "policy.yaml", "title:", "titel:")

    library, problems = read_library(policies)

    assert ["capital-blue-cross/mp-9.053"] == [each.id for each in library.policies]
    assert problems


CLINICAL: list[tuple[str, str, str, str, str]] = [
    ("facts/heart.yaml", "codes: [tapse]", "codes: [tapsee]", "tricuspid", "tapsee"),
    ("facts/heart.yaml", "unit: cm\n", "unit: inch\n", "tricuspid", "'inch'"),
    ("facts/heart.yaml", "mm: 0.1", "mm: -0.1", "units", "greater than 0"),
    ("facts/heart.yaml", "kind: measurement", "kind: measuring", "left-ventricular", "measurement"),
    ("facts/heart.yaml", "plausible:", "plausibel:", "plausibel", "unknown key"),
    ("indications.yaml", "codes: [crohn-disease]", "codes: [crohn]", "crohn-disease", "'crohn'"),
    ("services.yaml", "codes: [donor-search]", "codes: [search]", "donor-search", "'search'"),
    ("services.yaml", "graft: allogeneic", "graft: foreign", "graft", "autologous"),
    ("value_sets/tapse.json", '"id": "tapse"', '"id": "tapse-2"', "id", "tapse-2.json"),
    ("value_sets/tapse.json", '"display"', '"displai"', "compose", "display"),
    ("value_sets/tapse.json", "{", "", "compose", ""),
]


@pytest.mark.parametrize("row", CLINICAL, ids=[f"{row[0]}: {row[2]}" for row in CLINICAL])
def test_spoilt_clinical_knowledge_is_refused(package: Path, row: tuple[str, ...]) -> None:
    """Facts, indications, services and value sets are as strict as policies."""
    file, old, new, key, cure = row
    spoil(package / "clinical" / file, old, new)

    problems = check_library()

    assert any(key in each.key and cure in each.cure for each in problems), problems


def test_a_fact_that_two_files_define(package: Path) -> None:
    """A fact is defined once: a second definition would silently win."""
    shutil.copy(
        package / "clinical" / "facts" / "skin.yaml", package / "clinical" / "facts" / "zz.yaml"
    )

    assert [] != check_library()


def test_an_indication_within_one_that_is_not_there(package: Path) -> None:
    """A broader kind that does not exist is a misspelling."""
    spoil(package / "clinical" / "indications.yaml", "within: hematologic", "within: haematologic")

    assert any("haematologic-malignancy" in each.cure for each in check_library())


def test_an_error_says_everything_in_one_line() -> None:
    """File, key and cure stand in the message."""
    error = PolicyError("payer/policy.yaml", "topic", "choose another")

    assert "payer/policy.yaml: topic: choose another" == str(error)
