"""What the service counts for Prometheus: labels come from policies, facts and FHIR's types only.

No label holds anything that a caller sent, so there are never more series than our own data allows.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from cards.coverage import membership
from cards.criteria import facts_of
from cards.finding import Finding
from cards.library import Library
from cards.verdict import State, Why
from service.hook import SERVICES
from service.ledger.records import FeedbackItem
from service.reviewing import Review

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_OTHER = "other"


class Metrics:
    """The counters of one application, and their page.

    *shared_in*: the folder in which the processes of one server count together; None: this
    process counts alone.
    """

    def __init__(self, library: Library, shared_in: str | None = None) -> None:
        self._library = library
        self._own = CollectorRegistry()
        self._shared_in = shared_in
        self._calls = self._counter("calls", "Calls of a hook by HTTP status.", "service", "status")
        self._seconds = Histogram(
            "transplant_cds_call_seconds",
            "Time to answer a call of a hook.",
            ("service",),
            registry=self._own,
            buckets=_SECONDS,
        )
        self._governed = self._counter(
            "governed_orders", "Orders of a therapy that a policy governs.", "service"
        )
        self._determinations = self._counter(
            "determinations", "Orders under a policy by outcome.", "policy", "determination", "mode"
        )
        self._cards = self._counter("cards", "Cards by policy.", "policy", "indicator", "mode")
        self._undocumented = self._counter(
            "criteria_not_documented",
            "Criteria that the record is silent on, by the fact that they ask for.",
            "policy",
            "fact",
        )
        self._criteria = self._counter("criteria", "Criteria by verdict.", "policy", "verdict")
        self._unmapped = self._counter(
            "unmapped_orders", "Orders that read like a transplant and map to none."
        )
        self._payers = self._counter(
            "payers", "Calls with a governed order, by what the member's payer is to us.", "match"
        )
        self._unreadable = self._counter(
            "unreadable_resources",
            "Criteria that a resource decides which is not valid FHIR.",
            "resource_type",
        )
        self._unavailable = self._counter(
            "unavailable_searches", "Searches that could not be made.", "resource_type"
        )
        self._feedback = self._counter("feedback", "Feedback that was new.", "outcome")
        self._feedback_again = self._counter("feedback_duplicates", "Feedback that came again.")
        self._feedback_refused = self._counter(
            "feedback_unavailable", "Deliveries of feedback that could not be kept."
        )
        self._lost = self._counter(
            "records_lost", "Calls whose audit trail was lost, as the database was down too long."
        )
        self._canary = Gauge(
            "transplant_cds_canary_right",
            "Whether the known story of a policy gave the known answer.",
            ("policy",),
            registry=self._own,
            multiprocess_mode="livemin",
        )
        self._switches = Gauge(
            "transplant_cds_switches_unreadable",
            "Whether the file of switches could not be read when it last changed.",
            registry=self._own,
            # Each process begins at 0: nothing is wrong as long as nobody says so.
            multiprocess_mode="livemax",
        )
        self._start()

    def page(self) -> bytes:
        """Return all counters in Prometheus's format, those of all processes together."""
        if self._shared_in is None:
            return generate_latest(self._own)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._shared_in)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def answered(self, service: str | None, status: int, seconds: float) -> None:
        """Count one call of a hook; *service* None: there is none of that name."""
        self._calls.labels(service or _OTHER, str(status)).inc()
        if service is not None:
            self._seconds.labels(service).observe(seconds)

    def reviewed(self, review: Review, service: str) -> None:
        """Count what came of one review; in shadow, as it would have been."""
        if review.selection.unmapped:
            self._unmapped.inc(len(review.selection.unmapped))
        if review.selection.orders:
            self._governed.labels(service).inc(len(review.selection.orders))
        by_topic = {each.policy.topic: each.policy.id for each in review.findings}
        for mode, cards in (("live", review.cards), ("shadow", review.shadow_cards)):
            for card in cards:
                policy = by_topic[card["source"]["topic"]["code"]]
                self._cards.labels(policy, card["indicator"], mode).inc()
        for finding in review.findings:
            self._found(finding, review.mode_of(finding.policy.id))
        if review.gathered is not None:
            self._looked_at(review)

    def fed_back(self, items: Iterable[FeedbackItem], duplicates: int) -> None:
        """Count feedback that was kept."""
        for each in items:
            self._feedback.labels(each.outcome).inc()
        self._feedback_again.inc(duplicates)

    def feedback_refused(self) -> None:
        """Count a delivery that the database could not keep."""
        self._feedback_refused.inc()

    def records_lost(self, calls: int) -> None:
        """Count calls whose record is lost."""
        self._lost.inc(calls)

    def sang(self, right: Mapping[str, bool]) -> None:
        """Tell for each policy whether its canary is right."""
        for policy, is_right in right.items():
            self._canary.labels(policy).set(float(is_right))

    def switches_read(self, *, readable: bool) -> None:
        """Tell whether the file of switches could be read."""
        self._switches.set(float(not readable))

    def _found(self, finding: Finding, mode: str) -> None:
        policy = finding.policy.id
        self._determinations.labels(policy, finding.determination, mode).inc()
        tests = finding.version.tests()
        for each in finding.criteria:
            self._criteria.labels(policy, each.state.value).inc()
            if each.state is State.NOT_DOCUMENTED:
                facts = facts_of(tests[each.id]) if each.id in tests else ()
                for fact in facts or (each.id,):
                    self._undocumented.labels(policy, fact).inc()
            if each.verdict.why is Why.BROKEN:
                for kind in {e.reference.partition("/")[0] for e in each.verdict.evidence}:
                    self._unreadable.labels(self.type_label(kind)).inc()

    def _looked_at(self, review: Review) -> None:
        gathered = review.gathered
        if gathered is None:
            return
        for kind in gathered.chart.unavailable:
            self._unavailable.labels(self.type_label(kind)).inc()
        cover = membership(gathered.chart, self._library.clinical, review.terms.as_of)
        if any(each.payer is not None for each in cover.covers):
            match = "known"
        elif cover.covers:
            match = "unmatched"
        else:
            match = "none-found"
        self._payers.labels(match).inc()

    def type_label(self, kind: str) -> str:
        """Return the type, or `other` where it is none that we read."""
        return kind if kind in _TYPES else _OTHER

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"transplant_cds_{name}", says, labels, registry=self._own)

    def _start(self) -> None:
        """Begin at zero what alerts compare with: a series that is not there raises none."""
        for service in SERVICES:
            self._calls.labels(service, "200")
            self._seconds.labels(service)
            self._governed.labels(service)
        for match in ("known", "unmatched", "none-found"):
            self._payers.labels(match)
        for outcome in ("accepted", "overridden"):
            self._feedback.labels(outcome)


_TYPES = frozenset(
    (
        "Patient",
        "Coverage",
        "Condition",
        "Observation",
        "DiagnosticReport",
        "Procedure",
        "MedicationAdministration",
        "MedicationStatement",
        "MedicationRequest",
        "ResearchSubject",
        "Organization",
        "Medication",
    )
)
