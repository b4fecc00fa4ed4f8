"""BCBSMA 254, products by name: each as people write it, and what only resembles it."""

import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from cards.library import check_library
from cards.values.coding import CPT, HCPCS, LOINC
from tests.cards.building import SUBJECT, Json, concept, coverage, finding, findings, request

POLICIES = Path(str(files("cards"))) / "policies"
GRAFT = (CPT, "20930")
STENOSIS = "Spinal stenosis"
MEMBER = coverage("coverage", "Blue Cross Blue Shield of Massachusetts")


def titled(text: str, code: tuple[str, str] = GRAFT) -> Json:
    """Return an order with a title of the ordering person's own beside its code."""
    return request(code, STENOSIS, code=concept(code, text=text))


def failed(draft: Json) -> set[str]:
    """Return the statements that fail for one order of a member."""
    one = finding([MEMBER], draft, matching="strict")
    return {each.statement for each in one.criteria if each.state.value == "not-met"}


VIABLE = [
    "AlloStem", "ALLOSTEM 5cc", "Allo-Stem cubes", "AlloStem\N{REGISTERED SIGN} (AlloSource)",
    "alostem", "Map3", "MAP3\N{REGISTERED SIGN} cellular allogeneic bone graft",
    "map-3 allograft 10 cc", "Osteocel Plus", "osteocel plus", "OSTEOCEL PLUS 10CC",
    "Osteocel-Plus", "OsteocelPlus", "Osteocell Plus",
    "Osteocel\N{REGISTERED SIGN} Plus (NuVasive)", "Osteocel(R) Plus", "Ostecel Plus",
    "Osteocel   Plus", "osteocel+ 5cc", "Trinity Evolution Matrix",
    "Trinity Evolution\N{TRADE MARK SIGN} Matrix", "Trinity Evolution(TM) Matrix 5cc Orthofix",
    "trinity evoluton matrix", "Trinity Evolution",
    "L4-5 PLF with Osteocel Plus, no complications expected",
]  # fmt: skip
COMBINED = [
    "Fusion Flex", "FusionFlex", "Fusion Flex\N{TRADE MARK SIGN} (Wright Medical)",
    "fusion-flex putty", "Ignite", "IGNITE", "Ignite\N{REGISTERED SIGN} (Wright Medical)",
    "Ignite 10cc", "graft: Ignite bone graft substitute", "fill with Ignite, posterolateral",
    "Integra MOZAIK", "Integra Mozaik\N{TRADE MARK SIGN} Osteoconductive Scaffold-Putty",
    "MOZAIK strip", "Integra Mosaic", "CopiOs", "CopiOs\N{REGISTERED SIGN} Bone Void Filler",
    "copios sponge", "copious bone void filler",
]  # fmt: skip
DISPUTED = [
    "Vitoss\N{REGISTERED SIGN} Bioactive Foam Bone Graft Substitute", "Vitoss BA Foam",
    "vitos bioactive foam", "VITOSS Bio-Active Foam", "NanOss BVF-E", "nanoss bvf e",
    "Nanoss BVFE", "nanOss-BVF-E 10 cc", "DBX Putty", "DBX\N{REGISTERED SIGN} putty 5cc",
    "dbx-putty", "DBX Demineralized bone matrix putty", "Formagraft",
    "FormaGraft\N{TRADE MARK SIGN} Collagen Bone Graft Matrix", "formagraf", "OrthoBlast II",
    "Orthoblast\N{REGISTERED SIGN} II paste", "ortho-blast II", "orthoblast 2", "DynaGraft II",
    "DynaGraft\N{REGISTERED SIGN} II Gel", "dynagraft-ii putty", "Dinagraft II",
]  # fmt: skip


@pytest.mark.parametrize("text", VIABLE)
def test_listed_viable_allografts(text: str) -> None:
    """A spine graft with a listed allograft of viable cells fails on O-04 alone."""
    assert {"O-04"} == failed(titled(text))


@pytest.mark.parametrize("text", COMBINED + DISPUTED)
def test_listed_combined_products(text: str) -> None:
    """A spine graft with a listed product to be combined with blood or marrow fails on O-06."""
    assert {"O-06"} == failed(titled(text))


@pytest.mark.parametrize("text", DISPUTED)
def test_products_in_both_lists(text: str) -> None:
    """The statement decides, and the contradiction with the table is noted."""
    one = finding([MEMBER], titled(text))

    assert "investigational" == one.determination
    assert "policy-contradicts-itself" in one.notes


@pytest.mark.parametrize("text", VIABLE + COMBINED)
def test_products_in_one_list(text: str) -> None:
    """Nothing is contradicted where a product stands in the statement alone."""
    assert "policy-contradicts-itself" not in finding([MEMBER], titled(text)).notes


IN_SENTENCES = [
    "Revision lumbar fusion after failed prior fusion, with Osteocel Plus",
    "Revision fusion L4-5, prior laminectomy, Osteocel Plus 10cc",
    "allergy to penicillin, Osteocel Plus 5 cc",
    "no autograft available, use Osteocel Plus",
    "Osteocel Plus or equivalent",
    "Osteocel Plus not to be substituted",
]


@pytest.mark.parametrize("text", IN_SENTENCES)
@pytest.mark.parametrize("code", [GRAFT, (CPT, "22612")])
def test_products_in_sentences(text: str, code: tuple[str, str]) -> None:
    """What else a sentence tells, of the past or of other things, leaves the product ordered."""
    assert {"O-04"} == failed(titled(text, code))


@pytest.mark.parametrize("text", [*VIABLE, *COMBINED, *DISPUTED])
def test_devices_by_name(text: str) -> None:
    """The same names make an order for a device one of the policy, without any code."""
    one = finding([MEMBER], supply(text), matching="strict")

    assert "investigational" == one.determination
    assert "matched-by-text" in one.notes


UNSETTLED = [
    "ViviGen", "Trinity ELITE 10cc", "Osteocel Pro", "Osteocel", "Vitoss", "DBX", "OrthoBlast",
    "DynaGraft putty", "nanOss BVF", "possible Osteocel Plus", "Osteocel Plus vs autograft",
    "allograft", "freeze-dried cancellous chips", "demineralized bone matrix",
    "copious irrigation", "morselized allograft mixed with local autograft",
]  # fmt: skip


@pytest.mark.parametrize("text", UNSETTLED)
def test_spine_grafts_left_open(text: str) -> None:
    """A graft that is not told in full is asked about."""
    assert "needs-information" == finding([MEMBER], titled(text), matching="strict").determination


ORDINARY = [
    "acellular allograft, not mixed with marrow", "allograft chips, not viable, no mixing",
    "non-viable cancellous chips; used alone", "local autograft", "iliac crest bone graft",
    "no stem cells, no bone marrow", "DBX paste", "DBX mix 5cc",
    "without viable cells and without autologous blood",
    "does not contain viable stem cells; does not require mixing with marrow", "rhBMP-2",
    "lyophilized allograft, not combined with blood or marrow",
    "devitalized chips, no mixing with autologous blood",
    "No Osteocel Plus. Acellular chips, not to be mixed with marrow",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_spine_grafts(text: str) -> None:
    """A graft that is documented to be neither is not addressed, on O-03 and O-05."""
    one = finding([MEMBER], titled(text), matching="strict")

    assert "not-addressed" == one.determination
    assert {"O-03", "O-05"} <= {each.statement for each in one.criteria if each.state == "met"}


DESCRIBED = [
    ("O-03", "allograft with viable stem cells"),
    ("O-03", "viable cellular allograft 10cc"),
    ("O-03", "demineralized bone matrix with stem cells"),
    ("O-03", "DBM containing live cells"),
    ("O-05", "morselized allograft mixed with bone marrow aspirate"),
    ("O-05", "synthetic bone graft substitute combined with autologous blood"),
    ("O-05", "tricalcium phosphate granules soaked in BMA"),
    ("O-05", "acellular DBM, hydrated with the patient's blood"),
    ("O-05", "cancellous chips + BMA"),
    ("O-05", "synthetic ceramic, to be mixed with autologous blood or bone marrow"),
    ("O-03", "cryopreserved allograft containing viable mesenchymal stem cells"),
    ("O-02", "mesenchymal stem cells"),
    ("O-02", "stem cell injection, lumbar disc"),
    ("O-02", "BMAC"),
]


@pytest.mark.parametrize(("statement", "text"), DESCRIBED)
def test_spine_grafts_by_description(statement: str, text: str) -> None:
    """What the text says of cells and of mixing decides without a product's name."""
    assert statement in failed(titled(text))


NOTHING = [
    ("97110", "home exercise programme to ignite quadriceps activation"),
    ("97110", "Ignite quadriceps"),
    ("72110", "XR lumbar spine, post fusion flex/ext views"),
    ("72110", "lumbar fusion flex ext"),
    ("22612", "lumbar fusion"),
    ("22612", "lumbar fusion with local autograft"),
    ("22612", "posterolateral fusion, Infuse, cage and screws"),
    ("27447", "total knee arthroplasty, Trinity system"),
    ("27447", "Total knee arthroplasty. Failed stem cell injections in 2023."),
    ("29881", "arthroscopic meniscectomy; MSC nurse to call"),
    ("72148", "MRI lumbar spine, status post fusion with Osteocel Plus"),
    ("73721", "MRI knee before mesenchymal stem cell injection"),
    ("20931", "structural allograft"),
    ("20939", "bone marrow aspiration for spine grafting"),
    ("38221", "bone marrow biopsy and aspirate"),
    ("27412", "autologous chondrocyte implantation, knee"),
    ("0232T", "PRP injection, elbow"),
    ("99213", "asks about stem cell therapy for the knee"),
    ("22612", "lumbar fusion, do not use Osteocel Plus"),
    ("22612", "fusion with iliac crest autograft instead of Osteocel Plus"),
    ("22849", "revision of fusion after AlloStem graft"),
    ("27130", "hip replacement, copious irrigation, mosaicplasty not needed"),
    ("27416", "mosaicplasty, osteochondral autograft"),
    ("81479", "MAP 3 gene panel"),
    ("36620", "MAP 3 below goal, titrate"),
    ("22612", "graft: calcium sulfate beads, Infuse"),
    ("15271", "viable cryopreserved placental membrane, foot ulcer"),
    ("20610", "knee injection, history of stem cell transplant"),
    ("93000", "Pre-op ECG for fusion with Osteocel Plus"),
    ("97110", "Ignite"),
    ("99213", "candidate for mesenchymal stem cell injection knee?"),
    ("29125", "Orthoplast II short arm splint"),
    ("95816", "Mosaik EEG panel"),
]


@pytest.mark.parametrize(("code", "text"), NOTHING)
def test_orders_that_name_no_product(code: str, text: str) -> None:
    """Other orders, whatever words they use, are no concern of the policy."""
    assert [] == findings([MEMBER], titled(text, (CPT, code)), matching="strict")


RESEMBLING = [
    "Orthoplast II splint, thumb spica", "Orthoplast II", "AlloStim", "AlloStim infusion",
    "Formal graft assessment (duplex) of femoral bypass", "formal graft ultrasound",
    "format graft report", "Mosaik EEG panel", "scrotal osteocele excision", "MAP3 kinase panel",
    "Fusion Flex knee brace", "Ignite weight loss program", "Trinity evolution clinic",
    "DBX clinic referral", "MAP 3 goal 65", "Ignite shoe",
    "counsel patient about risks of mesenchymal stem cell injection knee",
    "patient considering stem cell injection knee", "Pre-op ECG for fusion with Osteocel Plus",
    "CBC before fusion with Trinity Evolution Matrix", "blood warmer", "mixing bowl for cement",
]  # fmt: skip


def supply(text: str) -> Json:
    """Return a draft for a device by name alone."""
    return {
        "resourceType": "DeviceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "codeCodeableConcept": {"text": text},
        "subject": SUBJECT,
    }


@pytest.mark.parametrize("text", RESEMBLING)
@pytest.mark.parametrize("draft", [request, supply])
def test_names_that_resemble_a_product(text: str, draft: Callable[[str], Json]) -> None:
    """Words and things that are one letter from a name, or share it, are no graft."""
    assert [] == findings([MEMBER], draft(text), matching="strict")


MISSPELLED = [
    "Osteocel Pluss", "Osteocel Puls 5cc", "Osteocell-Plus", "lumbar fusion using Ignite",
    "Ignite bone graft", "Fusion Flex 10 cc", "Map3 allograft", "Formagraf collagen", "AlloStm 5cc",
    "Integra Mosaik putty", "DBX puty 5cc", "Trinity Evoluton Matrix", "Trinity Evolution 5cc",
    "Orthoplast II bone putty",
]  # fmt: skip


@pytest.mark.parametrize("text", MISSPELLED)
@pytest.mark.parametrize("draft", [titled, request, supply])
def test_names_with_a_slip(text: str, draft: Callable[[str], Json]) -> None:
    """A slip, or a name with other meanings, is the product where the text is of a graft."""
    assert failed(draft(text)) & {"O-04", "O-06"}


@pytest.mark.parametrize(
    "code", [(HCPCS, "J7330"), (HCPCS, "M0076"), (LOINC, "4544-3"), (CPT, "20900"), (CPT, "22551")]
)
def test_other_codes(code: tuple[str, str]) -> None:
    """Cartilage cells, prolotherapy and other codes stay silent."""
    assert [] == findings([MEMBER], request(code, STENOSIS), matching="strict")


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("needs-information", "Osteocel Plus: hold"),
        ("needs-information", "hold Osteocel Plus"),
        ("needs-information", "Osteocel Plus 10 cc L4-5 (postponed)"),
        ("needs-information", "Osteocel Plus was postponed until May"),
        ("needs-information", "Osteocel Plus, no longer wanted"),
        ("needs-information", "contraindicated: Osteocel Plus"),
        ("needs-information", "allergy: Osteocel Plus"),
        ("needs-information", "Osteocel Plus allergy"),
        ("investigational", "cage to hold Osteocel Plus"),
        ("investigational", "Osteocel Plus, hold aspirin 7 days"),
        ("investigational", "Osteocel Plus - ASA on hold"),
        ("investigational", "Osteocel Plus, penicillin allergy"),
        ("investigational", "Osteocel Plus, patient denied allergies"),
    ],
)
def test_a_spine_graft_without_the_product_after_all(wanted: str, title: str) -> None:
    """A product that is withheld is not in the graft; what else is withheld leaves it there."""
    assert wanted == finding([MEMBER], titled(title), matching="strict").determination


def test_a_product_that_nobody_defines_is_refused(tmp_path: Path) -> None:
    """A policy that names a product which `products.yaml` lacks is told so."""
    shutil.copytree(POLICIES / "bcbs-massachusetts", tmp_path / "bcbs-massachusetts")
    file = tmp_path / "bcbs-massachusetts" / "254" / "policy.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("fusion-flex", "fusion-flux"))

    (problem,) = check_library(tmp_path)

    assert "criteria.no-listed-combined-product.test" == problem.key
    assert "fusion-flux" in problem.cure
