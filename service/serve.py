"""Runs the application under gunicorn: threads, as a call spends its time waiting for FHIR."""

import gc
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from service.listening import refuse_taken_address
from service.logs import configure_logs, log_event, log_fault, log_warning
from service.operations.tracing import trace
from service.settings import Settings, misspelt_variables, share_metrics_in
from service.worker import TimedWorker

if TYPE_CHECKING:
    from service.keeping import Keeping

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  where gunicorn's heartbeat never waits for a disk
_BACKLOG = 2048  # connections that wait to be taken

_MADE_BEFORE_COLLECTING = 50_000


class _OurLogs(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Sends gunicorn's own messages the way of all others."""

    def setup(self, cfg: Any) -> None:
        """Leave handlers and levels to the root logger."""
        self.cfg = cfg
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.access_log.handlers = []
        self.access_log.disabled = True

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log the kind and the places of an error: what gunicorn says of it names addresses."""
        del msg, args, kwargs
        error = sys.exc_info()[1]
        if error is not None:
            log_fault(error, uuid.uuid4().hex)


class _DrainingWorker(TimedWorker):
    """Takes every connection that has come in before it stops to listen.

    Those that wait to be taken would else be reset: a caller has sent its request, as far as it
    can see, and gets no answer.
    """

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  gunicorn's signature
        """Listen or not; at the end, take what waits first."""
        ends = not enabled and not self.alive
        if ends and self._accepting:
            for listener in self.sockets:
                self._take_all(listener)
        super().set_accept_enabled(enabled)
        if ends:
            for listener in self.sockets:
                listener.close()

    def _take_all(self, listener: Any) -> None:
        for _ in range(_BACKLOG):
            before = self.nr_conns
            self.accept(listener)
            if self.nr_conns == before:
                break


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn with an application that is already made, and options that are no command line."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options; those that the installed gunicorn lacks are passed over."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        return self._app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, then finish what was begun; raises StartError or PolicyError.

    The application is made once, before the workers: a fault in settings or policies stops the
    start, and the policies' memory is shared.
    """
    refuse_taken_address(settings)
    configure_logs(settings.log_level)
    with _counting_together():
        # Only now: what counts looks for the folder when it is imported.
        from service.app import KEEPING, create_app  # noqa: PLC0415

        app = create_app(settings)
        options = gunicorn_options(settings, app.extensions[KEEPING])
        if settings.otlp_endpoint is not None:
            begin_tracing = trace(app, settings.otlp_endpoint)
            options["post_fork"] = lambda _, __: begin_tracing()
        TimedWorker.seconds = settings.request_timeout_seconds
        warn(settings)
        # What is loaded now stays: the collector need not look at it, and workers share its memory.
        # A review makes objects by the thousand, which go together: most need no looking at either.
        gc.freeze()
        gc.set_threshold(_MADE_BEFORE_COLLECTING)
        Server(app, options).run()


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give the worker processes a new folder to count in, and remove it in the end."""
    try:
        folder = tempfile.mkdtemp(
            prefix="transplant-cds-metrics-",
            dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None,
        )
    except OSError:
        log_warning(
            "metrics-per-process",
            cure="let the service write to /dev/shm or its temporary folder",
        )
        yield
        return
    share_metrics_in(Path(folder))
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def warn(settings: Settings) -> None:
    """Log what an operator should look at before anybody relies on the service."""
    if settings.as_of is not None:
        log_warning(
            "REVIEWS ARE DATED BY A SETTING",
            setting="TRANSPLANT_CDS_AS_OF",
            as_of=settings.as_of.isoformat(),
            cure="unset it: patients' ages and policies' versions are not those of today",
        )
    if settings.tenants is None and not settings.is_on_loopback:
        log_warning(
            "CALLERS ARE NOT CHECKED",
            setting="TRANSPLANT_CDS_OPEN",
            cure="check them before the service, or name a file in TRANSPLANT_CDS_TENANTS",
        )
    for sentence in misspelt_variables():
        log_warning("unknown-setting", sentence=sentence)


def gunicorn_options(settings: Settings, keeping: "Keeping | None" = None) -> dict[str, Any]:
    """Return gunicorn's options.

    *keeping* is closed by each worker when it has answered its last call.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options: dict[str, Any] = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "backlog": _BACKLOG,
        "worker_class": _DrainingWorker,
        "threads": settings.threads,
        "timeout": 60,
        "graceful_timeout": 30,
        "keepalive": 30,
        "logger_class": _OurLogs,
        "control_socket_disable": True,
        "proc_name": "transplant-cds",
        "when_ready": lambda _: log_event(
            "ready", address=settings.base_url, stories=settings.serves_stories
        ),
    }
    if keeping is not None:
        options["worker_exit"] = lambda _, __: keeping.close()
        options["child_exit"] = lambda _, worker: _forget_gauges(worker.pid)
    if _SHARED_MEMORY.is_dir():
        options["worker_tmp_dir"] = str(_SHARED_MEMORY)
    return options


def _forget_gauges(pid: int) -> None:
    """Take the gauges of a worker that has ended out of the metrics; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
