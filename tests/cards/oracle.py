"""MP 9.053 for autologous transplants in systemic sclerosis, a second time and as plain numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from tests.cards.building import (
    AS_OF,
    CREATININE_CLEARANCE,
    DLCO_PERCENT,
    ECG_ABNORMAL,
    ECG_IMPRESSION,
    ECG_NORMAL,
    FVC_PERCENT,
    GAVE,
    LVEF,
    MPAP,
    PASP,
    PATIENT,
    PULMONARY_FIBROSIS,
    SYSTEMIC_SCLEROSIS,
    TAPSE,
    Code,
    Json,
    Record,
    concept,
    condition,
    observation,
    record,
    statement,
)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Patient:
    """What is known of one patient; None is unknown."""

    birth: date | None
    onset: date | None
    skin_score: int | None
    ecg_abnormal: bool | None
    fibrosis: bool | None
    months: int | None  # of cyclophosphamide
    gave: bool | None
    lvef: int | None
    tapse: int | None  # in mm
    pasp: int | None
    mpap: int | None
    dlco: int | None
    fvc: int | None
    clearance: int | None


def _around(limit: int, usual: int) -> st.SearchStrategy[int | None]:
    """Return values on both sides of a limit, most often one that does no harm."""
    return st.sampled_from([usual, usual, usual, usual, limit - 1, limit, limit + 1, None])


PATIENTS = st.builds(
    Patient,
    birth=st.sampled_from(
        [date(1980, 2, 17)] * 4
        + [date(1966, 11, 21), date(1966, 11, 22), date(2008, 11, 21), date(2008, 11, 22), None]
    ),
    onset=st.sampled_from([date(2024, 5, 1)] * 4 + [date(2021, 11, 21), date(2021, 11, 20), None]),
    skin_score=_around(15, 27),
    ecg_abnormal=st.sampled_from([True, True, False, None]),
    fibrosis=st.sampled_from([True, True, False, None]),
    months=st.sampled_from([3, 3, 3, 0, 5, 6, 7, None]),
    gave=st.sampled_from([False, False, False, False, True, None]),
    lvef=_around(50, 60),
    tapse=_around(18, 22),
    pasp=_around(40, 25),
    mpap=_around(25, 16),
    dlco=_around(40, 63),
    fvc=_around(45, 70),
    clearance=_around(40, 83),
)


def expected_determination(patient: Patient) -> str:
    """Return what the policy says, with every unknown left open."""
    # A fall of the vital capacity, ground glass and kidney disease stay undocumented here.
    signs = [
        patient.ecg_abnormal,
        patient.fibrosis,
        _is(patient.dlco, lambda each: each < 80),
        None,
    ]
    involved = True if True in signs else None
    wanted = [
        _is(patient.birth, lambda each: date(1966, 11, 21) < each <= date(2008, 11, 21)),
        _is(patient.onset, lambda each: each >= date(2021, 11, 21)),
        _is(patient.skin_score, lambda each: each >= 15),
        involved,
        _is(patient.months, lambda each: each < 6),
        _is(patient.gave, lambda each: not each),
        _is(patient.lvef, lambda each: each >= 50),
        _is(patient.tapse, lambda each: each >= 18),
        _is(patient.pasp, lambda each: each <= 40),
        _is(patient.mpap, lambda each: each <= 25),
        _is(patient.dlco, lambda each: each >= 40),
        _is(patient.fvc, lambda each: each >= 45),
        _is(patient.clearance, lambda each: each >= 40),
    ]
    if False in wanted:
        return "investigational"
    return "needs-information" if None in wanted else "medically-necessary"


def record_of(patient: Patient) -> Record:
    """Return the FHIR record that says what is known of the patient."""
    born = {} if patient.birth is None else {"birthDate": patient.birth.isoformat()}
    onset = None if patient.onset is None else patient.onset.isoformat()
    return record(
        patient=[{"resourceType": "Patient", "id": PATIENT, **born}],
        disease=[condition("disease", SYSTEMIC_SCLEROSIS, onsetDateTime=onset, recordedDate=None)],
        skin_score=_measured("skin-score", "mRSS", patient.skin_score, "{score}"),
        ecg=_ecg(patient.ecg_abnormal),
        dlco=_measured("dlco", DLCO_PERCENT, patient.dlco, "%"),
        fvc=_measured("fvc", FVC_PERCENT, patient.fvc, "%"),
        fibrosis=_found("fibrosis", PULMONARY_FIBROSIS, patient.fibrosis),
        ground_glass=[],
        renal_disease=[],
        cyclophosphamide=_courses(patient.months),
        gave=_found("gave", GAVE, patient.gave),
        lvef=_measured("lvef", LVEF, patient.lvef, "%"),
        tapse=_measured("tapse", TAPSE, patient.tapse, "mm"),
        pasp=_measured("pasp", PASP, patient.pasp, "mm[Hg]"),
        mpap=_measured("mpap", MPAP, patient.mpap, "mm[Hg]"),
        clearance=_measured("clearance", CREATININE_CLEARANCE, patient.clearance, "mL/min"),
    )


def _is(known: Value | None, test: Callable[[Value], bool]) -> bool | None:
    return None if known is None else test(known)


def _measured(identity: str, what: Code | str, number: int | None, unit: str) -> list[Json]:
    return [] if number is None else [observation(identity, what, (number, unit))]


def _found(identity: str, what: Code, present: bool | None) -> list[Json]:  # noqa: FBT001
    if present is None:
        return []
    return [condition(identity, what, verification="confirmed" if present else "refuted")]


def _ecg(abnormal: bool | None) -> list[Json]:  # noqa: FBT001
    if abnormal is None:
        return []
    impression = concept(ECG_ABNORMAL if abnormal else ECG_NORMAL)
    return [observation("ecg", ECG_IMPRESSION, {"valueCodeableConcept": impression})]


def _courses(months: int | None) -> list[Json]:
    if months is None:
        return []
    if months == 0:
        never = statement("cyclophosphamide", "2025-01-10", None, "not-taken")
        del never["effectivePeriod"]
        return [never]
    assert AS_OF > date(2025, 1 + months, 10)
    return [statement("cyclophosphamide", "2025-01-10", f"2025-{1 + months:02}-10")]
