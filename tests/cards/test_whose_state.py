"""Words for a state, by what they are said of: the disease, or something else."""

import pytest

from cards.history.disease_words import phases_in
from cards.history.whose_state import of_the_disease, states_alone
from cards.library import load_library

STATES = load_library().clinical.states
RELAPSE, REFRACTORY = frozenset({"relapse"}), frozenset({"refractory"})


@pytest.mark.parametrize(
    "written",
    [
        "DLBCL, persistent cough",
        "DLBCL, persistent thrombocytopenia",
        "DLBCL with refractory nausea",
        "DLBCL, recurrent fever",
        "DLBCL, nausea refractory",
        "DLBCL, refractory to platelet transfusion",
        "DLBCL, relapsing CMV",
        "DLBCL with CMV infection, relapsed",
        "DLBCL, relapse of GVHD",
        "DLBCL, relapse of sarcoidosis",
        "DLBCL, relapse of her depression",
        "DLBCL, steroid-refractory GVHD",
        "DLBCL, r/o relapse",
        "DLBCL, in case of relapse",
        "DLBCL, awaiting relapse workup",
        "Refractory anemia",
        "DLBCL, no GVHD or relapse",
        "No GVHD, toxicity, or relapse",
    ],
)
def test_the_state_of_something_else_is_none_of_the_disease(written: str) -> None:
    """A cough persists, infections relapse, and a relapse may only be looked for."""
    assert frozenset() == phases_in((written,), STATES)


@pytest.mark.parametrize(
    ("phases", "written"),
    [
        (RELAPSE, "Relapsed DLBCL with persistent cough"),
        (RELAPSE, "Recurrent CNS lymphoma"),
        (RELAPSE, "DLBCL, relapsed"),
        (RELAPSE, "Relapse of the original disease"),
        (RELAPSE, "Marrow relapse of his AML after HCT"),
        (RELAPSE, "Relapsed DLBCL. No GVHD."),
        (RELAPSE, "DLBCL relapse without GVHD"),
        (RELAPSE, "No GVHD; relapsed DLBCL"),
        (RELAPSE, "DLBCL relapse after allo HCT"),
        (RELAPSE, "Patient relapsed 6 months after HCT"),
        (RELAPSE, "AML relapsed day +120 after HCT"),
        (REFRACTORY, "DLBCL refractory to R-CHOP"),
        (REFRACTORY, "DLBCL (refractory)"),
        (REFRACTORY, "Primary refractory high-grade B-cell lymphoma"),
        (RELAPSE | REFRACTORY, "DLBCL, relapsed/refractory"),
        (RELAPSE | REFRACTORY, "R/R DLBCL"),
        (frozenset({"active"}), "DLBCL with persistent disease"),
        (frozenset({"active"}), "Persistent residual marrow disease"),
    ],
)
def test_the_state_of_the_disease_stands_beside_other_things(
    phases: frozenset[str], written: str
) -> None:
    """What else the text tells takes nothing from the disease's own state."""
    found: frozenset[str] = phases_in((written,), STATES)
    assert phases == found


def test_what_is_put_aside_leaves_the_rest_as_it_is() -> None:
    """Only the word for the state goes, so that a denial still reaches what it denies."""
    told = of_the_disease("No GVHD, recurrent fever, or relapse of AML", STATES.whose)
    assert "No GVHD, other fever, or relapse of AML" == told


@pytest.mark.parametrize(
    ("now", "after", "written"),
    [
        (RELAPSE, frozenset(), "DLBCL, relapse before transplant"),
        (RELAPSE | REFRACTORY, RELAPSE, "DLBCL, refractory before HCT, relapsed after it"),
        (RELAPSE, RELAPSE, "DLBCL, relapse after transplant"),
    ],
)
def test_what_was_before_a_transplant_is_over_after_it(
    now: frozenset[str], after: frozenset[str], written: str
) -> None:
    """For a transplant to come it is how things stand; for cells given after one it is past."""
    found: list[frozenset[str]] = [
        phases_in((written,), STATES, transplanted=each) for each in (False, True)
    ]
    assert [now, after] == found


@pytest.mark.parametrize(
    ("written", "alone"),
    [
        ("high risk of relapse", True),
        ("relapse after allogeneic HCT", True),
        ("MRD positive", True),
        ("relapsed leukemia", True),
        ("persistent disease after transplant", True),
        ("Refractory NHL", False),
        ("Relapsed PTCL", False),
        ("Refractory T-NHL", False),
        ("Relapsed FL", False),
        ("Relapsed mantle cell lymphoma", False),
    ],
)
def test_a_reason_that_names_another_malignancy_is_no_bare_state(
    written: str, *, alone: bool
) -> None:
    """A state alone is that of the malignancy on record; that of a named one is not."""
    assert alone == states_alone(written, STATES)
