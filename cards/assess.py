"""One order under one policy: governed or not, the determination, and every criterion worded."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cards.coverage import Membership
from cards.criteria import facts_now
from cards.criteria.joined import Joined, undecided
from cards.criteria.product import dispute_in
from cards.decision import Walk, rule_of, walk
from cards.finding import Basis, Finding
from cards.orders.trial import trial_on_record
from cards.path import path_of
from cards.policy import CriterionRule, Policy, SettingNote, Version
from cards.purpose.setting import settings_of
from cards.rendering.wording import found, joined, says
from cards.values.dates import read_date
from cards.verdict import Criterion, OfferedTest, State, Verdict, Why
from cards.view import View

_COVERAGE = "Coverage by this payer"


def assess(
    policy: Policy, view: View, basis: Basis, cover: Membership, *, payer_open: bool = False
) -> Finding | None:
    """Return the finding, or None where the policy does not govern the order.

    *payer_open*: whose policy applies has to be known first, so nothing is decided.
    """
    version = policy.version_on(view.as_of)
    if version is None:
        return None
    walked = walk(version, view)
    if walked.determinations == {None}:
        return None
    unrecognised = any(not answered.recognised for answered in walked.answers.values())
    if unrecognised and basis != "member" and not payer_open:
        return None
    coverage = _coverage(policy, cover, basis)
    decided = len(walked.determinations) == 1 and not payer_open
    determination = _only(walked.determinations) if decided else "needs-information"
    criteria = [*([coverage] if coverage else []), *_criteria(walked, view)]
    missing = [*(["coverage"] if payer_open else []), *walked.missing]
    deciding = walked.decisive() if decided else missing
    leaf = walked.leaves[0]
    answered = next(
        (
            each
            for name, each in walked.answers.items()
            if version.question(name).kind == "indication"
        ),
        None,
    )
    values = sorted(answered.values) if answered is not None else []
    trial = view.order.trial or trial_on_record(view.chart, view.as_of)
    against = determination == "investigational"
    settings = tuple(_settings(version, view)) if against else ()
    disputes = tuple(_disputes(walked)) if against else ()
    speaks_against = against or determination == "not-medically-necessary"
    unread_trial = _unread_trial(view, trial) if speaks_against else ()
    return Finding(
        order=view.order,
        policy=policy,
        version=version,
        basis=basis,
        payer_known=cover.payer_known,
        indication=values[0] if len(values) == 1 else None,
        kinds=frozenset(view.clinical.kinds_of(values[0]) if len(values) == 1 else ()),
        indication_labels=tuple(view.clinical.indications[each].label for each in values),
        determination=determination,
        criteria=tuple(criteria),
        deciding=tuple(deciding),
        notes=(
            *_notes(version, view, criteria, missing if not decided else [], trial),
            *(each.note for each in settings),
            *(("policy-contradicts-itself",) if disputes else ()),
        ),
        circumstances=(*disputes, *(each.says for each in settings), *unread_trial),
        # Whoever's policy it is: an unknown payer makes no graft worth a card.
        quiet=not decided and _is_quiet(version, walked, walked.missing),
        statement=getattr(leaf, "statement", None) if decided else None,
        trial=trial,
        timeline=next((each.timeline for each in walked.answers.values() if each.timeline), ()),
        path=path_of(walked),
    )


def _settings(version: Version, view: View) -> Iterator[SettingNote]:
    """Yield what the policy adds for where the service is performed."""
    for setting in settings_of(view) if version.settings else ():
        if setting in version.settings:
            yield version.settings[setting]


def _disputes(walked: Walk) -> Iterator[str]:
    """Yield how the policy contradicts itself on what is ordered."""
    tests = walked.tests
    said = (dispute_in(tests[name], walked.view) for name in walked.verdicts)
    yield from dict.fromkeys(each for each in said if each is not None)


def _unread_trial(view: View, trial: str | None) -> tuple[str, ...]:
    """Return what a card that speaks against an order says where a trial could soften it."""
    if trial is not None or view.chart.why_unavailable("ResearchSubject") is None:
        return ()
    return ("Whether the patient is in a clinical trial could not be looked up.",)


def _is_quiet(version: Version, walked: Walk, missing: Sequence[str]) -> bool:
    """Whether all that is missing is what the policy's data keep quiet, and nothing tells of it."""
    return bool(missing) and all(
        name in version.quiet and walked.verdicts[name].why is Why.NOT_STATED for name in missing
    )


def _only(determinations: frozenset[str | None]) -> str:
    return next(each for each in determinations if each is not None)


def _coverage(policy: Policy, cover: Membership, basis: Basis) -> Criterion | None:
    if basis == "member":
        evidence = tuple(each.evidence for each in cover.covers if each.payer == policy.payer)
        verdict = Verdict(State.MET, _COVERAGE, evidence)
    elif cover.payer_known:
        return None  # the card says whose policy it is; nothing is left open
    else:
        unread = cover.why is Why.COULD_NOT_LOOK
        state = State.UNAVAILABLE if unread else State.NOT_DOCUMENTED
        why = Why.NOT_RECOGNISED if cover.why is None else cover.why
        verdict = Verdict(state, "Coverage in force", cover.evidence, why, cover.detail)
    requires = f"this policy is for members of {policy.payer_name}"
    return Criterion(
        id="coverage",
        statement=policy.applicability,
        verdict=verdict,
        title=f"The member is covered by {policy.payer_name}",
        found=found(verdict),
        says=says(verdict, requires),
        requires=requires,
        if_missing="Record the coverage that is in force, with its payer",
    )


def _criteria(walked: Walk, view: View) -> Iterator[Criterion]:
    version = walked.version
    for question in version.questions:
        answered = walked.answers.get(question.id)
        # An answer that leads elsewhere needs no line: the ban that follows from it has one.
        if answered is None or answered.verdict.state is State.NOT_MET:
            continue
        if not question.listed and question.id not in walked.missing:
            continue
        gates = [name for name in question.answers if name in answered.possible]
        gate = question.wanted if question.wanted in gates else next(iter(gates), question.wanted)
        yield Criterion(
            id=question.id,
            statement=question.statements[gate],
            verdict=answered.verdict,
            title=question.title,
            found=found(answered.verdict),
            says=says(answered.verdict, None),
            if_missing=question.if_missing,
        )
    for rule in version.criteria:
        verdict = walked.verdicts.get(rule.id)
        if verdict is None or not (_is_listed(rule, verdict) or rule.id in walked.missing):
            continue
        parts: tuple[str, ...] = ()
        short, sentence = found(verdict), says(verdict, rule.requires, rule.if_missing)
        if isinstance(rule.test, Joined):
            parts = rule.test.criteria
            named = [(rule_of(version, part).title, walked.verdicts[part].state) for part in parts]
            short = joined(verdict, named, rule.test.kind)
            if not any(rule_of(version, part).listed for part in parts) and verdict.evidence:
                # Parts without lines of their own: the join shows what they rest on.
                short = f"{short} ({found(verdict)})"
            unusable = _unusable(rule, version, walked)
            if unusable:
                # Nor would anybody learn why what is on record was of no use.
                short = f"{short} ({'; '.join(dict.fromkeys(map(found, unusable)))})"
                looked_at = dict.fromkeys(item for each in unusable for item in each.evidence)
                verdict = replace(verdict, evidence=(*verdict.evidence, *looked_at))
            sentence = f"{verdict.what}: {short}"
        yield Criterion(
            id=rule.id,
            statement=rule.statement,
            verdict=verdict,
            title=rule.title,
            found=short,
            says=sentence,
            requires=rule.requires,
            if_missing=rule.if_missing,
            joins=parts,
            tests=tuple(_tests(rule, verdict, view)),
        )


def _unusable(rule: CriterionRule, version: Version, walked: Walk) -> list[Verdict]:
    """Return what leaves a join open although something is on record, among what has no line."""
    leaves = dict.fromkeys(undecided(rule.id, walked.tests, walked.verdicts))
    unlisted = (name for name in leaves if not rule_of(version, name).listed)
    return [
        verdict
        for verdict in map(walked.verdicts.__getitem__, unlisted)
        if verdict.evidence and verdict.why is not None
    ]


def _tests(rule: CriterionRule, verdict: Verdict, view: View) -> Iterator[OfferedTest]:
    """Yield the light tests that would document what is not documented."""
    if verdict.state is not State.NOT_DOCUMENTED:
        return
    if rule.test.kind == "decline" and not verdict.evidence:
        return  # a first value shows no fall
    for fact in facts_now(rule.test):
        yield from view.clinical.tests_for(fact)


def _is_listed(rule: CriterionRule, verdict: Verdict) -> bool:
    return verdict.state is not State.MET if rule.listed == "failed" else rule.listed


def _notes(
    version: Version,
    view: View,
    criteria: Sequence[Criterion],
    missing: Sequence[str],
    trial: str | None,
) -> Iterator[str]:
    due = version.review_due()
    if due is not None and due < view.as_of:
        yield "review-overdue"
    if view.order.matched_by_text:
        yield "matched-by-text"
    if any(
        evidence.old
        for criterion in criteria
        if criterion.state.truth is not None
        for evidence in criterion.verdict.evidence
    ):
        yield "old-evidence"
    if trial is not None:
        yield "in-clinical-trial"
    if _deceased(view):
        yield "patient-deceased"
    if any(
        criterion.id in missing and criterion.state is State.UNAVAILABLE for criterion in criteria
    ):
        yield "incomplete"


def _deceased(view: View) -> bool:
    patient = view.chart.patient or {}
    if patient.get("deceasedBoolean") is True:
        return True
    died = read_date(patient.get("deceasedDateTime"))
    return died is not None and died.first <= view.as_of
