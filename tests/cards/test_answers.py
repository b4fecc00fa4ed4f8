"""What an answer says of a finding: a fusion, and disease outside the marrow."""

import pytest

from cards.facts import FindingFact
from cards.record.answers import Says, said_in
from tests.cards.building import library


def fact(name: str) -> FindingFact:
    """Return a finding of the package's own."""
    found = library().clinical.facts[name]
    assert isinstance(found, FindingFact)
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("BCR-ABL1 detected", Says.PRESENT),
        ("BCR-ABL1 positive", Says.PRESENT),
        ("BCR-ABL1 undetectable", Says.ABSENT),
        ("BCR-ABL1 not positive", Says.ABSENT),
        ("t(9;22) negative, t(4;11) positive", Says.ABSENT),
        ("BCR-ABL1: 0.0%", Says.DOUBTFUL),
        ("BCR-ABL1 <0.001%", Says.DOUBTFUL),
        ("BCR-ABL1 FISH ordered", Says.DOUBTFUL),
        ("BCR-ABL1 test not done", Says.DOUBTFUL),
        ("35% IS, detected", Says.PRESENT),
        ("Detected (35 % IS)", Says.PRESENT),
        ("Detected: 0.35%", Says.PRESENT),
        ("Not detected (<0.0032%)", Says.ABSENT),
        ("0 %; negative", Says.ABSENT),
        ("0.0%, detected", Says.DOUBTFUL),
        ("<0.01%, positive", Says.DOUBTFUL),
        ("35%, see report", Says.DOUBTFUL),
        ("2% positive", Says.DOUBTFUL),
        ("35%", Says.DOUBTFUL),
        ("0 %", Says.DOUBTFUL),
    ],
)
def test_a_fusion_is_there_where_the_answer_says_so(written: str, expected: Says) -> None:
    """The name of what was looked for is no answer, and neither is a number or an order."""
    assert expected is said_in(fact("philadelphia-translocation"), written, of_study=False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("No extramedullary disease", Says.ABSENT),
        ("none", Says.ABSENT),
        ("CNS3", Says.PRESENT),
        ("No CNS involvement", Says.DOUBTFUL),
        ("No mediastinal mass", Says.DOUBTFUL),
        ("No extramedullary disease apart from CNS", Says.DOUBTFUL),
    ],
)
def test_a_part_that_is_free_says_nothing_of_the_rest(written: str, expected: Says) -> None:
    """Each site of disease shows it; without one of them there may be another."""
    assert expected is said_in(fact("extramedullary-disease"), written, of_study=False)
