"""Markdown in which the record's own text has no effect: neither markup nor HTML nor links."""

import re
import unicodedata

_ACTIVE = re.compile(r"([\\`*_\[\]<>#+\-.|~&:@/])")

# A number with a point or parenthesis at the beginning would start a list.
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
# A backslash does not keep every renderer from making an address of what surrounds an "@".
_REPLACED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "(at)"}


def escaped(text: str) -> str:
    """Return *text* on one line with every character escaped that Markdown or HTML may act on.

    Letters, digits, spaces, commas and a few harmless signs stay as they are. Colons and slashes
    are escaped too: GitHub's Markdown turns bare addresses into links.
    """
    if not text.isprintable():
        text = "".join(char for char in text if char.isspace() or _is_visible(char))
    single = _ACTIVE.sub(_escape, " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", single)


def _is_visible(char: str) -> bool:
    # Control and format characters: they turn the direction of writing, or hide text.
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}


def _escape(found: re.Match[str]) -> str:
    char = found[1]
    if char in _REPLACED:
        return _REPLACED[char]
    return f"\\{char}" if _acts(found) else char


def _acts(found: re.Match[str]) -> bool:
    # A point or dash inside a number or word is plain text, and unreadable when escaped.
    if found[1] not in ".-+/:":
        return True
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    if found[1] == "/":
        return after == "/" or before == "/"
    if found[1] == ":":
        return after == "/"
    if found[1] == ".":
        in_address = found.string[max(0, found.start() - 3) : found.start()].lower() == "www"
        return in_address or not (before.strip() and (after.isdigit() or after in {"", " "}))
    return not before.strip()
