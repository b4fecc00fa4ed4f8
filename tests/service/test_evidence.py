"""The page on the evidence: only figures with a source, and citations that are right."""

import re

import pytest
from flask.testing import FlaskClient
from pydantic import ValidationError

from cards.library import Library
from service.pages.evidence import Evidence, load_evidence
from service.pages.plot_view import plot_view

SCLERODERMA = load_evidence()["scleroderma-hsct"]

FIGURES = set("29 10 5.8 53 22 31 13 16.5% 8 10.4% 0 14 17.7% 18.2% 15 19% 20 26% 3".split())
"""The figures that the sources agree on, and the phase of the trial."""


def texts() -> str:
    """Return all running text of the page, without the list of sources."""
    parts = [f"{part.title} {part.plain} {part.detail}" for part in SCLERODERMA.parts]
    return " ".join([*parts, SCLERODERMA.lead, SCLERODERMA.claim.says, SCLERODERMA.claim.beside])


def test_the_text_gives_no_other_figures() -> None:
    """Every number in the text is one of those that the sources agree on."""
    assert set() == set(re.findall(r"\d+(?:\.\d+)?%?", texts())) - FIGURES


def test_the_figures() -> None:
    """Events with their shares, for the transplant and the control, point by point."""
    counted = [
        (
            (each.transplant.events, each.transplant.percent),
            (each.control.events, each.control.percent),
        )
        for each in SCLERODERMA.trial.points
    ]
    expected = [
        ((13, 16.5), (8, 10.4)),
        ((14, 17.7), (14, 18.2)),
        ((15, 19.0), (20, 26.0)),
        ((22, None), (31, None)),
    ]
    first = SCLERODERMA.trial.points[0]

    assert expected == counted
    assert (8, 0) == (first.transplant.treatment_deaths, first.control.treatment_deaths)


def test_the_trial_and_its_editorial_are_cited_the_right_way_round() -> None:
    """The report of the trial is 2490-2498; 2485-2487 is the editorial."""
    cited = {each.id: each.cites for each in SCLERODERMA.sources}

    assert cited["astis"].endswith("JAMA 2014;311:2490-2498")
    assert "Editorial on the trial. JAMA 2014;311:2485-2487" == cited["editorial"]
    assert "astis" in SCLERODERMA.parts[2].sources


def test_no_hazard_ratio_is_given(client: FlaskClient) -> None:
    """The lay summary's sentence on hazard ratios is garbled and is not passed on."""
    page = client.get("/evidence/scleroderma-hsct").get_data(as_text=True)

    assert not re.search(r"0\.3[45]\b|0\.16|0\.74", page)


def test_a_bar_is_as_long_as_its_events() -> None:
    """Bars begin at zero; the deaths from the treatment are their share of the first."""
    bars = [bar for cluster in plot_view(SCLERODERMA.trial).clusters for bar in cluster.bars]
    longest = bars[-1].width

    assert [13 / 20, 8 / 20, 14 / 20, 14 / 20, 15 / 20, 1] == pytest.approx(
        [bar.width / longest for bar in bars]
    )
    assert 8 / 13 == pytest.approx(bars[0].deaths_width / bars[0].width)
    assert [0] * 5 == [bar.deaths_width for bar in bars[1:]]


def test_the_plot_is_told_in_words() -> None:
    """Who does not see the plot hears its figures."""
    says = plot_view(SCLERODERMA.trial).says

    assert "First year: transplant 13 (16.5%), cyclophosphamide 8 (10.4%)" in says
    assert "Four years: transplant 15 (19%), cyclophosphamide 20 (26%)" in says


def test_a_source_that_is_not_listed_is_refused() -> None:
    """A figure without a source never reaches a page."""
    data = SCLERODERMA.model_dump()
    data["claim"]["source"] = "hearsay"

    with pytest.raises(ValidationError, match="hearsay is named and not listed; add it"):
        Evidence.model_validate(data)


def test_every_page_that_a_policy_names_exists(library: Library) -> None:
    """No policy leads to a page that is not there, and one leads to this page."""
    named = {each.page for policy in library.policies for each in policy.evidence_pages}

    assert {"scleroderma-hsct"} == named
    assert named <= set(load_evidence())


def test_the_page_shows_claim_and_criteria_and_carries_the_notice(client: FlaskClient) -> None:
    """Beside the claim stand the policy's criteria; the page decides nothing and says so."""
    page = client.get("/evidence/scleroderma-hsct").get_data(as_text=True)

    assert "Modified Rodnan skin score of 15 or more" in page
    assert "/policies/capital-blue-cross/mp-9.053" in page
    assert "not a clinical recommendation" in page
    assert "contract governs" in page
    assert "no advice for or against" in page


def test_a_page_on_evidence_that_is_not_there(client: FlaskClient) -> None:
    """An unknown name is a 404 in the style of the other pages."""
    answer = client.get("/evidence/no-such-trial")

    assert 404 == answer.status_code
    assert "No page on the evidence has this name" in answer.get_data(as_text=True)
