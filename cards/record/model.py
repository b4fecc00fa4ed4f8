"""The gate to FHIR R4: what decides a verdict passes through the `fhir.resources` models.

A model refuses a whole resource for a fault in any element. So only the elements that the
readers use are handed to it: a fault elsewhere costs nothing, a fault in one of these is named.
The R4B models are the nearest the library has to R4; the elements read here are the same in both.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

_CODING = {"system": None, "code": None, "display": None}
_CONCEPT = {"coding": _CODING, "text": None}
_QUANTITY = {"value": None, "comparator": None, "unit": None, "system": None, "code": None}
_PERIOD = {"start": None, "end": None}
_RANGE = {"low": _QUANTITY, "high": _QUANTITY}
_REFERENCE = {"reference": None, "display": None}
_VALUE = {
    "valueQuantity": _QUANTITY,
    "valueInteger": None,
    "valueString": None,
    "valueBoolean": None,
    "valueRange": _RANGE,
    "valueCodeableConcept": _CONCEPT,
    "valueDateTime": None,
    "interpretation": _CONCEPT,
    "dataAbsentReason": _CONCEPT,
}

# Resource type -> the elements that readers use. Anything else is neither read nor checked.
_SHAPES: Mapping[str, Mapping[str, Any]] = {
    "Patient": {"birthDate": None, "deceasedBoolean": None, "deceasedDateTime": None},
    "Observation": {
        "status": None,
        "code": _CONCEPT,
        "effectiveDateTime": None,
        "effectivePeriod": _PERIOD,
        "effectiveInstant": None,
        "issued": None,
        "component": {"code": _CONCEPT, **_VALUE},
        **_VALUE,
    },
    "Condition": {
        "clinicalStatus": _CONCEPT,
        "verificationStatus": _CONCEPT,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "onsetDateTime": None,
        "onsetPeriod": _PERIOD,
        "onsetAge": _QUANTITY,
        "onsetString": None,
        "abatementDateTime": None,
        "recordedDate": None,
    },
    "DiagnosticReport": {
        "status": None,
        "code": _CONCEPT,
        "effectiveDateTime": None,
        "effectivePeriod": _PERIOD,
        "issued": None,
        "conclusion": None,
        "conclusionCode": _CONCEPT,
    },
    "Procedure": {
        "status": None,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "performedDateTime": None,
        "performedPeriod": _PERIOD,
    },
    "MedicationAdministration": {
        "status": None,
        "medicationCodeableConcept": _CONCEPT,
        "medicationReference": _REFERENCE,
        "subject": _REFERENCE,
        "effectiveDateTime": None,
        "effectivePeriod": _PERIOD,
    },
    "MedicationStatement": {
        "status": None,
        "medicationCodeableConcept": _CONCEPT,
        "medicationReference": _REFERENCE,
        "subject": _REFERENCE,
        "effectiveDateTime": None,
        "effectivePeriod": _PERIOD,
    },
    "MedicationRequest": {
        "status": None,
        "intent": None,
        "medicationCodeableConcept": _CONCEPT,
        "medicationReference": _REFERENCE,
        "subject": _REFERENCE,
        "authoredOn": None,
    },
    "Coverage": {
        "status": None,
        "beneficiary": _REFERENCE,
        "payor": _REFERENCE,
        "period": _PERIOD,
        "type": _CONCEPT,
    },
}  # fmt: skip

_NAME_LENGTH = 500
_ZONELESS = re.compile(r"(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
# Elements that FHIR requires and that a reader can do without, with what stands in for them.
_STAND_INS: Mapping[str, Any] = {"subject": {"display": "?"}, "intent": "order"}


def fault_in(resource: Mapping[str, Any]) -> str | None:
    """Return the path of an element that matters and is broken, such as `valueQuantity.value`.

    None: every element that the readers use is sound. A date-time without zone, an unknown
    element, and a fault in an element that nobody reads are no faults here.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in _SHAPES:
        return None
    shape = _SHAPES[kind]
    try:
        kept = _keep(resource, shape)
        for element, stand_in in _STAND_INS.items():
            if element in shape:
                kept.setdefault(element, stand_in)
        _model(kind).model_validate(kept)
        if _denies_its_value(kept):
            return "dataAbsentReason"
    except ValidationError as error:
        where = error.errors(include_url=False, include_input=False)[0]["loc"]
        # The library calls an element that should be an object and is none "root".
        return ".".join(str(step) for step in where if step != "root") or kind
    except (RecursionError, ValueError, TypeError):
        return kind
    return None


def _denies_its_value(kept: Mapping[str, Any]) -> bool:
    """Whether a value has a reason beside it why there is none, which FHIR's obs-6 forbids."""
    return any(
        part.get("dataAbsentReason") and any(name.startswith("value") for name in part)
        for part in (kept, *kept.get("component", ()))
    )


@cache
def _model(kind: str) -> Any:
    return get_fhir_model_class(kind)


def _keep(element: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _as_written(name, _pruned(element[name], inner))
        for name, inner in shape.items()
        if element.get(name) not in (None, "")  # EHRs send "" for what they do not have
    }


_DATED = ("date", "Date", "DateTime", "start", "end", "issued", "authoredOn", "effectiveInstant")


def _as_written(name: str, value: Any) -> Any:
    # The models take a number for a date, as seconds since 1970; FHIR does not.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"the number {value}" if is_number and name.endswith(_DATED) else value


def _pruned(value: Any, shape: Mapping[str, Any] | None) -> Any:
    if isinstance(value, list):
        return [_pruned(item, shape) for item in value]
    if shape is None:
        zoneless = _ZONELESS.fullmatch(value) if isinstance(value, str) else None
        return zoneless[1] if zoneless else value
    if not isinstance(value, dict):
        return value
    kept = _keep(value, shape)
    return _sound_concept() if kept and shape is _CONCEPT and _is_sound(kept) else kept


def _is_sound(kept: Mapping[str, Any]) -> bool:
    # A record repeats a few names, and half of what is checked of a result is its name.
    as_json = msgspec.json.encode(kept)
    return len(as_json) <= _NAME_LENGTH and _is_sound_name(as_json)


@lru_cache(maxsize=4096)
def _is_sound_name(as_json: bytes) -> bool:
    try:
        _model("CodeableConcept").model_validate(msgspec.json.decode(as_json))
    except (ValidationError, RecursionError, ValueError, TypeError):
        return False
    return True


@cache
def _sound_concept() -> Any:
    """Return a concept that the models need not look at again, for one that was found sound."""
    return _model("CodeableConcept").model_validate({"text": "?"})
