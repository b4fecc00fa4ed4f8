"""The FHIR client against a server that misbehaves: it is done in time, and honest about it."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from service.fhir.client import Deadline, FhirServer, create_session, session_per_server
from service.fhir.source import Answer, Cause, Find, Question, Read, Unread
from tests.service.requests_sent import CONDITION, PATIENT
from tests.service.stub_fhir import (
    Step,
    Stub,
    after,
    breaks_off,
    drips,
    gives,
    hangs_up,
    nothing,
    says,
    stalls,
    stub_server,
)
from tests.service.transport import outcome, searchset

ANNA = Read("Patient/anna")
CONDITIONS = Find("Condition", (("patient", "anna"),))
TYPES = ("Condition", "Observation", "Procedure", "Coverage", "MedicationRequest")
SEARCHES = [Find(each, (("patient", "anna"),)) for each in (*TYPES, "DiagnosticReport", "Device")]
MARGIN = 0.2
"""Seconds that a busy machine may take beyond the deadline."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server that finds nothing until a test says otherwise."""
    with stub_server() as running:
        yield running


def _ask(stub: Stub, *questions: Question, seconds: float = 5) -> list[Answer]:
    return FhirServer(stub.url, create_session(), Deadline(seconds)).answers(questions)


def _cause(answer: Answer) -> Cause:
    assert isinstance(answer, Unread)
    return answer.cause


def _fhir_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("fhir")]


def test_seven_searches_take_as_long_as_the_slowest(stub: Stub) -> None:
    """Seven searches of 50 ms each take 65 ms at most, once the connections are there."""
    session = create_session()
    for each in SEARCHES:
        stub.scripts[each.resource_type] = (after(0.05, nothing),)
    took = []
    for _ in range(5):
        started = time.perf_counter()
        answers = FhirServer(stub.url, session, Deadline(5)).answers(SEARCHES)
        took.append(time.perf_counter() - started)
        assert [()] * 7 == answers

    assert min(took) < 0.065


def test_connections_are_kept(stub: Stub) -> None:
    """A later call to the same server uses the connections of an earlier one."""
    session_for = session_per_server(16)
    for _ in range(6):
        FhirServer(stub.url, session_for(stub.url), Deadline(5)).answers([ANNA])

    assert 1 == stub.connections


def test_each_server_has_its_own_session() -> None:
    """Calls to one server share a session, and those to another do not."""
    session_for = session_per_server(16)

    assert session_for("https://a.example/fhir") is session_for("https://a.example/fhir")
    assert session_for("https://a.example/fhir") is not session_for("https://b.example/fhir")


def test_many_calls_share_one_session(stub: Stub) -> None:
    """Calls in many threads over one session each get the answers to their own questions."""
    session = create_session()
    patients = [{**PATIENT, "id": f"p{number}"} for number in range(40)]
    for each in patients:
        stub.scripts[f"Patient/{each['id']}"] = (gives(each),)
    answers: dict[int, list[Answer]] = {}

    def call(number: int) -> None:
        asked = [Read(f"Patient/p{number + step}") for step in range(5)]
        answers[number] = FhirServer(stub.url, session, Deadline(10)).answers(asked)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(0, 40, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    got = [answer for number in sorted(answers) for answer in answers[number]]
    assert [(each,) for each in patients] == got


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(stub: Stub, status: int) -> None:
    """A server that asks for patience is asked again while there is time."""
    stub.scripts["Condition"] = (says(status), says(status), gives(searchset(CONDITION)))

    assert [(CONDITION,)] == _ask(stub, CONDITIONS)
    assert 3 == stub.requests_to("Condition")


def test_a_busy_server_is_not_flooded(stub: Stub) -> None:
    """Who does not say when to come back is asked little more than once by each question."""
    kinds = [f"Kind{letter}" for letter in "ABCDEFGHIJK"]
    stub.scripts = {kind: (says(429, Retry_After="soon"),) for kind in kinds}
    questions = [Find(kind, (("patient", "anna"),)) for kind in kinds]

    answers = FhirServer(stub.url, create_session(), Deadline(1)).answers(questions)

    assert {Cause.THROTTLED} == {_cause(each) for each in answers}
    assert len(kinds) + 12 == len(stub.asked)


def test_retry_after_in_seconds(stub: Stub) -> None:
    """The wait that a server asks for is kept."""
    stub.scripts["Condition"] = (says(429, Retry_After="1"), gives(searchset(CONDITION)))
    started = time.monotonic()

    assert [(CONDITION,)] == _ask(stub, CONDITIONS)
    assert 1 <= time.monotonic() - started < 1 + MARGIN


def test_retry_after_as_a_date(stub: Stub) -> None:
    """A date counts by the server's own clock, which may be a day ahead of ours."""
    then = datetime.now(UTC) + timedelta(days=1)
    now, later = (
        format_datetime(each, usegmt=True) for each in (then, then + timedelta(seconds=1))
    )

    def busy(handler: object) -> None:
        handler.send_response_only(503)  # type: ignore[attr-defined]
        handler.send_header("Date", now)  # type: ignore[attr-defined]
        handler.send_header("Retry-After", later)  # type: ignore[attr-defined]
        handler.send_header("Content-Length", "0")  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]

    stub.scripts["Condition"] = (busy, gives(searchset(CONDITION)))
    started = time.monotonic()

    assert [(CONDITION,)] == _ask(stub, CONDITIONS)
    assert 1 <= time.monotonic() - started < 1 + MARGIN


@pytest.mark.parametrize("wait", ["60", "Sat, 21 Nov 2099 12:00:00 GMT"])
def test_no_wait_beyond_the_deadline(stub: Stub, wait: str) -> None:
    """Where the server asks for more time than there is, the clinician does not wait for it."""
    stub.scripts["Condition"] = (says(429, Retry_After=wait),)
    started = time.monotonic()

    assert [Unread("the FHIR server answered 429", Cause.THROTTLED)] == _ask(stub, CONDITIONS)
    assert time.monotonic() - started < MARGIN


@pytest.mark.parametrize("wait", ["0", "-5", "soon", "Sat, 99 Nov 2026", "٣"])
def test_a_server_that_is_busy_for_ever(stub: Stub, wait: str) -> None:
    """An odd Retry-After is no invitation to ask without pause."""
    stub.scripts["Condition"] = (says(503, Retry_After=wait.encode().decode("latin-1")),)

    (answer,) = _ask(stub, CONDITIONS, seconds=0.25)

    assert Cause.THROTTLED == _cause(answer)
    assert 2 == stub.requests_to("Condition")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502])
def test_other_refusals_are_final(stub: Stub, status: int) -> None:
    """What would be refused again is asked once."""
    stub.scripts["Condition"] = (says(status), gives(searchset(CONDITION)))

    (answer,) = _ask(stub, CONDITIONS)

    assert (Cause.REFUSED if status in (401, 403) else Cause.UNUSABLE) == _cause(answer)
    assert 1 == stub.requests_to("Condition")


@pytest.mark.parametrize("trouble", [hangs_up, breaks_off])
def test_a_broken_connection_is_tried_once_more(stub: Stub, trouble: Step) -> None:
    """A connection that breaks before or within the answer costs one more request."""
    stub.scripts["Condition"] = (trouble, gives(searchset(CONDITION)))

    assert [(CONDITION,)] == _ask(stub, CONDITIONS)
    assert 2 == stub.requests_to("Condition")


@pytest.mark.parametrize("trouble", [hangs_up, breaks_off])
def test_a_server_that_always_breaks_off(stub: Stub, trouble: Step) -> None:
    """The second break ends the question, and the others keep their answers."""
    stub.scripts["Condition"] = (trouble,)
    stub.scripts["Patient/anna"] = (gives(PATIENT),)

    broken, answered = _ask(stub, CONDITIONS, ANNA)

    assert Cause.UNREACHABLE == _cause(broken)
    assert (PATIENT,) == answered
    assert 2 == stub.requests_to("Condition")


def test_nobody_there() -> None:
    """A port on which nobody listens is told at once."""
    with stub_server() as gone:
        pass
    started = time.monotonic()

    (answer,) = _ask(gone, CONDITIONS)

    assert Cause.UNREACHABLE == _cause(answer)
    assert time.monotonic() - started < MARGIN


HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW: dict[str, Step] = {
    "stalls": stalls,
    "drips the status line": drips(b"HTTP/1.1 2", byte=b"0"),
    "drips a header": drips(HEAD + b"X-Slow: ", byte=b"x"),
    "drips headers": drips(HEAD, byte=b"X: y\r\n"),
    "drips a body": drips(HEAD + b"Content-Length: 100000\r\n\r\n"),
    "drips a body without end": drips(HEAD + b"Connection: close\r\n\r\n"),
    "drips the size of a chunk": drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", byte=b"0"),
    "drips interim answers": drips(b"", byte=b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("trouble", SLOW.values(), ids=SLOW.keys())
def test_a_slow_server_costs_the_deadline_and_no_more(stub: Stub, trouble: Step) -> None:
    """The call ends at its deadline with what came till then, and leaves no thread behind."""
    stub.scripts["Condition"] = (trouble,)
    stub.scripts["Patient/anna"] = (gives(PATIENT),)
    started = time.monotonic()

    late, answered = _ask(stub, CONDITIONS, ANNA, seconds=0.2)

    assert time.monotonic() - started < 0.2 + MARGIN
    assert Cause.TOO_LATE == _cause(late)
    assert (PATIENT,) == answered
    ended = time.monotonic() + 2
    while _fhir_threads() and time.monotonic() < ended:
        stub.stopped.wait(0.01)
    assert [] == _fhir_threads()


def test_one_deadline_for_all_rounds(stub: Stub) -> None:
    """Time that the first round took, and that its retries took, the second does not have."""
    stub.scripts["Condition"] = (after(0.2, says(503)), after(0.2, nothing))
    server = FhirServer(stub.url, create_session(), Deadline(0.45))
    started = time.monotonic()

    server.answers([CONDITIONS])
    (answer,) = server.answers([ANNA])

    assert Cause.TOO_LATE == _cause(answer)
    assert time.monotonic() - started < 0.45 + MARGIN


def test_pages_over_a_real_connection(stub: Stub) -> None:
    """Each page is one request more, over the link that the server gave."""
    pages = [{**CONDITION, "id": f"c{number}"} for number in range(5)]
    for number, each in enumerate(pages):
        link = f"{stub.url}/page-{number + 1}?_getpages=1" if number < 4 else None
        path = f"page-{number}" if number else "Condition"
        stub.scripts[path] = (gives(searchset(each, next_link=link)),)

    assert [tuple(pages)] == _ask(stub, CONDITIONS)
    assert 5 == len(stub.asked)


@pytest.mark.parametrize("way", ["next", "redirect"])
@pytest.mark.parametrize("address", ["http://{other}\\@{home}/fhir/x", "http://u:p@{home}/fhir/x"])
def test_the_token_goes_nowhere_by_a_trick(stub: Stub, way: str, address: str) -> None:
    """An address that names our server for one parser only is not called, with or without token."""
    with stub_server() as foreign:
        home, other = (each.url.split("/")[2] for each in (stub, foreign))
        link = address.format(home=home, other=other)
        leads = says(307, Location=link) if way == "redirect" else gives(searchset(next_link=link))
        stub.scripts["Condition"] = (leads,)

        (answer,) = FhirServer(stub.url, create_session(), Deadline(2), "t").answers([CONDITIONS])

        assert Unread("the FHIR server points to another address") == answer
        assert ([], 1) == (foreign.asked, len(stub.asked))


def test_fewer_than_counted(stub: Stub) -> None:
    """A server that counts more than it sends has not told everything."""
    stub.scripts["Condition"] = (gives({**searchset(CONDITION), "total": 2}),)

    assert [Unread("the FHIR server sent fewer results than it counts")] == _ask(stub, CONDITIONS)


def test_a_long_search_is_posted(stub: Stub) -> None:
    """Where the address would be too long, the parameters go into the body."""
    ids = ",".join(f"medication-{number:040}" for number in range(100))
    stub.scripts["Medication/_search"] = (gives(searchset()),)

    assert [()] == _ask(stub, Find("Medication", (("_id", ids),)))
    ((method, path, headers, body),) = stub.asked
    assert ("POST", "/fhir/Medication/_search") == (method, path)
    assert "application/x-www-form-urlencoded" == headers["Content-Type"]
    assert "medication-" + "0" * 38 + "99" in body


def test_a_server_that_takes_searches_by_post(stub: Stub) -> None:
    """Whoever keeps patients' ids out of addresses answers 405, and is asked so, once."""
    stub.scripts["Condition"] = (says(405),)
    stub.scripts["Condition/_search"] = (gives(searchset(CONDITION)), says(405))

    answered, *_ = _ask(stub, CONDITIONS)
    refused, *_ = _ask(stub, CONDITIONS)

    assert (CONDITION,) == answered
    assert isinstance(refused, Unread)
    assert ["GET", "POST", "GET", "POST"] == [method for method, *_ in stub.asked]
    assert "patient=anna&_count=200" == stub.asked[1][3]


def test_a_redirected_post_stays_one(stub: Stub) -> None:
    """A redirect that would make a search without parameters of it is not followed."""
    long = Find("Medication", (("_id", "x" * 3000),))
    stub.scripts["Medication/_search"] = (says(302, Location=f"{stub.url}/Medication"),)
    stub.scripts["moved"] = (gives(searchset()),)

    (turned,) = _ask(stub, long)
    stub.scripts["Medication/_search"] = (says(307, Location=f"{stub.url}/moved"),)

    assert isinstance(turned, Unread)
    assert [()] == _ask(stub, long)
    assert "POST" == stub.asked[-1][0]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_wants_a_category(stub: Stub, status: int) -> None:
    """What narrower searches find may be used; what they do not find may well be there."""
    wide = (("patient", "anna"),)
    result = {"resourceType": "Observation", "id": "o"}
    stub.scripts["Observation"] = (says(status), gives(searchset(result)))

    (answer,) = _ask(stub, Find("Observation", wide, (*wide, ("category", "exam,laboratory"))))

    assert isinstance(answer, Unread)
    assert (result,) == answer.part
    assert "category=exam%2Claboratory" in stub.asked[-1][1]


def test_bytes_are_counted_over_the_whole_call(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several answers that are each below the limit may be above it together."""
    monkeypatch.setattr("service.fhir.client.MOST_BYTES", 100_000)
    large = {**searchset(CONDITION), "x": "x" * 40_000}
    for each in SEARCHES:
        stub.scripts[each.resource_type] = (gives(large),)

    answers = _ask(stub, *SEARCHES)

    assert Cause.LIMIT in {each.cause for each in answers if isinstance(each, Unread)}


def test_a_part_that_says_so(stub: Stub) -> None:
    """What a server found when it ran out of time may be used; what it lacks may well be there."""
    second = {**CONDITION, "id": "second"}
    late = searchset(CONDITION, outcome("warning", "timeout"), next_link=f"{stub.url}/page-2")
    stub.scripts["Condition"] = (gives(late),)
    stub.scripts["page-2"] = (gives(searchset(second)),)

    (answer,) = _ask(stub, CONDITIONS)

    assert isinstance(answer, Unread)
    assert "something was left out" in answer.reason
    assert (CONDITION, second) == answer.part


@pytest.mark.parametrize(
    "empty",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "type": "collection"},
        {**searchset(), "entry": [{"resource": CONDITION, "search": {"mode": "include"}}]},
    ],
)
def test_what_is_no_search_finds_nothing_out(stub: Stub, empty: object) -> None:
    """Only a search that found nothing says that there is nothing."""
    stub.scripts["Condition"] = (gives(empty),)

    (answer,) = _ask(stub, CONDITIONS)

    assert Cause.UNUSABLE == _cause(answer)


def test_none_found_and_some_included(stub: Stub) -> None:
    """A server that counts none has found none, whatever it includes."""
    along = {"resource": PATIENT, "search": {"mode": "include"}}
    stub.scripts["Condition"] = (gives({**searchset(), "total": 0, "entry": [along]}),)

    assert [()] == _ask(stub, CONDITIONS)


def test_a_link_without_brackets(stub: Stub) -> None:
    """A server that writes a list of one as the one has pages all the same."""
    second = {**CONDITION, "id": "second"}
    link = {"relation": "next", "url": f"{stub.url}/page-2"}
    stub.scripts["Condition"] = (gives({**searchset(CONDITION), "link": link}),)
    stub.scripts["page-2"] = (gives(searchset(second)),)

    assert [(CONDITION, second)] == _ask(stub, CONDITIONS)


@pytest.mark.parametrize(
    "lie", [outcome(), PATIENT, searchset(outcome()), searchset(PATIENT), [], 7, "x", None]
)
def test_lies_with_a_200(stub: Stub, lie: object) -> None:
    """An error, another resource or no resource is no answer, whatever the status says."""
    stub.scripts["Condition"] = (gives(lie),)

    (answer,) = _ask(stub, CONDITIONS)

    assert Cause.UNUSABLE == _cause(answer)
