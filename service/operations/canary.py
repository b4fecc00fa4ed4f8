"""The canary: one known story for each policy, reviewed here and now, must give the known answer.

Policies, value sets and code are judged by it as they are installed; the network is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from cards.finding import finding_json
from cards.library import Library
from service.reviewing import review_story
from service.stories.story import Story, story_for

_WRITTEN_BASE_URL = "http://127.0.0.1:8080"
"""The address that links on the stories' expected cards name."""


@dataclass(frozen=True, slots=True)
class Song:
    """What the canary of one policy came to; `untold`: it has no story, so nothing was asked."""

    policy: str
    status: Literal["right", "wrong", "untold"]
    story: str | None = None
    problem: str | None = None


def sing(library: Library) -> tuple[Song, ...]:
    """Review one story of each policy; never raises."""
    return tuple(_songs(library))


def _songs(library: Library) -> Iterator[Song]:
    for policy in library.policies:
        try:
            story = story_for(policy.id)
            if story is None:
                yield Song(policy.id, "untold", problem="no story comes with this policy")
                continue
            problem = _difference(story, library)
        except Exception as error:  # noqa: BLE001  whatever it is, the policy cannot be relied on
            yield Song(policy.id, "wrong", problem=f"failed: {type(error).__name__}")
        else:
            status: Literal["right", "wrong"] = "right" if problem is None else "wrong"
            yield Song(policy.id, status, story.slug, problem)


def _difference(story: Story, library: Library) -> str | None:
    """Return in what the answer differs from the expected one; None: in nothing."""
    review = review_story(story, library, _WRITTEN_BASE_URL)
    found = [finding_json(each) for each in review.findings]
    for key in ("determination", "criteria"):
        if [each[key] for each in found] != [each[key] for each in story.expected["findings"]]:
            return f"another {key} than expected"
    cards = msgspec.to_builtins(review.cards)
    if [each["uuid"] for each in cards] != [each["uuid"] for each in story.expected["cards"]]:
        return "other cards than expected"
    return None
