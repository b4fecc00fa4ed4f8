"""Finds and reads the stories: patients of fiction who show what the service does.

A story is a folder: `story.yaml` (who and why), `request.json` (what the EHR sends), `fhir/` (what
its FHIR server holds) and `expected.json` (the whole answer).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import yaml

from cards.record.chart import Resource
from service.errors import StoryError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "_stories", _PACKAGE.parent / "fixtures")
"""In an installed wheel, and in the repository."""


@dataclass(frozen=True, slots=True)
class Story:
    """One patient at one signing."""

    slug: str
    """The folder's name, which is also the FHIR id of the patient."""

    title: str

    story: str
    """Who, what is ordered, and why the answer is what it is, in about three sentences."""

    as_of: date
    """The day on which the order is signed, so that the story does not age."""

    payer_matching: Literal["strict", "reference"]

    policy: str
    """The policy that the story shows, such as `capital-blue-cross/mp-9.053`."""

    request: Mapping[str, Any] = field(repr=False)
    """The CDS Hooks request as an EHR would send it."""

    resources: tuple[Resource, ...] = field(repr=False)
    """What the FHIR server holds, in the order of the file names."""

    files: tuple[str, ...] = field(repr=False)
    """The file name of each resource, in the same order: it says what the resource is."""

    expected: Mapping[str, Any] = field(repr=False)
    """`findings` and `cards`, as they should be."""

    broken_on_purpose: tuple[str, ...] = ()
    """The files that are no valid FHIR, which a strict server refuses to store."""

    def at(self, base_url: str) -> "Story":
        """Return the story as it is told where the service has the address *base_url*."""
        return replace(self, request={**self.request, "fhirServer": f"{base_url}/fhir"})


def load_story(slug: str) -> Story | None:
    """Read one of the stories that come with the service; None if there is none of that name."""
    home = _home()
    return _load(home / slug) if home and (home / slug / "story.yaml").is_file() else None


def load_stories(folder: Path | None = None) -> tuple[Story, ...]:
    """Read every story of *folder*; without one, those that come with the service.

    In alphabetical order of their slugs; no folder, no stories. Raises StoryError naming the first
    file that cannot be used.
    """
    home = folder or _home()
    if home is None:
        return ()
    return tuple(_load(path.parent) for path in sorted(home.glob("*/story.yaml")))


def story_for(policy: str) -> Story | None:
    """Return the first story of *policy* that ends in a card; None if there is none."""
    home = _home()
    for file in sorted(home.glob("*/story.yaml")) if home else ():
        # Most stories are of other policies: a look at the text spares reading the whole of them.
        if policy in file.read_text(encoding="utf-8"):
            story = _load(file.parent)
            if story.policy == policy and story.expected.get("cards"):
                return story
    return None


def _home() -> Path | None:
    return next((place for place in _FOLDERS if place.is_dir()), None)


def _load(folder: Path) -> Story:
    about_file = folder / "story.yaml"
    try:
        about = yaml.load(about_file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a safe one
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StoryError(about_file, "is no readable YAML") from error
    if not isinstance(about, dict):
        raise StoryError(about_file, "is not a mapping of keys to values")
    for key, kind in (("title", str), ("story", str), ("as_of", date), ("policy", str)):
        if not isinstance(about.get(key), kind):
            raise StoryError(about_file, f"needs the key {key} ({kind.__name__})")
    matching = about.get("payer_matching", "reference")
    if matching not in ("strict", "reference"):
        raise StoryError(about_file, "has a payer_matching other than strict and reference")
    files = sorted((folder / "fhir").glob("*.json"))
    return Story(
        slug=folder.name,
        title=about["title"].strip(),
        story=about["story"].strip(),
        as_of=about["as_of"],
        payer_matching=cast('Literal["strict", "reference"]', matching),
        policy=about["policy"],
        request=_object(folder / "request.json"),
        resources=tuple(_object(file) for file in files),
        files=tuple(file.name for file in files),
        expected=_object(folder / "expected.json"),
        broken_on_purpose=tuple(about.get("broken_on_purpose", ())),
    )


def _object(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, UnicodeDecodeError, RecursionError, msgspec.MsgspecError) as error:
        raise StoryError(file, "is no readable JSON object") from error
