"""The story on one screen: orders, policies and a chart in; one finding each out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cards.assess import assess
from cards.coverage import Membership, membership
from cards.finding import Basis, Finding
from cards.library import Library
from cards.orders.order import Order
from cards.policy import Policy
from cards.record.chart import Chart
from cards.searches import Search, searches_of
from cards.verdict import Why
from cards.view import View

PayerMatching = Literal["strict", "reference"]


def searches_for(library: Library, orders: Sequence[Order], as_of: date) -> tuple[Search, ...]:
    """Return what has to be read for these orders; nothing where no policy in force governs any."""
    therapies = {order.therapy for order in orders}
    governing = [
        policy
        for policy in library.policies
        if therapies & set(policy.therapies) and policy.version_on(as_of) is not None
    ]
    return searches_of(library, governing) if governing else ()


def not_in_force(library: Library, orders: Sequence[Order], as_of: date) -> tuple[str, ...]:
    """Return the ids of the policies for these orders that have no version in force on that day."""
    therapies = {order.therapy for order in orders}
    return tuple(
        policy.id
        for policy in library.policies
        if therapies & set(policy.therapies) and policy.version_on(as_of) is None
    )


def encounters_of(library: Library, orders: Sequence[Order]) -> tuple[str, ...]:
    """Return the encounters that tell the setting, for orders of policies that ask where."""
    asking = {
        therapy
        for policy in library.policies
        for therapy in policy.therapies
        if any(version.settings for version in policy.versions)
    }
    named = (each.encounter for each in orders if each.therapy in asking)
    return tuple(dict.fromkeys(each for each in named if each is not None))


def all_searches(library: Library) -> tuple[Search, ...]:
    """Return everything that any policy may read, for the discovery document."""
    return searches_of(library, library.policies)


def review(
    library: Library,
    orders: Sequence[Order],
    chart: Chart,
    as_of: date,
    payer_matching: PayerMatching = "reference",
) -> list[Finding]:
    """Return the findings: by order, and for each order by policy.

    A policy of the member's own payer beats all references, which are shown only in
    `reference` matching and only where no policy of the member's own governs the order. A
    policy that is stopped is not assessed, and no other speaks in the place of the member's own.
    """
    cover = membership(chart, library.clinical, as_of)
    call = _Call(library, chart, as_of, payer_matching, cover)
    return [finding for order in orders for finding in _of_order(order, call)]


@dataclass(frozen=True)
class _Call:
    library: Library
    chart: Chart
    as_of: date
    payer_matching: PayerMatching
    cover: Membership


def _of_order(order: Order, call: _Call) -> list[Finding]:
    cover = call.cover
    policies = [policy for policy in call.library.policies if order.therapy in policy.therapies]
    own = list(_own(policies, cover))
    speaking = [policy for policy in own if policy.id not in call.library.stopped]
    if own and not speaking:
        return []
    policies = [policy for policy in policies if policy.id not in call.library.stopped]
    view = View(order, call.chart, call.library.clinical, call.as_of)
    findings = [each for policy in speaking if (each := assess(policy, view, "member", cover))]
    if findings:
        return findings
    if call.payer_matching == "strict":
        if cover.payer_known:
            return []
        asked = (assess(policy, view, "unknown", cover, payer_open=True) for policy in policies)
        return [each for each in asked if each is not None]
    basis: Basis = "unknown" if cover.why is Why.COULD_NOT_LOOK else "reference"
    others = [each for each in policies if each not in own and not _excludes(each, cover)]
    return [each for policy in others if (each := assess(policy, view, basis, cover))]


def _own(policies: Sequence[Policy], cover: Membership) -> Iterator[Policy]:
    """Yield the policies of the member's payers, in the coverages' order, each once."""
    seen: set[str] = set()
    for each in cover.covers:
        for policy in policies:
            excluded = each.lines & set(policy.excluded_lines)
            if policy.payer == each.payer and not excluded and policy.id not in seen:
                seen.add(policy.id)
                yield policy


def _excludes(policy: Policy, cover: Membership) -> bool:
    """Whether the member has a product line that the policy is not for: no reference then."""
    lines = set(policy.excluded_lines)
    return any(each.lines & lines for each in cover.covers)
