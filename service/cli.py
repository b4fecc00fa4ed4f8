"""The command `transplant-cds`: serve, review saved requests, list and check the policies.

The commands for what the service keeps are in `ledger_commands`.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from service import ledger_commands
from service.errors import InputError, RequestError, StartError

if TYPE_CHECKING:
    from cards.library import Library
    from service.hook import HookRequest
    from service.reviewing import Terms
    from service.settings import Settings
    from service.source import Source
    from service.stories import Story

_OK = 0
_WRONG = 1
_UNREADABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except StartError as error:
        for line in str(error).splitlines():
            _complain(line)
        return _UNREADABLE
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing is left to flush at exit.
        sys.stdout = None
        return _OK
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="transplant-cds",
        description="Reviews transplant orders against payers' published coverage policies.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve", help="run the service", description="Run the service until it is stopped."
    )
    serve.set_defaults(run=_serve)

    review = commands.add_parser(
        "review",
        help="review saved order-sign requests",
        description="Review saved order-sign requests and print what the clinician would see "
        "and why. Exit status 2 where an input could not be read.",
    )
    review.add_argument("requests", nargs="+", metavar="REQUEST.json")
    review.add_argument(
        "--record",
        type=Path,
        metavar="BUNDLE.json",
        help="the patient's resources, used as if a FHIR server had answered (one request)",
    )
    review.add_argument("--fhir-server", metavar="URL", help="in place of the request's own")
    review.add_argument(
        "--as-of", type=_day, metavar="YYYY-MM-DD", help="the day of the review (default: today)"
    )
    review.add_argument(
        "--payer-matching",
        choices=("strict", "reference"),
        help="whether other payers' policies are shown for reference (default: reference)",
    )
    review.add_argument("--json", action="store_true", help="one JSON object a line")
    review.set_defaults(run=_review)

    policies = commands.add_parser(
        "policies", help="list the policies, or check them", description="List the policies."
    )
    policies.set_defaults(run=_list_policies)
    actions = policies.add_subparsers(title="actions", metavar="ACTION")
    check = actions.add_parser(
        "check",
        help="check every policy file",
        description="Check every policy file and name file, key and cure of each fault.",
    )
    check.add_argument("folder", nargs="?", type=Path, help="other than the service's own")
    check.add_argument(
        "--sources",
        type=Path,
        metavar="DIR",
        help="the payers' documents as text files: are all cited sentences still there?",
    )
    check.set_defaults(run=_check_policies)

    canary = commands.add_parser(
        "canary",
        help="review one known story per policy",
        description="Review one known story of each policy. Exit status 1 where an answer is not "
        "the known one.",
    )
    canary.set_defaults(run=_sing)
    ledger_commands.add_to(commands)
    return parser


def _serve(_: argparse.Namespace) -> int:
    from service.serve import serve
    from service.settings import Settings

    settings = Settings.from_env()
    _library(settings)  # a faulty policy is told in one line, not by the server's trace
    serve(settings)
    return _OK


def _review(arguments: argparse.Namespace) -> int:

    from service import terminal
    from service.reviewing import review_request
    from service.saved import load_request
    from service.settings import Settings

    if arguments.record is not None and len(arguments.requests) > 1:
        _complain("--record goes with one request; give the requests one by one")
        return _UNREADABLE
    settings = Settings.from_env()
    library = _library(settings)
    printer = terminal.JsonLines() if arguments.json else terminal.Trees()
    status = _OK
    for name in arguments.requests:
        try:
            request = load_request(Path(name))
            source, story = _source(request, arguments, settings)
            terms = _terms(arguments, settings, story)
            reviewed = review_request(request, library, terms, source, settings.base_url)
        except (InputError, RequestError) as error:
            file = error.file if isinstance(error, InputError) else name
            _complain(f"{file}: {error}")
            printer.failed(name, str(error) if str(file) == name else f"{file}: {error}")
            status = _UNREADABLE
        else:
            printer.reviewed(name, reviewed)
    return status


def _source(
    request: "HookRequest", arguments: argparse.Namespace, settings: "Settings"
) -> "tuple[Source | None, Story | None]":
    """Return where the record comes from, and the story if the request is one.

    A story is told from its folder, whether or not the service runs. The request's token goes to
    the request's own server only.
    """
    from service.fhir import Deadline, FhirServer, create_session
    from service.hook import fhir_base
    from service.saved import load_record
    from service.source import Record
    from service.sources import Refused
    from service.stories import load_story

    if arguments.record is not None:
        return load_record(arguments.record), None
    address = fhir_base(arguments.fhir_server) or request.fhir_server
    if address is None:
        return None, None
    if settings.serves_stories and address in settings.own_fhir_urls:
        story = load_story(request.patient_id)
        if story is not None:
            return Record(story.resources), story
    # A server on the command line is the operator's own word; one in a file is anybody's.
    is_named = arguments.fhir_server is not None
    if not is_named and not replace(settings.allow_list, loopback=True).allows(address):
        return Refused(), None
    token = request.access_token if address == request.fhir_server else None
    deadline = Deadline(settings.fhir_timeout_seconds)
    return FhirServer(address, create_session(ca_bundle=settings.ca_bundle), deadline, token), None


def _terms(arguments: argparse.Namespace, settings: "Settings", story: "Story | None") -> "Terms":
    from service.reviewing import Terms

    as_of = story.as_of if story else settings.as_of or datetime.now(settings.zone).date()
    matching = story.payer_matching if story else settings.payer_matching
    return Terms(arguments.as_of or as_of, arguments.payer_matching or matching)


def _list_policies(_: argparse.Namespace) -> int:

    from service import terminal
    from service.settings import Settings

    terminal.print_policies(_library(Settings.from_env()))
    return _OK


def _check_policies(arguments: argparse.Namespace) -> int:
    from cards.library import read_library
    from service.drift import drift
    from service.settings import Settings

    folder = arguments.folder or Settings.from_env().policies_dir
    for each in (folder, arguments.sources):
        if each is not None and not each.is_dir():
            _complain(f"{each}: is no folder")
            return _UNREADABLE
    library, problems = read_library(folder)
    if arguments.sources is not None:
        problems += drift(library.policies, arguments.sources)
    for problem in problems:
        print(f"{problem.file}: {problem.key}: {problem.cure}")
    if not problems:
        print("every policy file is sound")
        if arguments.sources is not None:
            print("every cited sentence stands in its document")
    return _UNREADABLE if problems else _OK


def _sing(_: argparse.Namespace) -> int:
    from service.canary import sing
    from service.settings import Settings

    songs = sing(_library(Settings.from_env()))
    for song in songs:
        told = f" ({song.story})" if song.story else ""
        problem = f": {song.problem}" if song.problem else ""
        print(f"{'right' if song.right else 'WRONG'}  {song.policy}{told}{problem}")
    return _OK if all(song.right for song in songs) else _WRONG


def _library(settings: "Settings") -> "Library":
    """Load policies and the site's codes; raises StartError with file, key and cure."""
    from cards.library import PolicyError, load_library
    from service.concept_map import with_concept_map

    try:
        library = load_library(settings.policies_dir)
    except PolicyError as error:
        raise StartError(f"{error}. `transplant-cds policies check` lists every fault") from error
    if settings.concept_map is not None:
        library = with_concept_map(library, settings.concept_map)
    return library


def _day(written: str) -> date:
    try:
        return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007  a day, no time
    except ValueError:
        raise argparse.ArgumentTypeError("write a day as YYYY-MM-DD") from None


def _complain(line: str) -> None:
    print(f"transplant-cds: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
