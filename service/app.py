"""Joins the parts into a Flask application: the only place that does."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from http import HTTPStatus

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cards.library import Library, load_library
from service import logs
from service.concept_map import with_concept_map
from service.errors import BadRequest, CannotKeep, RequestError, operation_outcome
from service.feedback_page import create_feedback_page
from service.fhir import SIDE_BY_SIDE, Deadline, FhirServer, Session, session_per_server
from service.health import Readiness, create_health
from service.hook import HookRequest
from service.keeping import Keeping
from service.metrics import Metrics
from service.pages import create_pages, missing_page
from service.reviewing import Terms
from service.settings import Settings, metrics_folder
from service.source import Source
from service.stories import Story, load_stories
from service.story_server import create_story_server
from service.switches import ALL_LIVE, Positions, Switches, SwitchesError
from service.web import CDS_SERVICES, WebParts, as_outcome, create_web

KEEPING = "transplant-cds-keeping"
"""The key of the application's extensions under which `Keeping` is."""

_FOR_MACHINES = (CDS_SERVICES, "/health/", "/metrics", "/fhir")
"""Paths whose errors are OperationOutcomes; elsewhere people read them."""


_NOWHERE = LookupError("There is no such page here.")


def create_app(
    settings: Settings | None = None,
    *,
    library: Library | None = None,
    stories: Sequence[Story] | None = None,
    session: Session | None = None,
    today: Callable[[], date] | None = None,
) -> Flask:
    """Return the application; without *settings* the environment is read.

    The other arguments stand in for what the settings lead to. Raises StartError or PolicyError
    where the service cannot start.
    """
    settings = settings or Settings.from_env()
    library = library or load_library(settings.policies_dir)
    if settings.concept_map is not None:
        library = with_concept_map(library, settings.concept_map)
        unused = library.clinical.local_codes.unused
        if unused:  # right as they stand, but an order that has only these goes unnoticed
            logs.log_warning("concept-map-rows-not-used", rows=unused)
    if stories is None:
        stories = load_stories() if settings.serves_stories else ()
    stories = [story.at(settings.base_url) for story in stories]
    today = today or (lambda: datetime.now(settings.zone).date())
    metrics = Metrics(library, metrics_folder())
    keeping = Keeping(settings, metrics)

    app = Flask("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    app.register_blueprint(
        create_web(
            WebParts(
                library,
                settings.base_url,
                _terms_for(settings, stories, today),
                _source_for(settings, session),
                keeping,
                metrics,
                _positions_for(settings, library, metrics),
                tenant=lambda: None,
            )
        )
    )
    app.extensions[KEEPING] = keeping
    app.register_blueprint(create_health(Readiness(library, metrics, keeping.why_down), metrics))
    app.register_blueprint(create_pages(library, stories, settings))
    app.register_blueprint(create_feedback_page(library, lambda: keeping.store().report()))
    if stories:
        app.register_blueprint(create_story_server(stories), url_prefix="/fhir")
    app.register_error_handler(RequestError, _answer_request_error)
    app.register_error_handler(RecursionError, _answer_absurd_nesting)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_fault)
    return app


def _positions_for(
    settings: Settings, library: Library, metrics: Metrics
) -> Callable[[str | None], Positions]:
    """Return how the switches stand for a tenant; without a file of switches, all are live."""
    metrics.switches_read(readable=True)
    if settings.switches is None:
        return lambda _: ALL_LIVE

    def when_read(error: SwitchesError | None) -> None:
        metrics.switches_read(readable=error is None)
        if error is None:
            logs.log_start("switches-read")
        else:
            logs.log_warning("switches-unreadable", problem=str(error))

    return Switches(settings.switches, list(library.by_id), when_read).positions


def _terms_for(
    settings: Settings, stories: Sequence[Story], today: Callable[[], date]
) -> Callable[[HookRequest], Terms]:
    """Return what gives each request its terms: a story has its own, so that it does not age."""
    told = {story.slug: Terms(story.as_of, story.payer_matching) for story in stories}

    def terms_for(hook_request: HookRequest) -> Terms:
        story = told.get(hook_request.patient_id)
        if story is not None and hook_request.fhir_server in settings.own_fhir_urls:
            return story
        return Terms(settings.as_of or today(), settings.payer_matching)

    return terms_for


def _source_for(
    settings: Settings, session: Session | None
) -> Callable[[HookRequest], Source | None]:
    pooled = session_per_server(settings.threads * SIDE_BY_SIDE)

    def source_for(hook_request: HookRequest) -> Source | None:
        if hook_request.fhir_server is None:
            return None
        return FhirServer(
            hook_request.fhir_server,
            session or pooled(hook_request.fhir_server),
            Deadline(settings.fhir_timeout_seconds),
            hook_request.access_token,
        )

    return source_for


def _answer_request_error(error: RequestError) -> Response:
    answer = as_outcome(error.status, error.outcome())
    if isinstance(error, CannotKeep):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def _answer_absurd_nesting(_: RecursionError) -> Response:
    error = BadRequest("body", "is nested too deeply", "Send FHIR as it is", code="structure")
    return as_outcome(error.status, error.outcome())


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask itself refuses, such as an unknown path or a wrong method."""
    if not request.path.startswith(_FOR_MACHINES) or error.code is None:
        is_missing = error.code == HTTPStatus.NOT_FOUND
        return missing_page(_NOWHERE) if is_missing else error
    code = {404: "not-found", 405: "not-supported", 413: "too-long"}.get(error.code, "processing")
    answer = as_outcome(
        error.code, operation_outcome(code, f"{request.method}: {error.description}")
    )
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _answer_fault(error: Exception) -> Response:
    """Answer an unforeseen error with an id that leads to its trace in the log."""
    error_id = uuid.uuid4().hex
    logs.log_fault(error, error_id)
    return as_outcome(
        500,
        operation_outcome("exception", f"The service failed. Its log tells more under {error_id}."),
    )
