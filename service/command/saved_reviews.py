"""Reviews saved requests for the command line: where a record comes from, and many side by side."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from cards.library import Library, load_library
from cards.review import PayerMatching
from service.command.saved import load_record, load_request
from service.command.terminal import failed_line, reviewed_line
from service.concept_map import with_concept_map
from service.errors import InputError, RequestError
from service.fhir.client import Deadline, FhirServer, create_session
from service.fhir.source import Record, Source
from service.hook import HookRequest, fhir_base
from service.reviewing import Review, Terms, review_request
from service.settings import Settings
from service.stories.story import Story, load_story
from service.tenancy.sources import Refused

_MANY = 200
"""From so many requests on, starting further processes takes less time than it saves."""

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says of its reviews; None: what request, story or settings say."""

    record: Path | None = None
    fhir_server: str | None = None
    as_of: date | None = None
    payer_matching: PayerMatching | None = None


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """Why a request was not reviewed."""

    file: str
    problem: str


class Reviewer:
    """Reviews saved requests under the same terms."""

    def __init__(self, library: Library, settings: Settings, wishes: Wishes) -> None:
        self._library = library
        self._settings = settings
        self._wishes = wishes
        self._session = create_session(ca_bundle=settings.ca_bundle)

    def review(self, name: str) -> Review | Unreviewed:
        """Review the request in the file *name*."""
        try:
            request = load_request(Path(name))
            source, story = self._source(request)
            base_url = self._settings.base_url
            return review_request(request, self._library, self._terms(story), source, base_url)
        except (InputError, RequestError) as error:
            file = error.file if isinstance(error, InputError) else name
            return Unreviewed(str(file), str(error))

    def _source(self, request: HookRequest) -> tuple[Source | None, Story | None]:
        """Return where the record comes from, and the story if the request is one.

        A story is told from its folder, whether or not the service runs, unless the command line
        names a server. The request's token goes
        to the request's own server only.
        """
        if self._wishes.record is not None:
            return load_record(self._wishes.record), None
        address = fhir_base(self._wishes.fhir_server) or request.fhir_server
        if address is None:
            return None, None
        # A server on the command line is the operator's own word; one in a file is anybody's.
        is_named = self._wishes.fhir_server is not None
        is_ours = self._settings.serves_stories and address in self._settings.own_fhir_urls
        if is_ours and not is_named:
            story = load_story(request.patient_id)
            if story is not None:
                return Record(story.resources), story
        if not is_named and not replace(self._settings.allow_list, loopback=True).allows(address):
            return Refused(address), None
        token = request.access_token if address == request.fhir_server else None
        deadline = Deadline(self._settings.fhir_timeout_seconds)
        return FhirServer(address, self._session, deadline, token), None

    def _terms(self, story: Story | None) -> Terms:
        settings, wishes = self._settings, self._wishes
        as_of = story.as_of if story else settings.as_of or datetime.now(settings.zone).date()
        matching = story.payer_matching if story else settings.payer_matching
        return Terms(wishes.as_of or as_of, wishes.payer_matching or matching)


def lines_of(
    names: Sequence[str], library: Library, settings: Settings, wishes: Wishes
) -> Iterator[tuple[str, Unreviewed | None]]:
    """Yield one line of JSON for each request, in their order, and why it was not reviewed."""
    processes = len(os.sched_getaffinity(0))
    if len(names) < _MANY or processes == 1:
        reviewer = Reviewer(library, settings, wishes)
        yield from (_line(reviewer, name) for name in names)
        return
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=(settings, wishes)) as pool:
        yield from pool.map(_line_in_process, names, chunksize=_AT_ONCE)


def _line(reviewer: Reviewer, name: str) -> tuple[str, Unreviewed | None]:
    reviewed = reviewer.review(name)
    if isinstance(reviewed, Review):
        return reviewed_line(name, reviewed), None
    return failed_line(name, problem_of(name, reviewed)), reviewed


def problem_of(name: str, unreviewed: Unreviewed) -> str:
    """Return the problem as it stands beside the request's name: with the file if it is another."""
    other = unreviewed.file != name
    return f"{unreviewed.file}: {unreviewed.problem}" if other else unreviewed.problem


_in_process: list[Reviewer] = []


def _prepare(settings: Settings, wishes: Wishes) -> None:
    """Load in a process of its own what all of its reviews need."""
    library = load_library(settings.policies_dir)
    if settings.concept_map is not None:
        library = with_concept_map(library, settings.concept_map)
    _in_process.append(Reviewer(library, settings, wishes))


def _line_in_process(name: str) -> tuple[str, Unreviewed | None]:
    return _line(_in_process[0], name)
