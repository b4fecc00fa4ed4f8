"""The fingerprint of what decides: policies and clinical knowledge, byte for byte.

It stands in the log beside the versions: a file can change without a new one.
"""

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_DIGITS = 16
_KINDS = (".yaml", ".json")


def rule_set(policies_dir: Path | None = None) -> str:
    """Return 16 hexadecimal digits over all files that `cards.library` reads."""
    package = files("cards")
    folders = (package / "clinical", policies_dir or package / "policies")
    digest = hashlib.sha256()
    for folder in folders:
        for path, file in _files(folder, ""):
            digest.update(f"{path}\n".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_DIGITS]


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            yield from _files(each, f"{path}{each.name}/")
        elif each.name.endswith(_KINDS):
            yield f"{path}{each.name}", each
