"""How deep JSON may be nested that is decoded; what stays raw is passed over, however deep."""

from service.errors import BadRequest

MOST_DEPTH = 200
"""FHIR as it is seen stays below 30, with a Bundle and contained resources around it."""

_TO_BRACES = bytes.maketrans(b"[]", b"{}")
_NOTHING_ELSE = bytes(each for each in range(256) if each not in b'{}[]"')


def refuse_deep(body: bytes) -> None:
    """Raise BadRequest where *body* is nested deeper than `MOST_DEPTH`; it need be no JSON.

    Without strings and values, JSON is brackets alone; each pass takes the innermost ones away, at
    the speed of a search in bytes. What is left after that many passes is too deep, or is not JSON
    and is told so by who reads it.
    """
    if body.count(b"{") + body.count(b"[") <= MOST_DEPTH:
        return
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    braces = body.translate(_TO_BRACES, _NOTHING_ELSE).replace(b'""', b"")
    if b'"' in braces:  # brackets in a string
        braces = b"".join(braces.split(b'"')[::2])
    if b"{" * (MOST_DEPTH + 1) in braces:
        raise _too_deep()
    for _ in range(MOST_DEPTH):
        if not braces:
            return
        shorter = braces.replace(b"{}", b"")
        if len(shorter) == len(braces):
            break  # unbalanced
        braces = shorter
    if braces.count(b"{") > MOST_DEPTH or b"{}" in braces:
        raise _too_deep()


def _too_deep() -> BadRequest:
    problem = f"is nested deeper than {MOST_DEPTH} levels"
    return BadRequest("body", problem, "Send FHIR as it is", code="structure")
