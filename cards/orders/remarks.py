"""Remarks in an order's text that change nothing of what is ordered, such as a trial's number."""

import re

_UNIT = r"(?:unit|floor|ward|center|centre)"
_TRANSPLANTED = r"(?:transplant(?:ation)?s?|[hs]ct|hsct|bmt)"
_REMARKS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), replacement)
    for pattern, replacement in (
        # What stands in front: a label, or who let it go ahead.
        (
            (
                r"\A\s*(?:px|proc|service|prior auth(?:orization)?|d(?:ay )?0|(?:clinical )?trial)"
                r"\s*:"
            ),
            "",
        ),
        (r"\A\s*(?:(?:patient|pt) )?(?:cleared|approved|ok(?:ay)?) for\b", "request for"),
        (r"\A\s*set up\b", "arrange"),
        # Numbers of trials, and of the order in a catalogue; not that of a laboratory.
        (
            (
                r"\b(?:(?:on|per|in|under) )?(?:(?:clinical )?(?:trial|study|protocol)\b[ :#]*)?"
                r"\bNCT[\s:#\-]{0,2}\d{8}\b"
            ),
            "",
        ),
        (r"[(\[](?!lab|img|rad|pth|mic)[a-z]{2,5}[ \-]?\d{3,}[)\]]", ""),
        # A day, but not that of what came before: "from brother 2020-01-31".
        (
            (
                r"\A((?:(?!\b(?:from|at|with|by|after|following|since|until)\b).)*?)"
                r"(?<![\d\-])(?:19|20)\d\d-\d\d-\d\d\b"
            ),
            r"\1",
        ),
        (
            (
                r"\b(dli|(?:lymphocyte|leukocyte)s? infusions?|boost) (?:on|at) day \+?\d+"
                r"(?=\s*(?:\Z|[,;.)]))"
            ),
            r"\1",
        ),
        # Why, and without what.
        (r"\bd/t\b", "due to"),
        (r"\bw/o\b", "without"),
        (r"(?!\A)\b(?:dx|diagnosis|purpose|rationale)\s*:", "for"),
        # Where, and how.
        (
            (
                r"\b(?:at|in|on) (?:(?:the|our) )?(?:bone marrow |stem cell )?"
                rf"{_TRANSPLANTED} {_UNIT}(?=\W*\Z)"
            ),
            "",
        ),
        (
            (
                r"\b((?:cell|marrow|lymphocyte|leukocyte)s? (?:re)?infusions?[,;]?)"
                r" (?:iv|ivpb|intravenous(?:ly)?)\b"
            ),
            r"\1",
        ),
        # What is well, is not needed, or was talked over.
        (r"\b(?:no known (?:\w+ )?allerg(?:y|ies)|nkda|nka)\b", ""),
        (
            (
                r"\bno (?:(?:active|acute|chronic|current|ongoing|(?:evidence|signs?) of) )*"
                r"(?:gvhd|graft[ \-](?:versus|vs)[ \-]host(?: disease)?|infections?)\b"
            ),
            "",
        ),
        (rf"\bno (?:prior|previous|earlier) (?:[\w\-]+ ){{0,3}}?{_TRANSPLANTED}\b", ""),
        (
            (
                r"\b(?:hla )?(?:typing|premedication|tbi|interpreter) (?:is )?not"
                r" (?:needed|required|necessary)\b"
            ),
            "",
        ),
        (r"\bnot urgent\b", ""),
        (r"\bpending (?:insurance|payer|plan) (?:approval|auth(?:orization)?)\b", ""),
        (r"([,;.(\-]\s*)discussed with (?:the )?(?:patient|pt|family|parents?)\b", r"\1"),
    )
)


def without_remarks(written: str) -> str:
    """Return a text without what changes nothing of what is ordered, shorthand written out."""
    for pattern, replacement in _REMARKS:
        written = pattern.sub(replacement, written)
    return written
