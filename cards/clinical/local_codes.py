"""A site's own order codes, as a FHIR R4 ConceptMap translates them into codes that we know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cards.values.coding import Coding, Concept, preferred_system

if TYPE_CHECKING:
    from cards.clinical import Clinical

Code = tuple[str, str]
"""System, as `preferred_system` spells it, and code."""

# How the target stands to the source. The local code is a kind of these targets.
_HELD_BY = frozenset({"equal", "equivalent", "wider", "subsumes"})
# Of these it may be another thing altogether: such a row says too little, and is not used.
_TOO_LITTLE = frozenset({"relatedto", "inexact", "narrower", "specializes"})
_EQUIVALENCES = _HELD_BY | _TOO_LITTLE | {"unmatched", "disjoint"}


class LocalCodesError(ValueError):
    """A ConceptMap that is refused: the *element* in it, and the *cure*."""

    def __init__(self, element: str, cure: str) -> None:
        super().__init__(f"{element}: {cure}")
        self.element = element
        self.cure = cure


@dataclass(frozen=True)
class LocalCodes:
    """Local codes with what they mean.

    *unmatched* are those of which the site says that they are none of ours: their text is not
    read either. *unused* counts the rows that say too little to be used.
    """

    targets: Mapping[Code, tuple[Coding, ...]] = field(default_factory=dict)
    unmatched: frozenset[Code] = frozenset()
    unused: int = 0

    def translated(self, concept: Concept) -> Concept:
        """Return the concept with the codings that its local codes stand for behind its own."""
        if not self.targets:
            return concept
        more = [
            target
            for coding in concept.codings
            for target in self.targets.get((coding.system, coding.code), ())
        ]
        return Concept((*concept.codings, *dict.fromkeys(more)), concept.texts)

    def rules_out(self, concept: Concept) -> bool:
        """Whether the site says of one of the codes that it is none of ours."""
        return any((coding.system, coding.code) in self.unmatched for coding in concept.codings)


def read_concept_map(resource: Any, clinical: "Clinical") -> LocalCodes:
    """Return the local codes of a ConceptMap in JSON; LocalCodesError names element and cure."""
    _check_form(resource)
    targets: dict[Code, tuple[Coding, ...]] = {}
    unmatched: set[Code] = set()
    unused = 0
    for at, group in enumerate(resource.get("group") or ()):
        systems = _systems(group, f"group[{at}]")
        for source, target, equivalence, element in _rows(group, f"group[{at}]"):
            local = (systems[0], source)
            if equivalence == "unmatched":
                unmatched.add(local)
            elif equivalence in _TOO_LITTLE or target.get("dependsOn"):
                unused += 1
            elif equivalence in _HELD_BY:
                coding = _known(target.get("code"), systems[1], element, clinical)
                targets[local] = tuple(dict.fromkeys((*targets.get(local, ()), coding)))
    if not targets and not unmatched:
        cure = "no row of it can be used; map local codes with equivalence equivalent or wider"
        raise LocalCodesError("group", cure)
    return LocalCodes(targets, frozenset(unmatched - targets.keys()), unused)


def _check_form(resource: Any) -> None:
    # Here and not at the top: only sites with a map need the model.
    from fhir.resources.R4B.conceptmap import ConceptMap  # noqa: PLC0415

    if not isinstance(resource, dict) or resource.get("resourceType") != "ConceptMap":
        raise LocalCodesError("resourceType", "write a FHIR R4 ConceptMap")
    try:
        ConceptMap.model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        cure = f"is not as FHIR R4 has it ({message}); mend it"
        raise LocalCodesError(_path(first["loc"]), cure) from error


def _path(steps: tuple[str | int, ...]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".") or "ConceptMap"


def _systems(group: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Return the systems of a group's sources and targets."""
    for name in ("source", "target"):
        if not group.get(name):
            raise LocalCodesError(f"{path}.{name}", "name the code system by its URI")
    mode = (group.get("unmapped") or {}).get("mode", "provided")
    if mode != "provided":
        cure = "every code has to stand in this file; leave `unmapped` out"
        raise LocalCodesError(f"{path}.unmapped.mode", cure)
    return preferred_system(group["source"]), preferred_system(group["target"])


def _rows(group: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any], str, str]]:
    """Yield each row: the local code, the target, its equivalence, and where it stands."""
    for at, element in enumerate(group["element"]):
        where = f"{path}.element[{at}]"
        if not element.get("code"):
            raise LocalCodesError(f"{where}.code", "give the local code")
        for number, target in enumerate(element.get("target") or ()):
            path = f"{where}.target[{number}]"
            if target["equivalence"] not in _EQUIVALENCES:
                cure = f"write one of {', '.join(sorted(_EQUIVALENCES))}"
                raise LocalCodesError(f"{path}.equivalence", cure)
            yield element["code"], target, target["equivalence"], path


def _known(code: Any, system: str, element: str, clinical: "Clinical") -> Coding:
    """Return the target as a coding; LocalCodesError if no service has it."""
    if not code:
        raise LocalCodesError(f"{element}.code", "give the target's code, or write unmatched")
    coding = Coding(system, code)
    listed = clinical.services.values()
    named = (name for each in listed for name in (*each.codes, *each.codes_with_words))
    if not any(coding in clinical.value_sets[name] for name in named):
        cure = (
            f"no service has the code {code!r} of {system}; choose one that stands in a value set "
            "of clinical/services.yaml, and look at the group's target"
        )
        raise LocalCodesError(f"{element}.code", cure)
    return coding
