"""Traces by OpenTelemetry, where the extra `otel` is installed and a collector is named.

A span holds method, route, status and the id of our service, all of them words of ours: never the
address that was asked for, a header or a host, as a caller may write anything there. Calls to FHIR
servers are not traced, as their addresses name patients.
"""

import time
from collections.abc import Callable

from flask import Flask, Response, request

from service.errors import SettingsError
from service.hook import SERVICES
from service.tenancy.gate import milliseconds

_LEFT_OUT = ("/health", "/metrics", "/assets", "/fhir")
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_NOWHERE = "no such page"
_SERVER_FAULT = 500
_CURE = (
    "TRANSPLANT_CDS_OTLP_ENDPOINT: needs the extra: install transplant-cds[otel], or unset the "
    "variable"
)


def trace(app: Flask, endpoint: str) -> Callable[[], None]:
    """Have the calls of *app* traced; returns what each worker process has to begin with.

    Spans are sent by a thread, and a thread does not outlive the making of a worker. Raises
    SettingsError where the extra is not installed.
    """
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: PLC0415
        import opentelemetry.sdk.trace.export  # noqa: F401, PLC0415
    except ImportError as error:
        raise SettingsError(_CURE) from error
    app.after_request(_recorded)
    return lambda: _begin(endpoint)


def _recorded(response: Response) -> Response:
    """Write the span of a call that is answered, from its beginning on.

    A proxy's trace is gone on with: of what it sends, the header `traceparent` alone, which is
    numbers.
    """
    from opentelemetry import trace as api  # noqa: PLC0415
    from opentelemetry.trace.propagation import tracecontext  # noqa: PLC0415

    if request.path.startswith(_LEFT_OUT):
        return response
    method = request.method if request.method in _METHODS else "other"
    route = request.url_rule.rule if request.url_rule is not None else None
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.response.status_code": response.status_code,
    }
    if route is not None:
        attributes["http.route"] = route
    named = str((request.view_args or {}).get("service_id"))
    if named in SERVICES:
        attributes["transplant_cds.service"] = named
    sent = {"traceparent": request.headers.get("traceparent", "")}
    span = api.get_tracer("transplant-cds").start_span(
        f"{method} {route or _NOWHERE}",
        tracecontext.TraceContextTextMapPropagator().extract(sent),
        api.SpanKind.SERVER,
        attributes,
        start_time=time.time_ns() - int(milliseconds() * 1_000_000),
    )
    if response.status_code >= _SERVER_FAULT:
        span.set_status(api.StatusCode.ERROR)
    span.end()
    return response


def _begin(endpoint: str) -> None:
    from opentelemetry import trace as api  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "transplant-cds"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    api.set_tracer_provider(provider)
