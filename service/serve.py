"""Runs the application under gunicorn: threads, as a call spends its time waiting for FHIR."""

import sys
import uuid
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from service.app import create_app
from service.logs import configure_logs, log_fault, log_start, log_warning
from service.settings import Settings, misspelt_variables
from service.worker import TimedWorker

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  where gunicorn's heartbeat never waits for a disk


class _OurLogs(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Sends gunicorn's own messages the way of all others."""

    def setup(self, cfg: Any) -> None:
        """Leave handlers and levels to the root logger."""
        self.cfg = cfg
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.access_log.handlers = []
        self.access_log.disabled = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log a warning; one about a request without the request."""
        if str(msg).startswith("Invalid request"):
            log_warning("a request that is no HTTP")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log the kind and the places of an error: what gunicorn says of it names addresses."""
        del msg, args, kwargs
        error = sys.exc_info()[1]
        if error is not None:
            log_fault(error, uuid.uuid4().hex)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, then finish what was begun; raises StartError or PolicyError.

    The application is made once, before the workers: a fault in settings or policies stops the
    start, and the policies' memory is shared.
    """
    configure_logs(settings.log_level)
    app = create_app(settings)
    warn(settings)
    TimedWorker.seconds = settings.request_timeout_seconds
    _Server(app, gunicorn_options(settings)).run()


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


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's options; those that the installed gunicorn lacks are passed over."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options: dict[str, Any] = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": TimedWorker,
        "threads": settings.threads,
        "timeout": 60,
        "graceful_timeout": 30,
        "keepalive": 30,
        "logger_class": _OurLogs,
        "control_socket_disable": True,
        "proc_name": "transplant-cds",
        "when_ready": lambda _: log_start(
            "ready", address=settings.base_url, stories=settings.serves_stories
        ),
    }
    if _SHARED_MEMORY.is_dir():
        options["worker_tmp_dir"] = str(_SHARED_MEMORY)
    return options
