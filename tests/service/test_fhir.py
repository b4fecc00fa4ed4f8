"""The FHIR client: whatever a server does, there is an answer, or a reason why there is none."""

import gzip
import math
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from service.fhir.bundle import Page, read_answer
from service.fhir.client import MOST_PAGES, Deadline, FhirServer, create_session
from service.fhir.source import Answer, Find, Question, Read, Unread
from tests.service.requests_sent import CONDITION, PATIENT
from tests.service.transport import BASE, encoded, outcome, searchset

CONDITIONS = Find("Condition", (("patient", "anna"),))
CONDITIONS_URL = f"{BASE}/Condition?patient=anna&_count=200"
ANNA = Read("Patient/anna")
PATIENT_URL = f"{BASE}/Patient/anna"
TOKEN = "a-token"  # noqa: S105
NEXT = f"{BASE}?_getpages=1"


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    """A network on which nothing is but what the test puts there."""
    with responses.RequestsMock() as mock:
        yield mock


def _ask(question: Question, *, token: str | None = None, seconds: float = 2) -> Answer:
    server = FhirServer(BASE, create_session(), Deadline(seconds), token)
    (answer,) = server.answers([question])
    return answer


def _reason(answer: Answer) -> str:
    assert isinstance(answer, Unread)
    return answer.reason


def test_search_and_read(mocked: responses.RequestsMock) -> None:
    """Several questions are answered in their order."""
    mocked.get(CONDITIONS_URL, json=searchset(CONDITION))
    mocked.get(PATIENT_URL, json=PATIENT)

    answers = FhirServer(BASE, create_session(), Deadline(2)).answers([CONDITIONS, ANNA])

    assert [(CONDITION,), (PATIENT,)] == answers


def test_nothing_to_ask() -> None:
    """No question, no request."""
    assert [] == FhirServer(BASE, create_session(), Deadline(2)).answers([])


def test_headers(mocked: responses.RequestsMock) -> None:
    """FHIR JSON is asked for, fresh, and with the token where there is one."""
    mocked.get(PATIENT_URL, json=PATIENT)

    _ask(ANNA, token=TOKEN)

    headers = mocked.calls[0].request.headers
    assert "application/fhir+json" == headers["Accept"]
    assert "no-cache" == headers["Cache-Control"]
    assert "Bearer a-token" == headers["Authorization"]


def test_no_token_no_authorization(mocked: responses.RequestsMock) -> None:
    """Without a token the header is left out."""
    mocked.get(PATIENT_URL, json=PATIENT)

    _ask(ANNA)

    assert "Authorization" not in mocked.calls[0].request.headers


def test_cookies_are_not_kept(mocked: responses.RequestsMock) -> None:
    """A cookie of one answer does not go out with the next request."""
    mocked.get(PATIENT_URL, json=PATIENT, headers={"Set-Cookie": "session=anna; Path=/"})
    server = FhirServer(BASE, create_session(), Deadline(2))

    server.answers([ANNA])
    server.answers([ANNA])

    assert "Cookie" not in mocked.calls[1].request.headers


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 418, 500, 502])
def test_refused_search_is_no_answer(mocked: responses.RequestsMock, status: int) -> None:
    """A search that is refused is unanswered, with the status as the reason."""
    mocked.get(CONDITIONS_URL, status=status, json=outcome())

    assert "answered" in _reason(_ask(CONDITIONS))


@pytest.mark.parametrize(("status", "expected"), [(404, ()), (410, ())])
def test_read_of_what_is_not_there(
    mocked: responses.RequestsMock, status: int, expected: Answer
) -> None:
    """A read is answered 404 where there is nothing: we looked."""
    mocked.get(PATIENT_URL, status=status)

    assert expected == _ask(ANNA)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b'{"resourceType":"Bundle"',
        b'{"resourceType":"Bundle"}{"resourceType":"Bundle"}',
        b"\xff\xfe",
        b'{"resourceType":"Bundle","total":1e999}',
        b"[" * 60_000,
        b"[]",
        b"null",
        b"7",
        b"{}",
        encoded(outcome()),
        encoded(PATIENT),
        encoded(CONDITION),
        encoded(searchset(PATIENT)),
        encoded(searchset(outcome())),
        encoded({"resourceType": "Bundle", "entry": {}}),
    ],
)
def test_unusable_answer_to_a_search(mocked: responses.RequestsMock, body: bytes) -> None:
    """Broken JSON, another resource or an error with a 200 is no answer."""
    mocked.get(CONDITIONS_URL, body=body)

    assert _reason(_ask(CONDITIONS)).startswith("the FHIR server")


def test_one_unsound_value_costs_only_itself(mocked: responses.RequestsMock) -> None:
    """A number beyond any measure, or half of a character, leaves the others of a page."""
    huge = {**CONDITION, "id": "huge", "onsetAge": {"value": "~"}}
    half = {**CONDITION, "id": "half", "note": [{"text": "\ud83d"}]}
    page = encoded(searchset(huge, half, CONDITION)).replace(b'"~"', b"1e999")
    mocked.get(CONDITIONS_URL, body=page)
    mocked.get(PATIENT_URL, body=encoded({**PATIENT, "language": "\ude00"}))

    assert (
        {**huge, "onsetAge": {"value": math.inf}},
        {**half, "note": [{"text": "\ufffd"}]},
        CONDITION,
    ) == _ask(CONDITIONS)
    assert ({**PATIENT, "language": "\ufffd"},) == _ask(ANNA)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", encoded(outcome()), encoded(CONDITION), encoded({**PATIENT, "id": "berta"})],
)
def test_unusable_answer_to_a_read(mocked: responses.RequestsMock, body: bytes) -> None:
    """Another resource than the one that was asked for is no answer."""
    mocked.get(PATIENT_URL, body=body)

    assert _reason(_ask(ANNA)).startswith("the FHIR server")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.ConnectTimeout(), "the FHIR server did not answer in time"),
        (requests.ReadTimeout(), "the FHIR server did not answer in time"),
        (requests.ConnectionError("anna"), "the FHIR server could not be reached"),
        (requests.exceptions.SSLError("anna"), "the FHIR server could not be reached"),
        (requests.exceptions.ChunkedEncodingError("x"), "the FHIR server could not be reached"),
    ],
)
def test_trouble_on_the_way(mocked: responses.RequestsMock, error: Exception, reason: str) -> None:
    """What goes wrong with the connection becomes a reason that quotes nothing."""
    mocked.get(CONDITIONS_URL, body=error)

    assert reason == _reason(_ask(CONDITIONS))


def test_one_failure_costs_one_answer(mocked: responses.RequestsMock) -> None:
    """A search that fails leaves the others their answers."""
    mocked.get(CONDITIONS_URL, status=500)
    mocked.get(PATIENT_URL, json=PATIENT)

    failed, answered = FhirServer(BASE, create_session(), Deadline(2)).answers([CONDITIONS, ANNA])

    assert "the FHIR server answered 500" == _reason(failed)
    assert (PATIENT,) == answered


@pytest.mark.parametrize(
    "link",
    [
        NEXT,
        "?_getpages=1",
        "/fhir?_getpages=1",
        "/fhir/?_getpages=1",
        "https://EHR.example:443/fhir?_getpages=1",
        "Condition?_getpages=1",
    ],
)
def test_pages_are_followed(mocked: responses.RequestsMock, link: str) -> None:
    """The next page is asked for as its link says, absolute or relative, with the token."""
    second = {**CONDITION, "id": "second"}
    mocked.get(CONDITIONS_URL, json=searchset(CONDITION, next_link=link))
    mocked.add(responses.GET, f"{BASE}/Condition?_getpages=1", json=searchset(second))
    mocked.add(responses.GET, NEXT, json=searchset(second))
    mocked.add(responses.GET, f"{BASE}/?_getpages=1", json=searchset(second))
    mocked.add(responses.GET, "https://EHR.example:443/fhir?_getpages=1", json=searchset(second))
    mocked.assert_all_requests_are_fired = False

    assert (CONDITION, second) == _ask(CONDITIONS, token=TOKEN)
    assert "Bearer a-token" == mocked.calls[1].request.headers["Authorization"]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/fhir?page=2",
        "http://ehr.example/fhir?page=2",
        "https://ehr.example:8443/fhir?page=2",
        "//elsewhere.example/fhir",
        "https://ehr.example@elsewhere.example/fhir",
        "https://ehr.example:99999/fhir",
        "https://[",
        "file:///etc/passwd",
        "https://ehr.example/secret?page=2",
        "https://ehr.example/fhir2?page=2",
        "https://ehr.example/fhi?page=2",
        "https://ehr.example/?page=2",
        "https://ehr.example?page=2",
        "/secret?page=2",
        "../secret?page=2",
        "https://ehr.example/fhir/../secret?page=2",
        "https://ehr.example/fhir/%2e%2E/secret?page=2",
        "https://ehr.example/fhir/..%2fsecret?page=2",
        "https://ehr.example/fhir/%252e%252e/secret?page=2",
        "https://ehr.example/fhir/..;x/secret?page=2",
        "https://ehr.example/fhir/..\\secret?page=2",
        "https://user@ehr.example/fhir?page=2",
        "https://u:p@ehr.example/fhir?page=2",
        "https://@ehr.example/fhir?page=2",
        "https://elsewhere.example\\@ehr.example/fhir?page=2",
        "\\\\elsewhere.example/fhir?page=2",
        "/\t/elsewhere.example/fhir?page=2",
        "/fhir?page=2\n",
        "\x01https://ehr.example/fhir?page=2",
    ],
)
def test_pages_elsewhere_are_not_followed(mocked: responses.RequestsMock, link: str) -> None:
    """A link to another origin, or out of the base URL, ends the search without an answer."""
    mocked.get(CONDITIONS_URL, json=searchset(CONDITION, next_link=link))

    assert "the FHIR server points to another address" == _reason(_ask(CONDITIONS))
    assert 1 == len(mocked.calls)


def test_pages_in_a_circle(mocked: responses.RequestsMock) -> None:
    """A page that was read already ends the search without an answer."""
    mocked.get(CONDITIONS_URL, json=searchset(CONDITION, next_link=CONDITIONS_URL))

    assert "the FHIR server sent more pages than are read" == _reason(_ask(CONDITIONS))
    assert 1 == len(mocked.calls)


def test_pages_without_end(mocked: responses.RequestsMock) -> None:
    """The limit on pages makes the search unanswered, never silently shorter."""
    number = iter(range(1_000_000))

    def page(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, encoded(searchset(CONDITION, next_link=f"{BASE}/more/{next(number)}"))

    mocked.get(CONDITIONS_URL, body=b"")
    mocked.replace(responses.CallbackResponse(responses.GET, CONDITIONS_URL, page))
    for each in range(MOST_PAGES):
        mocked.add_callback(responses.GET, f"{BASE}/more/{each}", page)
    mocked.assert_all_requests_are_fired = False

    assert "the FHIR server sent more pages than are read" == _reason(_ask(CONDITIONS, seconds=30))
    assert MOST_PAGES == len(mocked.calls)


def test_flood(mocked: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit on bytes counts what is unpacked, so that a small answer cannot fill the memory."""
    monkeypatch.setattr("service.fhir.client.MOST_BYTES", 100_000)
    body = gzip.compress(b" " * 5_000_000)
    mocked.get(CONDITIONS_URL, body=body, headers={"Content-Encoding": "gzip"})

    assert "the FHIR server sent more than is read" == _reason(_ask(CONDITIONS))


def test_redirect_on_the_same_server(mocked: responses.RequestsMock) -> None:
    """A redirect below the server's own base URL is followed."""
    mocked.get(PATIENT_URL, status=307, headers={"Location": "/fhir/v2/Patient/anna"})
    mocked.get(f"{BASE}/v2/Patient/anna", json=PATIENT)

    assert (PATIENT,) == _ask(ANNA)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest", "/secret", "/v2/Patient/anna", "../../secret"]
)
def test_redirect_elsewhere(mocked: responses.RequestsMock, location: str) -> None:
    """A redirect out of the base URL is not followed: the token would go with it."""
    mocked.get(PATIENT_URL, status=302, headers={"Location": location})

    assert "the FHIR server points to another address" == _reason(_ask(ANNA, token=TOKEN))


def test_redirects_without_end(mocked: responses.RequestsMock) -> None:
    """Redirects in a circle end the question."""
    mocked.get(PATIENT_URL, status=302, headers={"Location": PATIENT_URL})

    assert "the FHIR server redirects without end" == _reason(_ask(ANNA))


@pytest.mark.parametrize(
    "reference", ["Patient/..", "Patient/a/b", "../x", "Patient/a?b=c", "Patient/", "a b", "#x"]
)
def test_odd_references_are_not_followed(reference: str) -> None:
    """A reference that would lead to another path is not asked for."""
    assert "the reference cannot be followed" == _reason(_ask(Read(reference)))


def test_no_time_left() -> None:
    """After the deadline nothing is asked any more."""
    assert "the FHIR server did not answer in time" == _reason(_ask(ANNA, seconds=0))


def test_a_fault_of_ours_costs_one_answer(
    mocked: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw in one answer is no answer, and the others are kept."""

    def broken(value: Any) -> Page | Unread:
        if value["resourceType"] == "Bundle":
            raise KeyError("anna")
        return read_answer(value)

    monkeypatch.setattr("service.fhir.client.read_answer", broken)
    mocked.get(CONDITIONS_URL, json=searchset(CONDITION))
    mocked.get(PATIENT_URL, json=PATIENT)

    failed, answered = FhirServer(BASE, create_session(), Deadline(2)).answers([CONDITIONS, ANNA])

    assert "the FHIR server's answer could not be taken in" == _reason(failed)
    assert (PATIENT,) == answered
