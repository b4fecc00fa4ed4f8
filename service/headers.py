"""The headers of every answer: what a browser may do with it, and that nobody keeps it."""

from flask import Flask, Response, request

from service.settings import Settings
from service.tenancy.gate import CDS_SERVICES

_FOR_PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FOR_DATA = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_YEAR = 365 * 24 * 60 * 60


def add_headers(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer of *app*, errors included."""
    always = dict(_HEADERS)
    if settings.base_url.startswith("https://"):
        always["Strict-Transport-Security"] = f"max-age={_YEAR}"

    def secured(response: Response) -> Response:
        is_page = response.mimetype == "text/html"
        response.headers.update(always)
        response.headers["Content-Security-Policy"] = _FOR_PAGES if is_page else _FOR_DATA
        # An answer holds what was found about a patient; a refusal is for one token.
        if request.path.startswith((CDS_SERVICES, "/fhir")):
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(secured)
