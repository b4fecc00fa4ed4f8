"""The pages for people: stories to sign at `/`, policies to read at `/policies`.

Joined in by `app`. The button on a story's page sends the story's own request to the hook, as an
EHR would; only the drawing of what the hook answered happens here.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from cards.finding import Finding, finding_json
from cards.library import Library
from service.fhir.source import Record
from service.hook import SERVICES, read_request
from service.pages import answer_view, decision_view, markdown, order_view
from service.pages.diagram_view import WIDTH, diagram_view
from service.pages.evidence import load_evidence
from service.pages.plot_view import plot_view
from service.pages.policy_view import alternatives, criterion_titles, version_views
from service.pages.timeline_view import course_view
from service.reviewing import Terms, review_request
from service.settings import Settings
from service.stories.story import Story

_SERVICE = SERVICES["transplant-policy-order-sign"]
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_HOOK_PATH = f"/cds-services/{_SERVICE.id}"
_FHIR_PATH = "/fhir"
_WRITTEN_FHIR_SERVER = f"http://127.0.0.1:8080{_FHIR_PATH}"
"""What the stories' requests name; it is right where the service runs on its default port."""
_FIRST_STORY = "ejection-fraction-49-excludes"


class _MissingPageError(LookupError):
    """A page that is not there; the message says what is missing, not what was asked for."""


@dataclass(frozen=True, slots=True)
class _Pages:
    """The views, over the parts that `app` gives them."""

    library: Library
    stories: Mapping[str, Story]
    settings: Settings

    def home(self) -> ResponseReturnValue:
        """Show a story that explains itself, ready to sign, beside the list of all."""
        first = next(iter(self.stories.values()), None)
        story = self.stories.get(_FIRST_STORY, first)
        return self._story_page(story) if story else self.policies()

    def story(self, slug: str) -> ResponseReturnValue:
        """Show one story."""
        return self._story_page(self._story_named(slug))

    def story_request(self, slug: str) -> ResponseReturnValue:
        """Return the story's request as the button sends it."""
        return jsonify(self._request_of(self._story_named(slug)))

    def drawn(self, slug: str) -> ResponseReturnValue:
        """Return the hook's answer, sent here as JSON, as a piece of the story's page.

        The story is reviewed here once more, to say why a finding has no card and to draw the
        course of the disease: an answer holds neither.
        """
        story = self._story_named(slug)
        # A form on a foreign page cannot send this type: nobody else has things drawn here.
        if request.mimetype != "application/json":
            abort(415)
        try:
            answer = answer_view.read_answer(request.get_data())
            reviewed = () if answer.issue else self._findings_of(story)
            typed = answer_view.findings_from([finding_json(each) for each in reviewed])
            quiet = answer_view.without_card(answer.cards, typed)
            carded = [each for card in answer.cards for each in card.findings()]
        except msgspec.MsgspecError:
            abort(422)
        return render_template(
            "answer.html",
            answer=answer,
            status=request.args.get("status", 200, type=int),
            quiet=quiet,
            findings=carded + quiet,
            courses={
                (each.order.reference, each.policy.id): course_view(each.timeline, story.as_of)
                for each in reviewed
            },
            decisions={
                (each.order.reference, each.policy.id): decision_view.decision_view(
                    each.version, self.library.clinical, each.path
                )
                for each in reviewed
            },
            diagram_of=diagram_view,
            diagram_width=WIDTH,
            policies=self.library.by_id,
            titles={each.id: criterion_titles(each) for each in self.library.policies},
            alternatives={each.id: alternatives(each) for each in self.library.policies},
            orders={
                each.reference: each.what.text
                for each in order_view.order_views(story.request, story.resources)
            },
            records={f"{each['resourceType']}/{each['id']}" for each in story.resources},
            fhir_path=_FHIR_PATH,
            words=answer_view,
            tell=decision_view,
        )

    def policies(self) -> ResponseReturnValue:
        """List the policies."""
        return render_template("policies.html", here="policies", policies=self.library.policies)

    def policy(self, payer: str, number: str) -> ResponseReturnValue:
        """Show one policy: what it decides, each criterion, and where in the document it stands."""
        policy = self.library.by_id.get(f"{payer}/{number}")
        if policy is None:
            raise _MissingPageError("No policy has this name.")
        return render_template(
            "policy.html",
            here="policies",
            policy=policy,
            versions=version_views(policy, self.library.clinical),
            diagram_width=WIDTH,
        )

    def evidence(self, slug: str) -> ResponseReturnValue:
        """Show what trials found, beside the criteria of the policies that name the page."""
        evidence = load_evidence().get(slug)
        if evidence is None:
            raise _MissingPageError("No page on the evidence has this name.")
        return render_template(
            "evidence.html",
            here="evidence",
            evidence=evidence,
            plot=plot_view(evidence.trial),
            policies=[
                (policy, decision_view.joined_checks(policy, self.library.clinical))
                for policy in self.library.policies
                if slug in {each.page for each in policy.evidence_pages}
            ],
        )

    def _story_named(self, slug: str) -> Story:
        try:
            return self.stories[slug]
        except KeyError:
            raise _MissingPageError("No story has this name.") from None

    def _request_of(self, story: Story) -> dict[str, Any]:
        """Return the story's request, pointed at the FHIR server of this very process."""
        if story.request.get("fhirServer") != _WRITTEN_FHIR_SERVER:
            return dict(story.request)
        return {**story.request, "fhirServer": f"{self.settings.base_url}{_FHIR_PATH}"}

    def _findings_of(self, story: Story) -> tuple[Finding, ...]:
        """Review the story's own record, as the hook does over HTTP."""
        review = review_request(
            read_request(msgspec.json.encode(self._request_of(story)), _SERVICE),
            self.library,
            Terms(story.as_of, story.payer_matching),
            Record(story.resources),
            self.settings.base_url,
        )
        return review.findings

    def _story_page(self, story: Story) -> str:
        sent = self._request_of(story)
        here = request.host_url.rstrip("/")
        return render_template(
            "story.html",
            here="stories",
            story=story,
            shelves=_shelves(self.stories.values()),
            count=len(self.stories),
            words=answer_view,
            patient=order_view.patient_view(story.slug, story.resources, story.as_of),
            coverages=order_view.coverage_views(story.slug, story.resources),
            orders=order_view.order_views(sent, story.resources),
            hook_path=_HOOK_PATH,
            request_text=json.dumps(sent, indent=2, ensure_ascii=False),
            command=(
                f"curl -s {here}{url_for('pages.story_request', slug=story.slug)} |\n"
                "  curl -s -H 'Content-Type: application/json' --data-binary @- \\\n"
                f"  {here}{_HOOK_PATH}"
            ),
        )


def create_pages(library: Library, stories: Sequence[Story], settings: Settings) -> Blueprint:
    """Return the blueprint of the pages; without stories, `/` lists the policies."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets",
    )
    views = _Pages(library, {story.slug: story for story in stories}, settings)
    pages.add_url_rule("/", "home", views.home)
    pages.add_url_rule("/stories/<slug>", "story", views.story)
    pages.add_url_rule("/stories/<slug>/request.json", "story_request", views.story_request)
    pages.add_url_rule("/stories/<slug>/drawn", "drawn", views.drawn, methods=["POST"])
    pages.add_url_rule("/policies", "policies", views.policies)
    pages.add_url_rule("/policies/<payer>/<number>", "policy", views.policy)
    pages.add_url_rule("/evidence/<slug>", "evidence", views.evidence)
    pages.register_error_handler(_MissingPageError, missing_page)
    pages.add_app_template_filter(_day, "day")
    pages.add_app_template_filter(_with_dates, "with_dates")
    pages.add_app_template_filter(markdown.drawn, "markdown")
    pages.add_app_template_test(answer_view.is_web_link, "web_link")
    return pages


def missing_page(error: Exception) -> Response:
    """Return the page that says what *error* says, as a 404."""
    return refused_page(404, "There is no such page", str(error))


def refused_page(status: int, heading: str, what: str) -> Response:
    """Return a page that says why there is nothing to see; for `error_answers` too."""
    return make_response(render_template("missing.html", heading=heading, what=what), status)


def _determination(story: Story) -> str:
    """Return the story's first determination, "none" where no policy governs its order."""
    findings = story.expected.get("findings") or [{"determination": "none"}]
    return str(findings[0]["determination"])


def _shelves(stories: Iterable[Story]) -> list[tuple[str, list[Story]]]:
    """Return the stories by determination, in the order of `answer_view.DETERMINATIONS`."""
    shelves: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        shelves[_determination(story)].append(story)
    return [(each, shelves[each]) for each in answer_view.DETERMINATIONS if each in shelves]


def _day(value: date | str) -> str:
    """Return a date as "21 Nov 2026"; a date-time by its date, anything else as it is."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value[:10])
    except ValueError:
        return str(value)
    return f"{day.day} {day:%b %Y}"


def _with_dates(text: str) -> Markup:
    """Return *text* escaped, with each full date as an element that does not break."""
    # Of a Markup, `sub` would escape the new elements too.
    escaped = str(escape(text))
    return Markup(_DATE.sub(r'<time datetime="\g<0>">\g<0></time>', escaped))  # noqa: S704
