"""Runs the floor under gunicorn with the service's options: `python -m benchmarks.run_floor`."""

import os

from benchmarks.floor import create_app
from service.serve import Server, gunicorn_options
from service.settings import Settings

if __name__ == "__main__":
    options = gunicorn_options(Settings.from_env())
    # The strictest floor answers one request at a time, without threads.
    options["worker_class"] = os.environ.get("FLOOR_WORKER_CLASS", options["worker_class"])
    Server(create_app(), options).run()
