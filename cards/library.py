"""Loads every policy and all clinical knowledge once, and refuses what is not right."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from cards.clinical import Clinical
from cards.clinical.indications import Indication
from cards.clinical.light_tests import LightTest
from cards.clinical.local_codes import LocalCodes
from cards.clinical.payers import Payer
from cards.clinical.products import Application, Product
from cards.clinical.services import Service
from cards.clinical.soundness import shared_names, unknown_to_tests, unsound
from cards.clinical.states import NO_STATES, DiseaseStates
from cards.clinical.value_set_files import value_set_faults
from cards.criteria import reads
from cards.facts import Fact
from cards.faults import PolicyError, refused
from cards.forms import SLUG, SLUG_CURE
from cards.policy import Policy, Sources
from cards.soundness import not_meant
from cards.undefined import unknown_names, unknown_sources
from cards.values.coding import ValueSet, read_value_set
from cards.written import Unreadable, read_mapping

Model = TypeVar("Model", bound=BaseModel)
_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


@dataclass(frozen=True)
class Library:
    """All policies, and the clinical knowledge that they share."""

    policies: tuple[Policy, ...]
    clinical: Clinical
    stopped: frozenset[str] = frozenset()
    """The ids of policies that must not be assessed now."""

    def with_local_codes(self, local_codes: LocalCodes) -> "Library":
        """Return the library of a site that orders under codes of its own."""
        return replace(self, clinical=replace(self.clinical, local_codes=local_codes))

    @cached_property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """The FHIR resource types that the criteria of each policy read, by its id."""
        return {
            policy.id: frozenset().union(
                *(
                    reads(criterion.test, self.clinical.facts)
                    for version in policy.versions
                    for criterion in version.criteria
                )
            )
            for policy in self.policies
        }

    @cached_property
    def by_id(self) -> Mapping[str, Policy]:
        """The policies by id."""
        return {policy.id: policy for policy in self.policies}


def load_library(policies_dir: Path | None = None) -> Library:
    """Return the library of the installed package, or with the policies of another folder.

    PolicyError: the first file that is refused.
    """
    library, problems = read_library(policies_dir)
    if problems:
        raise problems[0]
    return library


def check_library(policies_dir: Path | None = None) -> list[PolicyError]:
    """Return everything that is wrong with the policies and the clinical data."""
    return read_library(policies_dir)[1]


def read_library(policies_dir: Path | None = None) -> tuple[Library, list[PolicyError]]:
    """Return what could be loaded, and the problems with the rest."""
    package = files("cards")
    folder: Traversable = policies_dir if policies_dir is not None else package / "policies"
    problems: list[PolicyError] = []
    payers = dict(_payers(folder, problems))
    problems += shared_names(payers)
    clinical = _clinical(package / "clinical", payers, problems)
    policies = tuple(_policies(folder, payers, clinical, problems))
    problems += _topics_shared(policies)
    if not policies and not problems:
        cure = "holds no policy; a policy is a folder <payer>/<policy>/ with a policy.yaml"
        problems.append(PolicyError(str(folder), "(folder)", cure))
    return Library(policies, clinical), problems


def _clinical(
    folder: Traversable, payers: Mapping[str, Payer], problems: list[PolicyError]
) -> Clinical:
    def each(name: str, validate: Callable[[Any], Any]) -> dict[str, Any]:
        return _each(folder / name, f"clinical/{name}", validate, problems)

    place = "clinical/disease_states.yaml"
    written = _read(folder / "disease_states.yaml", place, problems)
    states = _validated(DiseaseStates, written, place, problems)
    facts, fact_files = _facts(folder / "facts", problems)
    clinical = Clinical(
        dict(_value_sets(folder / "value_sets", problems)),
        facts,
        each("indications.yaml", Indication.model_validate),
        each("services.yaml", Service.model_validate),
        payers,
        NO_STATES if states is None else states,
        products=each("products.yaml", Product.model_validate),
        applications=each("applications.yaml", Application.model_validate),
        light_tests=each("light_tests.yaml", LightTest.model_validate),
    )
    problems += unsound(clinical, fact_files)
    problems += [] if problems else unknown_to_tests(clinical)
    return clinical


def _facts(
    folder: Traversable, problems: list[PolicyError]
) -> tuple[dict[str, Fact], dict[str, str]]:
    """Return the facts, and the file of each."""
    facts: dict[str, Fact] = {}
    owners: dict[str, str] = {}
    for file in _files(folder, "clinical/facts", ".yaml", problems):
        place = f"clinical/facts/{file.name}"
        for name, fact in _each(file, place, _FACT.validate_python, problems).items():
            if name in facts:
                cure = f"{owners[name]} defines this fact too; keep one of them"
                problems.append(PolicyError(place, name, cure))
            facts[name], owners[name] = fact, place
    return facts, owners


def _each(
    file: Traversable, place: str, validate: Callable[[Any], Any], problems: list[PolicyError]
) -> dict[str, Any]:
    kept = {}
    for name, item in (_read(file, place, problems) or {}).items():
        if not isinstance(name, str) or not re.fullmatch(SLUG, name):
            problems.append(PolicyError(place, str(name), f"as its name, {SLUG_CURE}"))
            continue
        try:
            kept[name] = validate(item)
        except ValidationError as error:
            problems += refused(place, error, name)
    return kept


def _value_sets(folder: Traversable, problems: list[PolicyError]) -> Iterator[tuple[str, ValueSet]]:
    for file in _files(folder, "clinical/value_sets", ".json", problems):
        place = f"clinical/value_sets/{file.name}"
        try:
            resource = json.loads(file.read_text(encoding="utf-8"))
            value_set = read_value_set(resource)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            cure = f"is no ValueSet of the form used here: {error}"
            problems.append(PolicyError(place, "compose", cure))
            continue
        if f"{value_set.id}.json" != file.name:
            problems.append(PolicyError(place, "id", f"name the file {value_set.id}.json"))
        problems += [PolicyError(place, key, cure) for key, cure in value_set_faults(resource)]
        yield value_set.id, value_set


def _payers(folder: Traversable, problems: list[PolicyError]) -> Iterator[tuple[str, Payer]]:
    for payer in _folders(folder):
        place = f"{payer.name}/payer.yaml"
        if not (payer / "payer.yaml").is_file():
            cure = "add payer.yaml with the payer's name and names"
            problems.append(PolicyError(place, "(file)", cure))
            continue
        if not re.fullmatch(SLUG, payer.name):
            cure = f"cannot be the payer's part of an id: {SLUG_CURE}"
            problems.append(PolicyError(payer.name, "(folder)", cure))
        _files(payer, payer.name, "payer.yaml", problems)
        loaded = _read(payer / "payer.yaml", place, problems)
        model = _validated(Payer, loaded, place, problems, {"id": payer.name})
        if model is not None:
            yield payer.name, model


def _policies(
    folder: Traversable,
    payers: Mapping[str, Payer],
    clinical: Clinical,
    problems: list[PolicyError],
) -> Iterator[Policy]:
    is_sound = not any(each.file.startswith("clinical/") for each in problems)
    for payer in _folders(folder):
        for policy in _folders(payer) if payer.name in payers else ():
            model = _policy(policy, payers[payer.name], problems)
            if model is None:
                continue
            unknown = [*_at(f"{model.id}/policy.yaml", unknown_names(model, clinical))]
            found = [
                # What is refused over there is not defined here: it is told once.
                *(unknown if is_sound else ()),
                *_at(f"{model.id}/policy.yaml", not_meant(model, clinical)),
                *_at(f"{model.id}/sources.yaml", unknown_sources(model)),
            ]
            problems += found
            if not (found or unknown):
                yield model


def _policy(folder: Traversable, payer: Payer, problems: list[PolicyError]) -> Policy | None:
    """Return the policy of a folder, alone: whether what it names is there is not asked."""
    name = f"{payer.id}/{folder.name}"
    if not re.fullmatch(SLUG, folder.name):
        cure = f"cannot be the policy's part of an id: {SLUG_CURE}"
        problems.append(PolicyError(name, "(folder)", cure))
        return None
    if not (folder / "policy.yaml").is_file():
        cure = "a policy folder needs policy.yaml"
        problems.append(PolicyError(f"{name}/policy.yaml", "(file)", cure))
        return None
    owned: dict[str, Any] = {"id": name, "payer": payer.id, "payer_name": payer.name}
    if (folder / "sources.yaml").is_file():
        place = f"{name}/sources.yaml"
        written = _read(folder / "sources.yaml", place, problems)
        sources = _validated(Sources, written, place, problems)
        owned["sources"] = sources.documents if sources is not None else ()
    place = f"{name}/policy.yaml"
    _files(folder, name, ("policy.yaml", "sources.yaml"), problems)
    written = _read(folder / "policy.yaml", place, problems)
    return _validated(Policy, written, place, problems, owned)


def _at(place: str, found: Iterator[tuple[str, str]]) -> Iterator[PolicyError]:
    for key, cure in found:
        yield PolicyError(place, key, cure)


def _topics_shared(policies: tuple[Policy, ...]) -> list[PolicyError]:
    seen: dict[str, str] = {}
    problems = []
    for policy in policies:
        if policy.topic in seen:
            cure = f"{policy.topic!r} is the topic of {seen[policy.topic]} too; choose another"
            problems.append(PolicyError(f"{policy.id}/policy.yaml", "topic", cure))
        seen[policy.topic] = policy.id
    return problems


def _validated(
    model: type[Model],
    written: dict[Any, Any] | None,
    place: str,
    problems: list[PolicyError],
    owned: Mapping[str, Any] | None = None,
) -> Model | None:
    """Return the model of a file; *owned* is what follows from where the file lies."""
    if written is None:
        return None
    where = owned or {}
    known = [
        PolicyError(place, key, "follows from where the file lies; remove it")
        for key in written
        if key in where
    ]
    problems += known
    try:
        validated = model.model_validate({**written, **where})
    except ValidationError as error:
        problems += refused(place, error, model=model)
        return None
    return None if known else validated


def _read(file: Traversable, place: str, problems: list[PolicyError]) -> dict[Any, Any] | None:
    """Return what a YAML file says; None where it cannot be read, which is told."""
    try:
        return read_mapping(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        cure = "is no text in UTF-8; save it as UTF-8"
    except OSError as error:
        cure = error.strerror or "the file is not there"
    except Unreadable as error:
        cure = str(error)
    problems.append(PolicyError(place, "(file)", f"cannot be read: {cure}"))
    return None


def _files(
    folder: Traversable, place: str, names: str | tuple[str, ...], problems: list[PolicyError]
) -> list[Traversable]:
    """Return the files whose names end so, in their order; other data files are not read."""
    listed = sorted(folder.iterdir(), key=lambda each: each.name)
    for each in listed:
        if each.name.endswith((".yaml", ".yml", ".json")) and not each.name.endswith(names):
            known = names if isinstance(names, str) else " or ".join(names)
            cure = f"is not read; name it {known}, or take it away"
            problems.append(PolicyError(f"{place}/{each.name}", "(file)", cure))
    return [each for each in listed if each.name.endswith(names)]


def _folders(folder: Traversable) -> list[Traversable]:
    return sorted(
        (
            each
            for each in folder.iterdir()
            if each.is_dir() and not each.name.startswith(("_", "."))
        ),
        key=lambda each: each.name,
    )
