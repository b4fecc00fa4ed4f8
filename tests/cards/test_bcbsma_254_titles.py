"""BCBSMA 254, titles that name cells or a product: those that order it, and those that do not."""

import pytest

from cards.values.coding import HCPCS, ICD_10_CM, RXNORM
from tests.cards.building import SUBJECT, Json, concept, coverage, findings, request

MEMBER = coverage("coverage", "Blue Cross Blue Shield of Massachusetts")
KNEE = (ICD_10_CM, "M17.11")


def judged(order: Json) -> list[str]:
    """Return the determination of every finding for a member."""
    return [each.determination for each in findings([MEMBER], order, matching="strict")]


ORDERED = [
    "BMAC injection, left hip, fluoroscopic guidance",
    "US guided BMAC injection R shoulder",
    "MSC inj R knee",
    "stem cell inj knee",
    "Stem cell injection for severe right knee pain after failed PT",
    "Arthroscopic rotator cuff repair w/ BMAC",
    "Microfracture + BMAC, medial femoral condyle",
    "Total hip replacement with BMAC",
    "Kyphoplasty T12 with BMAC",
    "TLIF L5-S1, Trinity Evolution",
    "ACDF C5-6 w/ Osteocel Plus 5cc",
    "Posterolateral fusion L3-S1 using AlloStem strips",
    "Lumbar fusion for stenosis with Osteocel Plus",
    "Bone graft with viable stem cells, ankle arthrodesis",
    "OR case request: right ankle arthrodesis with AlloStem",
    "Implant: AlloStem",
    "Osteocel Plus (NuVasive) qty 2",
    "Admit for BMAC injection",
    "Pt needs MSC injection right knee",
    "Referral to sports medicine for BMAC injection knee",
    "Referral to pain management for stem cell injection",
    "Orthopedic consult for stem cell injection",
    "Platelet-rich plasma and stem cell injection knee",
    "Right knee osteoarthritis, KL grade 3: stem cell injection",
    "Left hip AVN - BMAC",
    "No autograft available, use Osteocel Plus",
    "s/p meniscectomy, MSC injection knee",
    "Prior laminectomy, Osteocel Plus 10cc fusion",
    "BMAC injection right knee 2026-12-01",
    "BMAC injection right knee, patient prefers morning",
    "BMAC injection under anesthesia",
    "MSC injection knee, patient allergic to penicillin",
    "MSC injection right knee; hold aspirin 7 days",
    "MSC injection right knee, aspirin on hold",
    "Regenexx stem cell injection knee",
    "Intradiscal stem cell injection L5/S1",
    "Subtalar fusion, calcaneus, DBM with viable stem cells",
    "Hardware removal and nonunion repair with BMAC",
    "Bone cyst curettage and BMAC",
]


@pytest.mark.parametrize("title", ORDERED)
def test_titles_that_order_it(title: str) -> None:
    """Sides, sites, operations, diseases, referrals and remarks leave the product ordered."""
    assert ["investigational"] == judged(request(title, KNEE))


ANOTHER = [
    "CMP for stem cell injection",
    "INR for BMAC injection",
    "COVID test for BMAC",
    "Blood culture for MSC injection patient",
    "Blood culture for bone graft with viable stem cells",
    "propofol sedation during BMAC injection",
    "anesthesia consult for BMAC injection",
    "Knee immobilizer for MSC injection",
    "crutches for BMAC injection",
    "Knee injection supplies for BMAC",
    "knee brace, stem cell injection",
    "consent form: stem cell injection",
    "interpreter for stem cell injection appointment",
    "pre-MSC injection CBC",
    "Echocardiogram (pre-MSC injection)",
    "pain management referral (pre-BMAC injection)",
    "MSC injection: ECG",
    "MSC injection - platelets",
    "Osteocel Plus CBC",
    "Osteocel Plus removal",
    "MSC injection follow up visit",
    "BMAC injection aftercare",
    "Comprehensive metabolic panel 1 year after bone graft with viable stem cells in 2019",
    "CMV PCR (hx bone graft with viable stem cells)",
    "sick leave certificate; BMAC injection candidate",
    "bone marrow aspiration needle for BMAC injection",
    "anesthesia for lumbar fusion with Osteocel Plus",
    "Removal of hardware after fusion with Osteocel Plus",
    "Steroid injection right knee, considering BMAC",
]


@pytest.mark.parametrize("title", ANOTHER)
def test_titles_that_order_something_else(title: str) -> None:
    """What is ordered is the test, the device or the visit that the cells are told of beside."""
    assert [] == judged(request(title, KNEE))


NOT_NOW = [
    "hold stem cell injection",
    "MSC injection right knee on hold",
    "MSC injection right knee, on hold",
    "MSC injection right knee - postponed",
    "MSC injection right knee (deferred until spring)",
    "cancelled MSC injection right knee",
    "contraindicated MSC injection right knee",
    "MSC injection right knee denied",
    "MSC injection right knee, no longer wanted",
    "MSC injection right knee not recommended",
    "Osteocel Plus: hold",
    "Osteocel Plus - denied",
    "allergy: Osteocel Plus",
    "Osteocel Plus allergy",
    "Stem cell injection was done in Mexico",
    "Stem cell injection 2019",
    "plan: PT, then stem cell injection",
    "if no better, MSC injection",
    "future stem cell injection",
    "educate about stem cell injection",
    "wants info on stem cell injection",
]


@pytest.mark.parametrize("title", NOT_NOW)
def test_titles_that_order_it_not_now(title: str) -> None:
    """What is put off, withheld, past, planned for another day or an allergy is not ordered."""
    assert [] == judged(request(title, KNEE))


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        (["investigational"], "autologous mesenchymal stem cells, intra-articular, knee"),
        ([], "lorazepam 1 mg for MSC injection"),
        ([], "cefazolin 2 g IV for BMAC injection"),
    ],
)
def test_medication(wanted: list[str], title: str) -> None:
    """Cells may be ordered as a medication; a drug that is given for their injection is a drug."""
    for codes in ((), ((RXNORM, "6470"),)):
        order = {
            "resourceType": "MedicationRequest",
            "id": "draft-1",
            "status": "draft",
            "intent": "order",
            "subject": SUBJECT,
            "medicationCodeableConcept": concept(*codes, text=title),
            "reasonCode": [concept(KNEE)],
        }
        assert wanted == judged(order)


@pytest.mark.parametrize(
    ("code", "title"),
    [((HCPCS, "L1832"), "knee brace, stem cell injection"),
     ((HCPCS, "A4550"), "surgical tray BMAC")],
)  # fmt: skip
def test_a_supply_with_a_code_of_its_own(code: tuple[str, str], title: str) -> None:
    """A supply that is coded as one stays one."""
    assert [] == judged(request(code, KNEE, code=concept(code, text=title)))
