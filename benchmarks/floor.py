"""The floor: bare Flask that parses the request with the standard library and decides nothing."""

import json

from flask import Flask, Response, request

ANSWER = b'{"cards":[]}'


def create_app() -> Flask:
    """Return the application that a decision is measured against."""
    app = Flask("floor", static_folder=None)

    @app.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:  # noqa: ARG001  the route has it, as ours does
        json.loads(request.get_data(cache=False))
        return Response(ANSWER, mimetype="application/json")

    @app.get("/health/ready")
    def ready() -> Response:
        return Response(b"{}", mimetype="application/json")

    return app
