"""Findings as cards: which have one, how it is worded, and what every card holds."""

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from cards.finding import Finding
from cards.rendering.render import FINDINGS, NOTICE, render_cards
from cards.values.coding import CPT
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    LVEF,
    MULTIPLE_SCLEROSIS,
    PATIENT,
    SYSTEMIC_SCLEROSIS,
    UNSTATED,
    Json,
    coverage,
    finding,
    findings,
    named,
    observation,
    record,
    request,
)
from tests.cards.oracle import PATIENTS, Patient, record_of

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
SSC, MS = SYSTEMIC_SCLEROSIS, MULTIPLE_SCLEROSIS
LOW_LVEF = [observation("lvef", LVEF, (30, "%"))]


def cards(*found: Finding, base_url: str = "http://127.0.0.1:8080") -> list[Json]:
    """Return the cards of some findings."""
    return render_cards(found, hook_instance=INSTANCE, patient_id=PATIENT, base_url=base_url)


def card(*found: Finding) -> Json:
    """Return the one card."""
    (only,) = cards(*found)
    return only


SAMPLES: dict[str, list[Finding]] = {
    "investigational": [finding(record(lvef=LOW_LVEF))],
    "banned": [finding(record(), request(ALLOGENEIC, MS))],
    "graft open": [finding(record(), request(UNSTATED, SSC))],
    "much missing": [finding([coverage("c", "Capital Blue Cross")])],
    "much failed": [
        finding(
            record(
                lvef=LOW_LVEF,
                skin_score=[observation("s", "mRSS", 3)],
                patient=[{"resourceType": "Patient", "id": PATIENT, "birthDate": "1940"}],
            )
        )
    ],
    "reference": [finding(record(coverage=[coverage("c", "Aetna")], lvef=LOW_LVEF))],
    "no coverage": [finding(record(coverage=[], lvef=LOW_LVEF))],
    "strict": [finding(record(coverage=[]), matching="strict")],
    "incomplete": [finding(record(), unavailable={"Observation": "answered 503"})],
    "by text": [finding(record(), request("Allogeneic HSCT", MS))],
    "two orders": findings(
        record(), request(AUTOLOGOUS, MS, id="a"), request((CPT, "38206"), MS, id="b")
    ),
    "two outcomes": findings(
        record(gave=[]), request(AUTOLOGOUS, SSC, id="a"), request(ALLOGENEIC, MS, id="b")
    ),
}
EVERY = pytest.mark.parametrize("found", SAMPLES.values(), ids=SAMPLES)


@EVERY
def test_what_every_card_holds(found: list[Finding]) -> None:
    """Summary, indicator, source, notice and findings are there, and nothing empty."""
    content = card(*found)

    assert 0 < len(content["summary"]) < 140
    assert content["indicator"] in {"info", "warning"}
    assert "Capital Blue Cross" == content["source"]["label"]
    assert re.fullmatch("[A-Za-z0-9]+", content["source"]["topic"]["code"])
    assert NOTICE in content["detail"]
    assert "MP 9.053" in content["detail"].replace("\\", "")
    assert "effective 2026-06-01" in content["detail"].replace("\\", "")
    assert "last review 2026-02-05" in content["detail"].replace("\\", "")
    assert len(found) == len(content["extension"][FINDINGS])
    assert not re.search(r'null|\[\]|\{\}|""', json.dumps(content))


@EVERY
def test_the_notice_says_what_it_is(found: list[Finding]) -> None:
    """Each card says that it is a coverage notice, no recommendation, and that contracts govern."""
    detail = card(*found)["detail"]

    assert "coverage notice, not a clinical recommendation" in detail
    assert "contract governs" in detail


@EVERY
def test_words_that_are_never_used(found: list[Finding]) -> None:
    """Nothing is denied, covered or approved by a card."""
    text = json.dumps(card(*found)).lower()

    assert not re.search(r"\bdenied\b|\bdenial\b|not covered|\bapproved\b|\bcritical\b", text)


@EVERY
def test_the_detail_is_plain_markdown(found: list[Finding]) -> None:
    """The detail draws as paragraphs and lists, with no HTML, link or table of anybody's."""
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(card(*found)["detail"])

    assert set(re.findall(r"<(\w+)", page)) <= {"p", "ul", "li", "strong", "em"}


@given(PATIENTS)
def test_any_finding_has_the_card_that_it_should(patient: Patient) -> None:
    """A card for what speaks against the order or is open, and none for criteria that are met."""
    found = finding(record_of(patient))
    shown = cards(found)

    if found.determination == "medically-necessary":
        assert [] == shown
    else:
        (only,) = shown
        assert len(only["summary"]) < 140
        expected = "warning" if found.determination == "investigational" else "info"
        assert expected == only["indicator"]
        for criterion in found.criteria:
            if criterion.id in found.deciding:
                assert criterion.title.split()[0] in only["detail"]


def test_findings_without_a_card() -> None:
    """Criteria that are met, silence of the policy, and no findings at all make no card."""
    met = finding(record())
    silent = finding(record(), request(AUTOLOGOUS, "Type 2 diabetes"))

    assert [] == cards(met)
    assert "not-addressed" == silent.determination
    assert [] == cards(silent)
    assert [] == cards()


def test_no_card_for_someone_who_has_died() -> None:
    """Nobody is to be told of a deceased patient's coverage."""
    died = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1980", "deceasedBoolean": True}

    assert [] == cards(finding(record(patient=[died], lvef=LOW_LVEF)))


def test_a_card_leaves_out_what_needs_none() -> None:
    """Beside an order that is investigational, one that meets the criteria is not on the card."""
    both = findings(
        record(), request(AUTOLOGOUS, SSC, id="met"), request(ALLOGENEIC, SSC, id="not")
    )
    content = card(*both)

    assert ["ServiceRequest/not"] == [each["order"] for each in content["extension"][FINDINGS]]
    assert "ServiceRequest/met" not in content["detail"].replace("\\", "")


@pytest.mark.parametrize(
    ("found", "indicator"),
    [
        (finding(record(lvef=LOW_LVEF)), "warning"),
        (finding(record(gave=[])), "info"),
        (finding(record(coverage=[coverage("c", "Aetna")], lvef=LOW_LVEF)), "info"),
        (finding(record(coverage=[], lvef=LOW_LVEF)), "warning"),
        (finding(record(lvef=LOW_LVEF), request("Referral for autologous HSCT", SSC)), "info"),
        (
            finding(
                record(lvef=LOW_LVEF), request(AUTOLOGOUS, SSC, note=[{"text": "NCT04464434"}])
            ),
            "info",
        ),
    ],
    ids=["member", "open", "another payer", "no payer known", "referral", "trial"],
)
def test_indicators(found: Finding, indicator: str) -> None:
    """A warning is for an order being signed against the member's policy, or perhaps his."""
    assert indicator == card(found)["indicator"]


def test_one_card_per_policy() -> None:
    """Orders under one policy share the card, which names each."""
    content = card(*SAMPLES["two orders"])

    for name in ("ServiceRequest/a", "ServiceRequest/b"):
        assert name in content["detail"].replace("\\", "")


def test_a_warning_leads_where_findings_differ() -> None:
    """The summary speaks of the order that the policy is against, whichever came first."""
    content = card(*SAMPLES["two outcomes"])

    assert "warning" == content["indicator"]
    assert content["summary"].startswith("Investigational under Capital Blue Cross MP 9.053")


def test_the_order_of_orders_does_not_make_another_card() -> None:
    """The same orders, signed together again in another order, are the same card."""
    one, other = SAMPLES["two orders"], reversed(SAMPLES["two orders"])

    assert card(*one)["uuid"] == card(*other)["uuid"]


def test_links_lead_to_the_policy() -> None:
    """The link is absolute, whether or not the base ends in a slash."""
    for base in ("https://cds.example", "https://cds.example/"):
        (only,) = cards(*SAMPLES["banned"], base_url=base)
        assert "https://cds.example/policies/capital-blue-cross/mp-9.053" in {
            each["url"] for each in only["links"]
        }


@pytest.mark.parametrize(
    ("sample", "text"),
    [
        ("reference", "payer is another"),
        ("no coverage", "payer is not known"),
        ("incomplete", "could not be read"),
        ("by text", "recognised by its text"),
    ],
)
def test_circumstances_are_told(sample: str, text: str) -> None:
    """Whose policy it is, and what was uncertain in reading, stands on the card."""
    assert text in card(*SAMPLES[sample])["detail"].replace("\\", "")


def test_an_open_card_lists_what_to_document() -> None:
    """What is missing is named in summary and detail, with what to do about it."""
    content = card(finding(record(gave=[], tapse=[])))

    assert "gastric antral vascular ectasia" in content["summary"]
    assert "Record the TAPSE" in content["detail"]


def test_a_card_that_could_not_look_offers_no_tests() -> None:
    """Where the record could not be read, the card does not ask for what may be in it."""
    assert "Record the" not in card(*SAMPLES["incomplete"])["detail"]


EVIL = "<img src=x onerror=alert(1)> [a](http://evil.example) **b** www.evil.example a@b.example"


@pytest.mark.parametrize(
    ("facts", "draft"),
    [
        (record(lvef=[observation("l", LVEF, EVIL)]), request(AUTOLOGOUS, SSC)),
        (record(lvef=[observation("l", LVEF, (30, EVIL))]), request(AUTOLOGOUS, SSC)),
        (record(lvef=LOW_LVEF), request(ALLOGENEIC, SSC, code=named(ALLOGENEIC) | {"text": EVIL})),
        (record(), request(ALLOGENEIC, f"Multiple sclerosis {EVIL}")),
        (record(), request(ALLOGENEIC, SSC, id=EVIL)),
        (record(gave=[observation("g", "GAVE", EVIL)]), request(AUTOLOGOUS, SSC)),
        (record(coverage=[coverage("c", EVIL)], lvef=LOW_LVEF), request(AUTOLOGOUS, SSC)),
    ],
    ids=["value", "unit", "order", "reason", "id", "finding", "payer"],
)
def test_text_of_the_record_takes_no_effect(facts: Any, draft: Json) -> None:
    """Markup and addresses in any text of record or order come out as plain text."""
    detail = card(finding(facts, draft))["detail"]
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(detail)

    assert set(re.findall(r"<(\w+)", page)) <= {"p", "ul", "li", "strong", "em"}
    assert not re.search(r"://evil|www\.evil|a@b", detail)


def test_an_overlong_text_does_not_burst_the_card() -> None:
    """A summary stays short and of one line, whatever the record and the order say."""
    long = f"Multiple sclerosis {'very ' * 200}\nlong"
    found = finding(record(), request(ALLOGENEIC, long))

    assert len(card(found)["summary"]) < 140
    assert len(card(found)["detail"]) < 5000


def test_a_missed_review_is_told() -> None:
    """No next review is named for this policy, so none is overdue, however late it is."""
    late = finding(record(lvef=LOW_LVEF), as_of=date(2030, 1, 1))

    assert "review-overdue" not in late.notes
    assert "newer version" not in card(late)["detail"]
