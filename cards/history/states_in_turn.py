"""Puts the states that one text tells in order: "relapsed in May, now in second remission"."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from cards.clinical.states import Phase, Turns
from cards.history.remission_words import ORDINALS, WINDOW, begins, remissions_in
from cards.values.text import Mention, mention, says, words

_ILL = re.compile(
    r"\b(?:(?P<ordinal>first|second|third|fourth|1st|2nd|3rd)\s+)?(?P<relapse>relaps\w*|recurren\w*)"
    r"|\b(?:(?:chemo)?refractory|induction\s+failure)\b",
    re.IGNORECASE,
)
_ARROW = re.compile(r"\s*(?:-+>|=+>|\u2192|\s>\s)\s*")
_SLASH = re.compile(r"(?<=[a-z]{3})/(?=[a-z]{3})", re.IGNORECASE)
_BREAK = re.compile(r"[,;()\r\n]|\.(?=\s|$)")
_SENTENCE = re.compile(r"[;\r\n]|\.(?=\s|$)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"\b(?P<iso>(?:19|20)\d\d)-(?P<iso_month>\d\d)\b|\b(?P<slash_month>\d\d?)/(?P<slash>(?:19|20)\d\d)\b"
    rf"|\b(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<named>(?:19|20)\d\d)\b|\b(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
# A text that tells of more states than this is no name of one, and is not put in order.
_MOST = 40
# How many words may stand between "after" and what is over: "after his first overt relapse". A
# remission needs to follow at once, as "after induction in CR1" is no state of the past.
_REACH = 3
_BETWEEN = frozenset({"in", "a", "an", "the", "his", "her", "their", "brief", "short", "complete"})


class InTurn(NamedTuple):
    """What a text states now, of the several states that it tells.

    More than one phase where its words do not put them in order. *number* is that of the
    remission; 2 stands for any after a relapse.
    """

    phases: frozenset[Phase]
    number: int | None


class _State(NamedTuple):
    """A state that a text names: its phase, its number, and how its words place it in time."""

    start: int
    phase: Phase
    number: int | None
    past: bool
    now: bool
    later: bool
    aside: bool
    day: tuple[int, int | None] | None


def in_turn(written: str, turns: Turns) -> InTurn | None:
    """Return what a text states now; None where it tells of no remission beside another state."""
    text = _SLASH.sub(" / ", _ARROW.sub("; then ", written))
    found = (islice(each, _MOST) for each in (_remissions(text, turns), _illness(text, turns)))
    told = sorted(chain(*found), key=lambda each: each.start)
    if len(told) >= _MOST:
        return InTurn(frozenset(each.phase for each in told), None)
    kinds = {(each.phase, each.number if each.phase == "remission" else None) for each in told}
    if not any(each.phase == "remission" for each in told):
        return None
    if len(kinds) == 1:
        over = all(each.past for each in told)
        return InTurn(frozenset(), None) if over else None
    if kinds == {("remission", None), ("remission", told[0].number or told[-1].number)}:
        return None  # "CR1, complete remission": the same, named twice
    latest = _latest(_standing(told))
    if latest is None:
        return InTurn(frozenset(each.phase for each in _standing(told)), None)
    return _with_number(latest, told)


def _remissions(text: str, turns: Turns) -> Iterator[_State]:
    for each in remissions_in(text, turns):
        if not each.denied and not each.hoped:
            yield _placed(text, (each.start, each.end), "remission", each.number, turns)


def _illness(text: str, turns: Turns) -> Iterator[_State]:
    for match in _ILL.finditer(text):
        first = max(0, match.start() - WINDOW)
        since = [each.end() for each in _SENTENCE.finditer(text, first, match.start())]
        sentence = text[since[-1] if since else first : _end_of_part(text, match.end())]
        sense = mention(sentence.strip(" ()"), (match[0],))
        if sense in (Mention.PRESENT, Mention.HISTORY):
            ordinal = match["ordinal"]
            phase: Phase = "relapse" if match["relapse"] else "refractory"
            number = ORDINALS[ordinal.lower()] if ordinal else None
            yield _placed(text, match.span(), phase, number, turns)


def _placed(
    text: str, span: tuple[int, int], phase: Phase, number: int | None, turns: Turns
) -> _State:
    start, end = span
    first = max(0, start - WINDOW)
    breaks = list(_BREAK.finditer(text, first, start))
    before = text[breaks[-1].end() if breaks else first : start]
    behind = text[end : _end_of_part(text, end)]
    near = words(before)[-_REACH - 1 :]
    now = says(" ".join(near), turns.now) or (not before.strip() and begins(behind, turns.now))
    if phase == "remission":
        while near and near[-1] in _BETWEEN:
            near = near[:-1]
        near = near[-2:]
        over = any(near[-len(each) :] == each for each in map(words, turns.past))
    else:
        over = says(" ".join(near), turns.past)
    past = not now and (over or begins(behind, turns.ended))
    return _State(
        start=start,
        phase=phase,
        number=number,
        past=past,
        now=now,
        later=says(before, turns.later),
        aside=bool(breaks) and breaks[-1][0] == "(",
        day=_day(behind, before if not breaks or breaks[-1][0] != "(" else ""),
    )


def _end_of_part(text: str, start: int) -> int:
    last = min(len(text), start + WINDOW)
    found = _BREAK.search(text, start, last)
    return found.start() if found else last


def _day(behind: str, before: str) -> tuple[int, int | None] | None:
    """Return year and month beside a state, if its part of the text names one day alone."""
    found = [*_DATE.finditer(behind)] or [*_DATE.finditer(before)]
    if len(found) != 1:
        return None
    match = found[0]
    year = match["iso"] or match["slash"] or match["named"] or match["year"]
    month = match["iso_month"] or match["slash_month"]
    if match["name"]:
        return int(year), _MONTHS.index(match["name"].lower()[:3]) + 1
    return int(year), int(month) if month else None


def _standing(told: Sequence[_State]) -> Sequence[_State]:
    """Return the states that hold by their own words; failing that, all that are told."""
    now = [each for each in told if each.now]
    return now or [each for each in told if not each.past] or told


def _latest(standing: Sequence[_State]) -> _State | None:
    """Return the state that comes last; None where the words leave it open."""
    latest = standing[0]
    for each in standing[1:]:
        comes_after = _comes_after(latest, each)
        if comes_after is None:
            return None
        latest = each if comes_after else latest
    return latest


def _comes_after(one: _State, other: _State) -> bool | None:
    """Whether *other*, which the text names after *one*, came after it; None if it does not say."""
    by_day = _by_day(one, other)
    if by_day is not None:
        return by_day
    if other.later:
        return True
    if one.phase == other.phase:
        # "Relapsed, second relapse", "CR1, CR2": the higher number came later.
        return (other.number or 0) >= (one.number or 0)
    if one.phase == "remission":
        return _ill_after(one, other)
    if other.phase == "remission":
        # Who was refractory and is in a numbered remission reached it since, and a second one
        # comes after a relapse. A first one does not.
        return True if other.number and (one.phase == "refractory" or other.number > 1) else None
    return None


def _ill_after(remission: _State, illness: _State) -> bool | None:
    """Whether relapse or refractory disease that is named behind a remission came after it."""
    if illness.phase == "refractory" or remission.number is None:
        return None
    if remission.number == 1:
        return True
    if illness.number is not None:
        return illness.number >= remission.number
    return False if illness.aside else None


def _by_day(one: _State, other: _State) -> bool | None:
    if one.day is None or other.day is None or one.day == other.day:
        return None
    (year, month), (other_year, other_month) = one.day, other.day
    if year != other_year:
        return year < other_year
    return None if month is None or other_month is None else month < other_month


def _with_number(latest: _State, told: Sequence[_State]) -> InTurn:
    relapsed = any(each.phase == "relapse" for each in told)
    if latest.phase != "remission":
        together = {each.phase for each in told if not each.past and each.phase != "remission"}
        return InTurn(frozenset({latest.phase, *together}), None)
    if latest.number == 1 and relapsed:
        # No first remission follows a relapse: one of the two is wrong.
        return InTurn(frozenset({"remission", "relapse"}), None)
    return InTurn(frozenset({"remission"}), latest.number or (2 if relapsed else None))
