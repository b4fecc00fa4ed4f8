"""Rewrites an order's text, so that the words which are left mean what they say."""

import re

from cards.orders.remarks import without_remarks

_GRAFT = r"(?:autologous|auto|allogeneic|allogenic|allo|haplo\w*|sibling|mud)"
_TRANSPLANTED = r"(?:transplant\w*|(?:allo|haplo)?(?:hsct|hct|sct|bmt))"
_OF_A_KIND = r"(?:(?:haplo\w*|allo\w*|auto\w*|stem cell|bone marrow) )*"
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
# What cells are infused to do: not what a transplant service is asked to do for somebody.
_AIM = "treat|promote|enhance|improve|restore|convert|augment"
_FURTHER_AIM = (
    "prevent|increase|achieve|correct|reverse|eradicate|induce|establish|reestablish|reduce"
)
_REWRITTEN = (
    # One word: "auto-immune" is no graft, and "non-autologous" not the patient's own.
    (r"\b(pre(?=[\s\-]+emptive)|auto(?=[\s\-]+(?:immun|inflam)))[\s\-]+", r"\1"),
    (r"\bnon[\s\-]+(?=auto|allo)", "non"),
    (r"\bhaplo[\s\-]+identical\b", "haploidentical"),
    (r"(?<=[a-z]{2})/(?=[a-z]{2})", " "),  # not the slash of "s/p"
    (r"\b(stem|bone)(cells?|marrow)\b", r"\1 \2"),
    (r"\bcell(?=transplant)", "cell "),
    (r"\bautol\b\.?", "autologous"),
    (r"\bBM(?= (?:transplant|harvest))", "bone marrow"),
    (r"\bHLA[ \-](?=(?:half[ \-])?(?:matched|identical|mismatched|compatible))", ""),
    (r"\b(?:(?:to|with|by|per) )?dr\.? \w+", ""),
    (r"&", " and "),
    # The graft that it is not to be.
    (
        (
            r"\(?\b(?:not|rather than|instead of|(?:patient |pt )?(?:declin|refus)e[sd])"
            rf" (?:an? )?{_GRAFT}(?:[ \-]?(?:stem[ \-]cell[ \-])?{_TRANSPLANTED})?\b\)?"
        ),
        "",
    ),
    (
        (
            rf"\b{_GRAFT} (?:(?:is )?(?:not (?:possible|feasible|an option|indicated|available)"
            r"|contraindicated|unavailable)|option declined)\b"
        ),
        "",
    ),
    (
        (
            rf"\b(?:followed by|then)"
            rf" (?=(?:{_GRAFT}|stem[ \-]cell|bone marrow|{_TRANSPLANTED}|ahsct|asct)\b)"
        ),
        "and ",
    ),
    (r"\b(intensity|ablative|myeloablative)[ \-]conditioning\b", r"\1"),
    # What it is to do is what it is for: "to treat relapse", "boost - promote engraftment".
    (rf"\b(?:(?:in order|so as) )?to (?=(?:{_AIM}|{_FURTHER_AIM})\b)", "for "),
    (rf"(?:(?<=[,;:(\[]) *|(?<=\s[\-\u2010-\u2015])\s+)(?=(?:{_AIM})\b)", " for "),
    # An abbreviation behind the name that it stands for.
    (
        r"\b(transplant(?:ation)?s?)(?:\s*[(\[]|\s*[,\-]\s*|\s+)(?:HCT|SCT|BMT|CBT|HSCT)\b[)\]]?",
        r"\1",
    ),
    (r"\b(donor) \((?:MMUD|MUD|MSD|MRD)\)", r"\1"),
    (r"\b(?:surgical procedure|surgery|procedure):", ""),
    (r"\bdonor search for\b", "donor search"),
    (r"\b((?:leuk)?apheresis) for(?=.* collection)", r"\1"),
    # How cells are given; behind a drug, it is the drug that is ordered.
    (
        r"\b((?:cells|lymphocytes?|leukocytes?|dli|kg)[,;]?) (?:iv|ivpb|intravenous(?:ly)?)\b",
        r"\1",
    ),
    # The day that it is to be done.
    (
        (
            r"\b(?:on|scheduled(?: for)?|planned(?: for)?|starting)"
            r" (?:\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{2,4})\b"
        ),
        "",
    ),
    (rf"\b(?:in|(?:scheduled |planned )?for) (?:{_MONTH})\b(?! \d{{4}})", ""),
    (r"\bto be (?:done|performed|scheduled|given)\b", ""),
    (r"\b(?:standard of care|on call|as ordered|no contraindications?)\b", ""),
    # What cells of the donor are infused for, and when.
    (
        (
            r"\b(?:mixed|falling|declining|decreasing|low|loss of)(?: donor)?(?: t[ \-]cell)?"
            r" chimerism\b"
        ),
        "mixed",
    ),
    (
        (
            rf"\b(?:post|after)[ \-]+{_OF_A_KIND}{_TRANSPLANTED}"
            r" (?=donor (?:lymph|leuk)|dli\b|stem cell boost|cd34|boost)"
        ),
        "",
    ),
    (rf"\bpost[ \-]+(?={_OF_A_KIND}{_TRANSPLANTED}(?: relapse)?\W*$)", "after "),
)
"""Rewritten in turn, so that the words which are left mean what they say."""


def plain(written: str) -> str:
    """Return a text without the graft that it declines, and without ways of writing."""
    for pattern, replacement in _REWRITTEN:
        written = re.sub(pattern, replacement, written, flags=re.IGNORECASE)
    return without_remarks(written)
