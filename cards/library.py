"""Loads every policy and all clinical knowledge once, and refuses what is not right."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from cards.clinical import Clinical
from cards.clinical.indications import Indication
from cards.clinical.light_tests import LightTest
from cards.clinical.local_codes import LocalCodes
from cards.clinical.payers import Payer
from cards.clinical.products import Application, Product
from cards.clinical.services import Service
from cards.clinical.states import DiseaseStates, IcdCharacters
from cards.criteria import reads
from cards.facts import Fact
from cards.policy import Policy, Sources
from cards.undefined import unknown_names, unknown_sources
from cards.values.coding import ValueSet, read_value_set

Model = TypeVar("Model", bound=BaseModel)
_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


_NO_STATES = DiseaseStates(
    codes={},
    status_codes=(),
    status_words=(),
    reached_words=(),
    induction_words=(),
    words={},
    icd_10_cm=IcdCharacters(leukemias=(), lymphomas=(), characters={}),
)


class PolicyError(Exception):
    """A data file that is refused: *file*, the *key* in it, and the *cure*."""

    def __init__(self, file: str, key: str, cure: str) -> None:
        super().__init__(f"{file}: {key}: {cure}")
        self.file = file
        self.key = key
        self.cure = cure


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
    clinical = _clinical(package / "clinical", payers, problems)
    policies = tuple(_policies(folder, payers, clinical, problems))
    problems += _topics_shared(policies)
    return Library(policies, clinical), problems


def _clinical(
    folder: Traversable, payers: Mapping[str, Payer], problems: list[PolicyError]
) -> Clinical:
    value_sets = dict(_value_sets(folder / "value_sets", problems))
    facts: dict[str, Fact] = {}
    for file in _files(folder / "facts", ".yaml"):
        for name, fact in _each(file, _FACT.validate_python, problems).items():
            if name in facts:
                cure = "another file defines this fact too; keep one of them"
                problems.append(PolicyError(file.name, name, cure))
            facts[name] = fact
    indications = _each(folder / "indications.yaml", Indication.model_validate, problems)
    services = _each(folder / "services.yaml", Service.model_validate, problems)
    light_tests = _each(folder / "light_tests.yaml", LightTest.model_validate, problems)
    products = _each(folder / "products.yaml", Product.model_validate, problems)
    uses = _each(folder / "applications.yaml", Application.model_validate, problems)
    problems += _unknown_products(products)
    states = _validated(
        DiseaseStates,
        _yaml(folder / "disease_states.yaml", problems),
        "clinical/disease_states.yaml",
        problems,
    )
    for name, indication in indications.items():
        if indication.within is not None and indication.within not in indications:
            cure = f"{indication.within!r} is not defined; define it or leave `within` out"
            problems.append(PolicyError("indications.yaml", f"{name}.within", cure))
    owners = {"facts": facts, "indications": indications, "services": services}
    for owner, items in {**owners, "applications": uses}.items():
        for name, item in items.items():
            for value_set in _value_sets_named(item):
                if value_set not in value_sets:
                    cure = f"no value set {value_set!r}; add value_sets/{value_set}.json"
                    problems.append(PolicyError(f"clinical/{owner}", name, cure))
    clinical = Clinical(
        value_sets,
        facts,
        indications,
        services,
        payers,
        states or _NO_STATES,
        products=products,
        applications=uses,
        light_tests=light_tests,
    )
    problems += [] if problems else _unknown_to_tests(clinical)
    return clinical


def _unknown_to_tests(clinical: Clinical) -> Iterator[PolicyError]:
    for name, test in clinical.light_tests.items():
        for fact, code in test.documents.items():
            if fact not in clinical.facts:
                cure = f"no fact {fact!r} is defined"
            elif clinical.display_of(fact, code.system, code.code) is None:
                cure = f"{code.code!r} stands in no value set of the fact; choose one that does"
            else:
                continue
            yield PolicyError("light_tests.yaml", f"{name}.documents.{fact}", cure)


def _unknown_products(products: Mapping[str, Product]) -> list[PolicyError]:
    return [
        PolicyError("products.yaml", f"{name}.unless", f"no product {other!r} is defined")
        for name, product in products.items()
        for other in product.unless
        if other not in products
    ]


def _value_sets_named(item: BaseModel) -> Iterator[str]:
    for field, value in item:
        if field == "answers":
            yield from _value_sets_named(value)
        elif field.endswith("codes") or field == "codes_with_unit":
            yield from [value] if isinstance(value, str) else value or ()


def _each(
    file: Traversable, validate: Callable[[Any], Any], problems: list[PolicyError]
) -> dict[str, Any]:
    loaded = _yaml(file, problems)
    kept = {}
    for name, item in (loaded or {}).items():
        try:
            kept[name] = validate(item)
        except ValidationError as error:
            problems += _refused(file.name, error, name)
    return kept


def _value_sets(folder: Traversable, problems: list[PolicyError]) -> Iterator[tuple[str, ValueSet]]:
    for file in _files(folder, ".json"):
        try:
            value_set = read_value_set(json.loads(file.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError) as error:
            cure = f"is no ValueSet of the form used here: {error}"
            problems.append(PolicyError(file.name, "compose", cure))
            continue
        if f"{value_set.id}.json" != file.name:
            problems.append(PolicyError(file.name, "id", f"name the file {value_set.id}.json"))
        yield value_set.id, value_set


def _payers(folder: Traversable, problems: list[PolicyError]) -> Iterator[tuple[str, Payer]]:
    for payer in _folders(folder):
        file = payer / "payer.yaml"
        if not file.is_file():
            cure = "add payer.yaml with the payer's name and names"
            problems.append(PolicyError(f"{payer.name}/payer.yaml", "(file)", cure))
            continue
        loaded = _yaml(file, problems, f"{payer.name}/payer.yaml")
        model = _validated(
            Payer, {"id": payer.name, **loaded}, f"{payer.name}/payer.yaml", problems
        )
        if model is not None:
            yield payer.name, model


def _policies(
    folder: Traversable,
    payers: Mapping[str, Payer],
    clinical: Clinical,
    problems: list[PolicyError],
) -> Iterator[Policy]:
    for payer in _folders(folder):
        if payer.name not in payers:
            continue
        for policy in _folders(payer):
            file = policy / "policy.yaml"
            name = f"{payer.name}/{policy.name}/policy.yaml"
            if not file.is_file():
                problems.append(PolicyError(name, "(file)", "a policy folder needs policy.yaml"))
                continue
            written = _yaml(file, problems, name)
            owned: dict[str, Any] = {
                "id": f"{payer.name}/{policy.name}",
                "payer": payer.name,
                "payer_name": payers[payer.name].name,
            }
            if (policy / "sources.yaml").is_file():
                place = f"{payer.name}/{policy.name}/sources.yaml"
                loaded = _yaml(policy / "sources.yaml", problems, place)
                sources = _validated(Sources, loaded, place, problems)
                owned["sources"] = sources.documents if sources is not None else ()
            model = _validated(Policy, {**owned, **written}, name, problems)
            if model is not None:
                found = [
                    PolicyError(name, key, cure) for key, cure in unknown_names(model, clinical)
                ]
                place = f"{model.id}/sources.yaml"
                found += [PolicyError(place, key, cure) for key, cure in unknown_sources(model)]
                problems += found
                if not found:
                    yield model


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
    model: type[Model], data: Any, file: str, problems: list[PolicyError]
) -> Model | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems += _refused(file, error)
        return None


def _refused(file: str, error: ValidationError, prefix: str = "") -> list[PolicyError]:
    problems = []
    for each in error.errors(include_url=False, include_input=False):
        key = ".".join(str(step) for step in (*((prefix,) if prefix else ()), *each["loc"]))
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = "unknown key; remove it or mend its spelling"
        elif each["type"] == "missing":
            message = "missing; add it"
        problems.append(PolicyError(file, key or "(file)", message))
    return problems


class _NoDuplicates(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error, not a silent loss."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    pairs = [(loader.construct_object(key, deep=True), value) for key, value in node.value]
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            message = f"key {key!r} stands twice (line {node.start_mark.line + 1})"
            raise yaml.YAMLError(message)
    return {key: loader.construct_object(value, deep=True) for key, value in pairs}


_NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _yaml(
    file: Traversable, problems: list[PolicyError], name: str | None = None
) -> dict[str, Any]:
    try:
        loaded = yaml.load(file.read_text(encoding="utf-8"), _NoDuplicates)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        cure = " ".join(str(error).split())
        problems.append(PolicyError(name or file.name, "(file)", f"cannot be read: {cure}"))
        return {}
    if not isinstance(loaded, dict):
        problems.append(PolicyError(name or file.name, "(file)", "holds no mapping of keys"))
        return {}
    return loaded


def _files(folder: Traversable, ending: str) -> list[Traversable]:
    return sorted(
        (each for each in folder.iterdir() if each.name.endswith(ending)),
        key=lambda each: each.name,
    )


def _folders(folder: Traversable) -> list[Traversable]:
    return sorted(
        (
            each
            for each in folder.iterdir()
            if each.is_dir() and not each.name.startswith(("_", "."))
        ),
        key=lambda each: each.name,
    )
