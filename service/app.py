"""Joins the parts into a Flask application: the only place that does."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import Flask

from cards.library import Library, load_library
from service import logs
from service.concept_map import with_concept_map
from service.error_answers import answer_error
from service.fhir import Session
from service.gate import add_gate
from service.headers import add_headers
from service.hook import HookRequest
from service.pages import create_pages
from service.reviewing import Terms
from service.rule_set import rule_set
from service.settings import Settings
from service.sources import sources
from service.stories import Story, load_stories
from service.story_server import create_story_server
from service.web import WebParts, create_web

if TYPE_CHECKING:
    from service.tenants import Tenants


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
            )
        )
    )
    app.register_blueprint(create_pages(library, stories, settings))
    if stories:
        app.register_blueprint(create_story_server(stories), url_prefix="/fhir")
    app.register_error_handler(Exception, answer_error)
    return app


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


def _tenants(settings: Settings) -> "Tenants | None":
    if settings.tenants is None:
        return None
    # Here and not at the top: most of what it needs is for checking files.
    from service.tenants import load_tenants  # noqa: PLC0415

    return load_tenants(settings.tenants)
