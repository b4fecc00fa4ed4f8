"""Probes and metrics for those who run the service: /health/live, /health/ready, /metrics."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from cards.library import Library
from service.operations.canary import Song, sing
from service.operations.metrics import CONTENT_TYPE, Metrics


class Readiness:
    """What the service needs for its work; the EHR is not among it.

    The canary sings once in each process: what it judges does not change while a process lives.
    """

    def __init__(
        self, library: Library, metrics: Metrics, why_down: Callable[[], str | None]
    ) -> None:
        self._library = library
        self._metrics = metrics
        self._why_down = why_down
        self._songs: tuple[Song, ...] | None = None
        self._singing = threading.Lock()

    def songs(self) -> tuple[Song, ...]:
        """Return what the canary of each policy came to."""
        with self._singing:
            if self._songs is None:
                self._songs = sing(self._library)
                # What was not asked is neither right nor wrong: it has no series.
                told = (each for each in self._songs if each.status != "untold")
                self._metrics.sang({each.policy: each.status == "right" for each in told})
            return self._songs

    def told(self, *, without_database: bool) -> tuple[bool, dict[str, Any]]:
        """Return whether the service is ready, and the reasons part by part."""
        songs = self.songs()
        down = None if without_database else self._why_down()
        sings = all(each.status != "wrong" for each in songs)
        ready = down is None and sings
        about: dict[str, Any] = {
            "status": "ready" if ready else "not-ready",
            "policies": len(self._library.policies),
            "canary": {
                each.policy: {
                    "status": each.status,
                    **({"story": each.story} if each.story else {}),
                    **({"problem": each.problem} if each.problem else {}),
                }
                for each in songs
            },
        }
        if not without_database:
            about["database"] = {"status": "down", "problem": down} if down else {"status": "up"}
        return ready, about


def create_health(readiness: Readiness, metrics: Metrics) -> Blueprint:
    """Return the blueprint of the probes."""
    health = Blueprint("health", __name__)

    def live() -> ResponseReturnValue:
        return Response(b'{"status":"live"}', mimetype="application/json")

    def ready() -> ResponseReturnValue:
        without_database = request.args.get("without") == "database"
        is_ready, about = readiness.told(without_database=without_database)
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(msgspec.json.encode(about), status, mimetype="application/json")

    def page() -> ResponseReturnValue:
        return Response(metrics.page(), content_type=CONTENT_TYPE)

    health.add_url_rule("/health/live", "live", live)
    health.add_url_rule("/health/ready", "ready", ready)
    health.add_url_rule("/metrics", "metrics", page)
    return health
