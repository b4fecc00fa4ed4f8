"""Carries out `transplant-cds sandbox`: seed a FHIR server, try the stories there, clean it up.

Progress goes to standard error and results to standard output, so that they can be kept apart.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from cards.finding import finding_json
from cards.library import Library
from cards.record.chart import reference_of
from service.command.saved import load_token
from service.command.terminal import create_console
from service.errors import BadRequest
from service.fhir.client import Deadline, FhirServer, create_session
from service.hook import fhir_base, read_request, service_for
from service.reviewing import RecordUnreadable, Review, Terms, review_request
from service.sandbox.patients import (
    IDENTIFIER_SYSTEM,
    TAG_CODE,
    TAG_SYSTEM,
    Seed,
    deletion,
    is_ours,
    seeded_types,
    told_as,
)
from service.sandbox.server import Refusal, SandboxServer, ServerError
from service.stories.story import load_stories

_CREATED = 201
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What every action needs."""

    base_url: str
    token: str | None
    seconds: float
    """Of one request to the server and, for `try`, of all that one review reads."""

    seeds: Sequence[Seed]
    everything: bool
    """Whether the seeds are all the stories, and not a choice of them."""

    def server(self) -> SandboxServer:
        """Return the server to write to and search; raises ServerError where it is no R4 server."""
        server = SandboxServer(self.base_url, create_session(), self.seconds, self.token)
        server.check()
        return server


def open_sandbox(
    address: str, names: Sequence[str] | None, token_file: Path | None, seconds: float
) -> Sandbox:
    """Return what the actions work on; no *names*: every story.

    Raises ServerError, InputError or StoryError. Nothing is sent yet.
    """
    stories = {story.slug: story for story in load_stories()}
    unknown = sorted(set(names or ()) - stories.keys())
    if unknown:
        raise ServerError(f"there is no story {', '.join(unknown)}; the stories' page lists them")
    try:
        base_url = fhir_base(address)
    except BadRequest:
        base_url = None
    if base_url is None:
        raise ServerError("--fhir-server: give the base URL of a FHIR server, https://…")
    return Sandbox(
        base_url,
        load_token(token_file) if token_file is not None else None,
        seconds,
        tuple(Seed(story) for slug, story in stories.items() if not names or slug in names),
        everything=not names,
    )


def seed(sandbox: Sandbox, console: Console | None = None) -> bool:
    """Write each story's patient; tells whether the server took all that it can be asked to."""
    console = console or create_console()
    server = sandbox.server()
    created = there = 0
    refused: dict[str, str] = {}
    for each in _shown("seeding", sandbox.seeds):
        try:
            statuses = server.transact(each.transaction())
        except Refusal as refusal:
            refused[each.story.slug] = str(refusal)
        else:
            created += statuses.count(_CREATED)
            there += len(statuses) - statuses.count(_CREATED)
    console.print(
        f"{len(sandbox.seeds) - len(refused)} of {len(sandbox.seeds)} stories are on the server: "
        f"{created} resources written, {there} were there already."
    )
    broken = {each.story.slug for each in sandbox.seeds if each.story.broken_on_purpose}
    for slug, reason in refused.items():
        meant = " (this story holds a broken value on purpose)" if slug in broken else ""
        console.print(Text(f"not taken: {slug}{meant}: {reason}"), soft_wrap=True)
    return refused.keys() <= broken


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one story."""

    story: str
    expected: str
    got: str
    agrees: bool | None
    """None: a server that is strict about FHIR has no place for this story."""

    round_trips: int = 0
    milliseconds: float = 0.0


def try_stories(sandbox: Sandbox, library: Library, console: Console | None = None) -> bool:
    """Review each story's order against the server, print a table; tells whether all agree."""
    console = console or create_console()
    server = sandbox.server()
    tried = [_tried(each, sandbox, server, library) for each in _shown("reviewing", sandbox.seeds)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("story", no_wrap=True)
    for heading in ("expected", "got"):
        table.add_column(heading, overflow="fold")
    for heading in ("round trips", "ms"):
        table.add_column(heading, justify="right")
    for row in tried:
        style = {True: "green", False: "bold red", None: "dim"}[row.agrees]
        table.add_row(
            Text(row.story),
            Text(row.expected),
            Text(row.got, style),
            str(row.round_trips or ""),
            f"{row.milliseconds:.0f}" if row.milliseconds else "",
        )
    console.print(table)
    counts = {answer: sum(row.agrees is answer for row in tried) for answer in (True, False, None)}
    left_out = f"; {counts[None]} left out" if counts[None] else ""
    console.print(f"{counts[True]} agree, {counts[False]} differ{left_out}.")
    return counts[True] > 0 and counts[False] == 0


def clean(sandbox: Sandbox, console: Console | None = None) -> bool:
    """Remove what carries our tag; tells whether nothing of it is left."""
    console = console or create_console()
    server = sandbox.server()
    removed = 0
    kept: list[str] = []
    for references in _shown("removing", _found(sandbox, server)):
        try:
            server.transact(deletion(references))
        except Refusal as refusal:
            kept.extend(f"{reference}: {refusal}" for reference in references)
        else:
            removed += len(references)
    console.print(f"{removed} resources removed.")
    for line in kept:
        console.print(Text(f"not removed: {line}"), soft_wrap=True)
    return not kept


def _found(sandbox: Sandbox, server: SandboxServer) -> list[list[str]]:
    """Return what carries our tag, as `Type/id`, story by story; of the chosen stories only.

    Everything is found before anything is removed: a page must not move under the reader.
    """
    marks = {each.mark for each in sandbox.seeds}
    stories: dict[str, list[str]] = defaultdict(list)
    for kind in _shown("searching", seeded_types(sandbox.seeds)):
        for resource in server.search(kind, [("_tag", f"{TAG_SYSTEM}|{TAG_CODE}")]):
            if not is_ours(resource):
                raise ServerError(
                    f"{sandbox.base_url} does not search by _tag: it sends resources that are not "
                    "ours. Nothing was removed"
                )
            mark, _ = told_as(resource) or ("", "")
            if sandbox.everything or mark in marks:
                stories[mark].append(reference_of(resource))
    return list(stories.values())


def _tried(each: Seed, sandbox: Sandbox, server: SandboxServer, library: Library) -> Tried:
    expected = each.story.expected["findings"]
    heading = _headline(expected)
    places = _places(each, server)
    if f"Patient/{each.patient_id}" not in places:
        if each.story.broken_on_purpose:
            why = "not on the server: it holds a broken value on purpose"
            return Tried(each.story.slug, heading, why, agrees=None)
        return Tried(each.story.slug, heading, "not on the server: seed it", agrees=False)

    body = msgspec.json.encode(each.request_at(sandbox.base_url, places))
    request = read_request(body, service_for(body))
    terms = Terms(each.story.as_of, each.story.payer_matching)
    session = create_session()
    trips: list[int] = []
    session.hooks["response"].append(lambda answer, **_: trips.append(answer.status_code))
    start = time.perf_counter()
    try:
        source = FhirServer(sandbox.base_url, session, Deadline(sandbox.seconds), sandbox.token)
        review = review_request(request, library, terms, source, sandbox.base_url)
        milliseconds = (time.perf_counter() - start) * 1000
    except RecordUnreadable as error:
        return Tried(each.story.slug, heading, str(error), agrees=False)
    finally:
        session.close()
    got = _as_told(review, places)
    said = _headline(got) if got == expected else _difference(expected, got)
    return Tried(each.story.slug, heading, said, got == expected, len(trips), milliseconds)


def _places(each: Seed, server: SandboxServer) -> dict[str, str]:
    """Return where the server holds what the story's request refers to."""
    places: dict[str, str] = {}
    for kind, references in each.places_asked().items():
        values = ",".join(f"{IDENTIFIER_SYSTEM}|{each.identifier(r)}" for r in references)
        for resource in server.search(kind, [("identifier", values)]):
            told = told_as(resource)
            if told is not None and told[0] == each.mark:
                places.setdefault(told[1], reference_of(resource))
    return places


def _as_told(review: Review, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the findings with the story's own ids in the place of the server's."""
    names = {place: reference for reference, place in places.items()}
    by_type = review.gathered.chart.by_type if review.gathered is not None else {}
    for resources in by_type.values():
        for resource in resources:
            if (told := told_as(resource)) is not None:
                names[reference_of(resource)] = told[1]
    findings = [finding_json(finding) for finding in review.findings]
    for finding in findings:
        for criterion in finding["criteria"]:
            criterion["evidence"] = [names.get(each, each) for each in criterion["evidence"]]
    return findings


def _headline(findings: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f["determination"] for f in findings)) or "no finding"


def _difference(expected: Sequence[Mapping[str, Any]], got: Sequence[Mapping[str, Any]]) -> str:
    """Say in a few words how findings differ."""
    if _headline(expected) != _headline(got) or len(expected) != len(got):
        return _headline(got)
    says = []
    for told, found in zip(expected, got, strict=True):
        verdicts = {criterion["id"]: criterion for criterion in found["criteria"]}
        for criterion in told["criteria"]:
            other = verdicts.get(criterion["id"], {})
            if other.get("verdict") != criterion["verdict"]:
                was, now = criterion["verdict"], other.get("verdict", "gone")
                says.append(f"{criterion['id']}: {now} and not {was}")
            elif other != criterion:
                says.append(f"{criterion['id']}: other words or evidence")
    return "; ".join(says) or f"{_headline(got)}, with other notes"


def _shown(doing: str, items: Sequence[_Item]) -> Iterator[_Item]:
    """Yield the items while a bar on standard error shows how far it is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, description=doing)
