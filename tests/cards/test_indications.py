"""Which disease a code or a text names."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM, SNOMED_CT, read_concept
from tests.cards.building import Code, concept, library


def named_by(element: Any) -> set[str]:
    """Return the kinds of disease that a CodeableConcept names."""
    return set(library().clinical.indications_of(read_concept(element)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ((ICD_10_CM, "M34.0"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.1"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.2"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.81"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.82"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.83"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.89"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "M34.9"), {"systemic-sclerosis"}),
        (("urn:oid:2.16.840.1.113883.6.90", "M34.9"), {"systemic-sclerosis"}),
        ((SNOMED_CT, "89155008"), {"systemic-sclerosis"}),
        ((ICD_10_CM, "L94.0"), {"localized-scleroderma"}),
        ((ICD_10_CM, "L94.1"), {"localized-scleroderma"}),
        ((ICD_10_CM, "G35"), {"multiple-sclerosis"}),
        ((ICD_10_CM, "G35.A"), {"multiple-sclerosis"}),
        ((ICD_10_CM, "G36.0"), set()),
        ((ICD_10_CM, "M32.10"), {"systemic-lupus-erythematosus"}),
        ((ICD_10_CM, "L93.0"), set()),
        ((ICD_10_CM, "M08.20"), {"juvenile-idiopathic-arthritis"}),
        ((ICD_10_CM, "M05.9"), {"rheumatoid-arthritis"}),
        ((ICD_10_CM, "M06.4"), set()),
        ((ICD_10_CM, "G61.81"), {"chronic-inflammatory-demyelinating-polyneuropathy"}),
        ((ICD_10_CM, "G61.0"), set()),
        ((ICD_10_CM, "E10.65"), {"type-1-diabetes"}),
        ((ICD_10_CM, "C91.01"), {"acute-lymphoblastic-leukemia"}),
        ((ICD_10_CM, "C91.10"), {"hematologic-malignancy"}),
        ((ICD_10_CM, "C90.00"), {"hematologic-malignancy"}),
        ((ICD_10_CM, "D47.2"), set()),
        ((ICD_10_CM, "I10"), set()),
    ],
)
def test_codes(code: Code, expected: set[str]) -> None:
    """A code names its disease and no neighbour; a part is not named twice as the whole."""
    assert expected == named_by(concept(code))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Systemic sclerosis", {"systemic-sclerosis"}),
        ("Diffuse cutaneous systemic scleroderma (dcSSc)", {"systemic-sclerosis"}),
        ("CREST syndrome", {"systemic-sclerosis"}),
        ("Localized scleroderma", {"localized-scleroderma"}),
        ("Linear scleroderma (morphea)", {"localized-scleroderma"}),
        ("Sclerodermoid graft versus host disease", set()),
        ("Relapsing-remitting multiple sclerosis", {"multiple-sclerosis"}),
        ("Rheumatoid arthritis", {"rheumatoid-arthritis"}),
        ("Juvenile rheumatoid arthritis", {"juvenile-idiopathic-arthritis"}),
        ("Type 1 diabetes mellitus", {"type-1-diabetes"}),
        ("Type 2 diabetes mellitus", {"type-2-diabetes"}),
        ("Crohn's disease", {"crohn-disease"}),
        ("Relapsing polychondritis", {"other-autoimmune-disease"}),
        ("Acute lymphoblastic leukemia", {"acute-lymphoblastic-leukemia"}),
        ("Multiple myeloma", {"hematologic-malignancy"}),
        ("Neuroblastoma", {"solid-tumor"}),
        ("Amyotrophic lateral sclerosis", set()),
        ("Tuberous sclerosis", set()),
        ("Possible multiple sclerosis", set()),
        ("Multiple sclerosis ruled out", set()),
        ("Family history of multiple sclerosis", set()),
        ("Hypertension", set()),
    ],
)
def test_texts(text: str, expected: set[str]) -> None:
    """A name counts where nothing denies or doubts it, and a lookalike is another disease."""
    assert expected == named_by(concept(text=text))


def test_a_code_beside_its_own_name() -> None:
    """Code and text that agree name one disease."""
    assert {"systemic-sclerosis"} == named_by(concept((ICD_10_CM, "M34.0"), text="Scleroderma"))


@pytest.mark.parametrize("text", ["Autoimmune disease", "Sclerosis", "Anything else"])
def test_a_code_is_more_exact_than_its_text(text: str) -> None:
    """A text that names nothing, or nothing nearer, leaves the code's disease among the named."""
    assert "multiple-sclerosis" in named_by(concept((ICD_10_CM, "G35"), text=text))


def test_two_codes_of_one_concept() -> None:
    """Codes of two diseases name both."""
    both = concept((ICD_10_CM, "G35"), (ICD_10_CM, "M34.0"))

    assert {"multiple-sclerosis", "systemic-sclerosis"} == named_by(both)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acute lymphocytic leukaemia", {"acute-lymphoblastic-leukemia"}),
        ("Precursor B-cell lymphoblastic leukemia", {"acute-lymphoblastic-leukemia"}),
        ("Leukemia, acute lymphoblastic", {"acute-lymphoblastic-leukemia"}),
        ("Leukaemia, acute lymphoblastic", {"acute-lymphoblastic-leukemia"}),
        ("Acute lymphatic leukaemia", {"acute-lymphoblastic-leukemia"}),
        ("Leukemia, acute lymphatic", {"acute-lymphoblastic-leukemia"}),
        ("Acute lymphoblastic leucaemia", {"acute-lymphoblastic-leukemia"}),
        ("Acute lymphoblastic leukemia/lymphoma", {"acute-lymphoblastic-leukemia"}),
        ("T-lymphoblastic leukemia/lymphoblastic lymphoma", {"acute-lymphoblastic-leukemia"}),
        ("Chronic lymphatic leukemia", {"hematologic-malignancy"}),
        ("Acute myeloid leucemia", {"hematologic-malignancy"}),
        ("Adult T-cell leukemia/lymphoma", {"hematologic-malignancy"}),
        ("Lymphatic malformation", set()),
        ("Ph+ ALL, CR2", {"acute-lymphoblastic-leukemia"}),
        ("Pre-B ALL", {"acute-lymphoblastic-leukemia"}),
        ("Leukemia, acute myeloid", {"hematologic-malignancy"}),
        ("Leukemia, chronic lymphocytic", {"hematologic-malignancy"}),
        ("Lymphoblastic lymphoma", {"hematologic-malignancy"}),
        ("Sclerosis, systemic", {"systemic-sclerosis"}),
        ("Arthritis, rheumatoid", {"rheumatoid-arthritis"}),
        ("Scleroderma, localized", {"localized-scleroderma"}),
        ("Sclerosis, tuberous", set()),
        ("After all lines of treatment", set()),
        ("Aplastic anaemia", {"marrow-failure"}),
        ("JIA", {"juvenile-idiopathic-arthritis"}),
        ("T1D", {"type-1-diabetes"}),
        ("ITP", {"other-autoimmune-disease"}),
        ("MS", set()),
        ("RA", set()),
    ],
)
def test_names_as_they_are_written_elsewhere(text: str, expected: set[str]) -> None:
    """British spelling and the order of an index are read; what has two meanings is not."""
    assert expected == named_by(concept(text=text))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"marrow-failure", "hematologic-malignancy"}, "Relapsed AML"),
        ({"marrow-failure"}, "Severe aplastic anemia"),
        ({"marrow-failure"}, "Aplastic anemia, not AML"),
        ({"marrow-failure"}, "Aplastic anemia evolving to AML"),
        ({"marrow-failure"}, "Poor graft function"),
    ],
)
def test_a_text_against_a_code_and_its_own_display(expected: set[str], text: str) -> None:
    """That a code's display agrees with it does not settle what a text of another disease means."""
    coding = {"system": ICD_10_CM, "code": "D61.9", "display": "Aplastic anemia, unspecified"}
    assert expected == named_by({"coding": [coding], "text": text})


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"hematologic-malignancy"}, "High risk of relapse of AML"),
        ({"hematologic-malignancy"}, "High risk of AML relapse"),
        (set(), "High risk of AML"),
        (set(), "At risk for leukemia; relapse unlikely"),
    ],
)
def test_the_risk_of_a_relapse_is_that_of_who_has_the_disease(
    expected: set[str], text: str
) -> None:
    """A risk of the disease is not the disease; a risk of its relapse is."""
    assert expected == named_by(concept(text=text))
