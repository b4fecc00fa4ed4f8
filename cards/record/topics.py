"""What a resource is about, asked once for each way of writing it rather than for each resource.

A record repeats a few codes over thousands of results. Whether a code concerns a fact is the same
for all of them, so it is asked once, and remembered while the service runs.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from cards.values.coding import Concept, read_concept

_MOST_REMEMBERED = 4096
_LONGEST_REMEMBERED = 1000

Asker = tuple[object, ...]
"""Who asks: all that the answer depends on beside the concept, compared one by one for identity."""


class Topic:
    """The concepts of one way of writing `code`, those of the components included."""

    __slots__ = ("_answers", "concepts")

    def __init__(self, concepts: tuple[Concept, ...]) -> None:
        self.concepts = concepts
        self._answers: dict[tuple[int, ...], tuple[Asker, bool]] = {}

    def concerns(self, asker: Asker, accepts: Callable[[Concept], bool]) -> bool:
        """Whether *accepts* holds for any concept; asked once for each *asker*."""
        return self.answer(_identities(asker), asker, accepts)

    def answer(
        self, key: tuple[int, ...], asker: Asker, accepts: Callable[[Concept], bool]
    ) -> bool:
        """Return the same to who has the *key* of the asker at hand, for many topics."""
        known = self._answers.get(key)
        if known is None:
            # Holding on to the asker keeps its identity from being given to another.
            known = asker, any(accepts(concept) for concept in self.concepts)
            self._answers[key] = known
        return known[1]


def _identities(asker: Asker) -> tuple[int, ...]:
    return tuple(map(id, asker))


_remembered: dict[Hashable, Topic] = {}
_encode = msgspec.json.Encoder().encode


def topic_of(resource: Mapping[str, Any]) -> Topic:
    """Return the topic of a resource; the same object for resources that are coded alike."""
    codes = [resource.get("code")]
    written = _encode(codes[0])
    if isinstance(components := resource.get("component"), list):
        codes += [part.get("code") for part in components if isinstance(part, dict)]
        written = b"components " + _encode(codes)
    topic = _remembered.get(written)
    if topic is None:
        topic = Topic(tuple(map(read_concept, codes)))
        _remember(written, topic, len(written))
    return topic


def topic_for(concept: Concept) -> Topic:
    """Return the topic of one concept; the same object for equal concepts."""
    topic = _remembered.get(concept)
    if topic is None:
        topic = Topic((concept,))
        _remember(concept, topic, sum(map(len, concept.texts)))
    return topic


def _remember(key: Hashable, topic: Topic, length: int) -> None:
    if length <= _LONGEST_REMEMBERED:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = topic


class ByTopic:
    """The resources of one type, by what they are about."""

    def __init__(self, resources: Iterable[Mapping[str, Any]]) -> None:
        self._resources: Sequence[Mapping[str, Any]] = tuple(resources)
        self._places: dict[Topic, list[int]] = {}
        for place, resource in enumerate(self._resources):
            topic = topic_of(resource)
            if topic not in self._places:
                self._places[topic] = []
            self._places[topic].append(place)

    def about(self, asker: Asker, accepts: Callable[[Concept], bool]) -> list[Mapping[str, Any]]:
        """Return the resources that concern *asker*, in the order in which they came."""
        key = _identities(asker)
        places = [
            place
            for topic, some in self._places.items()
            if topic.answer(key, asker, accepts)
            for place in some
        ]
        return [self._resources[place] for place in sorted(places)]
