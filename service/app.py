"""Joins the parts into a Flask application: the only place that does."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import Flask

from cards.library import Library, load_library
from service import logs
from service.concept_map import with_concept_map
from service.error_answers import answer_error
from service.errors import told_under
from service.fhir.client import Session
from service.headers import add_headers
from service.hook import HookRequest
from service.keeping import Keeping
from service.operations.health import Readiness, create_health
from service.operations.metrics import Metrics
from service.operations.rule_set import rule_set
from service.pages.feedback_page import create_feedback_page
from service.pages.routes import create_pages
from service.reviewing import Terms
from service.settings import Settings, metrics_folder
from service.stories.server import create_story_server
from service.stories.story import Story, load_stories
from service.switches import ALL_LIVE, Positions, Switches, SwitchesError
from service.tenancy.gate import add_gate, refuse_late, tenant_id
from service.tenancy.sources import sources
from service.web import WebParts, create_web

if TYPE_CHECKING:
    from service.tenancy.tenants import Tenants

KEEPING = "transplant-cds-keeping"
"""The key of the application's extensions under which `Keeping` is."""


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
    tenants = _tenants(settings)
    today = today or (lambda: datetime.now(settings.zone).date())
    metrics = Metrics(library, metrics_folder())
    keeping = Keeping(settings, metrics)

    app = Flask("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    add_gate(app, settings, tenants, session)
    add_headers(app, settings)
    app.register_blueprint(
        create_web(
            WebParts(
                library,
                settings.base_url,
                _terms_for(settings, stories, today),
                sources(settings, tenants, session),
                settings.max_orders,
                rule_set(settings.policies_dir),
                keeping,
                metrics,
                _positions_for(settings, library, metrics),
                tenant=tenant_id,
                refuse_late=lambda: refuse_late(settings),
            )
        )
    )
    app.extensions[KEEPING] = keeping
    app.register_blueprint(create_health(Readiness(library, metrics, keeping.why_down), metrics))
    app.register_blueprint(create_pages(library, stories, settings))
    app.register_blueprint(create_feedback_page(library, lambda: keeping.store().report()))
    if stories:
        app.register_blueprint(create_story_server(stories), url_prefix="/fhir")
    app.register_error_handler(Exception, answer_error)
    return app


def _positions_for(
    settings: Settings, library: Library, metrics: Metrics
) -> Callable[[str | None], Positions]:
    """Return how the switches stand for a tenant; without a file of switches, all are live."""
    if settings.switches is None:
        return lambda _: ALL_LIVE

    def when_read(error: SwitchesError | None) -> None:
        metrics.switches_read(readable=error is None)
        if error is None:
            logs.log_event("switches-read")
        else:
            logs.log_warning("switches-unreadable", problem=str(error))

    with told_under("TRANSPLANT_CDS_SWITCHES"):
        return Switches(settings.switches, list(library.by_id), when_read).positions


def _terms_for(
    settings: Settings, stories: Sequence[Story], today: Callable[[], date]
) -> Callable[[HookRequest], Terms]:
    """Return what gives each request its terms: a story has its own, so that it does not age."""
    own = settings.own_fhir_urls
    told = {story.slug: Terms(story.as_of, story.payer_matching) for story in stories}

    def terms_for(hook_request: HookRequest) -> Terms:
        story = told.get(hook_request.patient_id)
        if story is not None and hook_request.fhir_server in own:
            return story
        return Terms(settings.as_of or today(), settings.payer_matching)

    return terms_for


def _tenants(settings: Settings) -> "Tenants | None":
    if settings.tenants is None:
        return None
    # Here and not at the top: most of what it needs is for checking files.
    from service.tenancy.tenants import load_tenants  # noqa: PLC0415

    with told_under("TRANSPLANT_CDS_TENANTS"):
        return load_tenants(settings.tenants)
