"""From a request to a Chart: the prefetch first, then whatever it leaves out.

Two rounds: what the governing policies read; then what those resources refer to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.chart import Chart, Resource
from cards.library import Library
from cards.orders import Order
from cards.review import all_searches, searches_for
from service.hook import HookRequest
from service.prefetch import read_prefetch
from service.source import Answer, Read, Source, Unread, question_for

_MOST_REFERENCES = 50
_NO_SERVER = Unread("the prefetch leaves it out, and no FHIR server was named")


@dataclass(frozen=True, slots=True)
class Gathered:
    """A chart, and how it came about."""

    chart: Chart
    saw_something: bool
    """Whether anything at all of the record could be read."""

    reasons: tuple[str, ...]
    """Why some of it could not be read, each reason once."""

    asked: int
    """How many questions went to the source."""


def gather(
    request: HookRequest, library: Library, orders: Sequence[Order], source: Source | None
) -> Gathered:
    """Read what the policies need for *orders*; raises BadRequest if the prefetch is no JSON."""
    searches = searches_for(library, orders)
    prefetched = read_prefetch(
        request.prefetch(), searches, {search.key for search in all_searches(library)}
    )
    answers = dict(prefetched.answers)
    wanting = [s for s in searches if isinstance(answers.get(s.key, _NO_SERVER), Unread)]
    fetched: list[Answer] = []
    if source is not None:
        fetched = source.answers([question_for(s, request.patient_id) for s in wanting])
        answers.update(zip((search.key for search in wanting), fetched, strict=True))

    resources: list[Resource] = list(prefetched.others)
    unavailable: dict[str, str] = {}
    for search in searches:
        answer = answers.get(search.key, _NO_SERVER)
        if isinstance(answer, Unread):
            unavailable.setdefault(search.resource_type, answer.reason)
        else:
            resources.extend(answer)
    chart = Chart.build(request.patient_id, resources, unavailable)
    # That a search finds nothing is something; a Patient who is not there may be a wrong address.
    saw_something = any(
        chart.by_type.get(search.resource_type)
        or not (search.is_read or isinstance(answers.get(search.key, _NO_SERVER), Unread))
        for search in searches
    )

    references = chart.unresolved(orders)
    if references:
        chart = _with_references(chart, references, source)
    return Gathered(
        chart,
        saw_something,
        tuple(dict.fromkeys(unavailable.values())),
        len(fetched) + (len(references[:_MOST_REFERENCES]) if source else 0),
    )


def _with_references(chart: Chart, references: Sequence[str], source: Source | None) -> Chart:
    """Return the chart with what its resources and the orders refer to."""
    missing = dict.fromkeys(references[_MOST_REFERENCES:], "the record refers to too many others")
    asked = references[:_MOST_REFERENCES]
    if source is None:
        answers: list[Answer] = [_NO_SERVER] * len(asked)
    else:
        answers = source.answers([Read(reference) for reference in asked])
    resources: list[Resource] = []
    for reference, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Unread):
            missing[reference] = answer.reason
        else:
            resources.extend(answer)
    return chart.extended(resources, missing)
