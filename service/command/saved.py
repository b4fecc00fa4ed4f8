"""Saved requests, records and tokens, read from files for the command line."""

from pathlib import Path
from typing import Any

import msgspec

from cards.record.chart import Resource
from service.errors import BadRequest, InputError
from service.fhir.bundle import read_answer
from service.fhir.source import Record, Unread
from service.hook import HookRequest, read_request, service_for


def load_request(file: Path) -> HookRequest:
    """Read a saved request; raises InputError saying what is wrong with the file."""
    body = _read(file)
    try:
        return read_request(body, service_for(body))
    except BadRequest as error:
        raise InputError(file, error.message) from error


def load_record(place: Path) -> Record:
    """Read a Bundle, or a folder of files with one resource each; raises InputError."""
    files = sorted(place.glob("*.json")) if place.is_dir() else [place]
    if not files:
        raise InputError(place, "the folder holds no .json file")
    resources: list[Resource] = []
    for file in files:
        content = _json(file)
        if not place.is_dir() and content.get("resourceType") != "Bundle":
            raise InputError(file, "resourceType: is no Bundle. Give a FHIR Bundle")
        page = read_answer(content)
        if isinstance(page, Unread):
            raise InputError(file, f"{page.reason}. Give a FHIR Bundle")
        resources.extend(page.resources)
    return Record(resources)


def load_token(file: Path) -> str:
    """Read a bearer token; raises InputError, which never quotes it."""
    words = _read(file).split()
    if len(words) != 1 or not words[0].isascii():
        raise InputError(file, "holds no bearer token: one word of ASCII characters")
    return words[0].decode("ascii")


def _json(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(file).removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(file, "is no JSON object that can be read") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(file, f"cannot be opened: {error.strerror}") from error
