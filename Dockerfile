# tests/test_wheel.py does the same steps without a container engine; change them together.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/transplant-cds
WORKDIR /src
# The lock alone first: a change of the code then costs no new download.
COPY requirements.lock ./
RUN /opt/transplant-cds/bin/pip install --require-hashes --no-deps --requirement requirements.lock
COPY . ./
RUN /opt/transplant-cds/bin/pip wheel --no-deps --wheel-dir /wheel . \
    && /opt/transplant-cds/bin/pip install --no-deps /wheel/*.whl \
    && /opt/transplant-cds/bin/python -m compileall -q /opt/transplant-cds

FROM python:3.13-slim
COPY --from=build /opt/transplant-cds /opt/transplant-cds
ENV PATH=/opt/transplant-cds/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TRANSPLANT_CDS_HOST=0.0.0.0 \
    TRANSPLANT_CDS_DATABASE_URL=sqlite:////var/lib/transplant-cds/ledger.sqlite3 \
    TRANSPLANT_CDS_PORT=8080
# Where feedback is kept unless a PostgreSQL is named: mount a volume here, or it goes with the container.
RUN install -d -o 65534 -g 65534 -m 0700 /var/lib/transplant-cds
# Where it listens on every address it does not start before it knows who may call. Give it
# TRANSPLANT_CDS_PUBLIC_URL and TRANSPLANT_CDS_TENANTS, or TRANSPLANT_CDS_OPEN=true behind a gateway
# that checks callers.
# A number, so that an orchestrator can check that it is not root.
USER 65534:65534
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"TRANSPLANT_CDS_PORT\"]}/health/live', timeout=2)"]
CMD ["transplant-cds", "serve"]
