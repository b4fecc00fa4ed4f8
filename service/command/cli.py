"""The command `transplant-cds`: serve, review saved requests, list and check the policies.

The commands for what the service keeps are in `ledger`.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from service.command import ledger as ledger_commands
from service.errors import InputError, StartError, told_under

if TYPE_CHECKING:
    from cards.library import Library
    from service.settings import Settings

_OK = 0
_NOT_AS_EXPECTED = 1
_UNREADABLE = 2
_INTERRUPTED = 130
_LONGEST_WAIT = 3600


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except StartError as error:
        for line in str(error).splitlines():
            _complain(line)
        return error.status
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
        help="the patient's resources, used as if a FHIR server had answered: a Bundle, or a "
        "folder with one resource a file (one request)",
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
    _add_sandbox(commands)

    canary = commands.add_parser(
        "canary",
        help="review one known story per policy",
        description="Review one known story of each policy. Exit status 1 where an answer is not "
        "the known one.",
    )
    canary.set_defaults(run=_sing)
    ledger_commands.add_to(commands)
    return parser


def _add_sandbox(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sandbox = commands.add_parser(
        "sandbox",
        help="put the stories' patients on a FHIR server, and review them there",
        description="Put the stories' invented patients on a FHIR R4 server, review their orders "
        "there, and remove them. Exit status 1 where not everything went as it should.",
    )
    actions = sandbox.add_subparsers(title="actions", required=True, metavar="ACTION")
    for action, does in (
        ("seed", "write the patients, unless they are there"),
        ("try", "review every order against the server, and compare with the story"),
        ("clean", "remove what seed wrote, and nothing else"),
    ):
        parser = actions.add_parser(action, help=does, description=f"Action: {does}.")
        parser.add_argument("--fhir-server", metavar="URL", required=True)
        parser.add_argument(
            "--story", action="append", metavar="NAME", help="only this one; may be repeated"
        )
        parser.add_argument(
            "--token-file", type=Path, metavar="FILE", help="holds a bearer token for the server"
        )
        parser.add_argument(
            "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="default: 30"
        )
        parser.set_defaults(run=_sandbox, action=action)


def _serve(_: argparse.Namespace) -> int:
    from service.serve import serve
    from service.settings import Settings

    settings = Settings.from_env()
    _library(settings)  # a faulty policy is told in one line, not by the server's trace
    serve(settings)
    return _OK


def _review(arguments: argparse.Namespace) -> int:
    from service.command import terminal
    from service.command.saved_reviews import Reviewer, Unreviewed, Wishes, lines_of
    from service.settings import Settings

    names: list[str] = arguments.requests
    if arguments.record is not None and len(names) > 1:
        _complain("--record goes with one request; give the requests one by one")
        return _UNREADABLE
    settings = Settings.from_env()
    library = _library(settings)
    wishes = Wishes(
        arguments.record, arguments.fhir_server, arguments.as_of, arguments.payer_matching
    )
    status = _OK
    if arguments.json:
        lines = lines_of(names, library, settings, wishes)
        for line, unreviewed in terminal.with_progress(lines, len(names)):
            if unreviewed is not None:
                _complain(f"{unreviewed.file}: {unreviewed.problem}")
                status = _UNREADABLE
            print(line, flush=True)
        return status
    reviewer, trees = Reviewer(library, settings, wishes), terminal.Trees()
    for name in names:
        reviewed = reviewer.review(name)
        if isinstance(reviewed, Unreviewed):
            _complain(f"{reviewed.file}: {reviewed.problem}")
            status = _UNREADABLE
        else:
            trees.reviewed(name, reviewed)
    return status


def _list_policies(_: argparse.Namespace) -> int:

    from service.command import terminal
    from service.settings import Settings

    terminal.print_policies(_library(Settings.from_env()))
    return _OK


def _check_policies(arguments: argparse.Namespace) -> int:
    from cards.library import read_library
    from service.command.drift import drift
    from service.pages.evidence import unknown_pages
    from service.settings import Settings

    folder = arguments.folder or Settings.from_env().policies_dir
    for each in (folder, arguments.sources):
        if each is not None and not each.is_dir():
            _complain(f"{each}: is no folder")
            return _UNREADABLE
    library, problems = read_library(folder)
    problems += unknown_pages(library.policies)
    if arguments.sources is not None:
        problems += drift(library.policies, arguments.sources)
    for problem in problems:
        print(f"{problem.file}: {problem.key}: {problem.cure}")
    if not problems:
        print("every policy file is sound")
        if arguments.sources is not None:
            print("every cited sentence stands in its document")
    return _UNREADABLE if problems else _OK


def _sandbox(arguments: argparse.Namespace) -> int:
    from service.command import sandbox as sandbox_command
    from service.errors import ServiceError
    from service.settings import Settings

    try:
        sandbox = sandbox_command.open_sandbox(
            arguments.fhir_server, arguments.story, arguments.token_file, arguments.timeout
        )
        if arguments.action == "seed":
            done = sandbox_command.seed(sandbox)
        elif arguments.action == "clean":
            done = sandbox_command.clean(sandbox)
        else:
            done = sandbox_command.try_stories(sandbox, _library(Settings.from_env()))
    except ServiceError as error:
        file = f"{error.file}: " if isinstance(error, InputError) else ""
        _complain(f"{file}{error}")
        return _UNREADABLE
    except KeyboardInterrupt:
        _complain("stopped; what was written so far is still there: `sandbox clean` removes it")
        return _INTERRUPTED
    return _OK if done else _NOT_AS_EXPECTED


def _sing(_: argparse.Namespace) -> int:
    from service.operations.canary import sing
    from service.settings import Settings

    songs = sing(_library(Settings.from_env()))
    for song in songs:
        told = f" ({song.story})" if song.story else ""
        problem = f": {song.problem}" if song.problem else ""
        status = song.status.upper() if song.status == "wrong" else song.status
        print(f"{status}  {song.policy}{told}{problem}")
    return _NOT_AS_EXPECTED if any(song.status == "wrong" for song in songs) else _OK


def _library(settings: "Settings") -> "Library":
    """Load policies and the site's codes; raises StartError with file, key and cure."""
    from cards.faults import PolicyError
    from cards.library import load_library
    from service.concept_map import with_concept_map
    from service.pages.evidence import unknown_pages

    try:
        library = load_library(settings.policies_dir)
        for problem in unknown_pages(library.policies):
            raise problem
    except PolicyError as error:
        where = "TRANSPLANT_CDS_POLICIES_DIR: " if settings.policies_dir is not None else ""
        cure = "`transplant-cds policies check` lists every fault"
        raise StartError(f"{where}{error}. {cure}") from error
    if settings.concept_map is not None:
        with told_under("TRANSPLANT_CDS_CONCEPT_MAP"):
            library = with_concept_map(library, settings.concept_map)
    return library


def _day(written: str) -> date:
    try:
        return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007  a day, no time
    except ValueError:
        raise argparse.ArgumentTypeError("write a day as YYYY-MM-DD") from None


def _seconds(written: str) -> float:
    try:
        seconds = float(written)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"give a number of seconds up to {_LONGEST_WAIT}")
    return seconds


def _complain(line: str) -> None:
    print(f"transplant-cds: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
