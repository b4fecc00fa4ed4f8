"""Clinical facts as data: which codes and words mean a fact, in which units, and what counts.

A fact is defined once, under `clinical/facts/`, and shared by every policy that asks for it.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from cards.forms import Text

Factor = Annotated[Decimal, Field(gt=0), PlainSerializer(str)]


class Strict(BaseModel):
    """Data that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Words(Strict):
    """Phrases that mean a thing, and phrases that mean another thing that resembles it."""

    any_of: tuple[str, ...] = ()
    and_any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


class Measurement(Strict):
    """A number with a unit, read from Observations; the latest counts.

    *codes_with_unit* are codes of a neighbouring quantity under which some sites send this one:
    they count only with the units named, and are another quantity otherwise. *codes_with_words*
    are general codes that mean it where the text says so. *other_quantities* are names beside its
    code that make it doubtful which of the two is meant. *units* maps every
    accepted spelling to the exact factor into *unit*; whatever is not there is not read.
    *part_words* are words that name it, all of them, in a part of a panel that is named for it.
    *zero_words* are results in words that mean none at all. *plausible* bounds are inclusive, in
    *unit*.
    """

    kind: Literal["measurement"]
    label: Text
    codes: tuple[str, ...] = ()
    codes_with_unit: dict[str, tuple[str, ...]] = {}
    codes_with_words: tuple[str, ...] = ()
    lower_limit_codes: str | None = None
    upper_limit_codes: str | None = None
    lookalike_codes: tuple[str, ...] = ()
    words: Words = Words()
    other_quantities: tuple[str, ...] = ()
    unit: str
    units: dict[str, Factor]
    unit_may_be_absent: bool = False
    zero_words: tuple[str, ...] = ()
    refused_units: tuple[str, ...] = ()
    part_words: tuple[str, ...] = ()
    plausible: tuple[Decimal, Decimal]

    @model_validator(mode="after")
    def _check(self) -> "Measurement":
        if self.unit not in self.units:
            message = f"units: the unit {self.unit!r} itself is missing; add it with factor 1"
            raise ValueError(message)
        if self.units[self.unit] != 1:
            message = f"units: the factor of the unit {self.unit!r} itself is 1; mend it"
            raise ValueError(message)
        if self.plausible[0] >= self.plausible[1]:
            message = "plausible: write the lowest value first, then the highest"
            raise ValueError(message)
        if not (self.codes or self.words.any_of):
            message = "codes: name at least one value set, or words.any_of"
            raise ValueError(message)
        return self


class Answers(Strict):
    """What the value of an Observation or report means for a finding, beyond yes and no.

    *implying_words* show the finding where they stand; their denial says nothing of it.
    *neutral_words* may stand beside a clear answer, and are none. *kinds* may stand before a whole
    answer: a yes to one shows the finding, and a no leaves the others open.
    """

    present_codes: tuple[str, ...] = ()
    absent_codes: tuple[str, ...] = ()
    doubtful_codes: tuple[str, ...] = ()
    present_words: tuple[str, ...] = ()
    implying_words: tuple[str, ...] = ()
    absent_words: tuple[str, ...] = ()
    neutral_words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class FindingFact(Strict):
    """Something that is present or absent, read from Conditions, Observations and reports.

    *codes* mean the finding itself; *ambiguous_codes* mean it only where the text says so;
    *doubtful_codes* and *doubtful_words* resemble it and prove nothing. *study_codes* are
    Observations and reports whose value or conclusion may speak of it; *weak_study_codes* speak
    of it too weakly to prove it. *opposite_codes* and *opposite_words* name what excludes it; with
    the purpose of an order, no need of it. *part_words* are those of *words*, and *part_codes*
    those of *codes*, that name a part of it: each shows it, and none rules it out.
    *past_counts*: having had it is enough, however long ago. *stays*: once shown it holds,
    whatever later tests say. *constant*: it is so or not from the first day on, so that
    statements that differ contradict each other, whatever their days. *of_its_day*: even as a
    problem it is the result of one day's study, and the next study overtakes it.
    *chromosomes_below*: a study that counts fewer chromosomes shows it, and one that counts as many
    or more rules it out.
    """

    kind: Literal["finding"]
    label: Text
    codes: tuple[str, ...] = ()
    ambiguous_codes: tuple[str, ...] = ()
    doubtful_codes: tuple[str, ...] = ()
    study_codes: tuple[str, ...] = ()
    weak_study_codes: tuple[str, ...] = ()
    study_words: tuple[str, ...] = ()
    words: Words = Words()
    doubtful_words: tuple[str, ...] = ()
    opposite_codes: tuple[str, ...] = ()
    opposite_words: tuple[str, ...] = ()
    part_codes: tuple[str, ...] = ()
    part_words: tuple[str, ...] = ()
    answers: Answers = Answers()
    past_counts: bool = False
    stays: bool = False
    constant: bool = False
    of_its_day: bool = False
    chromosomes_below: int | None = None


class Exposure(Strict):
    """Treatment with a drug over time, read from medication records and procedures."""

    kind: Literal["exposure"]
    label: Text
    codes: tuple[str, ...]
    words: Words


Fact = Annotated[Measurement | FindingFact | Exposure, Field(discriminator="kind")]

# Resource types that each kind of fact reads: the searches and the prefetch come from here.
READS: dict[str, tuple[str, ...]] = {
    "measurement": ("Observation",),
    "finding": ("Condition", "Observation", "DiagnosticReport"),
    "exposure": (
        "MedicationAdministration",
        "MedicationStatement",
        "MedicationRequest",
        "Procedure",
        "Observation",
    ),
}
