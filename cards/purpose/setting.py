"""Where a service is to be performed, inpatient or outpatient, as far as order and chart tell."""

from collections.abc import Iterable
from typing import Literal

from cards.orders.items import ordered_concept
from cards.purpose.statements import remarks_of
from cards.values.coding import read_code, read_concept
from cards.values.text import Mention, mention
from cards.view import View

Setting = Literal["inpatient", "outpatient"]

# HL7 v3 ActCode. Emergency, observation, short stay and pre-admission may become either.
_CLASSES: dict[str, Setting] = {
    "IMP": "inpatient",
    "ACUTE": "inpatient",
    "NONAC": "inpatient",
    "AMB": "outpatient",
    "HH": "outpatient",
    "VR": "outpatient",
}
# An encounter that does not take place, or that is a mistake, tells of no setting.
_VOID = frozenset({"entered-in-error", "cancelled"})
_WORDS: dict[Setting, tuple[str, ...]] = {
    "inpatient": ("inpatient", "in patient"),
    "outpatient": ("outpatient", "out patient", "ambulatory", "office based", "same day surgery"),
}


def settings_of(view: View) -> tuple[Setting, ...]:
    """Return the setting; both where nothing tells.

    The order's title and place of service go before the encounter, as an inpatient operation may
    be ordered in a clinic; its remarks come last, as they speak of other visits too.
    """
    resource = view.order.resource
    places = resource.get("locationCode")
    titles = [*ordered_concept(resource).texts]
    for each in places if isinstance(places, list) else []:
        titles += read_concept(each).texts
    for found in (_stated(titles), _of_encounter(view), _stated(remarks_of(resource))):
        if len(found) == 1:
            return tuple(found)
    return ("outpatient", "inpatient")


def _stated(texts: Iterable[str]) -> set[Setting]:
    listed = list(texts)
    return {
        setting
        for setting, phrases in _WORDS.items()
        if any(mention(text, phrases) is Mention.PRESENT for text in listed)
    }


def _of_encounter(view: View) -> set[Setting]:
    encounter = view.chart.resolve(view.order.encounter)
    if encounter is None or read_code(encounter.get("status")) in _VOID:
        return set()
    written = encounter.get("class")
    # R5 writes a list of concepts; R4 a Coding.
    classes = written if isinstance(written, list) else [written]
    codes = [coding.code.upper() for each in classes for coding in read_concept(each).codings]
    return {_CLASSES[code] for code in codes if code in _CLASSES}
