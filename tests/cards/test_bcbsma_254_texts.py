"""BCBSMA 254, what an order's text says of cells and mixing: denied, asked, answered, stated."""

import pytest

from cards.orders.forms import as_answered
from cards.rendering.render import render_cards
from cards.values.coding import CPT
from tests.cards.building import PATIENT, Json, concept, coverage, finding, findings, request

GRAFT = (CPT, "20930")
MEMBER = coverage("coverage", "Blue Cross Blue Shield of Massachusetts")
MET, FAILED, OPEN = "met", "not-met", "not-documented"


def titled(text: str) -> Json:
    """Return a spine graft with a title of the ordering person's own."""
    return request(GRAFT, "Spinal stenosis", code=concept(GRAFT, text=text))


def verdicts(text: str, *notes: str) -> tuple[str, str, str]:
    """Return the determination, and the verdicts on cells (O-03) and on mixing (O-05)."""
    draft = titled(text) | {"note": [{"text": each} for each in notes]}
    one = finding([MEMBER], draft, matching="strict")
    found = {each.statement: each.state.value for each in one.criteria}
    return one.determination, found["O-03"], found["O-05"]


COMBINED = [
    "tricalcium phosphate and autologous bone marrow",
    "graft extender plus autologous bone marrow",
    "ceramic granules & autologous bone marrow",
    "bone marrow of the patient mixed into the granules",
    "granules; the patient's own marrow will be added",
    "bone marrow aspirate added to graft",
    "add bone marrow aspirate to scaffold",
    "Combine with 10 mL marrow aspirate",
    "BMA-soaked tricalcium phosphate",
    "chips to be wetted with whole blood before implantation",
    "bone graft substitute requiring autologous bone marrow",
    "not mixed with blood, but mixed with bone marrow aspirate",
    "mixed with autologous blood, not with marrow",
    "mixed with marrow; not mixed with blood",
    "no marrow needed, hydrate in autologous blood",
    "tricalcium phosphate combined with autologous bone marrow, no blood thinners",
    "no blood loss expected; mix with marrow",
    "not mixed with vancomycin; mixed with BMA",
    "no known allergies, mixed with bone marrow aspirate",
    "mixed with marrow? yes",
    "mixed with marrow yes [x] no [ ]",
]


@pytest.mark.parametrize("text", COMBINED)
def test_a_graft_that_is_combined(text: str) -> None:
    """Blood or marrow that goes into the graft decides, whatever else is denied beside it."""
    assert ("investigational", FAILED) == verdicts(text)[::2]


def test_marrow_in_a_note_goes_before_denied_blood() -> None:
    """What the title denies of blood says nothing of the marrow in a note."""
    got = verdicts("chips, no viable cells, not mixed with blood", "Mix with marrow aspirate")

    assert ("investigational", MET, FAILED) == got


def test_title_and_note_that_contradict_each_other() -> None:
    """The same thing denied and affirmed is open."""
    assert OPEN == verdicts("chips, not mixed with marrow", "Mix with bone marrow aspirate")[2]


ABSENT = [
    "acellular chips, no mixing with marrow or blood",
    "viable stem cells: none; mixed with blood or marrow: no",
    "Viable stem cells? No. Mixed with marrow? No.",
    "Stem cells = no; marrow = no",
    "Viable stem cells (Y/N): N; Mixed with blood or marrow (Y/N): N",
    "contains viable stem cells (no); combined with marrow - no",
    "viable stem cells [ ] yes [x] no, marrow added [ ] yes [x] no",
    "viable stem cells \N{BALLOT BOX} yes \N{BALLOT BOX WITH X} no; BMA added yes [ ] no [x]",
    "acellular: yes; mixed with marrow: no",
    "[ ] Osteocel Plus [x] freeze-dried chips, no viable cells, not mixed with marrow",
    "cannot be mixed with marrow; acellular",
    "contains neither viable cells nor marrow",
    "no viable cells, blood, or marrow added",
    "Not mixed with blood, marrow or BMA. Decellularized.",
    "free of viable cells and not combined with blood or bone marrow",
    "stem cells absent; marrow will not be added",
    "DBM w/o stem cells; w/o marrow",
    "must not be combined with blood or marrow; no stem cell product",
    "no viable stem cells in the graft; no marrow in the graft",
]


@pytest.mark.parametrize("text", ABSENT)
def test_a_graft_that_has_neither(text: str) -> None:
    """A denial of the thing itself, in a sentence or as an answer, documents an ordinary graft."""
    assert ("not-addressed", MET, MET) == verdicts(text)


UNRELATED = [
    "no blood thinners, allograft chips", "no blood transfusion", "no marrow edema on MRI",
    "no bone marrow involvement", "patient has no blood-borne disease", "no stem cell mobilization",
    "no cells counted in CSF", "no blood sugar check", "no marrow signal change", "no blood",
    "no stem cell donor", "without blood-thinning agents", "no contraindication to blood",
    "patient refuses blood products", "bone marrow biopsy the same day", "no known marrow disease",
    "2 units of autologous blood reserved", "not mixed with vancomycin",
]  # fmt: skip


@pytest.mark.parametrize("text", UNRELATED)
def test_denials_of_other_things(text: str) -> None:
    """What is denied of the patient, or of another mixture, documents nothing of the graft."""
    assert ("needs-information", OPEN, OPEN) == verdicts(text)


ASKED = [
    "please confirm whether the graft contains viable stem cells",
    "please verify that the graft has viable stem cells",
    "check whether graft is mixed with bone marrow", "ask the surgeon about mixing with marrow",
    "to be determined whether mixed with bone marrow", "TBD: mixed with marrow",
    "surgeon to decide whether to mix with bone marrow aspirate", "might contain stem cells",
    "can be mixed with bone marrow aspirate at surgeon's discretion", "mixed with BMA optional",
    "not sure if it will be combined with blood", "mixed with marrow if available",
    "surgeon preference: mix with marrow or leave dry", "?mixed with bone marrow",
    "Is the graft to be mixed with marrow?", "acellular?", "acellular: no",
    "viable stem cells: N/A; combined with marrow: N/A", "mixed with marrow: pending",
    "viable stem cells [ ] yes [ ] no", "Viable stem cells (Y/N): __", "mixed with marrow:",
]  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_what_is_only_asked(text: str) -> None:
    """A question, an open choice and a blank answer are neither for nor against."""
    assert ("needs-information", OPEN, OPEN) == verdicts(text)


BESIDE_AUTOGRAFT = [
    "ViviGen with local autograft", "Trinity ELITE plus autograft", "Vitoss and autologous bone",
    "Osteocel and iliac crest autograft", "cellular bone matrix with autograft",
    "Fibergraft with local bone", "graft extender with local autograft", "autologous bone marrow",
    "autologous bone marrow aspirate", "iliac crest autologous bone marrow, beta-TCP",
]  # fmt: skip


@pytest.mark.parametrize("text", BESIDE_AUTOGRAFT)
def test_autograft_answers_for_nothing_else(text: str) -> None:
    """The patient's own bone says nothing of what it is used with, and is not marrow."""
    assert ("needs-information", OPEN, OPEN) == verdicts(text)


@pytest.mark.parametrize(
    "text", ["local autograft bone only", "autologous iliac crest bone graft, L4-5", "autograft"]
)
def test_autograft_alone(text: str) -> None:
    """The patient's own bone and nothing else is an ordinary graft."""
    assert ("not-addressed", MET, MET) == verdicts(text)


@pytest.mark.parametrize(
    "text",
    ["contains viable stem cells: yes", "viable stem cells [x] yes [ ] no", "Viable cells? Yes",
     "allograft, not frozen; contains viable stem cells", "DBM w/ viable stem cells",
     "no preservative, viable cellular allograft",
     "will not be mixed with bone marrow, contains viable stem cells"],
)  # fmt: skip
def test_a_graft_with_cells(text: str) -> None:
    """Cells that a sentence or an answer affirms are there, whatever else is denied."""
    assert ("investigational", FAILED) == verdicts(text)[:2]


@pytest.mark.parametrize("text", ["DBM with MSCs", "chips with autologous mesenchymal stem cells"])
def test_mesenchymal_cells_in_a_graft(text: str) -> None:
    """Mesenchymal cells in a graft are investigational."""
    assert "investigational" == verdicts(text)[0]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("needs-information", "Osteocel Plus: no"),
        ("investigational", "Osteocel Plus? No. AlloStem? Yes."),
        ("investigational", "[x] Osteocel Plus [ ] freeze-dried chips"),
        ("needs-information", "[ ] Osteocel Plus [x] freeze-dried chips"),
        ("needs-information", "whether Osteocel Plus is used is open"),
    ],
)
def test_products_in_forms(wanted: str, text: str) -> None:
    """A product that is ticked or answered with yes is ordered, and no other."""
    assert wanted == finding([MEMBER], titled(text), matching="strict").determination


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("Graft: no viable cells", "Graft: no viable cells"),
        ("cells answeredno; ", "cells: none"),
        ("cells answeredyes; , marrow answeredno; ", "cells: yes, marrow: no"),
        ("L4-5 - no complications", "L4-5 - no complications"),
        ("fusion (L4)", "fusion (L4)"),
    ],
)
def test_answers(wanted: str, text: str) -> None:
    """Only a word that stands alone behind a label is an answer."""
    assert wanted == as_answered(text)


def test_quiet_whatever_the_coverage() -> None:
    """Where the payer is unknown, a product makes a card, and a graft that says nothing none."""
    shown = {}
    for text in (None, "Osteocel Plus"):
        draft = titled(text) if text else request(GRAFT, "Spinal stenosis")
        found = findings([], draft, matching="strict")
        assert ["needs-information"] == [each.determination for each in found]
        shown[text] = len(
            render_cards(found, hook_instance="h", patient_id=PATIENT, base_url="http://x")
        )

    assert {None: 0, "Osteocel Plus": 1} == shown


@pytest.mark.parametrize(
    ("title", "note", "ordered"),
    [
        ("Lumbar fusion L4-5", "Osteocel Plus", True),
        ("Lumbar laminectomy and fusion", "Use Osteocel Plus, 10 cc", True),
        ("OR case request: ankle arthrodesis", "graft: Osteocel Plus", True),
        ("Knee injection", "BMAC", True),
        ("Lumbar fusion L4-5", "Fusion in 2021 with Osteocel Plus", False),
        ("Lumbar laminectomy", "Prior lumbar fusion, Osteocel Plus was used", False),
        ("CBC", "Lumbar fusion with Osteocel Plus", False),
        ("CBC", "Scheduled for fusion with Osteocel Plus next week", False),
        ("Knee MRI", "considering BMAC injection", False),
        ("Spine clinic follow up", "Lumbar fusion with Osteocel Plus", False),
        ("Ibuprofen 600 mg", "BMAC injection planned", False),
    ],
)
def test_a_note_names_what_an_operation_places(title: str, note: str, *, ordered: bool) -> None:
    """In the note on an operation a product is ordered; elsewhere a note tells of the patient."""
    draft = request(title, "Spinal stenosis", note=[{"text": note}])

    found = findings([MEMBER], draft, matching="strict")

    assert ordered == bool(found)


@pytest.mark.parametrize(
    ("title", "outcome"),
    [
        ("DBX paste mixed with autologous blood", "investigational"),
        ("Vitoss soaked in bone marrow aspirate", "investigational"),
        ("Bone graft mixed with bone marrow aspirate", "investigational"),
        ("Allograft containing stem cells", "investigational"),
        ("Knee injection, stem cells", "investigational"),
        ("Vitoss", "needs-information"),
        ("BMAC cell count", None),
        ("Bone marrow concentrate smear", None),
    ],
)
def test_orders_without_a_code(title: str, outcome: str | None) -> None:
    """A product makes the order ours, and then what it is mixed with counts; no test does."""
    found = findings([MEMBER], request(title, "Spinal stenosis"), matching="strict")

    assert ([outcome] if outcome else []) == [each.determination for each in found]
