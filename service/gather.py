"""From a request to a Chart: the prefetch first, then whatever it leaves out.

Two rounds: what the governing policies read; then what those resources refer to.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cards.library import Library
from cards.orders.items import devices_referred_to
from cards.orders.order import Order
from cards.record.chart import NOT_THERE, Chart, Resource, reference_of
from cards.review import all_searches, encounters_of, searches_for
from service.fhir.prefetch import read_prefetch
from service.fhir.source import (
    Cause,
    Find,
    Question,
    Read,
    Source,
    Unread,
    checked,
    question_for,
)
from service.hook import HookRequest

_MOST_REFERENCES = 500
_ONE_BY_ONE = 6
"""References to one type that are read singly; more are searched for by their ids."""

_IDS_AT_ONCE = 100
_NO_SERVER = Unread("the prefetch leaves it out, and no FHIR server was named", Cause.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A chart, and how it came about."""

    chart: Chart
    saw_something: bool
    """Whether anything at all of the record could be read."""

    unread: tuple[Unread, ...]
    """What could not be read, once for each search that was not answered."""

    asked: int
    """How many questions went to the source."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why some of it could not be read, each reason once."""
        return tuple(dict.fromkeys(each.reason for each in self.unread))


def gather(
    request: HookRequest,
    library: Library,
    orders: Sequence[Order],
    source: Source | None,
    as_of: date,
) -> Gathered:
    """Read what the policies in force on *as_of* need for *orders*: nothing, if there are none.

    Raises BadRequest if the prefetch is no JSON.
    """
    searches = searches_for(library, orders, as_of)
    patient = request.patient_id
    if not searches:
        return Gathered(Chart.build(patient, ()), saw_something=False, unread=(), asked=0)
    keys = {search.key for search in all_searches(library)}
    prefetched = read_prefetch(
        request.prefetch(), searches, keys, patient, can_ask=source is not None
    )
    answers = {search.key: prefetched.answers.get(search.key, _NO_SERVER) for search in searches}
    wanting = [search for search in searches if isinstance(answers[search.key], Unread)]
    asked = 0
    if source is not None:
        fetched = source.answers([question_for(search, patient) for search in wanting])
        asked += len(wanting)
        for search, answer in zip(wanting, fetched, strict=True):
            answers[search.key] = checked(answer, search, patient)

    resources: list[Resource] = []
    unread: dict[str, Unread] = {}
    for search in searches:
        answer = answers[search.key]
        if isinstance(answer, Unread):
            unread.setdefault(search.resource_type, answer)
            resources += answer.part
        else:
            resources += answer
    unavailable = {kind: each.reason for kind, each in unread.items()}
    chart = Chart.build(patient, resources, unavailable, less_trusted=prefetched.others)
    chart = replace(chart, server=source.base_url if source is not None else None)
    # That a search finds nothing is something; a Patient who is not there may be a wrong address.
    saw_something = any(
        chart.by_type.get(search.resource_type)
        or not (search.is_read or isinstance(answers[search.key], Unread))
        for search in searches
    )
    encounters = (each for each in encounters_of(library, orders) if chart.resolve(each) is None)
    references = (*chart.unresolved(orders), *encounters)
    chart, more = _with_references(chart, references, source)
    return Gathered(chart, saw_something, tuple(unread.values()), asked + more)


def devices_of(
    drafts: Sequence[Resource], request: HookRequest, library: Library, source: Source | None
) -> tuple[Resource, ...]:
    """Return the Devices that *drafts* ask for by reference; raises BadRequest as `gather` does.

    Which product is ordered decides whether an order concerns us, so they are read first. One
    that cannot be read is left out: of an order without a name nothing can be said.
    """
    wanted = devices_referred_to(drafts)[:_MOST_REFERENCES]
    if not wanted:
        return ()
    keys = {search.key for search in all_searches(library)}
    sent = Chart.build(
        request.patient_id, read_prefetch(request.prefetch(), (), keys, request.patient_id).others
    )
    missing = [each for each in wanted if sent.resolve(each) is None]
    answers = source.answers([Read(each) for each in missing]) if source and missing else []
    read = (found for answer in answers if not isinstance(answer, Unread) for found in answer)
    return (*sent.all("Device"), *read)


def _with_references(
    chart: Chart, references: Sequence[str], source: Source | None
) -> tuple[Chart, int]:
    """Return the chart with what its resources and the orders refer to, and what that asked."""
    missing = dict.fromkeys(references[_MOST_REFERENCES:], "the record refers to too many others")
    wanted = references[:_MOST_REFERENCES]
    if not wanted:
        return chart, 0
    if source is None:
        return chart.extended((), dict.fromkeys(wanted, _NO_SERVER.reason)), 0
    questions = list(_questions(wanted))
    resources: list[Resource] = []
    answers = source.answers([question for _, question in questions])
    for (group, _), answer in zip(questions, answers, strict=True):
        if isinstance(answer, Unread):
            missing |= dict.fromkeys(group, answer.reason)
        else:
            found = {reference_of(each): each for each in answer}
            resources += [found[each] for each in group if each in found]
            missing |= {each: NOT_THERE for each in group if each not in found}
    return chart.extended(resources, missing), len(questions)


def _questions(references: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Question]]:
    """Yield what to ask, each with the references that it answers."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for reference in references:
        by_type[reference.partition("/")[0]].append(reference)
    for kind, listed in by_type.items():
        if len(listed) <= _ONE_BY_ONE:
            yield from (((each,), Read(each)) for each in listed)
            continue
        for group in _batched(listed, _IDS_AT_ONCE):
            ids = ",".join(each.partition("/")[2] for each in group)
            yield group, Find(kind, (("_id", ids),))


def _batched(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the items in tuples of up to *size*, as itertools does from Python 3.12 on."""
    yield from (tuple(items[at : at + size]) for at in range(0, len(items), size))
