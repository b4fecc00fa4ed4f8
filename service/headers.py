"""The headers of every answer: what a browser may do with it, and that nobody keeps it."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask

from service.settings import Settings
from service.tenancy.gate import CDS_SERVICES

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY = "Content-Security-Policy"
_NO_STORE = ("Cache-Control", "no-store")
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
    # Around the application and not within: Flask's own way checks each of them for each answer.
    app.wsgi_app = _Secured(app.wsgi_app, always)  # type: ignore[method-assign]


class _Secured:
    """WSGI middleware that adds the headers to whatever is answered."""

    def __init__(self, app: "WSGIApplication", always: Mapping[str, str]) -> None:
        self._app = app
        self._for_pages = [*always.items(), (_POLICY, _FOR_PAGES)]
        self._for_data = [*always.items(), (_POLICY, _FOR_DATA)]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer, with the headers that go with what is answered."""
        # An answer holds what was found about a patient; a refusal is for one token.
        is_kept = not environ.get("PATH_INFO", "").startswith((CDS_SERVICES, "/fhir"))

        def begin(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            is_page = any(
                name == "Content-Type" and kind.startswith("text/html") for name, kind in headers
            )
            headers += self._for_pages if is_page else self._for_data
            if not is_kept:
                headers.append(_NO_STORE)
            return start_response(status, headers, exc_info)

        return self._app(environ, begin)
