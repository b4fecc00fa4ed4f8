"""Forms within an order's text: what was ticked or answered, put so that clauses can be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What an answer is replaced by; it ends the clause that it answers.
YES, NO, OPEN = "answeredyes", "answeredno", "answeredopen"

_SAID = {
    NO: r"no|none|nil|n|false|negative|never",
    YES: r"yes|y|true|positive",
    OPEN: (
        r"yes\s*/\s*no|y\s*/\s*n|n\s*/\s*a|na|not applicable|unknown|not known|unsure|not sure"
        r"|undecided|not decided|not yet (?:known|decided|determined)|tbd|pending"
        r"|to be (?:determined|decided|confirmed|advised)|unclear|uncertain|maybe"
    ),
}
_ANSWER = rf"(?:{_SAID[OPEN]}|{_SAID[NO]}|{_SAID[YES]})\b"
_ENDS = r"\s*(?:[,;()|\n]|\.(?=\s|$)|$|\band\b|[\-\u2010-\u2015]+\s)"
# Behind a colon, a question mark, a dash on its own or a bracket, and nothing else behind it but
# the next label: "graft: no viable cells" is no answer.
_ANSWERED = re.compile(
    rf"\s*(?:[:=?]+|\s[\-\u2010-\u2015]+(?=\s)|\()\s*(?P<said>{_ANSWER})\)?"
    rf"(?={_ENDS}|[^.,;:=?\n]*[:=?]\s*{_ANSWER})",
    re.IGNORECASE,
)
# Which answers there are, between a label and its answer.
_CHOICE = re.compile(r"\s*\(\s*(?:y\s*/\s*n|yes\s*/\s*no)\s*\)(?=\s*[:=?])", re.IGNORECASE)
_BLANK = re.compile(r":\s*_*\s*(?=;|$)|:?\s*_{2,}")
_BOX = re.compile(
    r"[\[(]\s*(?P<mark>[xX*\N{CHECK MARK}\N{HEAVY CHECK MARK}]?)\s*[\])]"
    r"|(?P<ticked>[\N{BALLOT BOX WITH CHECK}\N{BALLOT BOX WITH X}])|\N{BALLOT BOX}|\N{WHITE SQUARE}"
)
_LINES = re.compile(r"([;\n])")
_LEADING = re.compile(rf"\s*(?P<said>{_ANSWER})", re.IGNORECASE)
_TRAILING = re.compile(rf"(?P<label>.*?)\s*\b(?P<said>{_ANSWER})\s*", re.IGNORECASE | re.DOTALL)


def as_answered(text: str) -> str:
    """Return *text* with each answer put as one word that ends its clause.

    Options that are not ticked are left out. A label without its answer is open.
    """
    lines = "".join(map(_ticked, _LINES.split(text))) if _BOX.search(text) else text
    answered = _ANSWERED.sub(lambda found: f" {_meaning(found['said'])}; ", _CHOICE.sub("", lines))
    return _BLANK.sub(f" {OPEN}; ", answered)


def _meaning(said: str) -> str:
    for meaning in (OPEN, NO, YES):
        if re.fullmatch(_SAID[meaning], said.strip(), re.IGNORECASE):
            return meaning
    return OPEN


@dataclass(frozen=True)
class _Option:
    label: str
    text: str
    ticked: bool


def _ticked(line: str) -> str:
    """Return a line with its boxes read: the options that are ticked, and what they answer."""
    options = list(_options(line))
    if not options:
        return line
    said: list[str] = []
    at = 0
    while at < len(options):
        group = [options[at]]
        while at + len(group) < len(options) and not options[at + len(group)].label:
            group.append(options[at + len(group)])
        at += len(group)
        said.append(_of_group(group))
    return "; ".join(said)


def _of_group(group: list[_Option]) -> str:
    label = group[0].label.rstrip(" :,;")
    ticked = [each.text.strip() for each in group if each.ticked]
    if all(_LEADING.fullmatch(each.text.strip()) for each in group):
        return f"{label}: {ticked[0] if len(ticked) == 1 else 'unknown'}"
    return "; ".join(each for each in (label, *ticked) if each)


def _options(line: str) -> Iterator[_Option]:
    """Yield the options of a line; an option with a label begins another group of them."""
    boxes = [each for each in _BOX.finditer(line) if each[0] != "()"]
    if not boxes:
        return
    ticks = [bool(each["mark"] or each["ticked"]) for each in boxes]
    ends = [0, *(each.end() for each in boxes)]
    between = [
        line[end:start]
        for end, start in zip(ends, [*(each.start() for each in boxes), len(line)], strict=True)
    ]
    if _TRAILING.fullmatch(between[0]) and not between[-1].strip(" .;,"):
        # "yes [ ] no [x]": each box stands behind its option.
        for ticked, written in zip(ticks, between, strict=False):
            parts = _TRAILING.fullmatch(written)
            label = parts["label"].strip(" ,;") if parts else ""
            yield _Option(label, parts["said"] if parts else written, ticked)
        return
    label = between[0].strip()
    for ticked, written in zip(ticks, between[1:], strict=True):
        leading = _LEADING.match(written)
        text = leading["said"] if leading else written
        yield _Option(label, text, ticked)
        label = written[leading.end() :].strip(" ,;.") if leading else ""
