"""What a criterion says: one plain sentence for every verdict and every reason."""

import pytest

from cards.rendering.wording import found, joined, lowered, says, shortened
from cards.values.dates import read_date
from cards.verdict import Evidence, State, Verdict, Why
from tests.cards.building import finding, library, record

ON = read_date("2026-10-02T08:00:00Z")
SCORE = Evidence("Observation/mrss", "18", ON)


def test_a_value_is_told_with_its_date_and_what_is_required() -> None:
    """Fact, value, day and requirement stand in one sentence."""
    verdict = Verdict(State.MET, "Modified Rodnan skin score", (SCORE,))

    assert "Modified Rodnan skin score: 18 on 2026-10-02; 15 or more is required" == says(
        verdict, "15 or more is required"
    )


def test_silence() -> None:
    """What is not in the record is said to be missing."""
    silent = Verdict(State.NOT_DOCUMENTED, "Left ventricular ejection fraction", why=Why.SILENT)

    assert says(silent, None).startswith("No left ventricular ejection fraction")
    assert says(Verdict(State.NOT_DOCUMENTED, "DLCO", why=Why.SILENT), None).startswith("No DLCO")


def test_what_is_its_own_evidence_is_named_once() -> None:
    """A ban rests on the order; the sentence does not repeat it, and keeps what else there is."""
    order = Evidence("ServiceRequest/1", "Stem-cell boost")
    alone = Verdict(State.NOT_MET, "Stem-cell boost", (order,))
    beside = Verdict(State.NOT_MET, "Stem-cell boost", (order, Evidence("Procedure/1", "38241")))

    assert "Stem-cell boost; a second one is not covered" == says(
        alone, "a second one is not covered"
    )
    assert "Stem-cell boost: 38241" == says(beside, None)


@pytest.mark.parametrize(
    ("expected", "what", "beside"),
    [
        ("adult younger than 60", "Adult younger than 60", "Record the date of birth"),
        ("modified Rodnan skin score", "Modified Rodnan skin score", "Record the modified score"),
        ("Karnofsky score", "Karnofsky score", "Record the Karnofsky performance status"),
        ("Crohn disease", "Crohn disease", "Crohn disease; onset of Crohn disease is required"),
        ("earlier transplant", "Earlier transplant", "Earlier transplants count"),
        ("DLCO", "DLCO", None),
        ("B-lineage", "B-lineage", None),
    ],
)
def test_proper_names_keep_their_capital(expected: str, what: str, beside: str | None) -> None:
    """A name has its capital within the policy's other words; the first of a sentence is none."""
    assert expected == lowered(what, None, beside)


def test_a_missing_fact_with_a_name() -> None:
    """The sentence for silence keeps the name, as the policy asks for it."""
    silent = Verdict(State.NOT_DOCUMENTED, "Karnofsky performance status", why=Why.SILENT)

    assert "No Karnofsky performance status found" == says(
        silent, None, "Record the Karnofsky score"
    )


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("evidence", [(), (SCORE,)])
def test_every_reason_has_words(why: Why, evidence: tuple[Evidence, ...]) -> None:
    """No reason is left without a sentence, with evidence or without."""
    state = State.UNAVAILABLE if why is Why.COULD_NOT_LOOK else State.NOT_DOCUMENTED
    verdict = Verdict(state, "Fact", evidence, why, "the detail")

    assert len(says(verdict, "more is required").split()) > 2
    assert found(verdict).strip()


def test_old_evidence_says_so() -> None:
    """A value of more than twelve months is marked."""
    old = Verdict(State.MET, "Fact", (Evidence("Observation/x", "18", ON, old=True),))

    assert "more than 12 months old" in found(old)


def test_much_evidence_is_counted() -> None:
    """A sentence names a few records, and counts the rest."""
    many = tuple(Evidence(f"Observation/{at}", f"value {at}") for at in range(9))

    assert found(Verdict(State.MET, "Fact", many)).endswith("5 more")


@pytest.mark.parametrize("text", ["x" * 5000, "word " * 1000, "a\n\nb\tc"])
def test_texts_of_the_record_are_shortened(text: str) -> None:
    """A sentence is one line and bears only so much of the record's text."""
    assert "\n" not in shortened(text)
    assert len(shortened(text)) <= 120


def test_a_short_text_stays() -> None:
    """What fits is not touched."""
    assert "Normal sinus rhythm" == shortened("Normal  sinus\nrhythm")


PARTS = [("One", State.MET), ("Two", State.NOT_MET), ("Three", State.NOT_DOCUMENTED)]


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        ("any-of", State.MET, {"One"}),
        ("all-of", State.NOT_MET, {"Two"}),
        ("any-of", State.NOT_DOCUMENTED, {"Three"}),
        ("all-of", State.UNAVAILABLE, {"Three"}),
    ],
)
def test_a_join_names_its_parts(kind: str, state: State, words: set[str]) -> None:
    """A join tells which parts decided it, or which are open."""
    told = joined(Verdict(state, "Join"), PARTS, kind)

    assert words == {title for title, _ in PARTS if title in told}


@pytest.mark.parametrize(
    ("expected", "kind", "state"),
    [
        ("documented: One", "documented", State.MET),
        ("not documented: One", "documented", State.NOT_MET),
        ("met: One", "all-of", State.MET),
        ("not met: One", "any-of", State.NOT_MET),
    ],
)
def test_a_join_of_one(expected: str, kind: str, state: State) -> None:
    """A single part is named whatever became of it; an unknown one is not documented."""
    assert expected == joined(Verdict(state, "Join"), [("One", State.NOT_DOCUMENTED)], kind)


def test_every_sentence_of_the_policy_reads_well() -> None:
    """Of each criterion, met or missing, the sentence has a capital and no full stop."""
    for facts in (record(), record(lvef=[], gave=[], tapse=[], patient=[])):
        for criterion in finding(facts).criteria:
            assert criterion.says[:1].isupper(), criterion.says
            assert not criterion.says.endswith("."), criterion.says
            assert "  " not in criterion.says


def test_titles_are_ours_and_short() -> None:
    """Each criterion has a title that fits on a line."""
    (version,) = library().by_id["capital-blue-cross/mp-9.053"].versions

    for criterion in version.criteria:
        assert 0 < len(criterion.title) <= 90
