"""Phrases as clinicians write them, and how each is to be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.values.text import Mention, mention, normalised, says, words

GAVE = ("gave", "watermelon stomach")

TABLE = {
    Mention.PRESENT: (
        "GAVE",
        "Active GAVE with oozing",
        "Upper endoscopy: watermelon stomach.",
        "No ulcer. GAVE seen.",
        "No varices but GAVE is present",
        "No bleeding; GAVE in the antrum",
        "GAVE, no bleeding",
        "GAVE without active bleeding",
        "Not tolerated well, however GAVE was treated",
        "No ulcer\nGAVE seen",
    ),
    Mention.NEGATED: (
        "No GAVE",
        "no evidence of gave",
        "Without GAVE or ulcer",
        "Patient denies watermelon stomach",
        "GAVE absent",
        "GAVE: not seen",
        "GAVE not present",
        "GAVE was excluded",
        "GAVE ruled out",
        "No ulcer, varices or GAVE",
        "No GAVE, ulcer or varices",
        "No ulcer, no GAVE",
        "Neither ulcer nor GAVE",
        "negative for GAVE",
        "Varices present, but no GAVE",
        "GAVE: no",
        "GAVE: none",
        "GAVE: absent",
        "GAVE no",
        "GAVE has not been seen",
    ),
    Mention.DOUBTFUL: (
        "Possible GAVE",
        "GAVE?",
        "? GAVE",
        "Suspected GAVE",
        "Rule out GAVE",
        "r/o GAVE",
        "Cannot exclude GAVE",
        "GAVE cannot be excluded",
        "Gastritis versus GAVE",
        "Likely GAVE",
        "evaluate for GAVE",
        "No ulcer, mild GAVE",
        "No GAVE. GAVE seen.",
        "Query GAVE",
        "GAVE: unknown",
        "GAVE could not be confirmed",
    ),
    Mention.HISTORY: (
        "History of GAVE",
        "h/o watermelon stomach",
        "s/p ablation for GAVE",
        "Previous GAVE",
        "Hx: GAVE",
    ),
    Mention.FAMILY: (
        "Family history of GAVE",
        "Mother had GAVE",
        "Family history: GAVE",
        "FHx: GAVE",
        "Grandmother had GAVE",
    ),
}
ROWS = [(text, expected) for expected, texts in TABLE.items() for text in texts]


@pytest.mark.parametrize(("written", "expected"), ROWS, ids=[text for text, _ in ROWS])
def test_how_a_text_speaks_of_a_finding(written: str, expected: Mention) -> None:
    """A finding counts as present only where nothing in the text denies or doubts it."""
    assert expected is mention(written, GAVE)


@pytest.mark.parametrize("written", ["GAVE has resolved", "Resolved GAVE", "GAVE (resolved)"])
def test_what_has_resolved_is_not_present(written: str) -> None:
    """A finding that is said to be gone does not count as there."""
    assert mention(written, GAVE) is not Mention.PRESENT


@pytest.mark.parametrize("written", ["", "Ulcer of the stomach", "gaveled", "stomach", "g a v e"])
def test_what_does_not_speak_of_it(written: str) -> None:
    """A phrase is found as whole words and in order, or not at all."""
    assert mention(written, GAVE) is None


@pytest.mark.parametrize("written", ["No ", "Without ", "Possible ", "Family history of "])
@pytest.mark.parametrize("found", ["GAVE", "watermelon stomach"])
def test_what_stands_before_never_proves_presence(written: str, found: str) -> None:
    """No denial, doubt or relative's disease is read as the patient's own."""
    assert mention(written + found, GAVE) is not Mention.PRESENT


@given(st.sampled_from([text for text, _ in ROWS]))
def test_case_and_spacing_change_nothing(written: str) -> None:
    """Capitals and spaces carry no meaning."""
    assert mention(written, GAVE) is mention(f"  {written.upper().replace(' ', '   ')} ", GAVE)


@given(st.text(max_size=80))
def test_any_text_can_be_read(written: str) -> None:
    """Normalising twice is normalising once, and no text raises."""
    once = normalised(written)

    assert once == normalised(once)
    assert mention(written, GAVE) in {*Mention, None}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Sjögren Syndrome", "sjogren syndrome"),
        ("KMT2A-AFF1", "kmt2a aff1"),
        ("Cytoxan® 500\N{NO-BREAK SPACE}mg", "cytoxan 500 mg"),
        ("ﬁbrosis \N{EN DASH} basal", "fibrosis basal"),
        ("12\N{NON-BREAKING HYPHEN}lead", "12 lead"),
        ("Absent (qualifier value)", "absent"),
        ("GAVE (disorder) (finding)", "gave"),
        ("Absent (see report)", "absent (see report)"),
        ("(finding)", "(finding)"),
    ],
)
def test_normalised(written: str, expected: str) -> None:
    """Marks, ligatures, dashes and odd spaces are folded."""
    assert expected == normalised(written)


@pytest.mark.parametrize(
    ("written", "phrases", "expected"),
    [
        ("Stem cell transplant", ["stem cell"], True),
        ("Stem-cell transplant", ["stem cell"], True),
        ("Systemic cells", ["stem cell"], False),
        ("cell stem", ["stem cell"], False),
        ("no GAVE", ["gave"], True),
        ("anything", [], False),
        ("anything", [""], False),
    ],
)
def test_says(written: str, phrases: list[str], expected: bool) -> None:  # noqa: FBT001
    """A phrase stands in a text as whole words, in whatever sense."""
    assert expected is says(written, phrases)


def test_words_keep_what_belongs_together() -> None:
    """Slashes and apostrophes inside a word stay; other punctuation goes."""
    assert ("fev1/fvc", "80%", "crohn's", "x", "?") == words("FEV1/FVC: 80%, Crohn's (x)?")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("GAVE not confirmed", Mention.DOUBTFUL),
        ("GAVE not established", Mention.DOUBTFUL),
        ("GAVE, questionable", Mention.DOUBTFUL),
        ("GAVE (differential diagnosis)", Mention.DOUBTFUL),
        ("GAVE not clearly to be told from ulcers", Mention.DOUBTFUL),
        ("GAVE disproved", Mention.NEGATED),
        ("GAVE never present", Mention.NEGATED),
        ("GAVE undetectable", Mention.NEGATED),
    ],
)
def test_what_stands_behind_denies_or_doubts(written: str, expected: Mention) -> None:
    """A finding is not there because its name comes first."""
    assert expected is mention(written, GAVE)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (Mention.PRESENT, "Acute lymphoblastic leukemia not having achieved remission"),
        (Mention.PRESENT, "Leukemia not in remission"),
        (Mention.PRESENT, "Leukemia never in complete remission"),
        (Mention.PRESENT, "Leukemia not responding to induction"),
        (Mention.DOUBTFUL, "Leukemia not in evidence"),
        (Mention.DOUBTFUL, "Leukemia not having been seen"),
        (Mention.NEGATED, "No leukemia not in remission"),
        (Mention.NEGATED, "Leukemia not found"),
    ],
)
def test_a_remission_that_is_denied_leaves_the_disease(expected: Mention, written: str) -> None:
    """What "not" denies behind the disease may be its remission, or the disease itself."""
    assert expected == mention(written, ("leukemia",))
