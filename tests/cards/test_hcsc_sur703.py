"""HCSC SUR703.043: the decision over whole records of children and adults with ALL."""

from typing import Any

import pytest

from cards.finding import Finding
from cards.values.coding import ICD_10_CM, LOINC, SNOMED_CT
from cards.verdict import State
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    PATIENT,
    SUBJECT,
    Code,
    Json,
    Record,
    concept,
    condition,
    coverage,
    finding,
    observation,
    request,
    verdicts,
)

NOT_IN_REMISSION = (ICD_10_CM, "C91.00")
IN_REMISSION = (ICD_10_CM, "C91.01")
IN_RELAPSE = (ICD_10_CM, "C91.02")
REFRACTORY = (SNOMED_CT, "12311000132101")
LINEAGE = (LOINC, "101119-6")
BCR_ABL1 = (LOINC, "46434-7")
KMT2A_AFF1 = (LOINC, "72313-0")
LEUKOCYTES = (LOINC, "6690-2")
EXTRAMEDULLARY = "Extramedullary disease"
ADULT, CHILD = "1998-04-02", "2020-06-15"
DIAGNOSED = "2026-02-10"


def at_diagnosis(identity: str, what: Code | str, content: Any) -> Json:
    """Return an Observation of the day of diagnosis."""
    return observation(identity, what, content, effectiveDateTime=DIAGNOSED)


def procedure(identity: str, what: Code | str, on: str | None) -> Json:
    """Return a completed Procedure of one day."""
    code = concept(text=what) if isinstance(what, str) else concept(what)
    done = {} if on is None else {"performedDateTime": on}
    return {
        "resourceType": "Procedure",
        "id": identity,
        "status": "completed",
        "code": code,
        "subject": SUBJECT,
        **done,
    }


def leukemia(birth: str, **changes: list[Json]) -> Record:
    """Return a patient in first remission without any factor of risk, fact by fact.

    *changes* replaces facts, and names further ones.
    """
    whole: Record = {
        "patient": [{"resourceType": "Patient", "id": PATIENT, "birthDate": birth}],
        "coverage": [coverage("coverage", "Health Care Service Corporation (HCSC)")],
        "disease": [
            condition("new", NOT_IN_REMISSION, "resolved", recordedDate=DIAGNOSED),
            condition("remission", IN_REMISSION, recordedDate="2026-03-08"),
        ],
        "state": [
            observation("state", "Disease status", "first complete remission (CR1)"),
        ],
        "induction": [
            procedure("induction", "Induction chemotherapy", "2026-02-14"),
        ],
        "count": [at_diagnosis("count", LEUKOCYTES, (12.4, "10*3/uL"))],
        "lineage": [at_diagnosis("lineage", LINEAGE, "B-cell precursor")],
        "bcr": [at_diagnosis("bcr", BCR_ABL1, "negative")],
        "mll": [at_diagnosis("mll", KMT2A_AFF1, "negative")],
        "extramedullary": [at_diagnosis("extramedullary", EXTRAMEDULLARY, "none")],
        "blasts": [
            observation(
                "blasts",
                "Absolute blast count after prednisone prophase",
                (0.12, "10*3/uL"),
                effectiveDateTime="2026-02-20",
            )
        ],
        "residual": [
            observation(
                "residual",
                "Minimal residual disease at week 6 of induction, flow cytometry",
                (0.005, "%"),
                effectiveDateTime="2026-03-26",
            )
        ],
        "chromosomes": [at_diagnosis("chromosomes", "Modal chromosome number", (46, "{#}"))],
    }
    return whole | changes


def found(facts: Record, order: Code = AUTOLOGOUS, reason: Code | Json = IN_REMISSION) -> Finding:
    """Return the finding for a transplant of the given kind and reason."""
    stated = reason if isinstance(reason, dict) else concept(reason)
    return finding(facts, request(order) | {"reasonCode": [stated], "authoredOn": "2026-11-21"})


def determined(facts: Record, order: Code = AUTOLOGOUS, reason: Code | Json = IN_REMISSION) -> str:
    """Return the determination for a transplant of the given kind and reason."""
    return found(facts, order, reason).determination


@pytest.mark.parametrize("birth", [ADULT, CHILD])
def test_a_first_remission_without_high_risk_is_not_addressed(birth: str) -> None:
    """The policy says nothing of a first remission where every factor of risk is ruled out."""
    assert "not-addressed" == determined(leukemia(birth))


def test_extramedullary_disease_at_diagnosis_outlasts_its_treatment() -> None:
    """Disease outside the marrow makes the risk high, though none is left after treatment."""
    seen = at_diagnosis("seen", EXTRAMEDULLARY, "present")
    gone = observation("gone", EXTRAMEDULLARY, "none")

    assert "medically-necessary" == determined(leukemia(ADULT, extramedullary=[seen, gone]))
    assert "not-addressed" == determined(leukemia(ADULT, extramedullary=[gone]))


RELAPSED = [condition("relapse", IN_RELAPSE, recordedDate="2026-05-01")]
NEW = [condition("new", NOT_IN_REMISSION, recordedDate=DIAGNOSED)]
INDUCTION = [observation("state", "Disease status", "in induction")]
STATES: dict[str, dict[str, list[Json]]] = {
    "in first remission": {},
    "in remission": {"state": []},
    "not in remission": {"disease": NEW, "state": []},
    "in induction": {"disease": NEW, "state": INDUCTION},
    "in relapse": {"disease": RELAPSED, "state": []},
    "untold": {"disease": [], "state": []},
}
GAPS: list[dict[str, list[Json]]] = [
    {},
    {"count": [at_diagnosis("count", LEUKOCYTES, (60, "10*3/uL"))]},
    {"lineage": [], "bcr": [], "extramedullary": []},
    {"prior": [procedure("prior", AUTOLOGOUS, "2025-01-10")]},
    {"prior": [procedure("prior", ALLOGENEIC, "2025-01-10")]},
    {"group": [observation("group", "Protocol risk group", "standard risk")]},
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("order", [AUTOLOGOUS, ALLOGENEIC], ids=["autologous", "allogeneic"])
@pytest.mark.parametrize("birth", [ADULT, CHILD], ids=["adult", "child"])
def test_missing_information_is_always_named(birth: str, order: Code, state: str) -> None:
    """Whatever the record lacks: who is asked for information is told for which."""
    for gap in GAPS:
        one = found(leukemia(birth, **STATES[state], **gap), order, IN_REMISSION)
        missing = [each for each in one.missing if each.state is State.NOT_DOCUMENTED]

        assert ("needs-information" == one.determination) == bool(missing), gap


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        (AUTOLOGOUS, ["child-later-remission-or-refractory"]),
        (ALLOGENEIC, ["prior-autologous", "child-later-remission-or-refractory"]),
    ],
)
def test_a_child_in_relapse_is_asked_for_remission_or_refractory_disease(
    order: Code, asked: list[str]
) -> None:
    """Relapse alone is no case of the policy: a later remission or refractory disease would be."""
    one = found(leukemia(CHILD, **STATES["in relapse"]), order, IN_RELAPSE)

    assert "needs-information" == one.determination
    assert asked == [each.id for each in one.missing]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("high risk", "medically-necessary"),
        ("standard risk", "not-addressed"),
        ("intermediate risk", "not-addressed"),
        ("possibly high risk", "needs-information"),
        (None, "needs-information"),
    ],
)
def test_the_group_of_the_protocol_answers_what_an_adverse_factor_asks(
    group: str | None, expected: str
) -> None:
    """A high count only raises the question; a documented group settles it either way."""
    counted = at_diagnosis("count", LEUKOCYTES, (60, "10*3/uL"))
    told = [] if group is None else [observation("group", "Protocol risk group", group)]

    assert expected == determined(leukemia(CHILD, count=[counted], group=told))


def test_a_standard_group_undoes_no_finding_of_high_risk() -> None:
    """What defines high risk by the policy does so under every protocol."""
    t_cell = at_diagnosis("lineage", LINEAGE, "T-cell")
    group = observation("group", "Protocol risk group", "standard risk")

    assert "medically-necessary" == determined(leukemia(CHILD, lineage=[t_cell], group=[group]))


@pytest.mark.parametrize(
    ("birth", "order", "expected"),
    [
        (ADULT, AUTOLOGOUS, "investigational"),
        (ADULT, ALLOGENEIC, "medically-necessary"),
        (CHILD, AUTOLOGOUS, "medically-necessary"),
        (CHILD, ALLOGENEIC, "medically-necessary"),
    ],
)
@pytest.mark.parametrize("code", [NOT_IN_REMISSION, IN_RELAPSE], ids=lambda each: each[1])
def test_refractory_disease_under_a_code_that_does_not_tell_it(
    code: Code, birth: str, order: Code, expected: str
) -> None:
    """The policy names refractory disease, whichever ICD-10-CM code stands beside it."""
    refractory = condition("disease", "x", code=concept(code, REFRACTORY))
    written = condition("disease", "x", code=concept(code, text="Primary refractory ALL"))

    for disease in (refractory, written):
        facts = leukemia(birth, disease=[disease], state=[])
        assert expected == determined(facts, order, code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(NOT_IN_REMISSION, "needs-information"), (IN_RELAPSE, "not-addressed")],
    ids=["not in remission", "in relapse"],
)
def test_disease_that_nothing_calls_refractory(code: Code, expected: str) -> None:
    """The codes alone do not make it refractory."""
    disease = condition("disease", code)

    assert expected == determined(leukemia(ADULT, disease=[disease], state=[]), AUTOLOGOUS, code)


def relapsed(on: str | None) -> list[Json]:
    """Return a leukemia in relapse, recorded on that day."""
    return [condition("relapse", IN_RELAPSE, recordedDate=on)]


@pytest.mark.parametrize(
    ("transplanted", "relapse", "expected"),
    [
        ("2025-06-17", "2026-05-01", "medically-necessary"),
        ("2025", "2026-05-01", "medically-necessary"),
        ("2026-04-30", "2026-05-01", "medically-necessary"),
        ("2026-05-01", "2026-05-01", "needs-information"),
        ("2026-08-01", "2026-05-01", "needs-information"),
        ("2026", "2026-05-01", "needs-information"),
        (None, "2026-05-01", "needs-information"),
        ("2025-06-17", None, "needs-information"),
    ],
)
def test_a_child_relapses_after_an_autologous_transplant_or_before_it(
    transplanted: str | None, relapse: str | None, expected: str
) -> None:
    """The policy speaks of relapse after the transplant: the dates have to show it."""
    prior = [procedure("prior", AUTOLOGOUS, transplanted)]
    facts = leukemia(CHILD, disease=relapsed(relapse), state=[], prior=prior)

    assert expected == determined(facts, ALLOGENEIC, IN_RELAPSE)


def test_a_second_relapse_counts_after_a_transplant_for_the_first() -> None:
    """One relapse after the transplant is enough, whatever came before."""
    first = condition("first", IN_RELAPSE, "resolved", recordedDate="2025-01-10")
    prior = [procedure("prior", AUTOLOGOUS, "2025-06-17")]
    facts = leukemia(CHILD, disease=[first, *relapsed("2026-05-01")], state=[], prior=prior)

    assert "medically-necessary" == determined(facts, ALLOGENEIC, IN_RELAPSE)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ALL, relapsed after autologous stem cell transplant", "medically-necessary"),
        (
            "ALL with post-transplant relapse, autologous stem cell transplant",
            "medically-necessary",
        ),
        ("ALL in relapse, autologous stem cell transplant", "needs-information"),
        ("ALL, autologous stem cell transplant after relapse", "needs-information"),
        ("ALL relapsed after remission, autologous stem cell transplant", "needs-information"),
    ],
)
def test_words_may_put_relapse_and_transplant_in_order(written: str, expected: str) -> None:
    """Without dates the text has to say that the relapse came after the transplant."""
    disease = condition("relapse", "x", code=concept(IN_RELAPSE, text=written), recordedDate=None)

    facts = leukemia(CHILD, disease=[disease], state=[])
    assert expected == determined(facts, ALLOGENEIC, IN_RELAPSE)


def test_a_relapse_that_only_the_reason_tells_is_one_of_today() -> None:
    """Where the record knows of no relapse now, the order speaks of the day of the order."""
    prior = [procedure("prior", AUTOLOGOUS, "2025-06-17")]
    former = condition("former", IN_RELAPSE, "resolved", recordedDate="2025-01-10")
    left = condition("left", IN_RELAPSE, recordedDate="2025-01-10")
    since = condition("since", IN_REMISSION, recordedDate="2025-09-01")

    for disease in ([], [former], [left, since]):
        facts = leukemia(CHILD, disease=disease, state=[], prior=prior)
        assert "medically-necessary" == determined(facts, ALLOGENEIC, IN_RELAPSE)


@pytest.mark.parametrize("transplanted", ["2025-06-17", "2026-08-01"])
def test_an_adult_in_relapse_may_have_the_transplant_in_either_order(transplanted: str) -> None:
    """For adults relapse alone is enough; which sentence says so is another matter."""
    prior = [procedure("prior", AUTOLOGOUS, transplanted)]
    facts = leukemia(ADULT, disease=relapsed("2026-05-01"), state=[], prior=prior)
    one = found(facts, ALLOGENEIC, IN_RELAPSE)

    assert "medically-necessary" == one.determination
    after = "adult-relapse-after-autologous" in verdicts(one)
    assert (transplanted == "2025-06-17") == after


B_CELL, PRECURSOR_B, COMMON, PRE_B = (
    (SNOMED_CT, code) for code in ("277571004", "277572006", "277573001", "371012000")
)
T_CELL = (SNOMED_CT, "277575008")
T_LATER = condition("t", T_CELL, recordedDate="2026-03-01")


@pytest.mark.parametrize(
    "other",
    [T_LATER, at_diagnosis("t", LINEAGE, "T-cell"), observation("t", LINEAGE, "T-cell")],
    ids=["a problem", "the same day", "months later"],
)
def test_two_lineages_contradict_each_other(other: Json) -> None:
    """One of the two is wrong, so neither makes the risk high."""
    both = [at_diagnosis("lineage", LINEAGE, "B-cell precursor"), other]
    child = found(leukemia(CHILD, lineage=both))
    counted = [at_diagnosis("count", LEUKOCYTES, (60, "10*3/uL"))]
    adult = found(leukemia(ADULT, lineage=both, count=counted))

    assert ("needs-information", "not-documented") == (
        child.determination,
        verdicts(child)["t-lineage"],
    )
    assert ("needs-information", "not-documented") == (
        adult.determination,
        verdicts(adult)["leukocytosis"],
    )


@pytest.mark.parametrize(
    ("lineage", "child", "adult"),
    [
        ([T_LATER], "medically-necessary", "not-addressed"),
        ([T_LATER, at_diagnosis("a", LINEAGE, "T-ALL")], "medically-necessary", "not-addressed"),
        ([at_diagnosis("a", LINEAGE, "B-cell precursor")], "not-addressed", "medically-necessary"),
        (
            [condition("b", PRECURSOR_B), at_diagnosis("a", LINEAGE, "B-ALL")],
            "not-addressed",
            "medically-necessary",
        ),
        (
            [at_diagnosis("a", LINEAGE, "Acute lymphoblastic leukemia")],
            "needs-information",
            "needs-information",
        ),
    ],
    ids=["T", "T twice", "B", "B twice", "neither"],
)
def test_one_lineage_however_often_it_is_told(lineage: list[Json], child: str, adult: str) -> None:
    """Statements that agree decide; the name of the leukemia alone tells no lineage."""
    counted = [at_diagnosis("count", LEUKOCYTES, (45, "10*3/uL"))]

    assert child == determined(leukemia(CHILD, lineage=lineage))
    assert adult == determined(leukemia(ADULT, lineage=lineage, count=counted))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (PRECURSOR_B, "not-met"),
        (COMMON, "not-met"),
        (PRE_B, "not-met"),
        ("Pre-B ALL", "not-met"),
        ("Pro-B ALL", "met"),
        (B_CELL, "not-documented"),
    ],
    ids=str,
)
def test_a_diagnosis_that_names_the_stage_tells_pro_b(told: Code | str, expected: str) -> None:
    """A problem past the pro-B stage rules it out; B lineage alone holds both."""
    one = found(leukemia(CHILD, lineage=[condition("stage", told)]))

    assert expected == verdicts(one)["pro-b"]


def test_a_diagnosis_past_pro_b_against_a_pro_b_phenotype() -> None:
    """The two contradict each other, so the adverse factor is open."""
    both = [condition("stage", PRECURSOR_B), at_diagnosis("lineage", LINEAGE, "pro-B")]

    assert "not-documented" == verdicts(found(leukemia(CHILD, lineage=both)))["pro-b"]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("10E3/uL", "medically-necessary"),
        ("x10(3)/uL", "medically-necessary"),
        ("thousand/mcL", "medically-necessary"),
        ("K/mcL", "medically-necessary"),
        ("/mcL", "not-addressed"),
        ("10E6/uL", "needs-information"),
    ],
)
def test_the_leukocyte_count_as_laboratories_write_it(unit: str, expected: str) -> None:
    """Each spelling has one factor: 31 thousand are a high count in B lineage, and 31 are none."""
    counted = [at_diagnosis("count", LEUKOCYTES, (31, unit))]

    assert expected == determined(leukemia(ADULT, count=counted))
