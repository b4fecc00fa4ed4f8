"""Guards the speed of a review by its work, which is the same on every machine: no seconds here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from benchmarks import payloads
from cards.library import Library
from cards.orders.reading import OrderReader
from cards.record import model, topics
from cards.verdict import State
from service import decoding
from service.errors import BadRequest
from service.fhir.source import Answer, Question, Record
from service.hook import read_request, service_named
from service.reviewing import Review, Terms, review_request
from tests.cards.building import AS_OF

STORY = payloads.story()
SERVICE = service_named("transplant-policy-order-sign")
TERMS = Terms(AS_OF, "reference")


@dataclass
class Work:
    """What was done, by kind."""

    modelled: list[str] = field(default_factory=list)
    """The type of each resource that met its FHIR model."""

    decoded: int = 0
    """Bytes of the prefetch that were decoded."""

    topics: int = 0
    """Different codes that were read."""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Count the work of the test from here on; nothing is remembered from before."""
    counted = Work()
    model_of, decode = model._model, decoding.decode  # noqa: SLF001  counted from within
    begin = topics.Topic.__init__

    def counting_model(kind: str) -> Any:
        if kind != "CodeableConcept":  # names are looked at apart, and remembered
            counted.modelled.append(kind)
        return model_of(kind)

    def counting_decode(raw: bytes | msgspec.Raw, kind: type[Any], field_name: str) -> Any:
        counted.decoded += memoryview(raw).nbytes if field_name == "prefetch" else 0
        return decode(raw, kind, field_name)

    def counting_topic(self: topics.Topic, concepts: Any) -> None:
        counted.topics += 1
        begin(self, concepts)

    monkeypatch.setattr(model, "_model", counting_model)
    monkeypatch.setattr("service.hook.decode", counting_decode)
    monkeypatch.setattr(topics.Topic, "__init__", counting_topic)
    monkeypatch.setattr(topics, "_remembered", {})
    return counted


class Counting(Record):
    """A record in the place of a FHIR server, which keeps what it was asked."""

    asked: tuple[Question, ...] = ()

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer as a record does."""
        self.asked += tuple(questions)
        return super().answers(questions)


def prefetch(observations: int) -> payloads.Json:
    """Return the prefetch of the story's patient, with so many results that do not matter."""
    everyday = payloads.everyday_record(STORY.patient_id, observations=observations)
    return payloads.prefetch_of([*STORY.record, *everyday])


def reviewed(request: payloads.Json, library: Library, source: Counting | None = None) -> Review:
    """Review one request, in which no story's address stands."""
    hook_request = read_request(payloads.encoded(request), SERVICE)
    return review_request(hook_request, library, TERMS, source, "http://127.0.0.1:8080")


def test_an_order_of_no_policy_leaves_the_prefetch_alone(work: Work, library: Library) -> None:
    """Nothing of the prefetch is decoded: even one that is no record goes unnoticed."""
    request = payloads.irrelevant(STORY.patient_id, prefetch(300))
    request["prefetch"]["patient"] = ["no", "record"]
    assert () == reviewed(request, library).cards
    assert (0, []) == (work.decoded, work.modelled)


def test_an_everyday_order_is_read_once(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    """The same order for another patient, on another day, is not read for what it asks again."""
    read: list[Any] = []
    order_of = OrderReader.order

    def counting(self: OrderReader, resource: Any, concept: Any) -> Any:
        read.append(resource)
        return order_of(self, resource, concept)

    monkeypatch.setattr(OrderReader, "order", counting)
    reviewed(payloads.irrelevant(STORY.patient_id), library)
    read.clear()
    again = payloads.encoded(payloads.irrelevant("another")).replace(b"2026-11-21", b"2026-11-22")
    hook_request = read_request(again, SERVICE)
    review = review_request(hook_request, library, TERMS, None, "http://127.0.0.1:8080")
    assert ((), []) == (review.selection.orders, read)


def test_an_order_of_no_policy_asks_no_server(library: Library) -> None:
    """No FHIR request for an everyday order."""
    source = Counting(STORY.record)
    reviewed(payloads.irrelevant(STORY.patient_id), library, source)
    assert () == source.asked


def test_each_search_is_asked_once(library: Library) -> None:
    """A review without prefetch asks each question once: seven searches or so, and the Patient."""
    source = Counting(STORY.record)
    cards = reviewed(payloads.transplant(STORY, None), library, source).cards
    assert STORY.expected["cards"] == list(cards)
    assert len(source.asked) == len(set(source.asked)) <= 10


def test_what_is_modelled_does_not_grow_with_the_record(work: Work, library: Library) -> None:
    """Only resources that decide meet a model, however many others there are."""
    reviewed(payloads.transplant(STORY, prefetch(30)), library)
    few = list(work.modelled)
    work.modelled.clear()
    reviewed(payloads.transplant(STORY, prefetch(3000)), library)
    assert few == work.modelled
    assert len(few) <= 20


def test_a_code_is_read_once_however_often_it_stands_there(work: Work, library: Library) -> None:
    """Ten times the results under the same codes: no code is read again, nor by a second review."""
    reviewed(payloads.transplant(STORY, prefetch(30)), library)
    different = work.topics
    reviewed(payloads.transplant(STORY, prefetch(300)), library)
    assert different == work.topics
    assert different <= 30


def test_the_prefetch_is_decoded_once(work: Work, library: Library) -> None:
    """A transplant reads each byte of the prefetch once, however many searches it answers."""
    request = payloads.transplant(STORY, prefetch(300))
    reviewed(request, library)
    assert len(payloads.encoded(request["prefetch"])) == work.decoded


def with_broken(element: str, broken: bytes) -> bytes:
    """Return the story's request with *broken* as an element of its latest skin score."""
    score = next(each for each in STORY.record if each["id"].endswith("skin-score"))
    record = [each for each in STORY.record if each is not score]
    prefetched = payloads.prefetch_of([*record, {**score, element: "~"}])
    return payloads.encoded(payloads.transplant(STORY, prefetched)).replace(b'"~"', broken)


@pytest.mark.parametrize("broken", [b"1e999", b"-1e999", b"9" * 5000, b'{"value":1e999}'])
def test_a_number_beyond_measure_is_no_value_where_it_is_read(
    broken: bytes, library: Library
) -> None:
    """In an element that decides, the value is unusable; the rest of the record goes on."""
    request = read_request(with_broken("valueInteger", broken), SERVICE)
    (finding,) = review_request(request, library, TERMS, None, "http://127.0.0.1:8080").findings
    (score,) = [each for each in finding.criteria if each.id == "skin-score"]
    assert State.NOT_DOCUMENTED == score.verdict.state


@pytest.mark.parametrize("broken", [b"1e999", b"9" * 5000])
def test_a_number_beyond_measure_is_not_seen_where_nobody_reads(
    broken: bytes, library: Library
) -> None:
    """In an element that no policy reads it changes nothing."""
    request = read_request(with_broken("device", broken), SERVICE)
    cards = review_request(request, library, TERMS, None, "http://127.0.0.1:8080").cards
    assert STORY.expected["cards"] == list(cards)


@pytest.mark.parametrize("answer", [b"-1e999", b'{"resourceType":"Bundle","entry":1e999}'])
def test_a_number_beyond_measure_is_no_answer(answer: bytes, library: Library) -> None:
    """In the place of what a search found it does not say that there is nothing."""
    prefetched = {**payloads.prefetch_of(STORY.record), "observations": "~"}
    body = payloads.encoded(payloads.transplant(STORY, prefetched)).replace(b'"~"', answer)
    request = read_request(body, SERVICE)
    (finding,) = review_request(request, library, TERMS, None, "http://127.0.0.1:8080").findings
    (score,) = [each for each in finding.criteria if each.id == "skin-score"]
    assert State.UNAVAILABLE == score.verdict.state


@pytest.mark.parametrize("half", [b'"\\ud83d"', b'"\\ude00"', b'"x\\\\\\ud83dy"'])
def test_half_a_character_costs_nothing_else(half: bytes, library: Library) -> None:
    """A text that was cut in the middle of an emoji leaves the record as it is."""
    request = read_request(with_broken("comment", half), SERVICE)
    cards = review_request(request, library, TERMS, None, "http://127.0.0.1:8080").cards
    assert STORY.expected["cards"] == list(cards)


@pytest.mark.parametrize("element", ["valueInteger", "device"])
@pytest.mark.parametrize(
    "broken", [b"[" * 60_000 + b"]" * 60_000, b'"\xff"', b'"\\ud8"', b"[1", b"01", b"NaN"]
)
def test_what_is_no_json_is_refused_wherever_it_stands(
    broken: bytes, element: str, library: Library
) -> None:
    """Nesting without end, invalid text and broken JSON are refused though nobody reads them."""
    with pytest.raises(BadRequest):
        review_request(
            read_request(with_broken(element, broken), SERVICE), library, TERMS, None, "http://x"
        )
