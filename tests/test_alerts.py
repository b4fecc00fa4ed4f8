"""Holds the alert rules to promtool, to the metrics that there are, and to the runbook."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cards.library import Library, load_library
from service.operations.metrics import Metrics
from tests.test_docs import anchors_of

REPOSITORY = Path(__file__).parent.parent
RULES = REPOSITORY / "deploy" / "prometheus" / "alerts.yaml"
TESTS = RULES.with_name("alerts_test.yaml")


@pytest.fixture(scope="module")
def library() -> Library:
    """The policies that come with the service."""
    return load_library()


@pytest.mark.parametrize(("action", "file"), [("check", RULES), ("test", TESTS)])
def test_promtool(action: str, file: Path) -> None:
    """The rules are sound, and fire when they should and not when they should not."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.fail("promtool not found: install Debian's package prometheus", pytrace=False)

    done = subprocess.run(
        [promtool, action, "rules", file.name],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_ask_for_metrics_that_there_are(library: Library) -> None:
    """A metric that is renamed takes its alerts along: one that asks for none would never fire."""
    page = Metrics(library).page().decode()
    known = {
        name + suffix
        for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE)
        for suffix in (("_bucket", "_count", "_sum") if kind == "histogram" else ("",))
    }

    asked = set(re.findall(r"transplant_cds_\w+", RULES.read_text()))
    assert asked
    assert set() == asked - known


def test_every_alert_leads_to_its_symptom() -> None:
    """The runbook of an alert is a heading of the document that it names."""
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]:
        path, _, anchor = rule["annotations"]["runbook"].partition("#")

        assert anchor in anchors_of(REPOSITORY / path), rule["alert"]
