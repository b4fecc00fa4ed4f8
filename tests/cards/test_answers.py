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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("b2a2 transcript detected", Says.PRESENT),
        ("e1a2 (p190) detected", Says.PRESENT),
        ("b3a2 fusion transcript positive, 35 %", Says.PRESENT),
        ("Fusion transcript not detected", Says.ABSENT),
        ("b2a2 transcript not detected", Says.DOUBTFUL),
        ("e1a2 transcript detected, 0.00 %", Says.DOUBTFUL),
        ("b2a2 transcript 35 %", Says.DOUBTFUL),
        ("BCR-ABL1 transcript 0.00%", Says.DOUBTFUL),
        ("p210 BCR-ABL1 transcripts: 0 copies", Says.DOUBTFUL),
        ("BCR-ABL1 p190 transcript 12%", Says.DOUBTFUL),
        ("BCR-ABL1 transcript detected, 12%", Says.PRESENT),
        ("b2a2 transcript pending", Says.DOUBTFUL),
        ("transcript", Says.DOUBTFUL),
    ],
)
def test_one_transcript_shows_the_fusion_and_rules_out_no_other(
    written: str, expected: Says
) -> None:
    """An answer may name which transcript it found, or did not find."""
    assert expected is said_in(fact("philadelphia-translocation"), written, of_study=False)


@pytest.mark.parametrize("name", ["gastric-antral-vascular-ectasia", "extramedullary-disease"])
def test_known_absent_and_known_present(name: str) -> None:
    """SNOMED CT has names of its own for yes and no."""
    assert Says.ABSENT is said_in(fact(name), "Known absent (qualifier value)", of_study=False)
    assert Says.PRESENT is said_in(fact(name), "Known present (qualifier value)", of_study=False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("No acute abnormality", Says.DOUBTFUL),
        ("No acute ischemic abnormality", Says.DOUBTFUL),
        ("No abnormality", Says.ABSENT),
        ("Normal ECG, no acute abnormality", Says.ABSENT),
        ("Acute abnormality of the ST segment", Says.PRESENT),
    ],
)
def test_an_electrocardiogram_without_what_is_acute(written: str, expected: Says) -> None:
    """What is denied is only what is new: an old abnormality may be there."""
    assert expected is said_in(fact("abnormal-electrocardiogram"), written, of_study=True)
