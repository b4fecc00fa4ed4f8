"""What the clinical knowledge names and lacks, or says of itself that cannot be."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from cards.clinical import Clinical
from cards.clinical.indications import lineage_of
from cards.clinical.payer_names import folded, names_somebody
from cards.clinical.payers import Payer
from cards.faults import PolicyError, not_defined

_FILES = {
    "indications": "clinical/indications.yaml",
    "services": "clinical/services.yaml",
    "applications": "clinical/applications.yaml",
}


def unsound(clinical: Clinical, fact_files: Mapping[str, str]) -> Iterator[PolicyError]:
    """Yield every fault; what is refused for its form alone is no part of *clinical*.

    *fact_files*: the file of each fact.
    """
    yield from _value_sets(clinical, fact_files)
    yield from _indications(clinical)
    yield from _products(clinical)


def shared_names(payers: Mapping[str, Payer]) -> Iterator[PolicyError]:
    """Yield the names and codes that name more than one payer, or none."""
    owners: dict[tuple[str, str], str] = {}
    for payer in payers.values():
        place = f"{payer.id}/payer.yaml"
        for key in ("names", "whole_names", "naic", "payer_ids"):
            for name in dict.fromkeys(getattr(payer, key)):
                if key.endswith("names") and not names_somebody(name):
                    cure = f"{name!r} names many companies and so none; write the whole name"
                    yield PolicyError(place, key, cure)
                plain = (key, folded(name) if key.endswith("names") else name)
                if owners.get(plain, payer.id) != payer.id:
                    cure = f"{name!r} is one of {owners[plain]} too; keep it for one of them"
                    yield PolicyError(place, key, cure)
                owners[plain] = payer.id


def _value_sets(clinical: Clinical, fact_files: Mapping[str, str]) -> Iterator[PolicyError]:
    states = {f"codes.{phase}": names for phase, names in clinical.states.codes.items()}
    for key, names in {**states, "status_codes": clinical.states.status_codes}.items():
        for name in names:
            if name not in clinical.value_sets:
                yield PolicyError("clinical/disease_states.yaml", key, _no_value_set(name))
    listed = [(fact_files[name], name, fact) for name, fact in clinical.facts.items()]
    for owner, place in _FILES.items():
        listed += [(place, name, item) for name, item in getattr(clinical, owner).items()]
    for place, name, item in listed:
        for value_set in _named(item):
            if value_set not in clinical.value_sets:
                yield PolicyError(place, name, _no_value_set(value_set))


def _no_value_set(name: str) -> str:
    return f"no value set {name!r}; add clinical/value_sets/{name}.json"


def _named(item: BaseModel) -> Iterator[str]:
    for field, value in item:
        if field == "answers":
            yield from _named(value)
        elif field.endswith("codes") or field in ("codes_with_unit", "codes_with_words"):
            yield from [value] if isinstance(value, str) else value or ()


def _indications(clinical: Clinical) -> Iterator[PolicyError]:
    known = clinical.indications
    for name, indication in known.items():
        broader = indication.within
        if broader is None:
            continue
        if broader not in known:
            cure = f"{not_defined(broader, known)}, or leave `within` out"
        elif known[lineage_of(name, known)[-1]].within in known:
            cure = f"{broader!r} leads back to where it began; a disease is not within itself"
        else:
            continue
        yield PolicyError(_FILES["indications"], f"{name}.within", cure)


def _products(clinical: Clinical) -> Iterator[PolicyError]:
    for name, product in clinical.products.items():
        for other in product.unless:
            if other not in clinical.products:
                cure = not_defined(other, clinical.products)
                yield PolicyError("clinical/products.yaml", f"{name}.unless", cure)


def unknown_to_tests(clinical: Clinical) -> Iterator[PolicyError]:
    """Yield what light tests name and sound knowledge lacks."""
    for name, test in clinical.light_tests.items():
        for fact, code in test.documents.items():
            if fact not in clinical.facts:
                cure = not_defined(fact, clinical.facts)
            elif clinical.display_of(fact, code.system, code.code) is None:
                cure = f"{code.code!r} stands in no value set of the fact; choose one that does"
            else:
                continue
            yield PolicyError("clinical/light_tests.yaml", f"{name}.documents.{fact}", cure)
