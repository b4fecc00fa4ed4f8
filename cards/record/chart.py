"""What is known of one patient, and what could not be had."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Self

from cards.record.copies import latest_copies
from cards.record.model import fault_in
from cards.record.topics import Asker, ByTopic
from cards.values.coding import Concept

Resource = Mapping[str, Any]

_SUBJECTS = ("subject", "patient", "beneficiary", "individual", "deliverFor")
_REFERENCE = re.compile(r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[^/?#]+)(?:/_history/[^/]+)?$")
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~:=+@-]{1,256}")
NOT_THERE = "what is referred to is not there"
UNFOLLOWABLE = "the reference cannot be followed"
_ELSEWHERE = "the reference leads to another server"
# Resources that belong to no patient, so that they carry no subject.
_SHARED = frozenset({"Organization", "Medication", "Device", "ResearchStudy", "Practitioner"})


def relative_reference(reference: Any) -> str | None:
    """Return `Type/id` of a literal FHIR reference, absolute or versioned; None if it is none."""
    written = reference.get("reference") if isinstance(reference, dict) else reference
    return _relative(written) if isinstance(written, str) else None


# A record's resources all refer to the one patient.
@lru_cache(maxsize=1024)
def _relative(written: str) -> str | None:
    parts = _REFERENCE.search(written.strip())
    return f"{parts['type']}/{parts['id']}" if parts else None


def own_reference(reference: Any, server: str | None) -> str | None:
    """Return `Type/id` of a literal reference to something on *server*; None for any other.

    *server* is a base URL; relative references are its own, and where it is None so is every one.
    Neither case nor scheme, usual port or slash at the end make another server of it.
    """
    written = reference.get("reference") if isinstance(reference, dict) else reference
    if not isinstance(written, str) or (server is not None and not _is_at(written, server)):
        return None
    return _relative(written)


@lru_cache(maxsize=1024)
def _is_at(written: str, server: str) -> bool:
    parts = _REFERENCE.search(written.strip())
    above = written.strip()[: parts.start("type")] if parts else ""
    if "//" not in above:
        return ".." not in above.split("/")
    return _place(above) == _place(server)


def _place(address: str) -> str:
    """Return host and path as all spellings of one base URL have them."""
    host, slash, path = address.rstrip("/").partition("//")[2].lower().partition("/")
    return f"{re.sub(r':(80|443)$', '', host)}{slash}{path}"


def is_id(written: Any) -> bool:
    """Whether something can be a FHIR id, as EHRs have them: longer than FHIR allows, with dots.

    Another character could change what an address or a search means, such as a slash or a comma.
    """
    return isinstance(written, str) and _ID.fullmatch(written) is not None


def reference_of(resource: Resource) -> str:
    """Return `Type/id` of a resource, with `?` for an id that it lacks or that can be none."""
    identity = resource.get("id")
    return f"{resource.get('resourceType')}/{identity if is_id(identity) else '?'}"


def belongs_to(resource: Resource, patient_id: str) -> bool:
    """Whether a resource is about the patient, as far as it says.

    True where it names no subject at all: it came as an answer to a search for this patient.
    """
    patient = f"Patient/{patient_id}"
    for element in _SUBJECTS:
        if element in resource and _refers_elsewhere(resource[element], patient):
            return False
    if "deliverTo" not in resource:
        return True
    # R4 has no element for it, so that a supply for a patient is delivered to them.
    receiver = relative_reference(resource["deliverTo"]) or ""
    return not receiver.startswith("Patient/") or receiver == patient


def _refers_elsewhere(subject: Any, patient: str) -> bool:
    written = subject.get("reference") if isinstance(subject, dict) else None
    return isinstance(written, str) and _relative(written) != patient


def is_about(resource: Resource, patient_id: str) -> bool:
    """Whether a resource may be used for the patient: it is about them, or about nobody."""
    kind = resource.get("resourceType")
    if kind == "Patient":
        return resource.get("id") == patient_id
    return kind in _SHARED or belongs_to(resource, patient_id)


@dataclass(frozen=True)
class Chart:
    """One patient's resources by type, and the reasons why others could not be read."""

    patient_id: str
    by_type: Mapping[str, Sequence[Resource]]
    unavailable: Mapping[str, str]
    missing_references: Mapping[str, str] = field(default_factory=dict)
    other_patient: int = 0
    server: str | None = None
    """The base URL of the FHIR server that all of it is on; None: of whatever is referred to."""

    @classmethod
    def build(
        cls,
        patient_id: str,
        resources: Iterable[Resource],
        unavailable: Mapping[str, str] | None = None,
        missing_references: Mapping[str, str] | None = None,
        less_trusted: Iterable[Resource] = (),
    ) -> Self:
        """Sort *resources* by type; those of another patient are dropped and counted.

        *unavailable* maps a resource type to the reason why it could not be read, without any
        detail of a person; a type that is not in it counts as looked at. *missing_references*
        does the same for single references. The same resource twice counts once, the later
        version before the earlier; *less_trusted* are copies of which it is not known when and
        for what they were read.
        """
        kept: dict[str, list[Resource]] = defaultdict(list)
        others = 0
        for resource in latest_copies(resources, less_trusted):
            kind = resource.get("resourceType")
            if not isinstance(kind, str):
                continue
            if is_about(resource, patient_id):
                kept[kind].append(resource)
            else:
                others += 1
        return cls(
            patient_id, dict(kept), dict(unavailable or {}), dict(missing_references or {}), others
        )

    def extended(
        self, resources: Iterable[Resource], missing_references: Mapping[str, str] | None = None
    ) -> "Chart":
        """Return the chart with more resources, as a second round of reading brings them."""
        grown = Chart.build(self.patient_id, [*self, *resources], self.unavailable)
        return Chart(
            self.patient_id,
            grown.by_type,
            self.unavailable,
            {**self.missing_references, **(missing_references or {})},
            self.other_patient + grown.other_patient,
            self.server,
        )

    def __iter__(self) -> Iterator[Resource]:
        """Yield every resource, type by type."""
        for resources in self.by_type.values():
            yield from resources

    def all(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of the given types, in the order in which they came."""
        for kind in kinds:
            yield from self.by_type.get(kind, ())

    def about(self, kind: str, asker: Asker, accepts: Callable[[Concept], bool]) -> list[Resource]:
        """Return the resources of a type whose code, or that of a component, *accepts* takes.

        The answers are remembered by *asker*: whatever *accepts* depends on has to be in it.
        """
        if kind not in self._by_topic:
            self._by_topic[kind] = ByTopic(self.by_type.get(kind, ()))
        return self._by_topic[kind].about(asker, accepts)

    @cached_property
    def _by_topic(self) -> dict[str, ByTopic]:
        return {}

    def fault_in(self, resource: Resource) -> str | None:
        """Return the path of an element that matters and is broken; looked for once."""
        known = self._faults.get(id(resource))
        if known is None:
            # Holding on to the resource keeps its identity from being given to another.
            known = resource, fault_in(resource)
            self._faults[id(resource)] = known
        return known[1]

    @cached_property
    def _faults(self) -> dict[int, tuple[Resource, str | None]]:
        return {}

    @property
    def patient(self) -> Resource | None:
        """The Patient resource, if it was had."""
        return next(iter(self.by_type.get("Patient", ())), None)

    def resolve(self, reference: Any, within: Resource | None = None) -> Resource | None:
        """Return what a reference points to, in the chart or contained in *within*.

        What is on another server may bear the same id, and is another resource.
        """
        written = reference.get("reference") if isinstance(reference, dict) else reference
        if isinstance(written, str) and written.startswith("#") and within is not None:
            return next(
                (
                    item
                    for item in listed(within.get("contained"))
                    if isinstance(item, dict) and item.get("id") == written[1:]
                ),
                None,
            )
        relative = own_reference(reference, self.server)
        if relative is None:
            return None
        return self._by_reference.get(relative)

    def why_missing(self, reference: Any, within: Resource | None = None) -> str | None:
        """Return why what a reference points to could not be read; None if it was, or nobody tried.

        *within* is the resource that refers to it.
        """
        written = reference.get("reference") if isinstance(reference, dict) else reference
        if not isinstance(written, str) or self.resolve(reference, within) is not None:
            return None
        relative = own_reference(reference, self.server)
        if relative is not None:
            return self.missing_references.get(relative)
        return UNFOLLOWABLE if relative_reference(reference) is None else _ELSEWHERE

    @cached_property
    def _by_reference(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self:
            found.setdefault(reference_of(resource), resource)
        return found

    def why_unavailable(self, *kinds: str) -> str | None:
        """Return the first reason why one of these types could not be read; None if all could."""
        return next((self.unavailable[kind] for kind in kinds if kind in self.unavailable), None)

    def unresolved(self, orders: Iterable[Any]) -> tuple[str, ...]:
        """Return the references that matter to a decision and are not in the chart.

        Reasons of the orders, payors of coverages, and medications given by reference.
        """
        wanted: list[Any] = []
        owners: list[Resource] = [order.resource for order in orders]
        for owner in owners:
            wanted += [(item, owner) for item in listed(owner.get("reasonReference"))]
        for coverage in self.all("Coverage"):
            wanted += [(item, coverage) for item in listed(coverage.get("payor"))]
        for drug in self.all(
            "MedicationAdministration", "MedicationStatement", "MedicationRequest"
        ):
            if "medicationReference" in drug:
                wanted.append((drug["medicationReference"], drug))
        missing = (
            relative
            for item, owner in wanted
            if (relative := own_reference(item, self.server)) is not None
            and self.resolve(item, owner) is None
            and relative not in self.missing_references
        )
        return tuple(dict.fromkeys(missing))


def listed(element: Any) -> list[Any]:
    """Return an element as a list, as some servers write a list of one without its brackets."""
    return element if isinstance(element, list) else [] if element is None else [element]
