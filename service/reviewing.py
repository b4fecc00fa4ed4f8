"""One request reviewed, for the web and the command line alike: orders, chart, findings, cards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import msgspec

from cards.finding import Finding
from cards.library import Library
from cards.orders.drafts import OrderSelection, read_orders
from cards.orders.order import Order
from cards.record.chart import relative_reference
from cards.rendering.render import render_cards
from cards.review import PayerMatching, not_in_force, review
from service.errors import RequestError
from service.fhir.draft_orders import with_medications, with_own_references
from service.fhir.source import Cause, Record, Source
from service.gather import Gathered, devices_of, gather
from service.hook import HookRequest, read_request, service_for
from service.stories.story import Story
from service.switches import ALL_LIVE, Positions


@dataclass(frozen=True, slots=True)
class Terms:
    """What the answer depends on, beside the request and the record."""

    as_of: date
    payer_matching: PayerMatching
    positions: Positions = ALL_LIVE
    """How the operator's switches stand for the caller."""


@dataclass(frozen=True, slots=True)
class Review:
    """What came of one request."""

    terms: Terms
    selection: OrderSelection
    findings: tuple[Finding, ...] = ()
    cards: tuple[dict[str, Any], ...] = ()
    gathered: Gathered | None = None
    """None: no order concerns us, and nothing was read."""

    shadow_cards: tuple[dict[str, Any], ...] = ()
    """Cards of policies that work in shadow: counted, never sent."""

    not_in_force: tuple[str, ...] = ()
    """Policies for such orders that have no version in force on the day of the review."""

    def mode_of(self, policy: str) -> Literal["live", "shadow"]:
        """Return whether the policy speaks or only counts."""
        return "live" if self.terms.positions.of(policy) == "live" else "shadow"


class RecordUnreadable(RequestError):
    """Nothing of the record could be read, neither in the prefetch nor from a FHIR server."""

    status = 412

    def __init__(self, message: str, *, code: str = "transient", review: Review) -> None:
        super().__init__(message, field="prefetch")
        self.code = code
        self.review = review
        """What it came to nevertheless; for the log."""


def review_request(  # noqa: PLR0913  what one call is answered with
    request: HookRequest,
    library: Library,
    terms: Terms,
    source: Source | None,
    base_url: str,
    *,
    between: Callable[[], None] = lambda: None,
) -> Review:
    """Review the request's orders against the policies that the terms leave on.

    *source* answers what the prefetch leaves out; *base_url* is where links on cards lead.
    *between* is called before each order, and ends the review by what it raises. Raises
    RecordUnreadable where the answer rests on the record and nothing of it could be read, and
    BadRequest where the prefetch is needed and is no JSON.
    """
    server = source.base_url if source is not None else None
    drafts = with_medications(with_own_references(request.draft_orders, server))
    orders = read_orders(
        library.clinical,
        drafts,
        request.patient_id,
        devices_of(drafts, request, library, source),
        request.encounter_id,
        between=between,
    )
    selection = _selected(orders, request)
    if not selection.orders:
        return Review(terms, selection)
    positions = terms.positions
    stopped = frozenset(p.id for p in library.policies if positions.of(p.id) == "stopped")
    if stopped:
        library = replace(library, stopped=stopped)
        if len(stopped) == len(library.policies):
            return Review(terms, selection)
    gathered = gather(request, library, selection.orders, source, terms.as_of)
    findings = review(
        library,
        selection.orders,
        gathered.chart,
        as_of=terms.as_of,
        payer_matching=terms.payer_matching,
    )
    live = [each for each in findings if positions.of(each.policy.id) == "live"]
    if not gathered.saw_something and live and all("incomplete" in each.notes for each in live):
        raise RecordUnreadable(
            _why(gathered, source),
            code=_code(gathered, source),
            review=Review(terms, selection, tuple(findings), gathered=gathered),
        )

    def cards_for(some: list[Finding]) -> tuple[dict[str, Any], ...]:
        return tuple(
            render_cards(
                some,
                hook_instance=request.hook_instance,
                patient_id=request.patient_id,
                base_url=base_url,
            )
        )

    shadow = [each for each in findings if positions.of(each.policy.id) == "shadow"]
    return Review(
        terms,
        selection,
        tuple(findings),
        cards_for(live),
        gathered,
        cards_for(shadow),
        not_in_force(library, selection.orders, terms.as_of),
    )


def review_story(story: Story, library: Library, base_url: str) -> Review:
    """Review a story out of its own folder, as of its own day."""
    body = msgspec.json.encode(story.request)
    terms = Terms(story.as_of, story.payer_matching)
    request = read_request(body, service_for(body))
    return review_request(request, library, terms, Record(story.resources), base_url)


def _selected(selection: OrderSelection, request: HookRequest) -> OrderSelection:
    """Return the orders that the user selected; at order-sign, all of them."""
    if request.selections is None:
        return selection
    chosen = {relative_reference(reference) or reference for reference in request.selections}
    orders = (order for order in selection.orders if not chosen.isdisjoint(_names_of(order)))
    return replace(selection, orders=tuple(orders))


def _names_of(order: Order) -> tuple[str, str]:
    """Return what an order may be selected by; some EHRs send the bare id."""
    identity = order.resource.get("id")
    return f"{order.resource.get('resourceType')}/{identity}", str(identity)


def _why(gathered: Gathered, source: Source | None) -> str:
    needed = "The review of this order needs the patient's record"
    if source is None:
        return (
            f"{needed}: the prefetch holds nothing usable, and no FHIR server was named. "
            "Send fhirServer, or the prefetch of the discovery document."
        )
    return (
        f"{needed}, and nothing of it could be read: {'; '.join(gathered.reasons)}. "
        "Send the prefetch of the discovery document, or look at fhirServer and fhirAuthorization."
    )


def _code(gathered: Gathered, source: Source | None) -> str:
    """Return the FHIR issue type of the first cause that tells the caller what to do."""
    if source is None:
        return "required"
    causes = {each.cause for each in gathered.unread}
    return next((code for cause, code in _ISSUES if cause in causes), "transient")


_ISSUES = (
    (Cause.REFUSED, "security"),
    (Cause.THROTTLED, "throttled"),
    (Cause.TOO_LATE, "timeout"),
)
