"""Holds docs/security.md to the suite: each threat names a test that is there."""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_threat_has_its_test() -> None:
    """Each row of the table names a test that exists."""
    text = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    rows = text.partition("## Threats")[2].partition("\n## ")[0].splitlines()
    threats = [row for row in rows if row.startswith("|")][2:]
    assert len(threats) > 25

    for threat in threats:
        file, name = NAMED.findall(threat)[0]
        tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in names, threat
