"""What is read from a FHIR server: one declaration, from which prefetch and fetches both come."""

from collections.abc import Iterable
from dataclasses import dataclass

from cards.criteria import reads
from cards.library import Library
from cards.policy import Policy

_PATIENT = "{patient}"


@dataclass(frozen=True, slots=True)
class Search:
    """One read or search about the patient, whose id stands in for `{patient}`.

    *key* is its prefetch key. A read has no parameters.
    """

    key: str
    resource_type: str
    parameters: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    """By which a server is asked that refuses to search by patient alone."""

    @property
    def is_read(self) -> bool:
        """Whether it is a read of the Patient rather than a search."""
        return not self.parameters

    def path(self, patient_id: str) -> str:
        """Return the path of a read, relative to the FHIR base."""
        return f"{self.resource_type}/{patient_id}"

    def query(self, patient_id: str) -> tuple[tuple[str, str], ...]:
        """Return the parameters of a search for one patient, not yet URL-encoded."""
        return tuple((name, value.replace(_PATIENT, patient_id)) for name, value in self.parameters)

    def narrower_query(self, patient_id: str) -> tuple[tuple[str, str], ...] | None:
        """Return the parameters by patient and category; None where no category is known."""
        if not self.categories:
            return None
        return (*self.query(patient_id), ("category", ",".join(self.categories)))

    def prefetch_template(self) -> str:
        """Return the prefetch template: equality on reference parameters only."""
        patient = "{{context.patientId}}"
        if self.is_read:
            return self.path(patient)
        query = "&".join(f"{name}={value}" for name, value in self.query(patient))
        return f"{self.resource_type}?{query}"


def _search(key: str, resource_type: str, categories: tuple[str, ...] = ()) -> Search:
    return Search(key, resource_type, (("patient", _PATIENT),), categories)


# FHIR's own categories of observations. A site may have others, and may give none.
_OBSERVATION_CATEGORIES = (
    "activity",
    "exam",
    "imaging",
    "laboratory",
    "procedure",
    "social-history",
    "survey",
    "therapy",
    "vital-signs",
)

# By patient alone: scores without a LOINC code, such as the modified Rodnan skin score, can only
# be found among all Observations. What that costs is told in docs/decisions.
SEARCHES = {
    search.resource_type: search
    for search in (
        Search("patient", "Patient"),
        _search("coverages", "Coverage"),
        _search("conditions", "Condition"),
        _search("observations", "Observation", _OBSERVATION_CATEGORIES),
        _search("reports", "DiagnosticReport"),
        _search("procedures", "Procedure"),
        _search("medicationAdministrations", "MedicationAdministration"),
        _search("medicationStatements", "MedicationStatement"),
        _search("medicationRequests", "MedicationRequest"),
        _search("researchSubjects", "ResearchSubject"),
    )
}

# Needed for every order: who the patient is, who pays, what for, and whether in a trial.
_ALWAYS = frozenset({"Patient", "Coverage", "Condition", "ResearchSubject"})


def searches_of(library: Library, policies: Iterable[Policy]) -> tuple[Search, ...]:
    """Return what the criteria of these policies read, in a fixed order."""
    wanted = set(_ALWAYS)
    for policy in policies:
        for version in policy.versions:
            for criterion in version.criteria:
                wanted |= reads(criterion.test, library.clinical.facts)
    return tuple(search for kind, search in SEARCHES.items() if kind in wanted)
