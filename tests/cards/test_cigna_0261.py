"""Cigna 0261, donor lymphocytes and stem-cell boosts: one line of a table for each patient.

A case begins with the verdict that the criterion in question comes to; the determination follows
from it, as everything else is in order.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from cards.finding import Finding
from cards.values.coding import CPT, ICD_10_CM, ICD_10_PCS, LOINC, SNOMED_CT
from tests.cards.building import (
    PATIENT,
    SUBJECT,
    Code,
    Json,
    concept,
    condition,
    coverage,
    finding,
    findings,
    observation,
    report,
    request,
    verdicts,
)

LYMPHOCYTES = (CPT, "38242")
BOOST = (CPT, "38243")
ALLOGENEIC = (CPT, "38240")
AUTOLOGOUS = (CPT, "38241")
STEM_CELLS_STATUS = (ICD_10_CM, "Z94.84")
HISTORY_OF_AUTOLOGOUS = (SNOMED_CT, "108631000119101")
HISTORY_OF_ALLOGENEIC = (SNOMED_CT, "152621000119105")
TRANSPLANT_FAILURE = (ICD_10_CM, "T86.02")
AML = (ICD_10_CM, "C92.00")
AML_IN_REMISSION = (ICD_10_CM, "C92.01")
AML_IN_RELAPSE = (ICD_10_CM, "C92.02")
ALL_IN_RELAPSE = (SNOMED_CT, "12301000132103")
LYMPHOMA = (ICD_10_CM, "C83.30")
MYELODYSPLASIA = (ICD_10_CM, "D46.9")
DISEASE_STATUS = (LOINC, "97509-4")
RECIPIENT_SHARE = (LOINC, "103154-1")
SOLID_ORGAN_DONOR_SHARE = (LOINC, "103142-6")

MET, NOT_MET, UNKNOWN = "met", "not-met", "not-documented"
FOLLOWS = {
    MET: "medically-necessary",
    NOT_MET: "not-medically-necessary",
    UNKNOWN: "needs-information",
}
Case = tuple[Any, ...]

MEMBER = coverage("coverage", "Cigna Health and Life Insurance Company")
PERSON = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1979-01-20"}


def procedure(what: Code | str = ALLOGENEIC, on: str | None = "2026-03-11", **more: Any) -> Json:
    """Return a completed Procedure; without *on* it is undated."""
    return {
        "resourceType": "Procedure",
        "id": "transplant",
        "status": "completed",
        "code": concept(text=what) if isinstance(what, str) else concept(what),
        "subject": SUBJECT,
        **({"performedDateTime": on} if on else {}),
        **more,
    }


def titled(what: Code, title: str, *reasons: Code | str, **more: Any) -> Json:
    """Return an order with a title of the ordering person's own beside the code."""
    return request(what, *reasons, code=concept(what, text=title), **more)


def noted(note: str, *reasons: Code | str) -> Json:
    """Return an order for donor lymphocytes with a note."""
    return request(LYMPHOCYTES, *reasons, note=[{"text": note}])


def judged(order: Json, *chart: Json, **circumstances: Any) -> Finding:
    """Return the finding for a Cigna member."""
    return finding([PERSON, MEMBER, *chart], order, **circumstances)


def each(cases: Mapping[str, Case]) -> pytest.MarkDecorator:
    """Return the parametrization of a test by its cases, named for what they are."""
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


ALLO = procedure()
RELAPSE = condition("disease", AML_IN_RELAPSE)
REMISSION = condition("disease", AML_IN_REMISSION, "remission")
LYMPHOMA_ACTIVE = condition("disease", LYMPHOMA)
APLASTIC_ANEMIA = condition("other", "Aplastic anemia")
FOR_RELAPSE = request(LYMPHOCYTES, AML_IN_RELAPSE)
FOR_REMISSION = request(LYMPHOCYTES, AML_IN_REMISSION)
FOR_LYMPHOMA = request(LYMPHOCYTES, LYMPHOMA)
NEVER = observation("never", "History of stem cell transplant", "never transplanted")
PROVISIONAL = condition("disease", AML_IN_RELAPSE, verification="provisional")
MYELODYSPLASIA_AGAIN = condition("disease", MYELODYSPLASIA, "relapse")


@each(
    {
        "malignancy in relapse": (MET, FOR_RELAPSE, RELAPSE),
        "any malignancy": (MET, request(LYMPHOCYTES, MYELODYSPLASIA), MYELODYSPLASIA_AGAIN),
        "no reason and one problem": (MET, request(LYMPHOCYTES), RELAPSE),
        "no reason and two sides": (UNKNOWN, request(LYMPHOCYTES), RELAPSE, APLASTIC_ANEMIA),
        "no reason and no problem": (UNKNOWN, request(LYMPHOCYTES)),
        "unknown reason": (UNKNOWN, request(LYMPHOCYTES, "Per protocol"), RELAPSE),
        "history of leukemia": (UNKNOWN, request(LYMPHOCYTES, (ICD_10_CM, "Z85.6"))),
        "provisional diagnosis": (UNKNOWN, FOR_RELAPSE, PROVISIONAL),
    }
)
def test_lymphocytes_are_for_a_malignancy(case: Case) -> None:
    """The disease has to be a malignancy of blood or marrow; an unknown one is asked for."""
    expected, order, *chart = case
    one = judged(order, ALLO, *chart)
    assert (expected, FOLLOWS[expected]) == (verdicts(one)["indication"], one.determination)


@pytest.mark.parametrize("chart", [(), (ALLO,), (ALLO, RELAPSE)])
@pytest.mark.parametrize(
    "reason",
    ["Aplastic anemia", "Sickle cell disease", "Relapsed neuroblastoma", (ICD_10_CM, "M32.9")],
)
def test_lymphocytes_for_another_disease(reason: Code | str, chart: tuple[Json, ...]) -> None:
    """A known other disease is a no, whatever else is open."""
    one = judged(request(LYMPHOCYTES, reason), *chart)
    assert FOLLOWS[NOT_MET] == one.determination
    assert NOT_MET == verdicts(one)["for-hematologic-malignancy"]


NAMED_STATUS = condition(
    "status", STEM_CELLS_STATUS, code=concept(STEM_CELLS_STATUS, text="S/P allo SCT, MUD")
)
REFUTED_HISTORY = condition("history", HISTORY_OF_ALLOGENEIC, verification="refuted")


@each(
    {
        "CPT": (MET, ALLO),
        "SNOMED CT": (MET, procedure((SNOMED_CT, "425843001"))),
        "cord blood": (MET, procedure((ICD_10_PCS, "30243X3"))),
        "former ICD-10-PCS": (MET, procedure((ICD_10_PCS, "30243Y1"))),
        "text alone": (MET, procedure("Haplo BMT")),
        "history that names the type": (MET, condition("history", HISTORY_OF_ALLOGENEIC)),
        "status that names the type": (MET, NAMED_STATUS),
        "status without the type": (UNKNOWN, condition("status", STEM_CELLS_STATUS)),
        "autologous does not rule it out": (UNKNOWN, procedure(AUTOLOGOUS)),
        "GVHD proves none": (UNKNOWN, condition("gvhd", (ICD_10_CM, "D89.811"))),
        "silence": (UNKNOWN,),
        "not done": (UNKNOWN, procedure(status="not-done")),
        "still to come": (UNKNOWN, procedure(on="2026-12-24")),
        "the patient as a donor": (UNKNOWN, condition("donor", (ICD_10_CM, "Z52.001"))),
        "harvest from a donor": (UNKNOWN, procedure((CPT, "38230"))),
        "never transplanted": (NOT_MET, NEVER),
        "refuted": (NOT_MET, REFUTED_HISTORY),
        "never, and yet": (UNKNOWN, NEVER, ALLO),
    }
)
def test_lymphocytes_follow_an_allogeneic_transplant(case: Case) -> None:
    """One that is on record in any shape counts; only a statement that there was none denies."""
    expected, *chart = case
    one = judged(FOR_RELAPSE, RELAPSE, *chart)
    told = verdicts(one)["after-allogeneic-transplant"]
    assert (expected, FOLLOWS[expected]) == (told, one.determination)


def test_the_reason_may_tell_of_the_transplant() -> None:
    """What the ordering person writes about the transplant documents it."""
    one = judged(request(LYMPHOCYTES, "AML in relapse after allogeneic HCT 2025"), RELAPSE)
    assert FOLLOWS[MET] == one.determination


def test_never_transplanted_decides_alone() -> None:
    """Without a transplant the answer is no, though the disease is not known."""
    assert FOLLOWS[NOT_MET] == judged(request(LYMPHOCYTES), NEVER).determination


def status(said: str, on: str = "2026-10-01") -> Json:
    """Return an observed disease status."""
    return observation("status", DISEASE_STATUS, said, effectiveDateTime=on)


def status_in_panel(said: str) -> Json:
    """Return a disease status as a component of a panel."""
    part = observation("status", DISEASE_STATUS, said)
    value = {name: each for name, each in part.items() if name.startswith(("code", "value"))}
    return observation("panel", "Oncology summary", {"component": [value]})


def residual(content: Any, on: str = "2026-10-01", identity: str = "mrd") -> Json:
    """Return a result on residual disease."""
    return observation(identity, "Minimal residual disease (MRD)", content, effectiveDateTime=on)


def risk(said: str) -> Json:
    """Return an observed risk of relapse."""
    return observation("risk", "Relapse risk", said)


LYMPHOMA_AGAIN = condition("disease", LYMPHOMA, "relapse")
FOUND = residual("positive", "2026-05-05", "mrd-1")
GONE = residual("negative", "2026-08-05", "mrd-2")
RISK_LISTED = condition("risk", "High risk of relapse")
RISK_SAID = request(LYMPHOCYTES, "AML in remission, high risk of relapse")
RISK_DENIED = noted("Not at high risk of relapse.", AML_IN_REMISSION)


def worded(reason: str) -> Json:
    """Return an order for donor lymphocytes for a lymphoma, with the reason in words besides."""
    return request(LYMPHOCYTES, reasonCode=[concept(LYMPHOMA, text=reason)])


PREVENTION = titled(LYMPHOCYTES, "Prophylactic DLI to prevent relapse", AML_IN_REMISSION)
WORDS_AGAINST_RECORD = titled(LYMPHOCYTES, "DLI for relapsed AML")


@each(
    {
        "relapse by code": (MET, FOR_RELAPSE, RELAPSE),
        "relapse by the reason alone": (MET, FOR_RELAPSE),
        "relapse by clinical status": (MET, FOR_LYMPHOMA, LYMPHOMA_AGAIN),
        "relapse by observation": (MET, FOR_LYMPHOMA, LYMPHOMA_ACTIVE, status("first relapse")),
        "relapse in a panel": (MET, FOR_LYMPHOMA, LYMPHOMA_ACTIVE, status_in_panel("relapse")),
        "remission in a panel": (UNKNOWN, FOR_LYMPHOMA, status_in_panel("complete remission")),
        "relapse by SNOMED CT": (MET, request(LYMPHOCYTES, ALL_IN_RELAPSE)),
        "relapse by title": (MET, titled(LYMPHOCYTES, "DLI for relapsed lymphoma", LYMPHOMA)),
        "relapse before": (UNKNOWN, FOR_LYMPHOMA, LYMPHOMA_ACTIVE, status("relapse", "2025-10-01")),
        "refractory": (MET, FOR_LYMPHOMA, LYMPHOMA_ACTIVE, status("refractory")),
        "refractory by reason": (MET, request(LYMPHOCYTES, "Refractory Hodgkin lymphoma")),
        "never in remission": (MET, request(LYMPHOCYTES, AML), condition("disease", AML)),
        "residual disease": (MET, FOR_REMISSION, REMISSION, residual("positive")),
        "residual disease, 0.4%": (MET, FOR_REMISSION, REMISSION, residual((0.4, "%"))),
        "residual, below 0.01%": (UNKNOWN, FOR_REMISSION, REMISSION, residual(("<", 0.01, "%"))),
        "residual, not detected": (UNKNOWN, FOR_REMISSION, REMISSION, residual("not detected")),
        "residual before": (UNKNOWN, FOR_REMISSION, REMISSION, residual("positive", "2026-01-05")),
        "residual, gone again": (UNKNOWN, FOR_REMISSION, REMISSION, FOUND, GONE),
        "high risk as reason": (MET, RISK_SAID, REMISSION),
        "high risk as problem": (MET, FOR_REMISSION, REMISSION, RISK_LISTED),
        "high risk as result": (MET, FOR_REMISSION, REMISSION, risk("high")),
        "risk not high": (UNKNOWN, FOR_REMISSION, REMISSION, risk("intermediate")),
        "high risk, the other way round": (MET, worded("DLBCL, risk of relapse: high")),
        "low risk, the other way round": (UNKNOWN, worded("DLBCL, risk of relapse: low")),
        "risk denied": (UNKNOWN, RISK_DENIED, REMISSION),
        "remission, no more said": (UNKNOWN, FOR_REMISSION, REMISSION),
        "state never recorded": (UNKNOWN, FOR_LYMPHOMA, LYMPHOMA_ACTIVE),
        "prevention as title": (UNKNOWN, PREVENTION, REMISSION),
        "prevention as reason": (UNKNOWN, request(LYMPHOCYTES, "AML, prevention of relapse")),
        "refractory virus": (UNKNOWN, noted("CMV has been refractory.", AML_IN_REMISSION)),
        "something else persists": (UNKNOWN, worded("DLBCL, persistent cough"), LYMPHOMA_ACTIVE),
        "relapse to be ruled out": (UNKNOWN, worded("DLBCL, r/o relapse"), LYMPHOMA_ACTIVE),
        "relapse, no GVHD": (MET, worded("Relapsed DLBCL. No GVHD."), LYMPHOMA_ACTIVE),
        "relapse of GVHD": (UNKNOWN, worded("DLBCL, relapse of GVHD"), LYMPHOMA_ACTIVE),
        "words against the record": (UNKNOWN, WORDS_AGAINST_RECORD, REMISSION),
    }
)
def test_lymphocytes_need_disease_or_a_high_risk_of_it(case: Case) -> None:
    """Relapsed, persistent, refractory, or a high risk that someone documented; nothing less."""
    expected, order, *chart = case
    one = judged(order, ALLO, *chart)
    assert (expected, FOLLOWS[expected]) == (verdicts(one)["relapse-or-risk"], one.determination)


MIXED = "DLI for mixed chimerism"
BOTH = "DLI for mixed chimerism, high risk of relapse"


@each(
    {
        "chimerism as title": (NOT_MET, titled(LYMPHOCYTES, MIXED, AML_IN_REMISSION)),
        "chimerism as reason": (NOT_MET, request(LYMPHOCYTES, AML_IN_REMISSION, "Mixed chimerism")),
        "engraftment": (NOT_MET, titled(LYMPHOCYTES, "DLI to promote engraftment")),
        "infection": (NOT_MET, titled(LYMPHOCYTES, "DLI for refractory CMV infection")),
        "chimerism and high risk": (MET, titled(LYMPHOCYTES, BOTH)),
        "chimerism only mentioned": (UNKNOWN, noted("Check chimerism on day 30.")),
        "not for chimerism": (UNKNOWN, noted("This is not for chimerism.")),
    }
)
def test_lymphocytes_for_something_else_alone(case: Case) -> None:
    """Chimerism, engraftment or infection as the only purpose is a no, unless disease is shown."""
    expected, order = case
    one = judged(order, ALLO, REMISSION)
    assert (expected, FOLLOWS[expected]) == (verdicts(one)["relapse-or-risk"], one.determination)


def test_lymphocytes_for_chimerism_in_relapse() -> None:
    """What the record shows counts, though the order names another purpose."""
    assert FOLLOWS[MET] == judged(titled(LYMPHOCYTES, MIXED), ALLO, RELAPSE).determination


PLAIN_BOOST = request(BOOST)
FOR_CHIMERISM = titled(BOOST, "boost to enhance chimerism")
FOR_ENGRAFTMENT = titled(BOOST, "CD34 boost to promote engraftment")


def share(content: Any, what: Code | str = "Donor chimerism, whole blood", **more: Any) -> Json:
    """Return a result on donor cells."""
    return observation(more.pop("identity", "chimerism"), what, content, **more)


FULL = {"valueCodeableConcept": concept(text="full donor")}
SUBSET = {"code": concept(text="Donor chimerism CD3"), "valueQuantity": {"value": 88, "unit": "%"}}
T_CELLS = share((92, "%"), "Donor chimerism, CD3", identity="t-cells")
T_CELLS_IN_JUNE = T_CELLS | {"effectiveDateTime": "2026-06-01"}
IN_JUNE = share((92, "%"), identity="before", effectiveDateTime="2026-06-01")
IN_MARCH = share((100, "%"), identity="before", effectiveDateTime="2026-03")
RECIPIENT_CELLS = share((3, "%"), "Recipient chimerism", identity="recipient")
BASELINE = share((0, "%"), effectiveDateTime="2026-02-01")


@each(
    {
        "99%": (MET, share((99, "%"))),
        "99.6%": (MET, share((99.6, "%"))),
        "100%": (NOT_MET, share((100, "%"))),
        "104%": (UNKNOWN, share((104, "%"))),
        "95% or more": (UNKNOWN, share((">=", 95, "%"))),
        "more than 98%, as text": (UNKNOWN, share(">98%")),
        "less than 100%": (MET, share(("<", 100, "%"))),
        "a fraction": (MET, share((0.95, "1"))),
        "the whole as a fraction": (NOT_MET, share((1, "1"))),
        "1 without unit": (UNKNOWN, share((1, None))),
        "97 without unit": (MET, share((97, None))),
        "another unit": (UNKNOWN, share((90, "mg"))),
        "full, in words": (NOT_MET, share("Full donor chimerism")),
        "full, as a concept": (NOT_MET, share(FULL)),
        "mixed, in words": (MET, share("mixed chimerism")),
        "both shares in a text": (MET, share("95% donor, 5% recipient", "Chimerism analysis")),
        "report": (NOT_MET, report("report", "Chimerism analysis", "Donor 100%.")),
        "recipient 4%": (MET, share((4, "%"), RECIPIENT_SHARE)),
        "recipient 0%": (NOT_MET, share((0, "%"), "Recipient chimerism")),
        "recipient below 1%": (UNKNOWN, share(("<", 1, "%"), "Recipient chimerism")),
        "one subset is enough": (MET, share((100, "%")), T_CELLS),
        "subset not examined again": (UNKNOWN, share((100, "%")), T_CELLS_IN_JUNE),
        "subset in a panel": (MET, observation("panel", "Chimerism", {"component": [SUBSET]})),
        "the latest counts": (NOT_MET, IN_JUNE, share((100, "%"))),
        "before the transplant": (UNKNOWN, BASELINE),
        "share in a solid organ": (UNKNOWN, share((0.4, "%"), SOLID_ORGAN_DONOR_SHARE)),
        "no result": (UNKNOWN,),
        "entered in error": (UNKNOWN, share((92, "%"), status="entered-in-error")),
        "undated": (UNKNOWN, share((92, "%"), effectiveDateTime=None)),
        "in the month of the transplant": (UNKNOWN, share((92, "%"), effectiveDateTime="2026-03")),
        "on its day": (UNKNOWN, share((92, "%"), effectiveDateTime="2026-03-11")),
        "on the day after": (MET, share((92, "%"), effectiveDateTime="2026-03-12")),
        "unclear, but clear since": (MET, IN_MARCH, share((92, "%"))),
        "two results of a day": (UNKNOWN, share((97, "%")), share((100, "%"), identity="again")),
        "two that agree": (MET, share((97, "%")), share((96, "%"), identity="again")),
        "both shares of a day": (UNKNOWN, share((100, "%")), RECIPIENT_CELLS),
    }
)
def test_a_boost_enhances_chimerism_below_100_percent(case: Case) -> None:
    """Strictly less than 100% of donor cells, in whatever shape the laboratory reports it."""
    expected, *chart = case
    one = judged(FOR_CHIMERISM, ALLO, *chart)
    assert (expected, FOLLOWS[expected]) == (verdicts(one)["donor-chimerism"], one.determination)


def test_donor_cells_alone_leave_engraftment_open() -> None:
    """At 100%, a boost of unstated purpose may still be for engraftment."""
    one = judged(PLAIN_BOOST, ALLO, share((100, "%")))
    told = verdicts(one)
    assert (NOT_MET, UNKNOWN) == (told["donor-chimerism"], told["promote-engraftment"])
    assert FOLLOWS[UNKNOWN] == one.determination


def test_donor_cells_after_an_autologous_transplant() -> None:
    """Donor cells after a graft of one's own alone contradict it, so they decide nothing."""
    one = judged(FOR_CHIMERISM, procedure(AUTOLOGOUS), share((92, "%")))
    assert UNKNOWN == verdicts(one)["donor-chimerism"]
    assert FOLLOWS[UNKNOWN] == one.determination


FAILURE = condition("failure", TRANSPLANT_FAILURE)
FAILURE_BEFORE = FAILURE | {"recordedDate": "2025-10-01"}
FAILURE_REFUTED = condition("failure", TRANSPLANT_FAILURE, verification="refuted")


@each(
    {
        "graft failure by code": (MET, PLAIN_BOOST, FAILURE),
        "poor graft function": (MET, PLAIN_BOOST, condition("f", "Poor graft function")),
        "transfusions": (MET, PLAIN_BOOST, condition("t", "Transfusion dependence")),
        "late engraftment": (MET, PLAIN_BOOST, observation("e", "Engraftment status", "delayed")),
        "whatever the disease": (MET, request(BOOST, "Aplastic anemia"), FAILURE),
        "the title says so": (MET, FOR_ENGRAFTMENT),
        "the reason says so": (MET, request(BOOST, "Poor graft function")),
        "full donor chimerism too": (MET, FOR_ENGRAFTMENT, share((100, "%"))),
        "low counts": (UNKNOWN, PLAIN_BOOST, condition("c", (ICD_10_CM, "D61.818"))),
        "any complication": (UNKNOWN, PLAIN_BOOST, condition("c", (ICD_10_CM, "T86.5"))),
        "another graft": (UNKNOWN, PLAIN_BOOST, condition("f", "Kidney graft failure")),
        "failure of an earlier graft": (UNKNOWN, PLAIN_BOOST, FAILURE_BEFORE),
        "failure ruled out": (UNKNOWN, PLAIN_BOOST, FAILURE_REFUTED),
        "nothing said": (UNKNOWN, PLAIN_BOOST),
    }
)
def test_a_boost_promotes_engraftment(case: Case) -> None:
    """Poor function, delay or failure of the graft, or the order's word that it is for that."""
    expected, order, *chart = case
    one = judged(order, ALLO, *chart)
    told = verdicts(one)["promote-engraftment"]
    assert (expected, FOLLOWS[expected]) == (told, one.determination)


@each(
    {
        "allogeneic": (MET, ALLO),
        "autologous": (MET, procedure(AUTOLOGOUS)),
        "autologous by history": (MET, condition("history", HISTORY_OF_AUTOLOGOUS)),
        "of unstated type": (MET, condition("status", STEM_CELLS_STATUS)),
        "a complication alone": (UNKNOWN, FAILURE),
        "genes in the patient's own cells": (UNKNOWN, procedure((ICD_10_PCS, "30233C0"))),
        "silence": (UNKNOWN,),
        "never transplanted": (NOT_MET, NEVER),
    }
)
def test_a_boost_follows_a_transplant_of_either_kind(case: Case) -> None:
    """Any transplant will do, and the record has to tell of one."""
    expected, *chart = case
    one = judged(FOR_ENGRAFTMENT, *chart)
    assert (expected, FOLLOWS[expected]) == (verdicts(one)["after-transplant"], one.determination)


def test_the_name_of_a_code_is_no_record() -> None:
    """That the code for a boost speaks of an earlier transplant does not document one."""
    one = judged(titled(BOOST, "HPC boost infusion after earlier transplant"), FAILURE)
    assert UNKNOWN == verdicts(one)["after-transplant"]


LOW_COUNTS = "Boost for prolonged cytopenia after treatment of relapse"


@each(
    {
        "relapse": (NOT_MET, NOT_MET, titled(BOOST, "boost to treat relapse")),
        "relapse of a named disease": (NOT_MET, NOT_MET, titled(BOOST, "Boost for relapsed AML")),
        "infection": (NOT_MET, NOT_MET, titled(BOOST, "Boost for CMV infection")),
        "low counts after a relapse": (MET, MET, titled(BOOST, LOW_COUNTS)),
        "a relapse as the diagnosis": (MET, UNKNOWN, request(BOOST, AML_IN_RELAPSE)),
    }
)
def test_a_boost_for_something_else(case: Case) -> None:
    """A boost that is stated to treat relapse is a no; a diagnosis of relapse alone is not."""
    expected, leads_to, order = case
    one = judged(order, ALLO, RELAPSE)
    told = verdicts(one)["no-other-purpose"]
    assert (expected, FOLLOWS[leads_to]) == (told, one.determination)


def test_everything_on_record_leads_the_way_back() -> None:
    """A finding in favour names the records that it rests on."""
    one = judged(FOR_RELAPSE, ALLO, RELAPSE)
    named = {each.id: [item.reference for item in each.verdict.evidence] for each in one.criteria}
    assert ["Procedure/transplant"] == named["after-allogeneic-transplant"]
    assert "Condition/disease" in named["relapse-or-risk"]


def test_the_overdue_review_is_noted() -> None:
    """The document's own review date has passed, which is said and changes nothing."""
    one = judged(FOR_RELAPSE, ALLO, RELAPSE)
    assert (("review-overdue",), FOLLOWS[MET]) == (one.notes, one.determination)


CLAIMS_ID = {"identifier": {"type": concept(("urn:x", "payerid")), "value": "62308"}}


@pytest.mark.parametrize(
    "payor",
    ["Cigna", "CIGNA HealthCare", "Connecticut General Life Insurance Company", CLAIMS_ID],
)
def test_the_payer_goes_by_several_names(payor: Any) -> None:
    """Each of the payer's companies and its claims id lead to the policy."""
    one = finding([PERSON, coverage("coverage", payor), ALLO, RELAPSE], FOR_RELAPSE)
    assert ("cigna/0261", "member") == (one.policy.id, one.basis)


@pytest.mark.parametrize("line", ["Federal Employee Program", "Medicare Advantage", "Medicare"])
def test_other_product_lines_are_left_out(line: str) -> None:
    """Plans that the document does not name are no members of it, nor is it shown to them."""
    covered = coverage("coverage", "Cigna", type=concept(text=line))
    found = findings([PERSON, covered, ALLO, RELAPSE], FOR_RELAPSE)
    assert [] == [each for each in found if each.policy.id == "cigna/0261"]


def test_what_could_not_be_read_decides_nothing() -> None:
    """Without the Procedures silence is no silence, and the finding is incomplete."""
    one = judged(FOR_RELAPSE, RELAPSE, unavailable={"Procedure": "503"})
    assert "unavailable" == verdicts(one)["after-allogeneic-transplant"]
    assert (FOLLOWS[UNKNOWN], True) == (one.determination, "incomplete" in one.notes)
