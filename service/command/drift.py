"""The payers' documents as files: what the policies cite and the documents no longer say."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cards.drift import missing_sentences
from cards.faults import PolicyError
from cards.policy import Policy, Version


def drift(policies: Iterable[Policy], folder: Path) -> list[PolicyError]:
    """Return every cited sentence that its document in *folder* lacks, and what cannot be compared.

    The documents are text files in UTF-8, named in the `sources.yaml` of each policy.
    """
    return [
        problem
        for policy in policies
        for version in policy.versions
        for problem in _of_version(policy, version, folder)
    ]


def _of_version(policy: Policy, version: Version, folder: Path) -> Iterator[PolicyError]:
    place = f"{policy.id}/sources.yaml"
    named = {statement: policy.file_of(version, statement) for statement in version.citations}
    without = [statement for statement, file in named.items() if file is None]
    if without:
        effective = version.effective or "null"
        cure = (
            f"name the file that holds the document of the version of {effective}, "
            f"for {', '.join(without[:3])}{' and others' if without[3:] else ''}"
        )
        yield PolicyError(place, "documents", cure)
    files = {file: _only_file(folder, file) for file in named.values() if file is not None}
    texts: dict[str, str] = {}
    for pattern, found in files.items():
        if isinstance(found, str):
            yield PolicyError(place, f"documents.file {pattern}", found)
            continue
        try:
            texts[pattern] = found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            cure = f"{found.name} cannot be read; save the document as text in UTF-8"
            yield PolicyError(place, f"documents.file {pattern}", cure)
    read = {
        statement: texts[file]
        for statement, file in named.items()
        if file is not None and file in texts
    }
    for missing in missing_sentences(version, read):
        document = files[named[missing.statement] or ""]
        cited = f"citations.{missing.statement}.sentences[{missing.number}]"
        yield PolicyError(
            f"{policy.id}/policy.yaml",
            f"versions.{version.effective or 'undated'}.{cited}",
            f"not found in {document.name if isinstance(document, Path) else document}; read "
            f"section {missing.section!r} there: if its sense has changed, add a version, and if "
            "only its words have, the new fingerprint",
        )


def _only_file(folder: Path, pattern: str) -> Path | str:
    """Return the one file of that name, or what to do about it."""
    found = sorted(each for each in folder.glob(pattern) if each.is_file())
    if len(found) == 1:
        return found[0]
    if not found:
        return f"no such file in {folder}; put the document there, or mend the name"
    return f"{len(found)} files in {folder} are named so; name one"
