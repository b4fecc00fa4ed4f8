"""What trials found, as data: one YAML file for each page under `/evidence`, for `pages`.

Evidence decides nothing: no criterion and no card is made from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field, model_validator

from cards.facts import Strict
from cards.faults import PolicyError, not_defined
from cards.policy import Policy, Sentence


class Source(Strict):
    """One publication; *note* says what is wrong with how others cite it."""

    id: str
    cites: str
    note: str | None = None


class Part(Strict):
    """One section at two levels of detail; *plain* and *detail* are Markdown."""

    title: str
    plain: str
    detail: str
    sources: tuple[str, ...] = Field(min_length=1)
    plot: bool = False


class Count(Strict):
    """The events in one group up to a point in time, and their share of the group in percent."""

    events: int = Field(ge=0)
    percent: float | None = Field(default=None, ge=0, le=100)
    treatment_deaths: int | None = Field(default=None, ge=0)


class Point(Strict):
    """Both groups up to one point in time, and the sentence that says so."""

    after: str
    transplant: Count
    control: Count
    sentence: Sentence
    plotted: bool = True


class Trial(Strict):
    """The figures of one trial; *event* says what is counted."""

    name: str
    event: str
    transplant: str
    control: str
    source: str
    points: tuple[Point, ...] = Field(min_length=1)


class Claim(Strict):
    """What a source claims, in our words, to stand beside the criteria of policies."""

    says: str
    source: str
    sentences: tuple[Sentence, ...] = Field(min_length=1)
    beside: str


class Evidence(Strict):
    """One page. Policies name it under `evidence_pages`, and say for which diseases."""

    title: str
    lead: str
    parts: tuple[Part, ...]
    trial: Trial
    claim: Claim
    sources: tuple[Source, ...]

    def number(self, source: str) -> int:
        """Return the number of a source in the list, from 1."""
        return [each.id for each in self.sources].index(source) + 1

    @model_validator(mode="after")
    def _sources_are_listed(self) -> "Evidence":
        known = {each.id for each in self.sources}
        named = {self.trial.source, self.claim.source, *(n for p in self.parts for n in p.sources)}
        if unknown := sorted(named - known):
            message = f"sources: {', '.join(unknown)} is named and not listed; add it"
            raise ValueError(message)
        return self


@cache
def load_evidence() -> Mapping[str, Evidence]:
    """Return the pages by name, as the package holds them; ValidationError for a broken one."""
    return {
        file.name.removesuffix(".yaml"): Evidence.model_validate(
            yaml.safe_load(file.read_text(encoding="utf-8"))
        )
        for file in sorted(files(__package__).iterdir(), key=lambda each: each.name)
        if file.name.endswith(".yaml")
    }


def unknown_pages(policies: Iterable[Policy]) -> Iterator[PolicyError]:
    """Yield the pages that policies name and nobody has written: their links would lead nowhere."""
    known = load_evidence()
    for policy in policies:
        for each in policy.evidence_pages:
            if each.page not in known:
                cure = not_defined(each.page, known)
                yield PolicyError(f"{policy.id}/policy.yaml", "evidence_pages.page", cure)
