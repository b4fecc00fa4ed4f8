"""Findings to cards: one card per policy, worded for the clinician who signs."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from cards.finding import Finding, finding_json, without_empty
from cards.orders.items import ordered_concept
from cards.policy import Version
from cards.rendering.card import LONGEST_SUMMARY, Card, Indicator, Link, Source, Topic
from cards.rendering.markdown import escaped
from cards.rendering.overrides import OVERRIDE_REASONS
from cards.rendering.suggestions import suggestions_for
from cards.rendering.wording import lowered
from cards.values.coding import SHORT_NAMES
from cards.verdict import Criterion, State

TOPIC_SYSTEM = "urn:transplant-cds:policy"
FINDINGS = "transplant-cds.findings"
NOTICE = "This is a coverage notice, not a clinical recommendation. The member's contract governs."

# A failed "any of" with so few parts shows them beside it.
_FEW_PARTS = 3
_SHOWN = frozenset({"investigational", "not-medically-necessary", "needs-information"})
_WORDS = {
    "investigational": "investigational",
    "not-medically-necessary": "not medically necessary",
    "medically-necessary": "criteria met",
    "needs-information": "information is missing",
    "not-addressed": "not addressed",
}
_MARKS = {
    State.MET: "met",
    State.NOT_MET: "not met",
    State.NOT_DOCUMENTED: "not documented",
    State.UNAVAILABLE: "could not be read",
}
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:transplant-cds:card")


def render_cards(
    findings: Sequence[Finding], *, hook_instance: str, patient_id: str, base_url: str
) -> list[dict[str, Any]]:
    """Return the cards for one call as CDS Hooks JSON, in the order of the findings.

    Findings without a card are those that speak for the order or that no policy sentence
    covers, those that a policy keeps quiet while they are undecided, and all of a patient who has
    died. *base_url* is where the policy pages are.
    """
    shown = [
        finding
        for finding in findings
        if finding.determination in _SHOWN
        and not finding.quiet
        and "patient-deceased" not in finding.notes
    ]
    by_policy = {finding.policy.id: finding.policy for finding in shown}
    return [
        _card(
            [each for each in shown if each.policy.id == policy],
            hook_instance,
            patient_id,
            base_url.rstrip("/"),
        ).json()
        for policy in by_policy
    ]


def card_uuid(hook_instance: str, patient_id: str, topic: str, orders: Sequence[str]) -> str:
    """Return the card's UUID: the same for the same call, patient, topic and orders."""
    return str(
        uuid.uuid5(_NAMESPACE, "\n".join([hook_instance, patient_id, topic, *sorted(orders)]))
    )


def _card(findings: Sequence[Finding], hook_instance: str, patient_id: str, base_url: str) -> Card:
    policy = findings[0].policy
    references = [finding.order.reference for finding in findings]
    own_uuid = card_uuid(hook_instance, patient_id, policy.topic, references)
    return Card(
        uuid=own_uuid,
        summary=_summary(findings),
        indicator=_indicator(findings),
        source=Source(
            policy.payer_name,
            Topic(TOPIC_SYSTEM, policy.topic, f"{policy.payer_name} {policy.number}"),
        ),
        detail="\n\n".join(_detail(findings)),
        links=tuple(_links(findings, base_url)),
        suggestions=suggestions_for(findings, own_uuid, patient_id),
        override_reasons=OVERRIDE_REASONS,
        extension={FINDINGS: without_empty([finding_json(finding) for finding in findings])},
    )


def _links(findings: Sequence[Finding], base_url: str) -> Iterator[Link]:
    policy = findings[0].policy
    name = f"{policy.payer_name} {policy.number}"
    yield Link(f"{name}: criteria and citations", f"{base_url}/policies/{policy.id}")
    for evidence in policy.evidence_pages:
        diseases = evidence.when_indication
        if not diseases or any(finding.is_about(diseases) for finding in findings):
            yield Link(evidence.label, f"{base_url}/evidence/{evidence.page}")


def _indicator(findings: Sequence[Finding]) -> Indicator:
    return "warning" if any(finding.warns for finding in findings) else "info"


def _summary(findings: Sequence[Finding]) -> str:
    first = min(findings, key=lambda each: not each.is_against)
    policy = f"{first.policy.payer_name} {first.policy.number}"
    if first.is_against:
        head = f"{_capitalised(_WORDS[first.determination])} under {policy}"
        decisive = [
            _lowered(each.title, each) for each in first.failed if each.id in first.deciding
        ]
        bans = any(each.verdict.what == first.order.name for each in first.failed)
        tail = first.order.name if bans else f"not met: {', '.join(decisive)}"
    else:
        head = f"{policy} cannot be decided"
        names = [_lowered(each.verdict.what, each) for each in first.missing]
        tail = f"to document: {', '.join(names)}"
        if len(f"{head}; {tail}") > LONGEST_SUMMARY:
            tail = f"{len(names)} facts are missing, first {names[0]}"
    text = f"{head}; {tail}"
    return text if len(text) <= LONGEST_SUMMARY else head


def _lowered(text: str, criterion: Criterion) -> str:
    return lowered(text, criterion.title, criterion.requires, criterion.if_missing)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _detail(findings: Sequence[Finding]) -> Iterator[str]:
    for key in dict.fromkeys(map(_alike, findings)):
        yield from _finding([finding for finding in findings if _alike(finding) == key])
    policy, version = findings[0].policy, findings[0].version
    sections = dict.fromkeys(
        version.citations[criterion.statement].section
        for finding in findings
        for criterion in finding.criteria
        if criterion.statement in version.citations
    )
    dates = [
        f"effective {version.effective}" if version.effective else "no effective date given",
        f"last review {version.last_review}" if version.last_review else "",
    ]
    if "review-overdue" in findings[0].notes:
        dates.append(_overdue(version))
    cited = (
        f"{policy.document}, {'; '.join(sections)} ({', '.join(each for each in dates if each)})"
    )
    yield f"*Source:* {escaped(cited)}"
    yield f"*{NOTICE}*"


def _overdue(version: Version) -> str:
    if version.next_review is not None:
        return f"next review was due {version.next_review}: a newer version may exist"
    return (
        f"reviewed every {version.reviewed_every_months} months until then: "
        "a newer version may exist"
    )


def _alike(finding: Finding) -> tuple[object, ...]:
    # What a line says may name the order; orders with the same verdicts share one block.
    criteria = tuple((each.id, each.state) for each in finding.criteria)
    return (
        finding.determination,
        finding.basis,
        finding.indication,
        criteria,
        finding.circumstances,
    )


def _finding(findings: Sequence[Finding]) -> Iterator[str]:
    finding = findings[0]
    yield f"**{escaped(_headline(finding))}**"
    yield "Orders: " + "; ".join(_named(each) for each in findings)
    for sentence in _circumstances(finding):
        yield escaped(sentence)
    failed = [each for each in finding.failed if each.id in finding.deciding]
    short = {part for each in failed if len(each.joins) <= _FEW_PARTS for part in each.joins}
    failed += [each for each in finding.failed if each.id in short]
    rest = [
        each
        for each in finding.criteria
        if each not in (*failed, *finding.missing) and each.id not in _not_needed(finding)
    ]
    if failed:
        yield "**Not met**\n\n" + "\n".join(map(_failed_line, failed))
    if finding.missing:
        yield "**To document**\n\n" + "\n".join(map(_missing_line, finding.missing))
    if rest:
        yield "**Other criteria**\n\n" + "\n".join(map(_line, rest))
    reminders = [
        each.says
        for each in finding.version.reminders
        if not each.when_indication or finding.is_about(each.when_indication)
    ]
    if reminders:
        yield "**Also in the policy**\n\n" + "\n".join(f"- {escaped(each)}" for each in reminders)


def _not_needed(finding: Finding) -> set[str]:
    """Return the parts that fail or are unknown where another part was enough."""
    joins = [each for each in finding.criteria if each.joins and each.state is State.MET]
    parts = {part for each in joins for part in each.joins}
    return {
        each.id for each in finding.criteria if each.id in parts and each.state is not State.MET
    }


def _headline(finding: Finding) -> str:
    policy = f"{finding.policy.payer_name} {finding.policy.number}"
    purpose = f" for {' or '.join(finding.indication_labels)}" if finding.indication_labels else ""
    what = f"{_capitalised(finding.order.name)}{purpose}"
    if finding.is_against:
        return f"{what} is {_WORDS[finding.determination]} under {policy}."
    return f"{what} cannot be decided under {policy}: {_WORDS[finding.determination]}."


def _circumstances(finding: Finding) -> Iterator[str]:
    payer = finding.policy.payer_name
    if finding.is_for_reference:
        yield f"The member's payer is another: this is the policy of {payer}, shown for reference."
    elif finding.basis != "member":
        yield f"The member's payer is not known. This is the policy of {payer}."
    yield from finding.circumstances
    if "incomplete" in finding.notes:
        yield "A part of the record could not be read, so this is incomplete."
    if finding.order.matched_by_text:
        yield "The order was recognised by its text, not by a code."
    if finding.order.referral:
        yield "This is a referral or evaluation; the same policy applies to the treatment."
    if finding.trial is not None:
        yield (
            f"The patient appears to be in a clinical trial ({finding.trial}); benefits for "
            "treatment within a trial follow rules of their own."
        )


def _named(finding: Finding) -> str:
    concept = ordered_concept(finding.order.resource)
    codes = [
        f"{SHORT_NAMES[coding.system]} {coding.code}"
        for coding in concept.codings
        if coding.system in SHORT_NAMES
    ]
    code = f", {', '.join(dict.fromkeys(codes))}" if codes else ""
    return escaped(f"{finding.order.name}{code} ({finding.order.reference})")


def _failed_line(criterion: Criterion) -> str:
    wish = f"; {criterion.requires}" if criterion.requires else ""
    return f"- {escaped(criterion.title)}: **not met**: {escaped(criterion.found + wish)}."


def _line(criterion: Criterion) -> str:
    return f"- {escaped(criterion.title)}: {_MARKS[criterion.state]} ({escaped(criterion.found)})"


def _missing_line(criterion: Criterion) -> str:
    # What could not be read may well be there: nothing is asked for.
    asked = criterion.if_missing if criterion.state is State.NOT_DOCUMENTED else None
    wish = f" *{escaped(asked)}.*" if asked else ""
    mark = _MARKS[criterion.state]
    return f"- {escaped(criterion.title)}: **{mark}**: {escaped(criterion.found)}.{wish}"
