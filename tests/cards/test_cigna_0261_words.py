"""Cigna 0261 where the words of an order decide: whose cells, which purpose, which code beside."""

import pytest

from tests.cards.building import verdicts
from tests.cards.test_cigna_0261 import (
    ALLO,
    AML_IN_RELAPSE,
    BOOST,
    FOLLOWS,
    LYMPHOCYTES,
    NEVER,
    NOT_MET,
    RELAPSE,
    judged,
    noted,
    titled,
)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("not-addressed", "DLI from a different donor"),
        ("not-addressed", "Third-party DLI"),
        ("not-addressed", "DLI from a new unrelated donor, not the transplant donor"),
        ("needs-information", "DLI, possibly from a different donor"),
        ("medically-necessary", "DLI from the same donor"),
        ("medically-necessary", "DLI, not from a different donor"),
        ("medically-necessary", "DLI from an unrelated donor"),
        ("medically-necessary", "New donor lymphocyte infusion"),
        ("medically-necessary", "Second HCT 2025 from a different donor; DLI from that donor"),
    ],
)
def test_the_cells_come_from_the_donor_of_the_transplant(expected: str, said: str) -> None:
    """The definition ends there: of the cells of another donor the policy says nothing."""
    by_title = judged(titled(LYMPHOCYTES, said, AML_IN_RELAPSE), ALLO, RELAPSE)
    by_note = judged(noted(said, AML_IN_RELAPSE), ALLO, RELAPSE)
    assert [expected] * 2 == [by_title.determination, by_note.determination]


def test_a_boost_from_another_donor() -> None:
    """A boost has to be from the donor of the transplant, too."""
    one = judged(titled(BOOST, "Boost to promote engraftment, from a different donor"), ALLO)
    assert ("not-addressed", NOT_MET) == (one.determination, verdicts(one)["same-donor"])


def test_another_donor_allows_nothing_that_fails() -> None:
    """Without a transplant the answer is no, whoever the donor is."""
    one = judged(noted("From a different donor.", AML_IN_RELAPSE), RELAPSE, NEVER)
    assert FOLLOWS[NOT_MET] == one.determination
