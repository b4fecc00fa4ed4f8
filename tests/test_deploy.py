"""Holds deploy/ to the schemas of Kubernetes, and to the settings that there are."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from service.settings import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
MANIFESTS = DEPLOY / "kubernetes" / "transplant-cds.yaml"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
KINDS = (
    "ConfigMap Deployment Service HorizontalPodAutoscaler PodDisruptionBudget NetworkPolicy"
).split()


def _objects() -> dict[str, Any]:
    return {each["kind"]: each for each in yaml.safe_load_all(MANIFESTS.read_text())}


def _pod() -> dict[str, Any]:
    pod: dict[str, Any] = _objects()["Deployment"]["spec"]["template"]["spec"]
    return pod


def test_the_kinds_that_there_are() -> None:
    """Each object is there, once."""
    assert KINDS == [each["kind"] for each in yaml.safe_load_all(MANIFESTS.read_text())]


@pytest.mark.parametrize("kind", KINDS)
def test_manifests(kind: str) -> None:
    """An object has the keys and types of its API, and no others."""
    kubernetes_validate.validate(_objects()[kind], "1.30", strict=True)


def test_the_check_of_manifests_checks() -> None:
    """A misspelt key is refused: the test above can fail."""
    wrong = _objects()["Deployment"]
    wrong["spec"]["replica"] = 2

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.30", strict=True)


def test_no_container_has_rights() -> None:
    """None is root, writes to its own files, or may gain rights."""
    pod = _pod()
    assert pod["securityContext"]["runAsNonRoot"] is True
    for each in (*pod["initContainers"], *pod["containers"]):
        context = each["securityContext"]
        assert (True, False, {"drop": ["ALL"]}) == (
            context["readOnlyRootFilesystem"],
            context["allowPrivilegeEscalation"],
            context["capabilities"],
        )


def test_the_selectors_meet() -> None:
    """Service, budget and network policy are about the very pods of the deployment."""
    objects = _objects()
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert [labels] * 4 == [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]


@pytest.mark.parametrize("file", [MANIFESTS, COMPOSE], ids=lambda file: file.name)
def test_settings_are_those_there_are(file: Path) -> None:
    """A variable that nothing reads would configure nothing."""
    known = {f"TRANSPLANT_CDS_{name.upper()}" for name in Settings.model_fields}

    named = set(re.findall(r"TRANSPLANT_CDS_[A-Z_]+", file.read_text()))
    assert named
    assert set() == named - known


def test_compose() -> None:
    """The service waits for its tables and is given to read only; no password is written down."""
    services = yaml.safe_load(COMPOSE.read_text())["services"]

    assert {"service", "upgrade", "postgres", "redis"} == set(services)
    assert services["service"]["depends_on"]["upgrade"] == {
        "condition": "service_completed_successfully"
    }
    for name in ("service", "upgrade", "redis"):
        assert (True, ["ALL"]) == (services[name]["read_only"], services[name]["cap_drop"])
    assert "${POSTGRES_PASSWORD:?" in services["postgres"]["environment"]["POSTGRES_PASSWORD"]
