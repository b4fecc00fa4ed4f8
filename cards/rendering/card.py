"""A CDS Hooks card: the specification's invariants on the type, and nothing about policies."""

from dataclasses import dataclass, field
from typing import Any, Literal

from cards.finding import without_empty
from cards.record.chart import Resource

LONGEST_SUMMARY = 139  # "fewer than 140 characters"

Indicator = Literal["info", "warning"]  # never "critical": coverage is no matter of life or death


@dataclass(frozen=True, slots=True)
class Topic:
    """A Coding that names what a card is about; *code* is alphanumeric and never changes."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks: *label* is short."""

    label: str
    topic: Topic


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute link; labels are not shown everywhere, so the address speaks for itself."""

    label: str
    url: str

    def __post_init__(self) -> None:
        """Refuse an address that is not absolute."""
        if not self.url.startswith(("http://", "https://")):
            message = f"a link needs an absolute address, not {self.url!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """A Coding of why a card may be overridden; unlike elsewhere, *display* is required."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Create:
    """An action that creates *resource*, which has no id yet; *description* speaks for itself."""

    description: str
    resource: Resource

    def json(self) -> dict[str, Any]:
        """Return the action as the specification writes it."""
        return {"type": "create", "description": self.description, "resource": self.resource}


@dataclass(frozen=True, slots=True)
class Delete:
    """An action that deletes the draft order *reference*, a relative one such as `Type/id`."""

    description: str
    reference: str

    def json(self) -> dict[str, Any]:
        """Return the action as the specification writes it."""
        return {"type": "delete", "description": self.description, "resourceId": self.reference}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do, in one action. None is marked as recommended: this is no clinical advice."""

    uuid: str
    label: str
    action: Create | Delete


@dataclass(frozen=True, slots=True)
class Card:
    """One card; *detail* is GitHub-flavoured Markdown without HTML."""

    uuid: str
    summary: str
    indicator: Indicator
    source: Source
    detail: str
    links: tuple[Link, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    override_reasons: tuple[OverrideReason, ...] = ()
    extension: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a summary that is empty, too long, or of more than one line."""
        if not 0 < len(self.summary) <= LONGEST_SUMMARY or "\n" in self.summary:
            message = f"a summary is one line of 1 to {LONGEST_SUMMARY} characters"
            raise ValueError(message)

    def json(self) -> dict[str, Any]:
        """Return the card as the specification writes it, without empty values."""
        topic = self.source.topic
        cleaned = without_empty(
            {
                "uuid": self.uuid,
                "summary": self.summary,
                "indicator": self.indicator,
                "source": {
                    "label": self.source.label,
                    "topic": {
                        "system": topic.system,
                        "code": topic.code,
                        "display": topic.display,
                    },
                },
                "detail": self.detail,
                "suggestions": [
                    {"uuid": each.uuid, "label": each.label, "actions": [each.action.json()]}
                    for each in self.suggestions
                ],
                # Required with suggestions, and forbidden without.
                "selectionBehavior": "any" if self.suggestions else None,
                "overrideReasons": [
                    {"system": each.system, "code": each.code, "display": each.display}
                    for each in self.override_reasons
                ],
                "links": [
                    {"label": link.label, "url": link.url, "type": "absolute"}
                    for link in self.links
                ],
                "extension": self.extension,
            }
        )
        return dict(cleaned)
