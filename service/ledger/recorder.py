"""Keeps calls behind the answers: a card waits for no database, and none is harmed by one."""

import threading
from collections import deque
from collections.abc import Callable

from service.ledger.records import CallRecord, Ledger, LedgerDown

LONGEST_QUEUE = 10_000
"""Calls that wait while the database is down; a call is some hundred bytes."""

_AT_ONCE = 200
_BETWEEN_WRITES = 0.1
"""Seconds: a single call is kept at once, and of many, each transaction takes several."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Recorder:
    """A queue and one thread that empties it into the ledger, the calls of a moment at once.

    The thread begins with the first call, hence in the worker process and not in the one from
    which workers are made; *ledger* is made in it, as it is heavy to import. Where the queue is
    full, the oldest call is lost and counted. *after*: called by the thread after each write.
    *when_failed*: told of each failure: a LedgerDown, after which it tries again, or what nobody
    foresaw, for which the calls at hand are lost.
    """

    def __init__(
        self,
        ledger: Callable[[], Ledger],
        *,
        after: Callable[[], None] | None = None,
        when_lost: Callable[[int], None] | None = None,
        when_failed: Callable[[Exception], None] | None = None,
        longest: int = LONGEST_QUEUE,
    ) -> None:
        self._ledger = ledger
        self._after = after
        self._when_lost = when_lost or (lambda _: None)
        self._when_failed = when_failed or (lambda _: None)
        self._longest = longest
        self._waiting: deque[CallRecord] = deque()
        self._changed = threading.Condition()
        self._writing = 0
        self._flushing = 0
        self._closing = False
        self._thread: threading.Thread | None = None

    def keep(self, call: CallRecord) -> None:
        """Have *call* kept soon; never waits, never raises."""
        lost = 0
        with self._changed:
            self._waiting.append(call)
            while len(self._waiting) > self._longest:
                self._waiting.popleft()
                lost += 1
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()
            if len(self._waiting) in (1, _AT_ONCE):
                self._changed.notify_all()
        if lost:
            self._when_lost(lost)

    def flush(self, timeout: float) -> bool:
        """Wait until all is kept, at most *timeout* seconds; tells whether it is."""
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._is_all_kept, timeout)
            finally:
                self._flushing -= 1

    def close(self, timeout: float) -> int:
        """Keep what waits, at most for *timeout* seconds; returns how many calls are lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        with self._changed:
            lost = len(self._waiting) + self._writing
        if lost:
            self._when_lost(lost)
        return lost

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while calls := self._next():
            try:
                self._ledger().keep_calls(calls)
            except LedgerDown as error:
                self._when_failed(error)
                if self._put_back(calls, pause):
                    return
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            except Exception as error:  # noqa: BLE001  the thread must outlive what nobody foresaw
                self._when_failed(error)
                self._when_lost(len(calls))
            pause = _FIRST_PAUSE
            self._written()
            if self._after is not None:
                self._after()
            with self._changed:
                self._changed.wait_for(self._has_no_time, _BETWEEN_WRITES)

    def _next(self) -> list[CallRecord]:
        """Wait for calls and take some; nothing: all is kept, and the end has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
            self._writing = len(taken)
            return taken

    def _written(self) -> None:
        with self._changed:
            self._writing = 0
            self._changed.notify_all()

    def _put_back(self, calls: list[CallRecord], pause: float) -> bool:
        """Let *calls* wait for the next try; tells whether there is none, as the end has come."""
        with self._changed:
            self._waiting.extendleft(reversed(calls))
            self._writing = 0
            if self._closing:
                return True
            # New calls change nothing: only the end is worth waking up for.
            self._changed.wait_for(self._is_closing, pause)
            return False

    def _is_all_kept(self) -> bool:
        return not self._waiting and not self._writing

    def _has_no_time(self) -> bool:
        return self._closing or self._flushing > 0 or len(self._waiting) >= _AT_ONCE

    def _is_closing(self) -> bool:
        return self._closing
