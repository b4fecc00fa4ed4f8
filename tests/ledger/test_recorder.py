"""The recorder: behind the answers, in order, and through times without a database."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from service.ledger.recorder import Recorder
from service.ledger.records import CallRecord, FeedbackItem, KeptFeedback, LedgerDown

NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)


class Book:
    """A ledger that fails as often as it is told to, and can be held up."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls: list[str] = []
        self.writes = 0
        self.go = threading.Event()
        self.go.set()
        self.tried = threading.Event()

    def keep_calls(self, calls: Sequence[CallRecord]) -> None:
        """Keep the calls, or fail."""
        self.tried.set()
        self.go.wait(5)
        if self.failures:
            self.failures -= 1
            raise LedgerDown("down")
        self.writes += 1
        self.calls += [each.call for each in calls]

    def keep_feedback(
        self, items: Sequence[FeedbackItem], *, tenant: str | None, service: str
    ) -> KeptFeedback:
        """Keep none."""
        raise NotImplementedError


def call(name: str) -> CallRecord:
    """Return a call of that name."""
    return CallRecord(name, NOON, None, "sign")


def test_a_call_waits_for_nothing() -> None:
    """To hand over a call takes no time, though the database hangs; all are kept in the end."""
    book = Book()
    book.go.clear()
    recorder = Recorder(lambda: book)

    for name in "abc":
        recorder.keep(call(name))
    assert book.tried.wait(5)
    assert [] == book.calls
    book.go.set()

    assert recorder.flush(5)
    assert ["a", "b", "c"] == book.calls
    assert 0 == recorder.close(5)


def test_what_failed_is_tried_again() -> None:
    """A database that is down for a moment costs nothing, and the order stays."""
    book = Book(failures=1)
    told: list[str] = []
    recorder = Recorder(lambda: book, when_failed=lambda error: told.append(str(error)))

    recorder.keep(call("a"))
    recorder.keep(call("b"))

    assert recorder.flush(5)
    assert (["a", "b"], ["down"]) == (book.calls, told)
    recorder.close(5)


def test_the_end_comes_at_once_and_keeps_what_it_can() -> None:
    """Closing does not wait out a pause: one more try, and what then waits is lost and counted."""
    lost: list[int] = []
    for failures, expected in ((1, ["a"]), (9, [])):
        book = Book(failures)
        down = threading.Event()
        recorder = Recorder(
            lambda book=book: book,  # type: ignore[misc]
            when_failed=lambda _, down=down: down.set(),  # type: ignore[misc]
            when_lost=lost.append,
        )
        recorder.keep(call("a"))
        assert down.wait(5)

        assert 1 - len(expected) == recorder.close(5)
        assert expected == book.calls
    assert [1] == lost


def test_a_full_queue_loses_the_oldest() -> None:
    """While the database is down for long, the newest calls are the ones that are kept."""
    book = Book()
    book.go.clear()
    lost: list[int] = []
    recorder = Recorder(lambda: book, when_lost=lost.append, longest=2)
    recorder.keep(call("first"))
    assert book.tried.wait(5)

    for name in "abcd":
        recorder.keep(call(name))
    book.go.set()

    assert recorder.flush(5)
    assert ["first", "c", "d"] == book.calls
    assert 2 == sum(lost)
    recorder.close(5)


def test_what_nobody_foresaw_ends_nothing() -> None:
    """A call that cannot be kept at all is lost and told, and the next one is kept."""
    book = Book()
    failed: list[str] = []
    lost: list[int] = []
    faulty = [ValueError("unforeseen")]

    def ledger() -> Book:
        if faulty:
            raise faulty.pop()
        return book

    recorder = Recorder(ledger, when_failed=lambda e: failed.append(str(e)), when_lost=lost.append)
    recorder.keep(call("a"))
    assert recorder.flush(5)
    recorder.keep(call("b"))

    assert recorder.flush(5)
    assert (["b"], ["unforeseen"], [1]) == (book.calls, failed, lost)
    recorder.close(5)


def test_many_calls_are_few_writes() -> None:
    """Under load calls are written together: one by one they would cost more than the answers."""
    book = Book()
    recorder = Recorder(lambda: book)

    for number in range(50):
        recorder.keep(call(str(number)))
    assert recorder.flush(5)

    assert [str(number) for number in range(50)] == book.calls
    assert book.writes < 10
    recorder.close(5)
