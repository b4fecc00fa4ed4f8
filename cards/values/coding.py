"""Codes and the value sets that give them meaning; one place knows how systems are spelled."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
SNOMED_CT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

# Other spellings that EHRs send; answers carry the preferred one only.
_ALIASES = {
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.4": ICD_10_PCS,
    "terminology.hl7.org/codesystem/icd10pcs": ICD_10_PCS,
    "hl7.org/fhir/sid/icd-10-pcs": ICD_10_PCS,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
}
_BY_LOWER_CASE = {
    system.removeprefix("http://").lower(): system
    for system in (CPT, HCPCS, ICD_10_CM, ICD_10_PCS, SNOMED_CT, LOINC, RXNORM)
}

_CPT_SHAPED = re.compile(r"\d{4}[0-9AFTUaftu]")
_HCPCS_SHAPED = re.compile(r"[A-Va-v]\d{4}")

SHORT_NAMES = {
    CPT: "CPT",
    HCPCS: "HCPCS",
    ICD_10_CM: "ICD-10-CM",
    ICD_10_PCS: "ICD-10-PCS",
    SNOMED_CT: "SNOMED CT",
    LOINC: "LOINC",
    RXNORM: "RxNorm",
}


def preferred_system(system: str) -> str:
    """Return the preferred URI of a code system: OIDs, `https` and a trailing slash are folded."""
    spelled = system.strip().lower().split("|")[0].rstrip("/")
    bare = spelled.removeprefix("https://").removeprefix("http://")
    return _ALIASES.get(bare) or _BY_LOWER_CASE.get(bare, system.strip())


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one system; the display is the sender's, never ours to trust."""

    system: str
    code: str
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """A FHIR CodeableConcept: its codings and every text beside them."""

    codings: tuple[Coding, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        """The sender's own words for it, or else a bare code."""
        if self.texts:
            return self.texts[0]
        return self.codings[0].code if self.codings else None


_NOTHING = Concept()
_NAME_LENGTH = 500
# What is longer, or has more names, is no name: reading all of it takes longer than it is worth.
_LONGEST_NAME = 2000
_MOST_NAMES = 50


def read_code(element: Any) -> str | None:
    """Return a FHIR code element, such as a status; None for anything that is no text."""
    return element if isinstance(element, str) else None


def read_concept(element: Any) -> Concept:
    """Return the codings and texts of a CodeableConcept or Coding; empty for anything else."""
    if not isinstance(element, dict):
        return _NOTHING
    as_json = msgspec.json.encode(element)
    # A record repeats a few names. What is longer is a note: read anew, not held on to.
    return _read_name(as_json) if len(as_json) <= _NAME_LENGTH else _read(element)


@lru_cache(maxsize=4096)
def _read_name(as_json: bytes) -> Concept:
    return _read(msgspec.json.decode(as_json))


def _read(element: Mapping[str, Any]) -> Concept:
    written = element.get("coding")
    if isinstance(written, dict):
        written = [written]  # a list of one, without its brackets
    raw = written if isinstance(written, list) else [element] if "code" in element else []
    codings = tuple(_codings(raw))
    texts = [element.get("text"), *(coding.display for coding in codings)]
    texts += [item.get("display") for item in raw if isinstance(item, dict)]
    names = [text.strip()[:_LONGEST_NAME] for text in texts if isinstance(text, str)]
    return Concept(codings, tuple(dict.fromkeys(filter(None, names)))[:_MOST_NAMES])


def _codings(raw: Iterable[Any]) -> Iterator[Coding]:
    for item in raw:
        if not isinstance(item, dict):
            continue
        system, code, display = item.get("system"), item.get("code"), item.get("display")
        if isinstance(code, int) and not isinstance(code, bool):
            code = str(code)  # some EHRs write CPT codes as numbers
        if isinstance(code, str) and code.strip():
            named = preferred_system(system) if isinstance(system, str) else ""
            yield Coding(
                _of_its_level(named, code.strip()),
                code.strip(),
                display if isinstance(display, str) else None,
            )


def _of_its_level(system: str, code: str) -> str:
    # CPT is level I of HCPCS: either is sent under the other's name.
    if system == HCPCS and _CPT_SHAPED.fullmatch(code):
        return CPT
    if system == CPT and _HCPCS_SHAPED.fullmatch(code):
        return HCPCS
    return system


_LONGEST_ROOT = 8
"""An ICD-10-CM code has at most so many characters, the dot among them."""


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A set of codes, some with everything below them, read from a FHIR R4 ValueSet."""

    id: str
    title: str
    codes: Mapping[tuple[str, str], str]
    families: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    excluded: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def __contains__(self, coding: Coding) -> bool:
        """Whether the set holds the code itself or, in a family, a code above it."""
        key = (coding.system, coding.code.upper())
        if key in self.excluded:
            return False
        return key in self.codes or (bool(self.families) and self._is_in_family(*key))

    def _is_in_family(self, system: str, code: str) -> bool:
        roots = (code[:length] for length in range(1, min(len(code), _LONGEST_ROOT) + 1))
        return any(
            (system, root) in self.families and (root == code or _is_below(code, root))
            for root in roots
        )

    def holds_any(self, concept: Concept) -> bool:
        """Whether any coding of the concept is in the set."""
        return any(coding in self for coding in concept.codings)


def _is_below(code: str, root: str) -> bool:
    # ICD-10-CM writes a dot after the third character: G35 holds G35.A, C91.0 holds C91.01.
    if not code.startswith(root):
        return False
    return "." in root or code[len(root)] == "."


def read_value_set(resource: Mapping[str, Any]) -> ValueSet:
    """Return a ValueSet of the narrow form that this project writes.

    Each include lists concepts with displays, or one `is-a` filter for an ICD-10-CM family.
    KeyError, TypeError or ValueError: the resource is of another form.
    """
    codes: dict[tuple[str, str], str] = {}
    families: set[tuple[str, str]] = set()
    for part in resource["compose"]["include"]:
        for concept in part.get("concept", ()):
            codes[part["system"], concept["code"].upper()] = concept["display"]
        for rule in part.get("filter", ()):
            if (rule["property"], rule["op"]) != ("concept", "is-a"):
                message = f"filter {rule['property']} {rule['op']} is not understood"
                raise ValueError(message)
            families.add((part["system"], rule["value"]))
    excluded = {
        (part["system"], concept["code"])
        for part in resource["compose"].get("exclude", ())
        for concept in part["concept"]
    }
    return ValueSet(
        resource["id"], resource["title"], codes, frozenset(families), frozenset(excluded)
    )
