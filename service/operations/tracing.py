"""Traces by OpenTelemetry, where the extra `otel` is installed and a collector is named.

A span has the route and the status of a call. Our paths hold nothing of a patient. Those of calls
to FHIR servers do, and they are not traced.
"""

from collections.abc import Callable

from flask import Flask

from service.errors import SettingsError

_LEFT_OUT = "health,metrics,assets,fhir"
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
        from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(_CURE) from error
    instrument = FlaskInstrumentor()
    instrument.instrument_app(app, excluded_urls=_LEFT_OUT)  # type: ignore[no-untyped-call]
    return lambda: _begin(endpoint)


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
