"""Data that is refused: each error names the file, the key in it, and the cure."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from cards.faults import PolicyError
from cards.library import check_library, load_library, read_library

CARDS = Path(str(files("cards")))
POLICY = "capital-blue-cross/mp-9.053/policy.yaml"
# One policy is enough to spoil, and alone it shows what is left of the rest.
PAYER = POLICY.partition("/")[0]


def but_one_payer(folder: str, names: list[str]) -> set[str]:
    """Return what is left out of a copy: code, and the other payers, whoever they are."""
    is_top = Path(folder).name == "policies"
    return {each for each in names if ".py" in each or (is_top and each != PAYER)}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the policies that a test may spoil."""
    return Path(shutil.copytree(CARDS / "policies", tmp_path / "policies", ignore=but_one_payer))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's data, clinical knowledge included, that the library reads instead."""
    copy = tmp_path / "cards"
    for folder in ("policies", "clinical"):
        shutil.copytree(CARDS / folder, copy / folder, ignore=but_one_payer)
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
    ("topic: CapitalBlueCrossMP9053", "topic: Capital-MP-9.053", "topic", "1 to 100 letters"),
    ("therapies: [hematopoietic-cell-transplant]", "therapies: [hct]", "therapies", "'hct'"),
    ("therapies: [hematopoietic-cell-transplant]", "therapies: []", "therapies", "at least 1"),
    ("excluded_lines: [", "excluded_lines: [fep, ", "excluded_lines", "'fep'"),
    ("applicability: A-22", "applicability: A-99", "applicability", "A-99"),
    ("effective: 2026-06-01", "effective: someday", "versions.0.effective", "YYYY-MM-DD"),
    ("fact: modified-rodnan-skin-score", "fact: skin", "criteria.skin-score.test.fact", "'skin'"),
    ("kind: duration, indication: systemic-sclerosis", "kind: duration, indication: ssc",
     "criteria.disease-duration.test.indication", "'ssc'"),
    ("none_of: [allogeneic-transplant,", "none_of: [allo,",
     "criteria.not-listed-as-investigational.test.none_of", "'allo'"),
    ("- multiple-sclerosis\n", "- ms\n", "questions.indication.answers", "'ms'"),
    ("kind: age, at_least: 18", "kind: agee, at_least: 18", "versions.0.criteria.0.test", "age"),
    ("kind: age, at_least: 18", "kind: age, from: 18", "0.test.age.from", "unknown"),
    ("at_least: 15}", "at_least: 15, below: 60}", "criteria.2.test.measured", "exactly one"),
    ("at_least: 15}", "at_least: fifteen}", "2.test.measured.at_least", "write a number"),
    ("criteria: [age, disease-duration,", "criteria: [age, onset,", "versions.0", "'onset'"),
    ("check: every-criterion", "check: each-criterion", "versions.0", "'each-criterion'"),
    ("ask: graft", "ask: type-of-graft", "versions.0", "'type-of-graft'"),
    ("- id: skin-score", "- id: age", "versions.0.criteria", "'age' stands twice"),
    ("- id: skin-score", "- id: Skin Score", "versions.0.criteria.2.id", "lower-case letters"),
    ("      A-01:\n        section: Policy\n", "      A-01:\n", "A-01.section", "missing"),
    ("statement: A-02", "statement: A-77", "versions.0", "A-77 is used and not cited"),
    ("words: 24}", "words: 0}", "versions.0.citations.A-01.sentences.0.words", "greater than 0"),
    ("sha256: 17da64e0", "sha256: 17DA64E0", "A-01.sentences.0.sha256", "64 hexadecimal digits"),
    ("number: MP 9.053", "number: 77", "number", "put it in quotes"),
    ("number: MP 9.053", "number: MP 9.053\nid: mine", "id", "where the file lies"),
    ("title: Adult younger than 60", 'title: " "', "criteria.0.title", "is empty"),
    ("at_least: 15}", "at_least: 150}", "criteria.skin-score.test.at_least", "0 to 51"),
    ("at_least: 18, below: 60", "at_least: 60, below: 18", "0.test.age", "nobody is 60 or older"),
    ("kind: age, at_least: 18, below: 60", "kind: age", "0.test.age", "at_least, below, or both"),
    ("kind: age, at_least: 18", "kind: age, at_least: -1", "age.at_least", "greater than or equal"),
    ("at_most_years: 5", "at_most_years: -5", "at_most_years", "greater than 0"),
    ("- multiple-sclerosis\n", "- systemic-sclerosis\n", "questions.0",
     "'systemic-sclerosis' stands twice, under systemic-sclerosis and other-autoimmune-disease"),
    ("not-autoimmune: [type-2-diabetes]", "not-autoimmune: []", "questions.0",
     "nothing leads to 'not-autoimmune'"),
    ("- id: graft", "- id: indication", "versions.0.questions", "'indication' stands twice"),
    ("last_review: 2026-02-05", 'last_review: "2026-13"', "last_review", "month in quotes"),
    ("last_review: 2026-02-05", "last_review: 20260205", "last_review", "YYYY-MM-DD"),
    ("effective: 2026-06-01", "effective: 2026-13-01", "(file)",
     "line 18, column 16: '2026-13-01' is no day of the calendar"),
    ("number: MP 9.053", "? [a, b]\n: c", "(file)", "column 3: a list or mapping is no key"),
    ("title: Hem", "\ttitle: Hem", "(file)", "line 2, column 1: "),
    ("determination: medically-necessary", "determination: approved", "determination", "write '"),
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


def test_a_spoilt_policy_stops_the_start(policies: Path) -> None:
    """Where the service loads its policies, the first fault is raised."""
    spoil(policies / POLICY, "at_least: 15}", "at_least: fifteen}")

    with pytest.raises(PolicyError, match=r"policy\.yaml: .*write a number"):
        load_library(policies)


def test_one_fault_is_told_once(policies: Path) -> None:
    """A fault deep in the decision is one line: neither other nodes nor its owners are named."""
    spoil(policies / POLICY, "determination: medically-necessary", "determination: approved")

    problem = only(check_library(policies))

    assert problem.key.endswith("met.determination")
    assert "(" not in problem.key


def test_a_leaf_without_its_statement(policies: Path) -> None:
    """What is missing in a leaf is told of the leaf alone."""
    spoil(
        policies / POLICY,
        "{determination: medically-necessary, statement: A-01}",
        "{determination: medically-necessary}",
    )

    problem = only(check_library(policies))

    assert "missing; add it" == problem.cure
    assert problem.key.endswith("met.statement")


def test_a_leaf_that_asks_for_nothing(policies: Path) -> None:
    """Missing information is never said without naming what is missing."""
    spoil(
        policies / "capital-blue-cross" / "mp-9.053" / "policy.yaml",
        "not-autoimmune: {determination: not-addressed, statement: A-10}",
        "not-autoimmune: {determination: needs-information, statement: A-10}",
    )

    problem = only(check_library(policies))

    assert "decision.A-10" == problem.key
    assert "name an allowance or a ban" in str(problem)


def test_a_tree_that_lacks_an_answer(policies: Path) -> None:
    """The answer is defined: it is the node below it that is missing."""
    leaf = "        not-autoimmune: {determination: not-addressed, statement: A-10}\n"
    spoil(policies / POLICY, leaf, "")

    problem = only(check_library(policies))

    assert "the answer 'not-autoimmune' leads nowhere" in problem.cure


IDLE_QUESTION = """- id: idle
        kind: graft
        title: Idle
        wanted: a
        answers: {a: [autologous]}
        statements: {a: A-01}
        if_missing: Say it"""


@pytest.mark.parametrize(
    ("added", "key"),
    [
        (
            "- {id: idle, statement: A-02, title: Idle, test: {kind: age, at_least: 1}}",
            "criteria.idle",
        ),
        (
            IDLE_QUESTION,
            "questions.idle",
        ),
    ],
    ids=["criterion", "question"],
)
def test_what_the_decision_never_comes_to(policies: Path, added: str, key: str) -> None:
    """A criterion or question that decides nothing was meant to decide something."""
    listed = f"    {key.partition('.')[0]}:\n"
    spoil(policies / POLICY, listed, f"{listed}      {added}\n")

    problem = only(check_library(policies))

    assert key == problem.key
    assert "the decision never" in problem.cure


@pytest.mark.parametrize("criteria", ["[]", "[age, skin-score]"])
def test_documented_is_for_one_criterion(policies: Path, criteria: str) -> None:
    """With none it would always be met, and with two it would join them silently."""
    spoil(policies / POLICY, "kind: all-of", "kind: documented")
    text = (policies / POLICY).read_text(encoding="utf-8")
    at = text.index("criteria: [", text.index("kind: documented"))
    end = text.index("]", at) + 1
    (policies / POLICY).write_text(f"{text[:at]}criteria: {criteria}{text[end:]}", encoding="utf-8")

    assert any("test.documented" in each.key for each in check_library(policies))


def test_a_folder_without_policies(tmp_path: Path) -> None:
    """An empty folder is a wrong path: it would silence every card."""
    problem = only(check_library(tmp_path))

    assert (str(tmp_path), "(folder)") == (problem.file, problem.key)
    assert "<payer>/<policy>/ with a policy.yaml" in problem.cure
    with pytest.raises(PolicyError):
        load_library(tmp_path)


@pytest.mark.parametrize("folder", ["capital-blue-cross", "capital-blue-cross/mp-9.053"])
def test_a_folder_name_that_can_be_no_address(policies: Path, folder: str) -> None:
    """Folder names are the policy's id and stand in links."""
    (policies / folder).rename((policies / folder).with_name("MP 9.053"))

    assert {"(folder)"} == {each.key for each in check_library(policies)}


def test_files_that_nobody_reads(policies: Path) -> None:
    """A data file beside those that are read is one with a wrong name."""
    (policies / PAYER / "mp-9.053" / "policy.yml").write_text("number: X", encoding="utf-8")

    assert "policy.yml" in only(check_library(policies)).file


def test_two_payers_of_one_name(policies: Path) -> None:
    """A member's payer would be whichever comes first."""
    shutil.copytree(policies / PAYER, policies / "other", ignore=lambda *_: ["mp-9.053"])

    problems = check_library(policies)

    assert {"other/payer.yaml"} == {each.file for each in problems}
    assert all(PAYER in each.cure for each in problems)


def test_a_name_that_many_companies_share(policies: Path) -> None:
    """Such a name would claim every other payer's members."""
    spoil(policies / PAYER / "payer.yaml", "names:", "names:\n  - Blue Cross Blue Shield")

    assert "names many companies" in only(check_library(policies)).cure


def test_a_payer_without_a_name(policies: Path) -> None:
    """No member would ever be known as its own."""
    file = policies / PAYER / "payer.yaml"
    file.write_text("name: Capital Blue Cross\nnames: []\n", encoding="utf-8")

    assert "list at least 1" == only(check_library(policies)).cure


def test_a_name_that_nothing_defines_is_told_with_those_that_are_near(policies: Path) -> None:
    """The cure is the name that was meant."""
    spoil(policies / POLICY, "fact: modified-rodnan-skin-score", "fact: modified-rodnan-score")

    assert "did you mean modified-rodnan-skin-score" in only(check_library(policies)).cure


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

    problem = only(check_library(policies))

    assert "cannot be read: line 2, column 1: key 'number' stands twice" in problem.cure


@pytest.mark.parametrize(
    "content", ["{", "- a\n- b\n", "", "just text", "\x00", "a: " + "[" * 9999, "a: !!int x"]
)
def test_a_file_that_is_no_yaml_mapping(policies: Path, content: str) -> None:
    """A file that cannot be read is told, and nothing is raised."""
    (policies / POLICY).write_text(content, encoding="utf-8")

    problem = only(check_library(policies))

    assert (POLICY, "(file)") == (problem.file, problem.key)
    assert "unicode string" not in problem.cure


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


UNENDING = "hematologic-malignancy:\n  within: acute-lymphoblastic-leukemia\n"
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
    ("facts/heart.yaml", '"%": 1,', '"%": 10,', "left-ventricular", "itself is 1"),
    ("facts/heart.yaml", "plausible: [1, 100]", "plausible: [100, 1]", "left-v", "lowest value"),
    ("facts/heart.yaml", "left-ventricular-ejection-fraction:", "LVEF %:", "LVEF %", "lower-case"),
    ("facts/heart.yaml", "label: Left ventricular ejection fraction", "label: 2026-13-01",
     "(file)", "line 3, column 10: '2026-13-01' is no day"),
    ("indications.yaml", "within: hematologic-malignancy", "within: acute-lymphoblastic-leukemia",
     "acute-lymphoblastic-leukemia.within", "not within itself"),
    ("indications.yaml", "hematologic-malignancy:\n", UNENDING, "hematologic-malignancy.within",
     "not within itself"),
    ("value_sets/tapse.json", "http://loinc.org", "http://loinc.com", "0.system", "unknown"),
    ("value_sets/tapse.json", "77903-3", "77903-4", "include.0", "be a code of LOINC"),
    ("value_sets/tapse.json", '"status": "active"', '"status": "ok"', "status", "draft, active"),
    ("value_sets/tapse.json", '"concept": [', '"concept": [{"code": "77903-3", "display": "x"},',
     "compose.include.0", "stands twice"),
    ("value_sets/hematologic-malignancy.json", '"C81"', '"C8I"', "include.0", "ICD-10-CM"),
    ("disease_states.yaml", "status_codes: [", "status_codes: [none, ", "status_codes", "none"),
]  # fmt: skip


@pytest.mark.parametrize("row", CLINICAL, ids=[f"{row[0]}: {row[2]}" for row in CLINICAL])
def test_spoilt_clinical_knowledge_is_refused(package: Path, row: tuple[str, ...]) -> None:
    """Facts, indications, services and value sets are as strict as policies."""
    file, old, new, key, cure = row
    spoil(package / "clinical" / file, old, new)

    problems = check_library()

    assert any(key in each.key and cure in each.cure for each in problems), problems
    assert f"clinical/{file}" == problems[0].file


def test_what_is_refused_is_told_once(package: Path) -> None:
    """A policy that names a refused fact is no second fault."""
    spoil(package / "clinical" / "facts" / "skin.yaml", "kind: measurement", "kind: measuring")

    problem = only(check_library())

    assert ("clinical/facts/skin.yaml", ()) == (problem.file, load_ids())


def load_ids() -> tuple[str, ...]:
    """Return the ids of the policies that could be loaded."""
    return tuple(each.id for each in read_library()[0].policies)


def test_a_facts_file_of_another_ending(package: Path) -> None:
    """`.yml` is read by nobody."""
    (package / "clinical" / "facts" / "more.yml").write_text("a: {}", encoding="utf-8")

    assert ("clinical/facts/more.yml", "(file)") == (
        (problem := only(check_library())).file,
        problem.key,
    )


def test_a_fact_that_two_files_define(package: Path) -> None:
    """A fact is defined once: a second definition would silently win."""
    shutil.copy(
        package / "clinical" / "facts" / "skin.yaml", package / "clinical" / "facts" / "zz.yaml"
    )

    problem = only(check_library())

    assert "clinical/facts/zz.yaml" == problem.file
    assert "clinical/facts/skin.yaml defines this fact too" in problem.cure


def test_an_indication_within_one_that_is_not_there(package: Path) -> None:
    """A broader kind that does not exist is a misspelling."""
    spoil(package / "clinical" / "indications.yaml", "within: hematologic", "within: haematologic")

    assert any("haematologic-malignancy" in each.cure for each in check_library())


def test_an_error_says_everything_in_one_line() -> None:
    """File, key and cure stand in the message."""
    error = PolicyError("payer/policy.yaml", "topic", "choose another")

    assert "payer/policy.yaml: topic: choose another" == str(error)
