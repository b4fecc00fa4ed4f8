"""The site's ConceptMap file, read once at start: its own order codes for the library."""

from pathlib import Path

import msgspec

from cards.clinical.local_codes import LocalCodesError, read_concept_map
from cards.library import Library
from service.errors import ConceptMapError


def with_concept_map(library: Library, file: Path) -> Library:
    """Return the library with the local codes of *file*; ConceptMapError names what is wrong."""
    try:
        resource = msgspec.json.decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise ConceptMapError(file, "(file)", f"cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConceptMapError(file, "(file)", f"is no JSON in UTF-8: {error}") from error
    try:
        local_codes = read_concept_map(resource, library.clinical)
    except LocalCodesError as error:
        raise ConceptMapError(file, error.element, error.cure) from error
    return library.with_local_codes(local_codes)
