"""A FHIR server that holds one record and answers after a while: `python -m benchmarks.fhir_stub`.

Prints its port, then serves until it is terminated. The delay is `FHIR_DELAY`, in seconds.
"""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from benchmarks import payloads


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: else each answer waits 40 ms for the other side's receipt.
    wbufsize = -1
    disable_nagle_algorithm = True
    answers: dict[str, bytes]
    delay: float

    def do_GET(self) -> None:
        """Answer a read with its resource and a search with all resources of its type."""
        time.sleep(self.delay)
        path = urlsplit(self.path).path.strip("/")
        answer = self.answers.get(path) or payloads.encoded(payloads.searchset([]))
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


def main() -> None:
    """Serve the story's record."""
    told = payloads.story()
    by_type: dict[str, list[payloads.Json]] = {}
    for resource in told.record:
        by_type.setdefault(resource["resourceType"], []).append(resource)
    _Answering.answers = {
        kind: payloads.encoded(payloads.searchset(some)) for kind, some in by_type.items()
    } | {f"{each['resourceType']}/{each['id']}": payloads.encoded(each) for each in told.record}
    _Answering.delay = float(os.environ["FHIR_DELAY"])
    server = _Server(("127.0.0.1", 0), _Answering)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
