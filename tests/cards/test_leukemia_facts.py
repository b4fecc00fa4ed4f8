"""Facts on a leukemia as records tell them: counts, chromosomes, translocations, sites."""

from typing import Any

import pytest

from cards.values.coding import LOINC, SNOMED_CT
from cards.verdict import Criterion
from tests.cards.building import ALLOGENEIC, AUTOLOGOUS, Code, Json, concept, condition, report
from tests.cards.test_hcsc_sur703 import (
    ADULT,
    CHILD,
    DIAGNOSED,
    LEUKOCYTES,
    at_diagnosis,
    determined,
    found,
    leukemia,
)

KARYOTYPE = (LOINC, "59267-5")
BCR_ABL1_BY_FISH, KMT2A_AFF1 = (LOINC, "51867-0"), (LOINC, "72313-0")
MENINGEAL = (SNOMED_CT, "722795004")
HYPODIPLOID, HYPERDIPLOID = (SNOMED_CT, "838344002"), (SNOMED_CT, "838346000")


def criterion(
    identity: str, birth: str, order: Code = AUTOLOGOUS, **changes: list[Json]
) -> Criterion:
    """Return one criterion for a patient in first remission, with *changes* of the record."""
    listed = found(leukemia(birth, **changes), order).criteria
    return next(each for each in listed if each.id == identity)


def test_a_count_that_cannot_be_used_is_named_with_the_reason() -> None:
    """Both limits hang on the count, and neither has a line of its own to tell what is wrong."""
    count = at_diagnosis("count", LEUKOCYTES, (30500, "/hpf"))

    told = criterion("leukocytosis", ADULT, count=[count])

    assert "30500 /hpf on 2026-02-10, but the unit is not accepted for this fact" in told.says
    assert ["Observation/count"] == [each.reference for each in told.verdict.evidence]


def test_a_lineage_that_is_not_on_record_gives_no_further_reason() -> None:
    """What is simply missing is named by its title alone."""
    count = at_diagnosis("count", LEUKOCYTES, (45000, "/uL"))

    told = criterion("leukocytosis", ADULT, count=[count], lineage=[])

    assert told.says.endswith("not decided; open: High count in B lineage")


def chromosomes(*told: Json) -> str:
    """Return how the factor of few chromosomes stands for a child of whom this is told."""
    return criterion("few-chromosomes", CHILD, ALLOGENEIC, chromosomes=[*told]).state.value


def ploidy(identity: str, what: Code | str, **more: Any) -> Json:
    """Return a Condition of the day of diagnosis."""
    return condition(identity, what, **{"recordedDate": DIAGNOSED, **more})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("44,XX,-7,-20[18]/46,XX[2]", "met"),
        ("46,XX[2]/44,XX,-7,-20[18]", "met"),
        ("44 chromosomes", "met"),
        ("Modal number of 44 chromosomes", "met"),
        ("fewer than 45 chromosomes", "met"),
        ("hypodiploid", "met"),
        ("Hypodiploid clone, 38 chromosomes", "met"),
        ("near-haploid", "met"),
        ("28~30,X", "met"),
        ("46,XX[20]", "not-met"),
        ("Karyotype: 46,XX[20]", "not-met"),
        ("46", "not-met"),
        ("45 chromosomes", "not-met"),
        ("45,X,-Y[20]", "not-met"),
        ("54<2n>,XX,+4,+10", "not-met"),
        ("hyperdiploid, 54 chromosomes", "not-met"),
        ("more than 50 chromosomes", "not-met"),
        ("hyperdiploid", "not-met"),
        ("no hypodiploidy", "not-met"),
        ("44~46,XX", "not-documented"),
        ("possible hypodiploidy", "not-documented"),
        ("hypodiploidy cannot be excluded", "not-documented"),
        ("masked hypodiploidy, 54 chromosomes", "not-documented"),
        ("t(12;21)(p13;q22) by FISH", "not-documented"),
        ("translocation between 9 and 22", "not-documented"),
        ("20 metaphases analyzed", "not-documented"),
        ("Normal karyotype", "not-documented"),
        ("no growth", "not-documented"),
    ],
)
def test_a_karyotype_tells_the_number_of_chromosomes(written: str, expected: str) -> None:
    """In notation or in words, as a text or as a coded value; 44 are few, and 45 are not."""
    for content in (written, {"valueCodeableConcept": {"text": written}}):
        assert expected == chromosomes(at_diagnosis("karyotype", KARYOTYPE, content))
    assert expected == chromosomes(
        report("report", "Cytogenetics", written, effectiveDateTime=DIAGNOSED)
    )


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ((44, "{#}"), "met"),
        (44, "met"),
        ((45, "{chromosomes}"), "not-met"),
        ((12, "{#}"), "not-documented"),
        ((44, "%"), "not-documented"),
    ],
)
def test_a_number_of_chromosomes(count: Any, expected: str) -> None:
    """A bare number counts chromosomes where the study does, and no share of anything."""
    assert expected == chromosomes(at_diagnosis("count", "Modal chromosome number", count))


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (ploidy("p", HYPODIPLOID), "met"),
        (ploidy("p", HYPODIPLOID, clinical="remission"), "met"),
        (ploidy("p", "B-ALL with hypodiploidy"), "met"),
        (ploidy("p", HYPODIPLOID, verification="provisional"), "not-documented"),
        (ploidy("p", HYPODIPLOID, verification="refuted"), "not-met"),
        (ploidy("p", HYPERDIPLOID), "not-met"),
        (ploidy("p", "Acute lymphoblastic leukemia"), "not-documented"),
    ],
)
def test_a_diagnosis_that_tells_ploidy(problem: Json, expected: str) -> None:
    """The name of the leukemia may tell it without any karyotype."""
    assert expected == chromosomes(problem)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(DIAGNOSED, "not-documented"), ("2026-05-02", "met"), (None, "not-documented")],
)
def test_a_normal_karyotype_beside_hypodiploid_leukemia(on: str | None, expected: str) -> None:
    """On the same day they contradict each other; in remission it is to be expected."""
    karyotype = at_diagnosis("k", KARYOTYPE, "46,XX[20]") | {"effectiveDateTime": on}
    told = [ploidy("p", HYPODIPLOID), {name: each for name, each in karyotype.items() if each}]

    assert expected == chromosomes(*told)


def test_hypodiploidy_alone_asks_for_the_risk_group() -> None:
    """It raises the question of high risk in a child, and does not answer it."""
    facts = leukemia(CHILD, chromosomes=[ploidy("p", HYPODIPLOID)])

    assert "needs-information" == determined(facts, ALLOGENEIC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (condition("m", MENINGEAL), "met"),
        (condition("m", MENINGEAL, "resolved"), "met"),
        (condition("m", MENINGEAL, code=concept(MENINGEAL, text="History of CNS leukemia")), "met"),
        (condition("m", MENINGEAL, verification="refuted"), "not-documented"),
        (at_diagnosis("m", MENINGEAL, {"valueBoolean": False}), "not-documented"),
        (condition("m", "CNS leukemia", verification="refuted"), "not-documented"),
        (condition("m", "Extramedullary disease", verification="refuted"), "not-met"),
        (at_diagnosis("m", "Extramedullary disease", {"valueBoolean": False}), "not-met"),
    ],
)
def test_one_site_shows_extramedullary_disease_and_rules_none_out(
    told: Json, expected: str
) -> None:
    """Without disease of the nervous system, there may be some in testis or mediastinum."""
    assert expected == criterion("extramedullary-disease", ADULT, extramedullary=[told]).state.value


def answered(code: Code, *components: Json, **own: Any) -> Json:
    """Return a test for a translocation that answers in its components."""
    parts = [{"code": concept(code), **each} for each in components]
    return at_diagnosis("test", code, {"component": parts, **own})


@pytest.mark.parametrize(
    "asked",
    [("t-9-22", "bcr", BCR_ABL1_BY_FISH), ("t-4-11", "mll", KMT2A_AFF1)],
)
@pytest.mark.parametrize(
    ("components", "own", "expected"),
    [
        ([{"valueString": "negative"}], {}, "not-met"),
        ([{"valueString": "positive"}], {}, "met"),
        ([{"valueString": "negative"}, {"valueString": "positive"}], {}, "met"),
        ([{"valueString": "negative"}], {"valueString": "positive"}, "met"),
        ([{"valueString": "negative"}], {"valueString": "see report"}, "not-documented"),
        ([{"valueString": "negative"}], {"dataAbsentReason": concept(text="x")}, "not-documented"),
        ([{"valueString": "pending"}], {}, "not-documented"),
        ([], {}, "not-documented"),
    ],
)
def test_a_test_that_answers_in_its_components(
    asked: tuple[str, str, Code], components: list[Json], own: Json, expected: str
) -> None:
    """What has components, and says nothing itself, leaves the answer to them."""
    identity, fact, code = asked
    told = answered(code, *components, **own)

    assert expected == criterion(identity, CHILD, ALLOGENEIC, **{fact: [told]}).state.value


@pytest.mark.parametrize(
    ("written", "flag", "expected"),
    [
        ("See report", "POS", "met"),
        ("Please see the attached report.", "NEG", "not-met"),
        ("See report", None, "not-documented"),
        ("indeterminate", "POS", "not-documented"),
        ("negative, see report", "POS", "not-documented"),
    ],
)
def test_a_flag_beside_a_text_that_points_elsewhere(
    written: str, flag: str | None, expected: str
) -> None:
    """Where the text holds no answer at all, the flag is the answer."""
    flags = {} if flag is None else {"interpretation": [concept(("x", flag))]}
    told = at_diagnosis("bcr", BCR_ABL1_BY_FISH, {"valueString": written, **flags})

    assert expected == criterion("t-9-22", CHILD, ALLOGENEIC, bcr=[told]).state.value
