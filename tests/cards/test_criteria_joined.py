"""Criteria that join others, and those on the ordered service itself."""

import pytest

from cards.criteria import decide
from cards.criteria.joined import Joined, failing, undecided
from cards.criteria.service import OrderedService
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View
from tests.cards.building import (
    ALLOGENEIC,
    AS_OF,
    AUTOLOGOUS,
    SYSTEMIC_SCLEROSIS,
    Code,
    Record,
    chart,
    finding,
    library,
    orders,
    record,
    request,
    verdicts,
)

MET = Verdict(State.MET, "a", (Evidence("Observation/met"),))
NOT_MET = Verdict(State.NOT_MET, "b", (Evidence("Observation/not-met"),))
SILENT = Verdict(State.NOT_DOCUMENTED, "c", (), Why.SILENT)
UNREAD = Verdict(State.UNAVAILABLE, "d", (), Why.COULD_NOT_LOOK, "answered 503")


def view(**decided: Verdict) -> View:
    """Return a view in which some criteria have been decided."""
    (order,) = orders(request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS))
    return View(order, chart([]), library().clinical, AS_OF, decided=decided)


@pytest.mark.parametrize(
    ("parts", "all_of", "any_of"),
    [
        ((MET, MET), State.MET, State.MET),
        ((MET, NOT_MET), State.NOT_MET, State.MET),
        ((MET, SILENT), State.NOT_DOCUMENTED, State.MET),
        ((MET, UNREAD), State.UNAVAILABLE, State.MET),
        ((NOT_MET, NOT_MET), State.NOT_MET, State.NOT_MET),
        ((NOT_MET, SILENT), State.NOT_MET, State.NOT_DOCUMENTED),
        ((NOT_MET, UNREAD), State.NOT_MET, State.UNAVAILABLE),
        ((SILENT, SILENT), State.NOT_DOCUMENTED, State.NOT_DOCUMENTED),
        ((SILENT, UNREAD), State.UNAVAILABLE, State.UNAVAILABLE),
        ((UNREAD, UNREAD), State.UNAVAILABLE, State.UNAVAILABLE),
    ],
)
def test_joins(parts: tuple[Verdict, Verdict], all_of: State, any_of: State) -> None:
    """One failure decides "all of", one success "any of", and what could not be read shows."""
    for kind, expected in (("all-of", all_of), ("any-of", any_of)):
        test = Joined.model_validate({"kind": kind, "label": "Both", "criteria": ("one", "two")})
        one, two = parts

        assert expected is decide(test, view(one=one, two=two)).state
        assert expected is decide(test, view(one=two, two=one)).state


def test_a_join_rests_on_the_parts_that_decided() -> None:
    """A failed "all of" shows the evidence of what failed, and a met "any of" of what is met."""
    decided = view(one=MET, two=NOT_MET)
    joins = {
        kind: Joined.model_validate({"kind": kind, "label": "x", "criteria": ("one", "two")})
        for kind in ("all-of", "any-of")
    }

    assert (Evidence("Observation/not-met"),) == decide(joins["all-of"], decided).evidence
    assert (Evidence("Observation/met"),) == decide(joins["any-of"], decided).evidence


def test_what_would_have_to_be_known() -> None:
    """Below a join that is open, each open part is named, and none of one that is decided."""
    tests: dict[str, object] = dict.fromkeys(("silent", "silent-too", "unread", "met"))
    tests |= {
        "all": Joined(kind="all-of", label="x", criteria=("any", "silent", "met")),
        "any": Joined(kind="any-of", label="x", criteria=("unread", "silent-too")),
        "decided": Joined(kind="any-of", label="x", criteria=("met", "silent")),
    }
    decided = {
        "all": SILENT,
        "any": UNREAD,
        "decided": MET,
        "silent": SILENT,
        "silent-too": SILENT,
        "unread": UNREAD,
        "met": MET,
    }

    assert ["unread", "silent-too", "silent"] == undecided("all", tests, decided)
    assert [] == undecided("decided", tests, decided)


def test_what_makes_a_join_fail() -> None:
    """A failed "all of" fails on its failed parts; a failed "any of" fails as a whole."""
    tests: dict[str, object] = dict.fromkeys(("plain", "met"))
    tests |= {
        "all": Joined(kind="all-of", label="x", criteria=("any", "plain", "met")),
        "any": Joined(kind="any-of", label="x", criteria=("plain",)),
    }
    decided = {"all": NOT_MET, "any": NOT_MET, "plain": NOT_MET, "met": MET}

    assert ["any", "plain"] == failing("all", tests, decided)
    assert [] == failing("met", tests, decided)


@pytest.mark.parametrize(
    ("involved", "expected"),
    [
        ({"ecg": True}, "met"),
        ({"dlco": True}, "met"),
        ({"fvc": True}, "met"),
        ({"fibrosis": True}, "met"),
        ({"ground_glass": True}, "met"),
        ({"renal_disease": True}, "met"),
        ({}, "not-documented"),
    ],
)
def test_one_sign_of_organ_involvement_is_enough(involved: dict[str, bool], expected: str) -> None:
    """Any one sign shows involvement, whatever is silent of the others."""
    signs = ("ecg", "dlco", "fvc", "fibrosis", "ground_glass", "renal_disease")
    silent: Record = {sign: [] for sign in signs if sign not in involved}

    assert expected == verdicts(finding(record(**silent)))["organ-involvement"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (AUTOLOGOUS, "met"),
        (("http://www.ama-assn.org/go/cpt", "38206"), "met"),
        (ALLOGENEIC, "not-met"),
        (("http://www.ama-assn.org/go/cpt", "38205"), "not-met"),
        (("http://www.ama-assn.org/go/cpt", "38230"), "not-met"),
        (("http://www.ama-assn.org/go/cpt", "38204"), "not-met"),
        (("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "S2140"), "not-met"),
        (("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "S2142"), "not-met"),
        (("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "S2150"), "met"),
    ],
)
def test_the_list_of_investigational_services(what: Code, expected: str) -> None:
    """Donor search, donor harvest, allogeneic and cord-blood services are on the policy's list."""
    version = library().by_id["capital-blue-cross/mp-9.053"].version_on(AS_OF)
    assert version is not None
    test = version.tests()["not-listed-as-investigational"]
    (order,) = orders(request(what, SYSTEMIC_SCLEROSIS))
    seen = View(order, chart([]), library().clinical, AS_OF)

    assert isinstance(test, OrderedService)
    assert expected == decide(test, seen).state.value
