"""The command `sandbox`: what it removes, and what it says of odd servers."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from service.command.cli import main
from service.sandbox.patients import TAG, Seed
from service.stories.story import load_story

_SLUG = "every-criterion-is-met"
_PREFETCHED = "prefetch-holds-half-the-record"
_ONE = ("--story", _SLUG)
_METADATA = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "kind": "instance"}

Answers = dict[str, Callable[[], Response] | dict[str, Any]]
"""By method and path within the base URL, such as `GET metadata`."""

Serve = Callable[[Answers], str]


def fhir(content: Any, status: int = 200) -> Response:
    """Return a FHIR answer."""
    return Response(json.dumps(content), status, mimetype="application/fhir+json")


@pytest.fixture
def asked() -> list[str]:
    """What the stubs were asked, as method and path, in that order."""
    return []


@pytest.fixture
def serve(asked: list[str]) -> Iterator[Serve]:
    """Start a stub that gives the answers; returns its base URL."""
    running = []

    def start(answers: Answers) -> str:
        app = Flask(__name__)

        @app.route("/fhir", methods=["GET", "POST"], defaults={"path": ""})
        @app.route("/fhir/<path:path>", methods=["GET", "POST", "DELETE"])
        def answer(path: str) -> Response:
            asked.append(f"{request.method} {path}")
            given = answers.get(f"{request.method} {path}", {"resourceType": "Bundle"})
            return given() if callable(given) else fhir(given)

        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/fhir"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def test_clean_stops_at_a_server_that_passes_over_the_tag(
    serve: Serve, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the search answers with everything that there is, nothing at all is removed."""
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "1", "meta": {"tag": [TAG]}}},
            {"resource": {"resourceType": "Patient", "id": "2"}},
        ],
    }
    base_url = serve({"GET metadata": _METADATA, "GET Patient": bundle})

    assert 2 == main(["sandbox", "clean", "--fhir-server", base_url])
    assert "does not search by _tag" in capsys.readouterr().err
    assert all(each.startswith("GET ") for each in asked)


def test_clean_reads_every_page_before_it_removes(serve: Serve, asked: list[str]) -> None:
    """The server's own links are followed to the end; then one transaction for each story."""

    def page() -> Response:
        number = int(request.args.get("page", "1"))
        link = [{"relation": "next", "url": f"{request.base_url}?page={number + 1}"}]
        resource = {"resourceType": "Patient", "id": str(number), "meta": {"tag": [TAG]}}
        return fhir(
            {
                "resourceType": "Bundle",
                "link": link if number < 3 else [],
                "entry": [{"resource": resource}],
            }
        )

    def transact() -> Response:
        deleted.extend(entry["request"]["url"] for entry in request.get_json(force=True)["entry"])
        return fhir({"entry": [{"response": {"status": "204 No Content"}} for _ in deleted]})

    deleted: list[str] = []
    base_url = serve({"GET metadata": _METADATA, "GET Patient": page, "POST ": transact})

    assert 0 == main(["sandbox", "clean", "--fhir-server", base_url])
    assert ["Patient/1", "Patient/2", "Patient/3"] == deleted
    assert asked.index("POST ") > max(i for i, each in enumerate(asked) if "Patient" in each)


def test_clean_follows_no_link_to_another_server(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """Our token goes to the server that was named, and nowhere else."""
    link = [{"relation": "next", "url": "http://127.0.0.2:9/fhir?page=2"}]
    base_url = serve(
        {
            "GET metadata": _METADATA,
            "GET Patient": {"resourceType": "Bundle", "link": link, "entry": []},
        }
    )

    assert 2 == main(["sandbox", "clean", "--fhir-server", base_url])
    assert "another address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (lambda: Response("<html>", 200), "no JSON object"),
        (lambda: fhir({"resourceType": "Patient"}), "is no FHIR server"),
        (lambda: fhir({**_METADATA, "fhirVersion": "5.0.0"}), "speaks FHIR 5.0.0"),
        (lambda: fhir({}, 401), "--token-file"),
        (lambda: fhir({}, 403), "does not let us"),
        (lambda: fhir({}, 404), "ends in /fhir"),
        (lambda: fhir({"issue": [{"diagnostics": "gone\nfishing"}]}, 500), "500: gone fishing"),
        (lambda: fhir({}, 503), "503"),
        (
            lambda: Response("", 302, {"Location": "https://else.example/r4"}),
            "https://else.example",
        ),
    ],
)
def test_a_server_that_will_not_do_is_named_with_the_cure(
    serve: Serve,
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
    metadata: Callable[[], Response],
    said: str,
) -> None:
    """One line on standard error says what is wrong with the server, and nothing is written."""
    base_url = serve({"GET metadata": metadata})

    assert 2 == main(["sandbox", "seed", "--fhir-server", base_url, *_ONE])
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert ["GET metadata"] == asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["seed", "--fhir-server", "http://127.0.0.1:9/fhir"], "cannot be reached"),
        (["try", "--fhir-server", "ftp://x"], "--fhir-server"),
        (["clean", "--fhir-server", " "], "--fhir-server"),
        (["seed", "--fhir-server", "http://x", "--story", "no-such"], "no-such"),
        (["seed", "--fhir-server", "http://x", "--token-file", "no-such"], "no-such"),
    ],
)
def test_arguments_that_will_not_do(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """The exit status is 2 and one line names what is wrong."""
    assert 2 == main(["sandbox", *arguments])
    (line,) = [each for each in capsys.readouterr().err.splitlines() if each.strip()]
    assert said in line


def test_a_story_that_is_refused_does_not_stop_the_others(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server's own words are told, and the exit status is 1."""
    base_url = serve(
        {
            "GET metadata": _METADATA,
            "POST ": lambda: fhir({"issue": [{"diagnostics": "no room"}]}, 422),
        }
    )

    both = (*_ONE, "--story", _PREFETCHED)
    assert 1 == main(["sandbox", "seed", "--fhir-server", base_url, *both])
    said = capsys.readouterr().out
    assert "0 of 2 stories" in said
    assert f"not taken: {_SLUG}: the server answered 422: no room" in said
    assert f"not taken: {_PREFETCHED}" in said


def test_a_story_that_is_not_there_does_not_agree(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty server is no proof of anything: the exit status is 1."""
    base_url = serve({"GET metadata": _METADATA})

    assert 1 == main(["sandbox", "try", "--fhir-server", base_url, *_ONE])
    assert "not on the server" in capsys.readouterr().out


def test_a_difference_is_named(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that has lost all but the patient is caught, and the exit status is 1."""
    story = load_story(_SLUG)
    assert story is not None
    patient = next(
        {**entry["resource"], "id": "17"}
        for entry in Seed(story).transaction()["entry"]
        if entry["request"]["url"] == "Patient"
    )
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": patient}]}
    base_url = serve({"GET metadata": _METADATA, "GET Patient": found, "GET Patient/17": patient})

    assert 1 == main(["sandbox", "try", "--fhir-server", base_url, *_ONE])
    printed = capsys.readouterr().out
    assert "medically-necessary" in printed
    assert "needs-information" in printed
    assert "0 agree, 1 differ." in printed
