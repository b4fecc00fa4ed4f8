"""One place where a text names cells, blood or marrow: whether it says that the graft has them."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final, Literal

from cards.clinical.products import Product
from cards.orders.forms import NO, OPEN, YES
from cards.orders.material_words import (
    COMBINING,
    ELSEWHERE,
    GONE,
    GRAFTS,
    HOLDERS,
    JOINED_BY,
    JOINED_TO_GRAFTS,
    LISTING,
    OWN,
    QUALIFIERS,
    SAME_THING,
    TRANSPARENT,
)
from cards.orders.sentences import (
    ASKED,
    Sentence,
    Words,
    has,
    is_bound_denial,
    is_closing,
    is_denied_thing,
    is_negator,
    is_open,
    negator_behind,
)
from cards.values.text import Mention

# How far a verb of combining may stand from what is combined.
_NEAR, _NEAR_BEHIND = 8, 6
_SOME = ("or", "nor")
_PAST = (
    "history of", "hx of", "h o", "s p", "status post", "previous", "previously", "prior",
    "earlier", "failed", "past", "old", "removed", "removal of", "family history", "allergy to",
    "allergic to", "instead of", "rather than", "last",
)  # fmt: skip


class _AtHand(Enum):
    """A material that is there, and not said to be for the graft: less than what is stated."""

    AT_HAND = "at hand"


_AT_HAND: Final = _AtHand.AT_HAND
Sense = Mention | Literal[_AtHand.AT_HAND] | None


@dataclass(frozen=True)
class MaterialPlace:
    """One place of a material's name in a sentence: which part, and from which word to which."""

    sentence: Sentence
    at: int
    start: int
    end: int
    product: Product

    @property
    def part(self) -> Words:
        """The words between two commas among which it stands."""
        return self.sentence.parts[self.at]

    @property
    def name(self) -> Words:
        """The words that name the material."""
        return self.part[self.start : self.end]

    @cached_property
    def behind(self) -> Words:
        """Return what follows, behind the words that go on naming the same thing."""
        rest = self.part[self.end :]
        at = 0
        while at < len(rest) and (
            rest[at] in SAME_THING
            or (
                rest[at] in ("and", *_SOME) and rest[at + 1 : at + 2] and rest[at + 1] in SAME_THING
            )
        ):
            at += 1
        if not self.product.combined and rest[at : at + 1] and rest[at] in HOLDERS:
            at += 1
        return rest[at:]

    @property
    def sense(self) -> Sense:
        """How the sentence speaks of the material here."""
        if has(self.part[: self.start], _PAST):
            return None
        said = self._stated()
        answer = self.sentence.answer
        if answer in (YES, NO, OPEN) and self.at < self.sentence.answered_from:
            answer = None
        if answer == NO:
            if said is Mention.NEGATED:
                return Mention.DOUBTFUL
            return Mention.NEGATED if is_denied_thing(self.behind) else None
        if said is None:
            named = answer == YES and self.product.combined and self._is_whole
            return Mention.DOUBTFUL if named else None
        if answer in (OPEN, ASKED) or is_open(
            self.sentence, self.at, self.start, self.part[self.end :]
        ):
            return Mention.DOUBTFUL
        return Mention.PRESENT if answer == YES and said is _AT_HAND else said

    def _stated(self) -> Sense:
        if self._is_denied():
            return Mention.NEGATED if self._is_proof else None
        if self._is_gone():
            return Mention.NEGATED
        if self.product.combined:
            return self._combined()
        if self._is_whole:
            return Mention.DOUBTFUL if self._in_denied_list() else Mention.PRESENT
        return None if self.behind[0] in ELSEWHERE else Mention.DOUBTFUL

    @property
    def _is_whole(self) -> bool:
        """Whether nothing follows that makes it a part of another thing's name."""
        return not self.behind or is_closing(self.behind[0])

    @property
    def _is_some_product(self) -> bool:
        return self.behind[:1] in (("product",), ("products",), ("component",), ("components",))

    @property
    def _is_proof(self) -> bool:
        """Whether a bare denial is one of the material in the graft: "no marrow", and no more.

        "No blood" alone may be of a transfusion.
        """
        if COMBINING & set(self.part[: self.start]):
            return self._is_whole or self._is_some_product
        if not is_denied_thing(self.behind):
            return False
        around = {word for part in self.sentence.parts for word in part}
        others = {"marrow", "bma"} | OWN | COMBINING
        return "blood" not in self.name or bool(others & around)

    def _is_denied(self) -> bool:
        if is_bound_denial(self.part, self.start):
            return True
        # "No viable cells, blood, or marrow".
        return self._in_denied_list() and self._is_listed

    @property
    def _is_listed(self) -> bool:
        return bool(set(_SOME) & {word for part in self.sentence.parts[self.at :] for word in part})

    def _in_denied_list(self) -> bool:
        """Whether it is one of a list that a part before it began to deny."""
        if self.part[0] in JOINED_BY or not set(self.part[: self.start]) <= LISTING:
            return False
        for earlier in reversed(self.sentence.parts[: self.at]):
            if is_bound_denial(earlier, len(earlier)):
                return True
            if not set(earlier) <= TRANSPARENT:
                return False
        return False

    def _is_gone(self) -> bool:
        rest = self.behind
        return (
            bool(rest[:1] and rest[0] in GONE)
            or negator_behind(rest)
            or (self.part[self.end : self.end + 1] == ("free",))
        )

    def _combined(self) -> Sense:
        verb = self._verb_before()
        if verb is not None:
            return self._behind_verb(*verb)
        if self._is_led_to_verb() or self._is_led_to_graft():
            return Mention.PRESENT
        if not self._is_whole:
            return None
        if self._is_joined_on():
            loose = any(is_negator(self.part, each) for each in range(self.start))
            return Mention.DOUBTFUL if loose else Mention.PRESENT
        return _AT_HAND if self._is_for_grafts else None

    @property
    def _is_for_grafts(self) -> bool:
        """Whether the material is one that is taken for grafts: aspirate, or the patient's own."""
        around = {*self.name, *self.part[max(0, self.start - 3) : self.end + 2]}
        if "blood" in self.name:
            return bool(OWN & around) and "marrow" not in self.name
        return bool({"bma", "aspirate"} & around or OWN & around)

    def _verb_before(self) -> tuple[int, int] | None:
        """Return part and place of the nearest verb of combining before the name."""
        distance = self.start
        for at in range(self.at, -1, -1):
            part = self.sentence.parts[at]
            end = self.start if at == self.at else len(part)
            for place in range(end - 1, -1, -1):
                away = distance - place if at == self.at else distance + len(part) - place
                if away > _NEAR:
                    return None
                is_add_on = part[place : place + 2] == ("add", "on")
                if part[place] in COMBINING and not is_add_on:
                    return at, place
            if at != self.at:
                distance += len(part)
            if any(is_negator(part, each) for each in range(end)) and at != 0:
                # What stands before a denial of its own is another statement.
                return None
        return None

    def _behind_verb(self, at: int, place: int) -> Mention | None:
        part = self.sentence.parts[at]
        between = (
            part[place + 1 : self.start]
            if at == self.at
            else (*part[place + 1 :], *self.part[: self.start])
        )
        tight = bool(between) and set(between) <= QUALIFIERS | {"with", "in", "by", "and", "or"}
        if is_bound_denial(part, place):
            if not (self._is_whole or self._is_some_product):
                return None
            return Mention.NEGATED if at == self.at or self._is_listed else Mention.DOUBTFUL
        if self._is_whole:
            return Mention.PRESENT
        if self.behind[0] in ELSEWHERE:
            return None
        return Mention.PRESENT if tight else Mention.DOUBTFUL

    def _is_led_to_verb(self) -> bool:
        """Whether a verb of combining follows: "marrow added to the graft", "BMA-soaked"."""
        rest = self.behind[:_NEAR_BEHIND]
        for word in rest:
            if word in COMBINING:
                return True
            if word not in TRANSPARENT and not word.endswith("ly"):
                return False
        return False

    def _is_led_to_graft(self) -> bool:
        """Whether it is for a graft that follows: "marrow aspirate with allograft"."""
        leading, *rest = (*self.behind[:3], "")
        onto = leading in JOINED_BY or leading in ("on", "onto", "into")
        graft = next((word for word in rest if word not in ("the", "a")), "")
        return onto and graft in GRAFTS and self._is_for_grafts

    def _is_joined_on(self) -> bool:
        """Whether it stands beside a graft: "granules plus marrow aspirate"."""
        place = self.start
        while place > 0 and (
            self.part[place - 1] in QUALIFIERS or self.part[place - 1][0].isdigit()
        ):
            place -= 1
        leading = self.part[place - 1] if place else ""
        if "blood" in self.name and not (OWN & set(self.part[place : self.end])):
            return False
        beside = set(self.part[: max(place - 1, 0)])
        return leading in JOINED_BY or (leading in JOINED_TO_GRAFTS and bool(beside & GRAFTS))
