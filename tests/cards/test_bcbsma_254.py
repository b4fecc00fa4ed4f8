"""BCBSMA 254: codes, cells, places where a product may stand, settings, and whose policy it is."""

from typing import Any

import pytest

from cards.finding import Finding, finding_json
from cards.orders.drafts import read_orders
from cards.orders.items import devices_referred_to
from cards.record.chart import Chart
from cards.rendering.render import render_cards
from cards.review import encounters_of, review
from cards.values.coding import CPT, ICD_10_CM
from tests.cards.building import (
    AS_OF,
    PATIENT,
    SUBJECT,
    Json,
    concept,
    condition,
    coverage,
    finding,
    findings,
    library,
    request,
)

POLICY = "bcbs-massachusetts/254"
GRAFT, FUSION = (CPT, "20930"), (CPT, "22612")
STENOSIS = (ICD_10_CM, "M48.061")
KNEE = (ICD_10_CM, "M17.11")
GVHD = (ICD_10_CM, "D89.811")
PAYER = "Blue Cross Blue Shield of Massachusetts"
NAIC = "urn:oid:2.16.840.1.113883.6.300"
MEMBER = coverage("coverage", PAYER)
AT_DEVICE = {"reference": "Device/d1"}
OTHER = {"reference": "Patient/other"}
CELLS = "Mesenchymal stem cell injection"


def item(kind: str, text: str | None, identity: str = "draft-2", **more: Any) -> Json:
    """Return a draft for a device or supply by name, or without one."""
    element = "codeCodeableConcept" if kind == "DeviceRequest" else "itemCodeableConcept"
    named = {element: {"text": text}} if text is not None else {}
    return {
        "resourceType": kind,
        "id": identity,
        "status": "draft",
        "subject": SUBJECT,
        **named,
        **more,
    }


def decided(drafts: list[Json], *chart: Json, devices: tuple[Json, ...] = ()) -> list[Finding]:
    """Return the findings for a member, with Devices that the drafts refer to."""
    orders = read_orders(library().clinical, drafts, PATIENT, devices).orders
    return review(library(), orders, Chart.build(PATIENT, [MEMBER, *chart]), AS_OF, "strict")


def outcomes(found: list[Finding]) -> dict[str, str]:
    """Return the determination of each order."""
    return {each.order.reference: each.determination for each in found}


def failed(one: Finding) -> set[str]:
    """Return the statements that fail."""
    return {each.statement for each in one.criteria if each.state.value == "not-met"}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("O-13", "0263T"), ("O-13", "0264T"), ("O-13", "0265T"),
        ("O-14", "0489T"), ("O-14", "0490T"), ("O-15", "0565T"), ("O-15", "0566T"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reason", [KNEE, (ICD_10_CM, "M34.0"), (ICD_10_CM, "I70.221")])
def test_listed_codes(statement: str, code: str, reason: tuple[str, str]) -> None:
    """A listed code is investigational whatever it is for, and by its own statement alone."""
    one = finding([MEMBER], request((CPT, code), reason), matching="strict")

    assert "investigational" == one.determination
    assert {statement} == failed(one)
    assert "matched-by-text" not in one.notes


def test_listed_code_without_reason() -> None:
    """Nothing of the record is needed for a listed code."""
    assert "investigational" == finding([MEMBER], request((CPT, "0565T"))).determination


def test_the_document_gives_no_date() -> None:
    """The version is null, and the cycle of its own reviews has run out."""
    one = finding_json(finding([MEMBER], request((CPT, "0565T"), KNEE)))

    assert one["version"] is None
    assert "review-overdue" in one["notes"]


PLACES: list[Json] = [
    {"code": concept(GRAFT, text="Osteocel Plus 10 cc")},
    {"note": [{"text": "Surgeon asks for Osteocel\N{REGISTERED SIGN} Plus, 10 cc."}]},
    {"orderDetail": [{"text": "Osteocel Plus"}]},
    {"orderDetail": [concept(text="Graft: osteocell plus")]},
    {"note": [{"text": "NPO after midnight"}, {"text": "graft Osteocel Plus"}]},
    {
        "supportingInfo": [{"reference": "#graft"}],
        "contained": [
            {"resourceType": "Device", "id": "graft", "deviceName": [{"name": "Osteocel Plus"}]}
        ],
    },
    {"supportingInfo": [{"reference": "Device/d1"}]},
    {"supportingInfo": [{"display": "Osteocel Plus"}]},
]


DEVICE = {
    "resourceType": "Device",
    "id": "d1",
    "deviceName": [{"name": "Osteocel\N{TRADE MARK SIGN} Plus", "type": "user-friendly-name"}],
}


@pytest.mark.parametrize("place", PLACES)
def test_where_a_service_names_its_product(place: Json) -> None:
    """Title, note, detail, and a contained or referenced Device all name the product."""
    (one,) = decided([request(GRAFT, STENOSIS, **place)], devices=(DEVICE,))

    assert "investigational" == one.determination
    assert {"O-04"} == failed(one)


@pytest.mark.parametrize("place", PLACES[1:3])
def test_another_operation_with_the_product(place: Json) -> None:
    """An operation without a code of ours is one of ours where it orders the product."""
    (one,) = decided([request(FUSION, STENOSIS, **place)])

    assert {"O-04"} == failed(one)
    assert "matched-by-text" in one.notes


SUPPLIES: list[Json] = [
    item("DeviceRequest", "Osteocel Plus"),
    item("SupplyRequest", "Osteocel Plus cancellous, 5 cc"),
    item("DeviceRequest", None, codeReference={"reference": "Device/d1"}),
    item("DeviceRequest", None, codeReference={"reference": "https://ehr.example/fhir/Device/d1"}),
    item("SupplyRequest", None, itemReference={"reference": "Device/d1"}),
    item("DeviceRequest", None, codeReference={"display": "Osteocel Plus"}),
    item(
        "DeviceRequest",
        None,
        codeReference={"reference": "#d"},
        contained=[{"resourceType": "Device", "id": "d", "type": {"text": "Osteocel Plus"}}],
    ),
    item("DeviceRequest", "Bone graft", note=[{"text": "Osteocel Plus 10cc"}]),
    item("DeviceRequest", "Graft", parameter=[{"valueCodeableConcept": {"text": "Osteocel Plus"}}]),
]


@pytest.mark.parametrize("draft", SUPPLIES)
def test_devices_and_supplies(draft: Json) -> None:
    """A device or supply is read wherever it keeps its name."""
    (one,) = decided([draft], devices=(DEVICE,))

    assert "investigational" == one.determination
    assert {"O-04"} == failed(one)


@pytest.mark.parametrize("draft", SUPPLIES)
def test_a_product_beside_the_graft(draft: Json) -> None:
    """A spine graft that names nothing takes the product from its sibling."""
    found = decided([request(GRAFT, STENOSIS), draft], devices=(DEVICE,))
    kind = str(draft["resourceType"])

    assert {
        "ServiceRequest/draft-1": "investigational",
        f"{kind}/draft-2": "investigational",
    } == outcomes(found)
    evidence = {each.reference for one in found[0].failed for each in one.verdict.evidence}
    assert evidence <= {f"{kind}/draft-2", "Device/d1"}
    assert evidence


def test_a_graft_that_tells_of_itself_stays_as_it_is() -> None:
    """What the order says of its own graft goes before a sibling."""
    own = request(GRAFT, STENOSIS, note=[{"text": "acellular chips, not mixed with marrow"}])
    found = decided([own, item("DeviceRequest", "Osteocel Plus")])

    assert {
        "ServiceRequest/draft-1": "not-addressed",
        "DeviceRequest/draft-2": "investigational",
    } == outcomes(found)


def test_an_ordinary_supply_beside_the_graft() -> None:
    """An ordinary graft in a sibling is no order of ours, and answers for no other graft."""
    chips = item("SupplyRequest", "Freeze-dried cancellous chips, acellular, no mixing with marrow")

    assert {"ServiceRequest/draft-1": "needs-information"} == outcomes(
        decided([request(GRAFT, STENOSIS), chips])
    )


SIBLINGS: list[tuple[str, Json]] = [
    ("investigational", item("DeviceRequest", "DBM with viable stem cells")),
    ("investigational", item("DeviceRequest", "bone void filler, to be mixed with marrow")),
    ("investigational", item("SupplyRequest", "AlloStem", deliverTo={"reference": "Location/1"})),
    ("needs-information", item("DeviceRequest", "Vitoss")),
    ("needs-information", item("DeviceRequest", "DBX paste")),
    ("needs-information", item("DeviceRequest", "local autograft")),
    ("needs-information", item("DeviceRequest", "Orthoplast II splint, thumb spica")),
    ("needs-information", item("DeviceRequest", "AlloStem for ankle arthrodesis")),
    ("needs-information", item("DeviceRequest", "chips for ankle, no viable cells, no mixing")),
    ("needs-information", item("SupplyRequest", "AlloStem", deliverFor=OTHER)),
    ("needs-information", item("SupplyRequest", "AlloStem", deliverTo=OTHER)),
    ("needs-information", request(CELLS, GVHD, id="draft-2")),
    ("needs-information", request("BMAC injection right knee", KNEE, id="draft-2")),
    ("needs-information", request(GRAFT, STENOSIS, id="draft-2",
     code=concept(GRAFT, text="freeze-dried chips, no viable cells, not mixed with marrow"))),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "sibling"), SIBLINGS)
def test_what_a_sibling_tells(wanted: str, sibling: Json) -> None:
    """That a product is at hand counts for a graft that names none; what it is not, does not."""
    found = outcomes(decided([request(GRAFT, STENOSIS), sibling]))

    assert wanted == found["ServiceRequest/draft-1"]


def test_a_device_in_another_patient() -> None:
    """A Device that belongs to another patient names nothing."""
    draft = item("DeviceRequest", None, codeReference={"reference": "Device/d1"})

    assert [] == decided([draft], devices=(DEVICE | {"patient": OTHER},))
    assert 1 == len(decided([draft], devices=(DEVICE | {"patient": SUBJECT},)))


@pytest.mark.parametrize(
    "drafts",
    [
        [request(GRAFT, STENOSIS, supportingInfo=[{"reference": "Device/d1"}])],
        [request(GRAFT, STENOSIS), item("DeviceRequest", None, codeReference=AT_DEVICE)],
    ],
)
def test_a_device_that_could_not_be_read(drafts: list[Json]) -> None:
    """Where the product may stand in what could not be read, nobody says that it is not told."""
    (one,) = decided(drafts)
    states = {each.statement: each.state.value for each in one.criteria}

    assert ("unavailable", "unavailable") == (states["O-03"], states["O-05"])
    assert "incomplete" in one.notes
    assert "needs-information" == one.determination


def test_the_fusion_itself_is_silent() -> None:
    """The operation beside a named graft has no finding."""
    graft = request(GRAFT, STENOSIS, id="draft-2", code=concept(GRAFT, text="AlloStem"))

    assert {"ServiceRequest/draft-2": "investigational"} == outcomes(
        decided([request(FUSION, STENOSIS), graft])
    )


def test_a_closed_sibling_names_nothing() -> None:
    """A revoked order for a product is none."""
    draft = item("DeviceRequest", "Osteocel Plus", status="revoked")

    assert {"ServiceRequest/draft-1": "needs-information"} == outcomes(
        decided([request(GRAFT, STENOSIS), draft])
    )


def test_several_products() -> None:
    """Each list that is hit fails, and the contradiction of one is noted."""
    (one,) = decided([request(GRAFT, STENOSIS, note=[{"text": "AlloStem and Vitoss BA Foam"}])])

    assert {"O-04", "O-06"} == failed(one)
    assert "policy-contradicts-itself" in one.notes


def test_devices_to_be_read() -> None:
    """Only Devices that are neither contained nor among the drafts have to be read."""
    drafts = [
        *SUPPLIES,
        DEVICE | {"id": "d2"},
        item("DeviceRequest", None, codeReference={"reference": "Device/d2"}),
    ]

    assert ("Device/d1",) == devices_referred_to(drafts)


CELL_USES = [
    ("investigational", request("BMAC injection, right knee", KNEE), []),
    ("investigational", request(CELLS, KNEE), []),
    ("investigational", request("Autologous adipose-derived stem cells, shoulder"), []),
    ("investigational", request("Stem cell injection for knee osteoarthritis"), []),
    ("investigational", request("Bone marrow aspirate concentrate, core decompression of hip"), []),
    ("investigational", request("MSC therapy, intradiscal L4-5"), []),
    ("investigational", request(CELLS, bodySite=[{"text": "Right knee"}]), []),
    ("investigational", request(CELLS, "Osteonecrosis of the femoral head"), []),
    ("investigational", request(CELLS), [condition("oa", KNEE)]),
    ("investigational", request("Ultrasound-guided mesenchymal cells, Achilles tendon"), []),
    ("investigational", request("Stem cell transplantation for knee osteoarthritis"), []),
    ("investigational", request("Wharton's jelly MSC, knee"), []),
    ("needs-information", request(CELLS), []),
    ("needs-information", request(CELLS), [condition("oa", KNEE),
     condition("gvhd", GVHD)]),
    ("needs-information", request(CELLS, reasonReference=[{"reference": "Condition/oa"}]),
     [condition("oa", KNEE, verification="provisional")]),
    ("investigational", request("meniscus repair with stem cells", KNEE), []),
    ("investigational", request("micro-fragmented adipose tissue injection knee", KNEE), []),
    (None, request(CELLS, GVHD), []),
    (None, request("Mesenchymal stromal cell infusion for steroid-refractory GVHD"), []),
    (None, request(CELLS), [condition("gvhd", GVHD)]),
    (None, request("MSC infusion for perianal fistula in Crohn disease"), []),
    (None, request("PRP injection, right knee", KNEE), []),
    (None, request("Prolotherapy, lumbar", STENOSIS), []),
    (None, request("Autologous chondrocyte implantation (MACI), knee", KNEE), []),
    (None, request("Autologous stem cell transplant", (ICD_10_CM, "C90.00")), []),
    (None, request("Bone marrow biopsy and aspirate", KNEE), []),
    (None, request("MRI right knee", KNEE, note=[{"text": "considering stem cell injection"}]), []),
    (None, request("Knee brace", KNEE, note=[{"text": "asked about stem cell therapy"}]), []),
    (None, request("Discuss stem cell therapy for the knee", KNEE), []),
    (None, request("No BMAC; hyaluronic acid injection knee", KNEE), []),
    (None, request("Stem cell transplant for rheumatoid arthritis"), []),
    (None, request("Knee arthroscopy in a stem cell transplant patient", KNEE), []),
    (None, request("DBX putty, alveolar ridge augmentation"), []),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "draft", "record"), CELL_USES)
def test_uses_of_cells(wanted: str | None, draft: Json, record: list[Json]) -> None:
    """Cells for orthopedic uses are investigational, and other uses are no concern."""
    found = findings([MEMBER, *record], draft, matching="strict")

    assert ([wanted] if wanted else []) == [
        each.determination for each in found if each.policy.id == POLICY
    ]


def test_a_referral_for_cells() -> None:
    """A referral gets the same finding on a card that only informs."""
    one = finding([MEMBER], request("Referral for stem cell injection of the knee", KNEE))

    assert "investigational" == one.determination
    assert one.order.referral


OUTPATIENT, INPATIENT = "not-covered-outpatient", "prior-authorization-inpatient"


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        ({OUTPATIENT}, "AMB"), ({INPATIENT}, "IMP"), ({INPATIENT}, "ACUTE"),
        ({OUTPATIENT, INPATIENT}, "EMER"), ({OUTPATIENT, INPATIENT}, "PRENC"),
        ({OUTPATIENT, INPATIENT}, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("own", [{"reference": "Encounter/e1"}, None])
def test_settings(notes: set[str], code: str | None, own: Json | None) -> None:
    """The encounter of the order, or else of the session, tells the setting; else both count."""
    encounter = {"resourceType": "Encounter", "id": "e1", "status": "planned", "subject": SUBJECT}
    charted = [encounter | {"class": {"code": code}}] if code else []
    draft = request((CPT, "0565T"), KNEE, encounter=own)
    orders = read_orders(library().clinical, [draft], PATIENT, encounter_id="e1").orders
    (one,) = review(library(), orders, Chart.build(PATIENT, [MEMBER, *charted]), AS_OF)

    assert ("Encounter/e1",) == encounters_of(library(), orders)
    assert notes == {OUTPATIENT, INPATIENT} & set(one.notes)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_an_encounter_that_does_not_take_place(status: str) -> None:
    """A cancelled encounter, or one entered in error, tells of no setting."""
    encounter = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": status,
        "class": {"code": "IMP"},
    }
    draft = request((CPT, "0565T"), KNEE, encounter={"reference": "Encounter/e1"})
    (one,) = decided([draft], encounter)

    assert {OUTPATIENT, INPATIENT} <= set(one.notes)


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (INPATIENT, {"locationCode": [{"text": "Inpatient operating room"}]}),
        (INPATIENT, {"code": concept((CPT, "0565T"), text="Implant for the knee, inpatient")}),
        (OUTPATIENT, {"note": [{"text": "Inpatient rehabilitation is not planned before May"}]}),
        (OUTPATIENT, {"note": [{"text": "Inpatient ward informed"}]}),
    ],
)
def test_what_the_order_says_of_the_setting(wanted: str, more: Json) -> None:
    """Title and place go before the visit in which the order is written, and remarks do not."""
    encounter = {"resourceType": "Encounter", "id": "e1", "class": {"code": "AMB"}}
    own = {"encounter": {"reference": "Encounter/e1"}}
    (one,) = decided([request((CPT, "0565T"), KNEE, **own, **more)], encounter)

    assert {wanted} == {OUTPATIENT, INPATIENT} & set(one.notes)


@pytest.mark.parametrize("note", [[], [{"text": "acellular, not mixed with marrow"}]])
def test_settings_go_with_investigational(note: list[Json]) -> None:
    """An open or unaddressed graft bears no note on the setting."""
    (one,) = decided([request(GRAFT, STENOSIS, note=note)])

    assert not {OUTPATIENT, INPATIENT} & set(one.notes)


def cards(found: list[Finding]) -> list[Json]:
    """Return the cards for some findings."""
    return render_cards(found, hook_instance="h", patient_id=PATIENT, base_url="http://x")


def test_a_graft_that_says_nothing_is_quiet() -> None:
    """The finding stands and makes no card."""
    found = decided([request(GRAFT, STENOSIS)])

    assert ["needs-information"] == [each.determination for each in found]
    assert [] == cards(found)


@pytest.mark.parametrize("text", ["ViviGen 5cc", "Vitoss", "Osteocel Plus if available"])
def test_a_name_that_leaves_it_open_is_asked_about(text: str) -> None:
    """Where a product is named and does not decide, a card asks for what is missing."""
    (card,) = cards(decided([request(GRAFT, STENOSIS, note=[{"text": text}])]))

    assert "info" == card["indicator"]


def test_the_card_names_product_and_contradiction() -> None:
    """The surgeon reads which product it is, the setting, and the contradiction."""
    (card,) = cards(decided([request(GRAFT, STENOSIS, note=[{"text": "DBX Putty 5cc"}])]))

    assert "warning" == card["indicator"]
    assert "spine graft with DBX Putty" in card["summary"]
    assert "contradicts itself" in card["detail"]
    assert "inpatient" in card["detail"]
    assert "outpatient" in card["detail"]


@pytest.mark.parametrize(
    ("wanted", "payor", "more"),
    [
        ("member", "BCBSMA", {}),
        ("member", "Blue Cross and Blue Shield of Massachusetts HMO Blue, Inc.", {}),
        ("member", {"identifier": {"system": NAIC, "value": "53228"}}, {}),
        ("member", PAYER, {"class": [{"name": "Medicare HMO Blue"}]}),
        ("member", PAYER, {"class": [{"value": "Medicare PPO Blue"}]}),
        ("member", "HMO Blue", {}),
        ("member", "HMO Blue, Inc.", {}),
        ("unknown", None, {}),
        (None, "HMO Blue Texas", {}),
        (None, "Horizon Blue Cross Blue Shield of New Jersey", {"class": [{"name": "HMO Blue"}]}),
        (None, PAYER, {"class": [{"name": "Service Benefit Plan"}]}),
        (None, PAYER, {"class": [{"name": "Federal Employee Program"}]}),
        (None, "Medicare", {"class": [{"name": "Original Medicare"}]}),
        (None, "Capital Blue Cross", {}),
        (None, "Cigna", {}),
    ],
)  # fmt: skip
def test_members(wanted: str | None, payor: Any, more: Json) -> None:
    """The policy is for its payer's members, Medicare Advantage included, and no others."""
    covered = [coverage("c", payor, **more)] if payor else []
    found = findings(covered, request((CPT, "0489T"), (ICD_10_CM, "M34.0")), matching="strict")

    assert ([wanted] if wanted else []) == [each.basis for each in found]


@pytest.mark.parametrize(
    ("wanted", "payor", "more"),
    [
        ([], PAYER, {"class": [{"name": "Federal Employee Program"}]}),
        ([], "Medicare", {"type": {"text": "Original Medicare"}}),
        (["reference"], "Aetna", {}),
    ],
)
def test_a_policy_that_excludes_a_line_is_no_reference(
    wanted: list[str], payor: str, more: Json
) -> None:
    """A member of a line that the policy leaves out is not shown it, beside a payer too."""
    covered = [coverage("c1", payor, **more), coverage("c2", "Cigna")]
    found = findings(covered, request((CPT, "0565T"), KNEE))

    assert wanted == [each.basis for each in found]


def test_order_of_ours_by_code_is_never_a_transplant_elsewhere() -> None:
    """Fat-derived cells for scleroderma of the hands are no transplant for Capital Blue Cross."""
    capital = coverage("c", "Capital Blue Cross")
    found = findings([capital], request((CPT, "0489T"), (ICD_10_CM, "M34.0")))

    assert [(POLICY, "reference")] == [(each.policy.id, each.basis) for each in found]
