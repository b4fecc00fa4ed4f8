"""How codes and words name a transplant and its graft type, and how an answer denies one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cards.clinical.services import Graft
from cards.facts import FindingFact, Words
from cards.record.naming import matches_words
from cards.values.coding import ICD_10_PCS, Concept, read_concept
from cards.values.text import Mention, mention, normalised, says, words
from cards.view import View

_ANY = "stem-cell-transplant"
_NAMED: Mapping[Graft, str] = {
    "autologous": "autologous-transplant",
    "allogeneic": "allogeneic-transplant",
}

# Character 5 is the vein, 6 the substance (marrow, stem cells, cord blood, T-cell depleted), 7
# the donor: none but 0 is another person. So codes of every release are read, former ones too.
_ICD_10_PCS = re.compile(r"302[34][03][GYXU](?P<donor>[0-4])")

# What a text speaks of when it denies something else than the transplant: "no GVHD after HCT".
_ABOUT_OTHER = (
    "chimerism", "relapse", "relapses", "recurrence", "gvhd", "graft versus host", "complication",
    "complications", "failure", "rejection", "infection", "infections", "engraftment", "cytopenia",
    "toxicity", "mucositis", "donor", "remission", "disease", "response", "day", "days", "after",
    "following", "since", "post", "risk", "survival", "consent", "indication", "indications",
)  # fmt: skip
_DENYING = frozenset({"no", "never", "none", "not", "negative", "absent", "denies", "denied"})
_BESIDE_A_DENIAL = frozenset(
    {
        "transplant", "transplants", "transplanted", "transplantation", "stem", "cell", "cells",
        "bone", "marrow", "hematopoietic", "haematopoietic", "hsct", "hct", "bmt", "sct", "prior",
        "previous", "earlier", "history", "of", "a", "any", "been", "has", "had", "done",
        "performed", "received", "recorded", "known", "documented", "allogeneic", "autologous",
        "to", "date", "so", "far", "yet", "undergone",
    }
)  # fmt: skip
# What a procedure's title names beside a transplant when it is only done for one or after one.
_AROUND = (
    "search", "line", "catheter", "port", "authorization", "insurance", "financial", "evaluation",
    "evaluate", "workup", "work up", "work-up", "consult", "consultation", "referral", "education",
    "teaching", "class", "counseling", "clearance", "typing", "test", "testing", "screening",
    "biopsy", "aspirate", "aspiration", "echocardiogram", "echocardiography", "imaging", "ct",
    "mri", "pet", "ecg", "harvest", "harvesting", "collection", "mobilization", "apheresis",
    "conditioning", "chemotherapy", "irradiation", "radiation", "preparation", "planning", "visit",
    "clinic", "follow up", "follow-up", "surveillance", "vaccination", "immunization", "dental",
    "consent", "meeting", "assessment", "before", "prior to", "pre", "prophylaxis", "management",
    "complication", "complications", "rejection",
)  # fmt: skip
_TRANSPLANT = (
    r"(?:(?:allo\w*|auto\w*|haplo\w*|stem|bone|blood|peripheral|cell|marrow|ha?ematopoietic"
    r"|progenitor|cord|matched|unrelated|related|sibling|donor|second|repeat|mud|msd) ){0,12}"
    r"(?:transplant\w*|(?:allo|auto|haplo)?(?:hsct|hct|sct|bmt)|a?h?sct)"
)
_RELATIVE = (
    r"(?:siblings?|son|daughter|twin|husband|wife|spouse|partner|niece|nephew|grandson"
    r"|granddaughter|relative|family member)"
)
# Put off and not, as far as the text goes, done later.
_PUT_OFF = (
    r"(?:postponed|aborted|abandoned|suspended|on hold"
    r"|not yet (?:been )?(?:done|performed|completed|received|undergone))"
    r"(?!.{0,120}\b(?:then|later|since|eventually|finally|done|performed|completed|received|underwent)\b)"
)
# What a text tells of transplants that are only looked for, consented to or wished for, or were
# another person's.
_NOT_DONE_HERE = re.compile(
    r"\b(?:consent\w*|search\w*|authoriz\w+|authoris\w+|approv\w+|approval|discuss\w*|recommend\w*"
    r"|needs?|needing|requires?|requiring|wants?|wishes|desires?|interested in|benefit from"
    r"|wait(?:ing)? ?list\w*|wait(?:s|ing)|donors? (?:identified|found|located|selected|secured)"
    r"|indications? for|indicated for|insurance|upcoming|future|possibility of|options?)"
    r"(?: (?:for|to|of|about|on|regarding|from|an?|the|undergo|have|receive|get|proceed|with"
    r"|authorization|approval|form|signed|include|includes|including))*"
    rf" {_TRANSPLANT}\b"
    rf"|\bpre {_TRANSPLANT}\b"
    rf"|\b{_TRANSPLANT} (?:is |was |has been |has |been |to be |yet to be |(?=consent|search))*"
    rf"(?:donor (?:search|identified|found|located|selected)|{_PUT_OFF}"
    r"|consent\w*|search\w*|authoriz\w+|authoris\w+|approv\w+|insurance|discuss\w*|recommend\w*"
    r"|needed|required|indicated|pending|advised|desired|wanted|requested|anticipated|expected"
    r"|options?|teaching|education)\b"
    rf"|\b{_RELATIVE} (?:who |also |has |have |had |is |was |been |recently |already |an? )*"
    r"(?:received|receiving|underwent|undergone|had|got|transplanted|s/p|status post|h/o"
    r"|history of|recipient)\b.*"
    rf"|\b{_RELATIVE}'s? {_TRANSPLANT}\b"
)
# A transplant with its day, as far as it is given.
_ON_A_DAY = re.compile(
    rf"\b{_TRANSPLANT},? ?\(?(?:(?:in|on|for|by|of|early|late|mid|the|q[1-4]|spring|summer|fall"
    r"|autumn|winter|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec) )*"
    r"(?:(?P<us_month>\d\d?)/(?:(?P<us_day>\d\d?)/)?(?P<us_year>20\d\d)"
    r"|(?P<year>20\d\d)(?: (?P<month>[01]\d)(?: (?P<day>[0-3]\d))?)?)\b"
)
_REGIMEN = (
    r"(?:(?:non)?myeloablative|reduced|full|standard|intensity|toxicity|dose|ric|rtc|mac|nma|non"
    r"|mini|based|and|plus|a|flu|fludarabine|mel|melphalan|bu|busulfan|cy|cyclophosphamide|tt|thiotepa"
    r"|treo|treosulfan|tbi|tli|atg|bucy|cytbi|flubu|flumel|flamsa|beam|alemtuzumab|clofarabine)\d*"
)
# The conditioning that a transplant was done after tells how it was done.
_BY = r"(?:with|after|following|using)"
_CONDITIONED = re.compile(
    rf"(?P<transplant>{_TRANSPLANT}\b.{{0,80}}?)"
    rf"(?: ?[,(] ?(?:{_BY} )?(?:{_REGIMEN}[/+, ]+)+| {_BY} (?:{_REGIMEN}[/+, ]+)*)"
    r"conditioning(?: regimen)?\b"
)
_SPACED_DASH = re.compile(r"\s[\-\u2010-\u2015]\s")
_CLAUSES = re.compile(r"[.;]+(?=\s|$)|[\r\n]+")
_AFFIRMING = frozenset({"yes", "present", "positive", "true", "done", "completed", "performed"})
_FLAGS = {"NEG": False, "ND": False, "POS": True, "DET": True}
_COUNTING = ("number", "count", "how many")


class Terms:
    """The codes and words of transplants, as the clinical facts list them."""

    def __init__(self, view: View) -> None:
        self.clinical = view.clinical
        self._as_of = view.as_of
        self.any = view.fact(_ANY, FindingFact)
        self.types = {graft: view.fact(name, FindingFact) for graft, name in _NAMED.items()}

    def holds(self, value_sets: Iterable[str], concept: Concept) -> bool:
        """Whether any of the value sets holds a code of the concept."""
        return any(self.clinical.value_sets[name].holds_any(concept) for name in value_sets)

    def coded(self, concept: Concept) -> tuple[bool, frozenset[Graft]]:
        """Return whether the codes name a transplant, and the graft types that they name."""
        grafts = {graft for graft, fact in self.types.items() if self.holds(fact.codes, concept)}
        for coding in concept.codings:
            parts = _ICD_10_PCS.fullmatch(coding.code.upper())
            if parts is not None and coding.system == ICD_10_PCS:
                grafts.add("autologous" if parts["donor"] == "0" else "allogeneic")
        return bool(grafts) or self.holds(self.any.codes, concept), frozenset(grafts)

    def worded(self, text: str) -> tuple[Mention, frozenset[Graft]] | None:
        """Return how a text speaks of a transplant, and of which types; None if it does not.

        What was only planned, or done to somebody else, is left out.
        """
        found = self._worded(text)
        if found is None:
            return None
        clauses = [normalised(each) for each in _CLAUSES.split(text)]
        done = [self._without_later(_NOT_DONE_HERE.sub(" ", each)) for each in clauses]
        return found if done == clauses else self._worded("; ".join(done))

    def _without_later(self, clause: str) -> str:
        """Return a clause without the transplants that are yet to come, by the day beside them."""

        def kept(found: re.Match[str]) -> str:
            return " " if self._is_later(found.groupdict()) else found[0]

        return _ON_A_DAY.sub(kept, clause)

    def _is_later(self, day: Mapping[str, str | None]) -> bool:
        """Whether a day is after the as-of date, as far as both are given."""
        written = [day[each] or day[f"us_{each}"] for each in ("year", "month", "day")]
        given = [int(each) for each in written if each is not None]
        return given > [self._as_of.year, self._as_of.month, self._as_of.day][: len(given)]

    def _worded(self, text: str) -> tuple[Mention, frozenset[Graft]] | None:
        alone = Concept(texts=(text,))
        named = {
            graft: fact.words.any_of
            for graft, fact in self.types.items()
            if matches_words(alone, fact.words)
        }
        denied = self._denied(alone)
        if not named and not matches_words(alone, self.any.words):
            return (denied, frozenset()) if denied is not None else None
        phrases = list(named.values()) or [self.any.words.any_of]
        senses = {denied, *(mention(text, phrase) for phrase in phrases)} - {None}
        sense = senses.pop() if len(senses) == 1 else None
        either = len(named) > 1 and says(text, ("or", "versus", "vs"))
        return sense or Mention.DOUBTFUL, frozenset() if either else frozenset(named)

    def _denied(self, alone: Concept) -> Mention | None:
        """Return how a text speaks of the patient by a name that denies any transplant."""
        denying = Words(any_of=self.any.opposite_words, none_of=self.any.words.none_of)
        if not matches_words(alone, denying):
            return None
        sense = mention(alone.texts[0], denying.any_of)
        if sense is Mention.PRESENT:
            return Mention.NEGATED
        return sense if sense is Mention.FAMILY else Mention.DOUBTFUL

    def types_in(self, text: str) -> frozenset[Graft]:
        """Return the graft types that a text names, though it names no transplant."""
        return frozenset(
            graft
            for graft, fact in self.types.items()
            if mention(text, fact.words.any_of) is Mention.PRESENT
        )

    def is_other_service(self, concept: Concept) -> bool:
        """Whether a code is that of a service which is no transplant, such as a harvest."""
        return any(
            service.step != "transplant"
            and self.holds((*service.codes, *service.codes_with_words), concept)
            for service in self.clinical.services.values()
        )


def is_about_other(texts: Iterable[str]) -> bool:
    """Whether any text speaks of what comes after a transplant rather than of the transplant."""
    return any(says(each, _ABOUT_OTHER) for each in texts)


def answer(part: Mapping[str, Any]) -> bool | None:
    """Return the yes or no of an Observation about transplants; None where it is neither.

    A bare number is an answer only where a number of transplants is asked for.
    """
    if isinstance(part.get("valueBoolean"), bool):
        return bool(part["valueBoolean"])
    number = part.get("valueInteger")
    asked = any(says(each, _COUNTING) for each in read_concept(part.get("code")).texts)
    if asked and isinstance(number, int) and not isinstance(number, bool):
        return number > 0
    said = {*_answers(texts_of(part)), *_flagged(part)}
    return said.pop() if len(said) == 1 else None


def _flagged(part: Mapping[str, Any]) -> Iterator[bool]:
    written = part.get("interpretation")
    for each in written if isinstance(written, list) else [written]:
        codes = {coding.code.upper() for coding in read_concept(each).codings}
        if codes & _FLAGS.keys():
            yield all(_FLAGS[code] for code in codes & _FLAGS.keys())


def texts_of(part: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the value of an Observation as far as it is text."""
    written = part.get("valueString")
    texts = read_concept(part.get("valueCodeableConcept")).texts
    return (*texts, written) if isinstance(written, str) else texts


def _answers(texts: Iterable[str]) -> Iterator[bool]:
    for each in texts:
        found = words(each)
        if found and found[0] in _AFFIRMING:
            yield True
        elif found and found[0] in _DENYING and set(found[1:]) <= _BESIDE_A_DENIAL | _DENYING:
            yield False


def is_around_transplant(texts: Iterable[str]) -> bool:
    """Whether a procedure's title speaks of something done for a transplant or after one.

    The conditioning that it was done after ("HCT with RIC conditioning") is part of its name.
    """
    plain = (normalised(_SPACED_DASH.sub(", ", each)) for each in texts)
    return any(says(_CONDITIONED.sub(r"\g<transplant> ", each), _AROUND) for each in plain)
