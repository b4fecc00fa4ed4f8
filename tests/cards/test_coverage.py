"""Whose member the patient is: coverages in force, payers by name and number, product lines."""

from datetime import date
from typing import Any

import pytest

from cards.coverage import Membership, membership
from cards.verdict import Why
from tests.cards.building import AS_OF, SUBJECT, Json, chart, concept, coverage, library

CAPITAL = "capital-blue-cross"


def member(*resources: Json, as_of: date = AS_OF, **unavailable: str) -> Membership:
    """Return the membership that a chart of these resources shows."""
    return membership(chart(resources, unavailable), library().clinical, as_of)


def payer(*resources: Json) -> str | None:
    """Return the payer of the one coverage in force."""
    (cover,) = member(*resources).covers
    return cover.payer


@pytest.mark.parametrize(
    "name",
    [
        "Capital Blue Cross",
        "CAPITAL BLUE CROSS",
        "Capital BlueCross PPO",
        "Capital Advantage Insurance Company",
        "Capital Advantage Assurance Company®",
        "Keystone Health Plan Central",
    ],
)
def test_names_of_a_payer(name: str) -> None:
    """A payer and its subsidiaries are known by name, in any case and with a product beside it."""
    assert CAPITAL == payer(coverage("c", name))


@pytest.mark.parametrize(
    "name",
    ["BCBS NM", "BCBS of TX", "BCBS-IL", "Blue Cross Blue Shield OK", "BlueCross BlueShield of MT"],
)
def test_a_state_by_its_abbreviation(name: str) -> None:
    """The two letters of a state name the payer as the state's whole name does."""
    assert "hcsc" == payer(coverage("c", name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Health Care Service Corp.", "hcsc"),
        ("HealthCare Service Corp", "hcsc"),
        ("GHS Health Maintenance Organization", "hcsc"),
        ("Texas Blue Cross Blue Shield", "hcsc"),
        ("Blue Cross/Blue Shield of New Mexico", "hcsc"),
        ("BC/BS IL", "hcsc"),
        ("Blue Cross & Blue Shield of Oklahoma PPO", "hcsc"),
        ("Blue Cross Blue Shield of Mass.", "bcbs-massachusetts"),
        ("BCBS Mass", "bcbs-massachusetts"),
        ("BC/BS of Massachusetts", "bcbs-massachusetts"),
        ("Blue Cross of Massachusetts", "bcbs-massachusetts"),
        ("Massachusetts Blue Cross Blue Shield", "bcbs-massachusetts"),
        ("Capital BlueCross BlueShield", CAPITAL),
        ("Capital Advantage Insurance Co.", CAPITAL),
        ("Connecticut General Life Ins Co", "cigna"),
    ],
)
def test_plain_spellings_of_a_name(name: str, expected: str) -> None:
    """Shortened companies, the state in front, slashes and closed words name the same payer."""
    assert expected == payer(coverage("c", name))


@pytest.mark.parametrize(
    "name",
    [
        "BCBS NC",
        "BCBS of Tennessee",
        "Blue Cross Blue Shield NJ",
        "BCBS MI",
        "BC/BS of Kansas",
        "Blue Cross/Blue Shield of Michigan",
        "Kansas Blue Cross Blue Shield PPO",
        "Blue Cross of Idaho",
        "Blue Shield of California",
        "Independence Blue Cross",
        "Anthem Blue Cross and Blue Shield",
    ],
)
def test_the_plan_of_another_state_is_another_payer(name: str) -> None:
    """Most plans of the name are other companies'."""
    (cover,) = member(coverage("c", name)).covers
    assert (None, True) == (cover.payer, cover.other)


@pytest.mark.parametrize(
    "name",
    [
        "Aetna",
        "Highmark Blue Shield",
        "Keystone Health Plan East",
        "Capital Health Plan",
        "MassMutual Life Ins Co",
        "Mass General Brigham Health Plan",
        "Connecticut General Hospital",
        "Advantage Insurance Co.",
        "HMO Blue Texas",
        "Medicare",
        "Medicare Advantage",
        "Group Health",
        "Other Benefits Administrators",
    ],
)
def test_other_payers(name: str) -> None:
    """A payer whose policies we do not have is another, however alike its name."""
    (cover,) = member(coverage("c", name)).covers

    assert cover.payer is None
    assert cover.other is True


@pytest.mark.parametrize(
    "name",
    [
        "Blue Cross Blue Shield",
        "BCBS",
        "Blue Cross",
        "Blue Cross/Blue Shield",
        "BC/BS",
        "Blue Cross Blue Shield PPO",
        "BCBS PPO",
        "BlueCross BlueShield PPO",
        "BCBS HMO Plan",
        "Blue Card PPO",
        "BlueCard",
        "BCBS (out of state)",
        "Blue Cross Blue Shield Medicare Advantage",
        "PPO",
        "Commercial Insurance",
        "Unknown",
        "N/A",
        "None",
        "See card",
    ],
)
def test_ambiguous_names(name: str) -> None:
    """A name that many companies bear names none of them, nor does a kind of plan or a blank."""
    found = member(coverage("c", name))

    assert (False, Why.NOT_RECOGNISED) == (found.payer_known, found.why)


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        ({"name": "Capital Blue Cross"}, CAPITAL),
        ({"name": "CBC Holding", "alias": ["Capital BlueCross"]}, CAPITAL),
        (
            {"identifier": [{"system": "urn:oid:2.16.840.1.113883.6.300", "value": "95199"}]},
            CAPITAL,
        ),
        ({"identifier": [{"system": "http://example.org", "value": "95199"}]}, None),
        ({"identifier": [{"system": "urn:oid:2.16.840.1.113883.6.300", "value": "1"}]}, None),
        ({"name": "Aetna"}, None),
    ],
)
def test_a_payor_by_reference(organization: Json, expected: str | None) -> None:
    """An Organization is known by its name, an alias or its NAIC number."""
    resource = {"resourceType": "Organization", "id": "o", **organization}
    held = coverage("c", {"reference": "Organization/o"})

    assert expected == payer(held, resource)
    contained = coverage("c", {"reference": "#o"}, contained=[resource])
    assert expected == payer(contained)


def test_a_payor_by_identifier() -> None:
    """The number may stand on the payor element itself."""
    number = {"system": "urn:oid:2.16.840.1.113883.6.300", "value": "95199"}

    assert CAPITAL == payer(coverage("c", {"identifier": number}))


@pytest.mark.parametrize(
    ("period", "in_force"),
    [
        (None, True),
        ({}, True),
        ({"start": "2025-01-01"}, True),
        ({"start": "2026-11-21", "end": "2026-11-21"}, True),
        ({"start": "2026-11-22"}, False),
        ({"end": "2026-11-20"}, False),
        ({"start": "2025", "end": "2027"}, True),
        ({"start": "2026-12"}, False),
        ({"end": "2025"}, False),
        ({"end": "2026"}, True),
        ({"end": "2026-11"}, True),
    ],
)
def test_the_period_contains_the_day(period: Json | None, in_force: bool) -> None:  # noqa: FBT001
    """First and last day belong to the period, and an end of "2026" takes in the year."""
    held = member(coverage("c", "Capital Blue Cross", period=period))

    assert in_force is bool(held.covers)


@pytest.mark.parametrize("status", ["cancelled", "draft", "entered-in-error", None, 7])
def test_a_coverage_that_is_not_active(status: Any) -> None:
    """Only an active coverage is in force; the others are evidence that we looked."""
    held = member(coverage("c", "Capital Blue Cross", status=status))

    assert () == held.covers
    assert ("Coverage/c",) == tuple(each.reference for each in held.evidence)


def test_no_coverage_at_all() -> None:
    """Silence and failure to look are told apart."""
    assert Why.SILENT is member().why
    assert (Why.COULD_NOT_LOOK, "answered 503") == (
        (unread := member(Coverage="answered 503")).why,
        unread.detail,
    )


def test_another_patients_coverage() -> None:
    """A coverage of another beneficiary does not count."""
    foreign = coverage("c", "Capital Blue Cross", beneficiary={"reference": "Patient/other"})

    assert () == member(foreign).covers
    assert SUBJECT != foreign["beneficiary"]


def test_a_payor_that_could_not_be_read() -> None:
    """An Organization that the server refused leaves the payer unknown, with the reason."""
    built = chart([coverage("c", {"reference": "Organization/o"})])
    unread = built.extended([], {"Organization/o": "answered 403"})
    found = membership(unread, library().clinical, AS_OF)

    assert (False, Why.COULD_NOT_LOOK, "answered 403") == (
        found.payer_known,
        found.why,
        found.detail,
    )


@pytest.mark.parametrize("written", ["urn:uuid:0f4e9f0c-0000-0000-0000-000000000000", "#gone", "x"])
def test_a_payor_that_leads_nowhere(written: str) -> None:
    """Whose the coverage is could not be looked up, unless the reference itself names somebody."""
    nameless = member(coverage("c", {"reference": written}))
    ambiguous = member(coverage("c", {"reference": written, "display": "Blue Cross"}))
    ours = member(coverage("c", {"reference": written, "display": "Capital Blue Cross"}))
    other = member(coverage("c", {"reference": written, "display": "Aetna"}))
    over = member(coverage("c", {"reference": written}, status="cancelled"))

    assert (Why.COULD_NOT_LOOK, False) == (nameless.why, nameless.payer_known)
    assert Why.COULD_NOT_LOOK is ambiguous.why
    assert (None, CAPITAL) == (ours.why, ours.covers[0].payer)
    assert (None, True) == (other.why, other.payer_known)
    assert Why.NOT_IN_FORCE is over.why


def test_one_coverage_of_several_payers() -> None:
    """Each of our payers that one coverage names has its say; another beside them has none."""
    shared = coverage("c", "Cigna")
    names = ("Aetna", "Cigna", "Capital Blue Cross", "Cigna HealthCare")
    shared["payor"] = [{"display": each} for each in names]
    covers = member(shared).covers

    assert ["cigna", CAPITAL] == [each.payer for each in covers]
    assert ["Cigna", "Capital Blue Cross"] == [each.evidence.value for each in covers]


def test_several_coverages_come_in_their_order() -> None:
    """The primary coverage is first, whatever the order in the answer; one without rank is last."""
    second = coverage("b", "Capital Blue Cross", order=2)
    first = coverage("a", "Aetna", order=1)
    unranked = coverage("z", "Highmark")

    references = [each.evidence.reference for each in member(unranked, second, first).covers]

    assert ["Coverage/a", "Coverage/b", "Coverage/z"] == references


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ({}, set()),
        ({"type": concept(text="FEP PPO")}, {"federal-employee-program"}),
        (
            {"class": [{"name": "Federal Employee Program", "value": "1"}]},
            {"federal-employee-program"},
        ),
        ({"class": [{"value": "FEP"}]}, {"federal-employee-program"}),
        (
            {"class": [{"name": "Federal Employees Health Benefits", "value": "1"}]},
            {"federal-employee-program"},
        ),
        ({"type": concept(text="Federal Employee's Plan")}, {"federal-employee-program"}),
        ({"type": concept(text="FEHBP")}, {"federal-employee-program"}),
        ({"class": [{"name": "State Employees Health Benefits", "value": "1"}]}, set()),
        ({"class": [{"name": "Federal Express employees", "value": "1"}]}, set()),
        ({"type": concept(text="Medicare Advantage PPO")}, {"medicare-advantage"}),
        ({"type": concept(("https://nahdo.org/sopt", "111"))}, {"medicare-advantage"}),
        ({"type": concept(text="Medicare Part A")}, {"original-medicare"}),
        ({"type": concept(("https://nahdo.org/sopt", "512"))}, set()),
    ],
    ids=str,
)
def test_product_lines(more: Json, lines: set[str]) -> None:
    """Type, class and payor tell the product line."""
    (cover,) = member(coverage("c", "Capital Blue Cross", **more)).covers

    assert lines == cover.lines


@pytest.mark.parametrize(
    "broken", [{"period": {"start": "soon"}}, {"payor": "Capital"}, {"period": {"end": 7}}]
)
def test_a_broken_coverage_is_no_coverage(broken: Json) -> None:
    """A coverage that is broken where it matters is not taken for one in force."""
    found = member(coverage("c", "Capital Blue Cross") | broken)

    assert () == found.covers
    assert ("Coverage/c",) == tuple(each.reference for each in found.evidence)


def test_a_coverage_beside_a_broken_one() -> None:
    """One bad coverage does not cost the others."""
    broken = coverage("b", "Aetna", period={"start": "soon"})

    assert CAPITAL == payer(broken, coverage("c", "Capital Blue Cross"))
