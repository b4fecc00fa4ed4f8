"""Code systems as EHRs spell them, and the value sets that codes belong to."""

from typing import Any

import pytest

from cards.values.coding import (
    CPT,
    HCPCS,
    ICD_10_CM,
    ICD_10_PCS,
    LOINC,
    RXNORM,
    SNOMED_CT,
    Coding,
    ValueSet,
    preferred_system,
    read_concept,
    read_value_set,
)


def test_a_coding_without_its_brackets() -> None:
    """One coding may stand where a list of codings belongs."""
    coding = {"system": LOINC, "code": "10230-1", "display": "LVEF"}

    assert read_concept({"coding": [coding]}) == read_concept({"coding": coding})
    assert 1 == len(read_concept({"coding": coding}).codings)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("http://www.ama-assn.org/go/cpt", CPT),
        ("https://www.ama-assn.org/go/cpt", CPT),
        ("HTTP://WWW.AMA-ASSN.ORG/go/CPT", CPT),
        ("urn:oid:2.16.840.1.113883.6.12", CPT),
        ("urn:oid:2.16.840.1.113883.6.285", HCPCS),
        ("urn:oid:2.16.840.1.113883.6.90", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10-cm/", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10-cm|2026", ICD_10_CM),
        ("urn:oid:2.16.840.1.113883.6.4", ICD_10_PCS),
        ("http://terminology.hl7.org/CodeSystem/icd10PCS", ICD_10_PCS),
        ("https://terminology.hl7.org/CodeSystem/icd10PCS", ICD_10_PCS),
        (" http://snomed.info/sct ", SNOMED_CT),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", SNOMED_CT),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED_CT),
        ("URN:OID:2.16.840.1.113883.6.1", LOINC),
        ("https://loinc.org/", LOINC),
        ("urn:oid:2.16.840.1.113883.6.88", RXNORM),
    ],
)
def test_spellings_of_a_system(spelled: str, expected: str) -> None:
    """OIDs, https, versions, capitals and a trailing slash all name the same system."""
    assert expected == preferred_system(spelled)


@pytest.mark.parametrize("spelled", ["http://example.org/local", "urn:oid:1.2.3", "", "loinc"])
def test_an_unknown_system_stays_as_it_is(spelled: str) -> None:
    """A site's own system is not taken for another."""
    assert spelled == preferred_system(spelled)


def test_a_concept_keeps_every_coding_and_text() -> None:
    """Codings and texts come out once each, the text of the whole first."""
    concept = read_concept(
        {
            "coding": [
                {"system": "https://loinc.org", "code": " 10230-1 ", "display": "LVEF"},
                {"system": "http://example.org", "code": "EF", "display": "Ejection fraction"},
                {"display": "No code here"},
                "no coding",
            ],
            "text": "LVEF",
        }
    )

    assert Coding(LOINC, "10230-1", "LVEF") == concept.codings[0]
    assert Coding("http://example.org", "EF", "Ejection fraction") == concept.codings[1]
    assert 2 == len(concept.codings)
    assert ("LVEF", "Ejection fraction", "No code here") == concept.texts
    assert "LVEF" == concept.label


@pytest.mark.parametrize(
    "element", [None, "text", 7, [], {}, {"coding": "x"}, {"coding": [None, 3, {}]}, {"text": 9}]
)
def test_a_broken_concept_is_empty(element: Any) -> None:
    """What is no CodeableConcept holds nothing, and raises nothing."""
    concept = read_concept(element)

    assert () == concept.codings
    assert () == concept.texts
    assert concept.label is None


def test_a_code_without_system_belongs_to_no_value_set() -> None:
    """A bare code could be of any system."""
    (coding,) = read_concept({"coding": [{"code": "10230-1"}]}).codings

    assert "" == coding.system
    assert coding not in value_set(concept=[{"code": "10230-1", "display": "LVEF"}])


def value_set(exclude: list[str] | None = None, **include: Any) -> ValueSet:
    """Return a value set of one include, in ICD-10-CM if it has a filter and LOINC if not."""
    system = ICD_10_CM if "filter" in include else LOINC
    compose: dict[str, Any] = {"include": [{"system": system, **include}]}
    if exclude:
        compose["exclude"] = [{"system": system, "concept": [{"code": code} for code in exclude]}]
    return read_value_set({"id": "test", "title": "Test", "compose": compose})


def family(root: str, *exclude: str) -> ValueSet:
    """Return the value set of everything at or below an ICD-10-CM code."""
    is_a = {"property": "concept", "op": "is-a", "value": root}
    return value_set([*exclude], filter=[is_a])


@pytest.mark.parametrize(
    ("root", "code", "expected"),
    [
        ("M34", "M34", True),
        ("M34", "M34.0", True),
        ("M34", "m34.81", True),
        ("M34", "M35.0", False),
        ("M34", "M340", False),
        ("M34", "M3", False),
        ("G35", "G35.A", True),
        ("C91.0", "C91.0", True),
        ("C91.0", "C91.01", True),
        ("C91.0", "C91.10", False),
        ("C91.0", "C91", False),
    ],
)
def test_a_family_holds_what_is_below_its_root(
    root: str,
    code: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """A family holds its root and the codes below it, not those that merely begin alike."""
    assert expected is (Coding(ICD_10_CM, code) in family(root))


def test_a_family_is_of_one_system() -> None:
    """The same code of another system is another code."""
    assert Coding(ICD_10_PCS, "M34.0") not in family("M34")


def test_excluded_codes_are_out() -> None:
    """A code that is excluded is not in the family, in whatever case; its neighbours are."""
    rheumatoid = family("M06", "M06.1", "M06.4")

    assert Coding(ICD_10_CM, "M06.1") not in rheumatoid
    assert Coding(ICD_10_CM, "m06.4") not in rheumatoid
    assert Coding(ICD_10_CM, "M06.9") in rheumatoid


def test_codes_match_in_any_case() -> None:
    """`s2150` is S2150."""
    holds = value_set(concept=[{"code": "s2150", "display": "Transplant"}])

    assert Coding(LOINC, "S2150") in holds
    assert Coding(LOINC, "s2150") in holds


def test_one_coding_of_several_is_enough() -> None:
    """A concept is in a set when any of its codings is."""
    local_and_standard = read_concept(
        {"coding": [{"system": "urn:local", "code": "x"}, {"system": LOINC, "code": "1-8"}]}
    )
    holds = value_set(concept=[{"code": "1-8", "display": "One"}])

    assert holds.holds_any(local_and_standard) is True
    assert holds.holds_any(read_concept({"text": "1-8"})) is False


def test_a_filter_of_another_kind_is_refused() -> None:
    """A filter that would silently hold nothing is an error that names it."""
    with pytest.raises(ValueError, match="descendent-of is not understood"):
        value_set(filter=[{"property": "concept", "op": "descendent-of", "value": "M34"}])


@pytest.mark.parametrize("missing", ["id", "title", "compose"])
def test_a_value_set_lacks_nothing(missing: str) -> None:
    """Each part that a value set needs is asked for."""
    resource = {"id": "x", "title": "X", "compose": {"include": []}}
    del resource[missing]

    with pytest.raises(KeyError, match=missing):
        read_value_set(resource)
