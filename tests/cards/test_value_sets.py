"""Every value set is a sound FHIR R4 ValueSet, of codes that exist and contradict no other set."""

import json
import re
import warnings
from dataclasses import replace
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.valueset import ValueSet

from cards.facts import FindingFact, Measurement
from cards.values.coding import (
    CPT,
    HCPCS,
    ICD_10_CM,
    ICD_10_PCS,
    LOINC,
    RXNORM,
    SNOMED_CT,
    Coding,
    read_value_set,
)
from tests.cards.building import library

with warnings.catch_warnings():
    # It reads its own data in a way that Python has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import simple_icd_10_cm  # type: ignore[import-untyped]

FOLDER = Path(str(files("cards"))) / "clinical" / "value_sets"
SETS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.json"))
}


def all_codes(system: str) -> list[tuple[str, list[str]]]:
    """Return the codes of a system by the set that they stand in, excluded ones included."""
    listed: dict[str, list[str]] = {}
    for name, resource in SETS.items():
        for part in ("include", "exclude"):
            for item in resource["compose"].get(part, ()):
                if item["system"] == system:
                    found = [concept["code"] for concept in item.get("concept", ())]
                    listed.setdefault(name, []).extend(found)
    return [(name, found) for name, found in listed.items() if found]


def families() -> list[tuple[str, list[str]]]:
    """Return the roots of the ICD-10-CM families by the set that they stand in."""
    roots = {name: read_value_set(resource).families for name, resource in SETS.items()}
    return [(name, [code for _, code in sorted(some)]) for name, some in roots.items() if some]


@pytest.mark.parametrize("name", SETS)
def test_it_is_a_fhir_value_set(name: str) -> None:
    """It passes the R4B model, and is named as its file is."""
    resource = SETS[name]
    ValueSet.model_validate(resource)

    assert "ValueSet" == resource["resourceType"]
    assert name == resource["id"]
    assert f"urn:transplant-cds:value-set:{name}" == resource["url"]
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", resource["name"])
    assert resource["title"].strip()
    assert resource["description"].strip()


@pytest.mark.parametrize("name", SETS)
def test_every_code_has_a_display_and_stands_once(name: str) -> None:
    """A display of its own, no stray spaces, and no code twice in a set."""
    concepts = [
        (part["system"], concept["code"], concept["display"])
        for part in SETS[name]["compose"]["include"]
        for concept in part.get("concept", ())
    ]

    assert len(concepts) == len({(system, code.upper()) for system, code, _ in concepts})
    for _, code, display in concepts:
        assert code == code.strip() != ""
        assert display == display.strip() != ""


@pytest.mark.parametrize("name", SETS)
def test_every_set_holds_something(name: str) -> None:
    """A set of no codes would make its fact silent."""
    read = read_value_set(SETS[name])

    assert read.codes or read.families


@pytest.mark.parametrize("name", SETS)
def test_systems_are_the_preferred_ones(name: str) -> None:
    """A set under another spelling of a system would match nothing."""
    known = {CPT, HCPCS, ICD_10_CM, ICD_10_PCS, LOINC, RXNORM, SNOMED_CT}
    compose = SETS[name]["compose"]

    assert known >= {part["system"] for part in (*compose["include"], *compose.get("exclude", ()))}


@pytest.mark.parametrize(("name", "found"), all_codes(ICD_10_CM) + families())
def test_icd_10_cm_codes_exist(name: str, found: list[str]) -> None:
    """Each diagnosis code, and each root of a family, is in the classification."""
    assert [] == [each for each in found if not simple_icd_10_cm.is_valid_item(each)], name


@pytest.mark.parametrize(("name", "found"), all_codes(ICD_10_CM))
def test_single_icd_10_cm_codes_can_be_billed(name: str, found: list[str]) -> None:
    """A heading that is listed as a single code would miss the codes below it."""
    assert [] == [each for each in found if not simple_icd_10_cm.is_leaf(each)], name


@pytest.mark.parametrize("name", sorted({name for name, _ in all_codes(ICD_10_CM)}))
def test_icd_10_cm_displays_are_about_the_code(name: str) -> None:
    """Our words for a diagnosis share a word with the classification's."""
    for part in SETS[name]["compose"]["include"]:
        for concept in part.get("concept", ()) if part["system"] == ICD_10_CM else ():
            official = simple_icd_10_cm.get_description(concept["code"]).lower()
            shared = set(re.findall(r"[a-z]{4,}", concept["display"].lower())) & set(
                re.findall(r"[a-z]{4,}", official)
            )
            assert shared, concept


def mod_10(body: str) -> int:
    """Return the check digit of a LOINC code, every other digit from the right doubled."""
    digits = [
        sum(map(int, str(int(digit) * 2))) if at % 2 == 0 else int(digit)
        for at, digit in enumerate(reversed(body))
    ]
    return -sum(digits) % 10


@pytest.mark.parametrize(("name", "found"), all_codes(LOINC))
def test_loinc_check_digits(name: str, found: list[str]) -> None:
    """The last digit of each LOINC code is right."""
    for code in found:
        body, check = code.split("-")
        assert int(check) == mod_10(body), f"{name}: {code}"


# Verhoeff's tables: multiplication in the dihedral group D5, and the permutation by place.
_TIMES = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PLACES = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def verhoeff(code: str) -> int:
    """Return 0 for a number whose last digit is its right check digit."""
    check = 0
    for at, digit in enumerate(reversed(code)):
        check = int(_TIMES[check][int(_PLACES[at % 8][int(digit)])])
    return check


def test_verhoeff_itself() -> None:
    """The published example holds, and a swap of digits is noticed."""
    assert 0 == verhoeff("2363")
    assert 0 != verhoeff("2633")


@pytest.mark.parametrize(("name", "found"), all_codes(SNOMED_CT))
def test_snomed_ct_identifiers(name: str, found: list[str]) -> None:
    """An identifier is a concept's, 6 to 18 digits long, and its check digit is right."""
    for code in found:
        assert re.fullmatch(r"[1-9]\d{5,17}", code), f"{name}: {code}"
        assert code[-3:-1] in {"00", "10"}, f"{name}: {code}"
        assert 0 == verhoeff(code), f"{name}: {code}"


@pytest.mark.parametrize(
    ("system", "form"),
    [
        (CPT, r"\d{4}[0-9T]"),
        (HCPCS, r"[A-V]\d{4}"),
        (ICD_10_PCS, r"[0-9A-HJ-NP-Z]{7}"),
        (RXNORM, r"\d{1,8}"),
    ],
)
def test_forms_of_other_codes(system: str, form: str) -> None:
    """Codes without a check digit have at least the form of their system."""
    listed = [code for _, found in all_codes(system) for code in found]

    assert listed
    assert [] == [each for each in listed if not re.fullmatch(form, each)]


CLINICAL = library().clinical


def lookalikes() -> list[set[str]]:
    """Return groups of value sets of which no two may share a code, as the data use them."""
    groups = []
    for fact in CLINICAL.facts.values():
        if isinstance(fact, Measurement):
            limits = {fact.lower_limit_codes, fact.upper_limit_codes} - {None}
            named = {*fact.codes, *fact.codes_with_unit, *limits, *fact.lookalike_codes}
            groups.append({str(each) for each in named})
        elif isinstance(fact, FindingFact):
            groups.append({*fact.codes, *fact.ambiguous_codes, *fact.doubtful_codes})
            groups.append({*fact.study_codes, *fact.weak_study_codes})
            answers = fact.answers
            named = {*answers.present_codes, *answers.absent_codes, *answers.doubtful_codes}
            groups.append({str(each) for each in named})
    # A disease that is part of another shares its codes on purpose.
    whole = [each for each in CLINICAL.indications.values() if each.within is None]
    groups.append({code for each in whole for code in each.codes} | STRANGERS)
    services = {code for each in CLINICAL.services.values() for code in each.codes}
    groups.append(services | {"former-transplant-codes"})
    return groups


STRANGERS = {"sclerodermoid-graft-versus-host-disease", "interstitial-lung-disease"}
"""Diseases that resemble an indication and are none."""

PAIRS = sorted({pair for group in lookalikes() for pair in combinations(sorted(group), 2)})


@pytest.mark.parametrize("one", sorted({one for one, _ in PAIRS}))
def test_sets_that_contradict_each_other_share_no_code(one: str) -> None:
    """A code means one thing, or its lookalike, and never both."""
    for other in [right for left, right in PAIRS if left == one]:
        first, second = read_value_set(SETS[one]), read_value_set(SETS[other])
        assert set() == set(first.codes) & set(second.codes), other
        for left, right in ((first, second), (second, first)):
            for system, code in {*right.codes, *right.families}:
                assert Coding(system, code) not in left, f"{code} is in {one} and {other}"


def test_the_pairs_are_there() -> None:
    """The pairs that matter most are among those that the data yield."""
    assert {
        ("lvef", "rvef"),
        ("creatinine-clearance", "egfr"),
        ("dlco-percent-predicted", "not-dlco"),
        ("fvc-percent-predicted", "not-fvc"),
        ("mean-pulmonary-artery-pressure", "pulmonary-artery-systolic-pressure"),
        ("ecg-abnormal", "ecg-normal"),
        ("chest-ct", "high-resolution-chest-ct"),
        ("gastric-angiodysplasia", "gastric-antral-vascular-ectasia"),
        ("localized-scleroderma", "systemic-sclerosis"),
        ("hematologic-malignancy", "rheumatoid-arthritis"),
        ("allogeneic-transplant", "autologous-transplant"),
        ("autologous-transplant", "not-a-transplant"),
    } <= set(PAIRS)


def test_a_code_has_one_display() -> None:
    """Wherever a code stands, it is called the same: displays are facts, and facts agree."""
    displays: dict[tuple[str, str], set[str]] = {}
    for resource in SETS.values():
        for part in (*resource["compose"]["include"], *resource["compose"].get("exclude", ())):
            for concept in part.get("concept", ()):
                key = (part["system"], concept["code"].upper())
                displays.setdefault(key, set()).add(concept["display"])

    assert {} == {key: names for key, names in displays.items() if len(names) > 1}


@pytest.mark.parametrize(
    "name", [name for name, each in SETS.items() if each["compose"].get("exclude")]
)
def test_what_is_excluded_would_be_in(name: str) -> None:
    """An exclusion is of a code in one of the set's families; of another it says nothing."""
    read = read_value_set(SETS[name])
    included = replace(read, excluded=frozenset())

    assert read.excluded
    for system, code in read.excluded:
        assert Coding(system, code) in included
        assert Coding(system, code) not in read


def test_families_of_disease_states_exist() -> None:
    """Each family whose last character tells the state has codes that end so."""
    states = CLINICAL.states.icd_10_cm
    for family in (*states.leukemias, *states.lymphomas):
        assert simple_icd_10_cm.is_valid_item(family), family
        below = simple_icd_10_cm.get_descendants(family)
        assert {each[-1] for each in below} & set(states.characters), family


@pytest.mark.parametrize(
    ("code", "is_in", "resembles"),
    [
        ((LOINC, "19911-7"), "dlco-absolute", "dlco-percent-predicted"),
        ((LOINC, "98203-3"), "not-dlco", "dlco-percent-predicted"),
        ((LOINC, "19926-5"), "not-fvc", "fvc-percent-predicted"),
        ((LOINC, "62238-1"), "egfr", "creatinine-clearance"),
        ((LOINC, "8440-0"), "pulmonary-artery-systolic-pressure", "mean-pulmonary-artery-pressure"),
        ((LOINC, "103142-6"), "not-donor-chimerism", "donor-chimerism"),
        ((LOINC, "24627-2"), "chest-ct", "high-resolution-chest-ct"),
        ((SNOMED_CT, "251135002"), "ecg-normal", "ecg-abnormal"),
        ((ICD_10_CM, "L94.0"), "localized-scleroderma", "systemic-sclerosis"),
        ((ICD_10_CM, "K31.819"), "gastric-angiodysplasia", "gastric-antral-vascular-ectasia"),
        ((CPT, "38228"), "not-a-transplant", "autologous-transplant"),
        ((CPT, "0263T"), "leg-muscle-marrow-cells", "autologous-transplant"),
        ((CPT, "36511"), "work-up-and-laboratory", "stem-cell-collection"),
        ((CPT, "38242"), "donor-lymphocyte-infusion", "allogeneic-transplant"),
        ((CPT, "38243"), "stem-cell-boost", "allogeneic-transplant"),
    ],
)
def test_lookalikes(code: tuple[str, str], is_in: str, resembles: str) -> None:
    """What resembles a fact or a service stands in a set of its own beside it, and not in it."""
    coding = Coding(*code)

    assert coding in read_value_set(SETS[is_in])
    assert coding not in read_value_set(SETS[resembles])
