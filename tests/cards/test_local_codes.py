"""A site's own order codes: which rows of a ConceptMap count, and which map is refused."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from cards.clinical.local_codes import LocalCodes, LocalCodesError, read_concept_map
from cards.orders.drafts import OrderSelection, read_orders
from cards.orders.order import Order
from cards.values.coding import CPT, HCPCS
from tests.cards.building import PATIENT, Json, library, request

LOCAL = "https://hospital.example/orders"


def concept_map(*targets: Json, **more: Any) -> Json:
    """Return a map of the local code TX-1 to these targets of CPT; *more* goes into the group."""
    element = {"code": "TX-1", "target": list(targets)}
    group = {"source": LOCAL, "target": CPT, "element": [element], **more}
    return {"resourceType": "ConceptMap", "status": "active", "group": [group]}


def target(code: str | None = "38241", equivalence: str = "equivalent", **more: Any) -> Json:
    """Return one target."""
    return ({"code": code} if code else {}) | {"equivalence": equivalence, **more}


def read(resource: Any) -> LocalCodes:
    """Return the local codes of a map."""
    return read_concept_map(resource, library().clinical)


def select(local: LocalCodes, code: str = "TX-1", text: str = "Day 0") -> OrderSelection:
    """Return what is selected of an order under a local code."""
    clinical = replace(library().clinical, local_codes=local)
    coded = {"coding": [{"system": LOCAL, "code": code}], "text": text}
    return read_orders(clinical, [request(code=coded)], PATIENT)


def only(selection: OrderSelection) -> Order:
    """Return the one order."""
    (order,) = selection.orders
    return order


@pytest.mark.parametrize("equivalence", ["equal", "equivalent", "wider", "subsumes"])
def test_rows_that_say_enough(equivalence: str) -> None:
    """A local code that means the target, or a kind of it, orders what the target orders."""
    order = only(select(read(concept_map(target(equivalence=equivalence)))))

    assert "autologous-transplant" == order.service
    assert {"autologous"} == order.grafts
    assert order.matched_by_text is False


@pytest.mark.parametrize(
    "row",
    [
        *(target(equivalence=each) for each in ("narrower", "specializes", "inexact", "relatedto")),
        target(dependsOn=[{"property": "urn:graft", "value": "own"}]),
    ],
    ids=["narrower", "specializes", "inexact", "relatedto", "conditional"],
)
def test_rows_that_say_too_little(row: Json) -> None:
    """Where the target may be another thing than the local code, the row is counted and unused."""
    resource = concept_map(row)
    resource["group"][0]["element"].append({"code": "TX-2", "target": [target("38240")]})
    local = read(resource)

    assert 1 == local.unused
    assert () == select(local).orders
    assert "allogeneic-transplant" == only(select(local, "TX-2")).service


def test_disjoint_is_no_translation() -> None:
    """A target that the local code is not is none."""
    resource = concept_map(target("38240", "disjoint"), target())

    assert {"autologous"} == only(select(read(resource))).grafts


def test_unmatched_silences_the_text() -> None:
    """What the site says is none of ours is not recognised by its text, nor counted."""
    local = read(concept_map(target(None, "unmatched")))

    assert OrderSelection() == select(local, text="Bone marrow transplant")
    assert 1 == len(select(LocalCodes(), text="Bone marrow transplant").orders)


def test_a_match_in_one_group_stands_beside_unmatched_in_another() -> None:
    """A code that CPT lacks and HCPCS has is translated."""
    resource = concept_map(target(None, "unmatched"))
    other = concept_map(target("S2150"), target=HCPCS)
    resource["group"] += other["group"]

    assert "transplant-of-unstated-graft" == only(select(read(resource), text="BMT")).service


def test_other_codes_are_untouched() -> None:
    """The map says nothing of a code that it does not hold, nor of another system's."""
    local = read(concept_map(target()))
    foreign = request(code={"coding": [{"system": "https://other.example", "code": "TX-1"}]})

    assert () == select(local, "TX-9").orders
    assert () == read_orders(library().clinical, [foreign], PATIENT).orders


def test_systems_may_be_oids() -> None:
    """The target system may be written as an OID."""
    resource = concept_map(target(), target="urn:oid:2.16.840.1.113883.6.12")

    assert "autologous-transplant" == only(select(read(resource))).service


def test_two_targets_that_disagree() -> None:
    """A local code that is mapped to both grafts leaves the graft open."""
    order = only(select(read(concept_map(target("38240"), target("38241")))))

    assert order.grafts_contradict is True
    assert {"autologous", "allogeneic"} == order.grafts


def test_work_up_may_be_mapped() -> None:
    """A local code for work-up is none of our orders, whatever text stands beside it."""
    local = read(concept_map(target("38221")))

    assert () == select(local, text="Autologous stem cell transplant").orders


def broken(path: str, content: Any) -> Json:
    """Return a map in which one element is another; None: it is missing."""
    resource = deepcopy(concept_map(target()))
    at: Any = resource
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        at = at[step]
    if content is None:
        del at[last]
    else:
        at[last] = content
    return resource


TARGET = "group/0/element/0/target/0"


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        ([], "resourceType"),
        ({"resourceType": "ValueSet"}, "resourceType"),
        (broken("status", None), "status"),
        (broken("group", {}), "group"),
        (broken("group", []), "group"),
        (broken("group/0/source", None), "group[0].source"),
        (broken("group/0/target", None), "group[0].target"),
        (broken("group/0/element", None), "group[0].element"),
        (broken("group/0/element/0/code", None), "group[0].element[0].code"),
        (broken(f"{TARGET}/equivalence", None), "group[0].element[0].target[0].equivalence"),
        (broken(f"{TARGET}/equivalence", "same"), "group[0].element[0].target[0].equivalence"),
        (broken(f"{TARGET}/code", "99999"), "group[0].element[0].target[0].code"),
        (broken(f"{TARGET}/code", None), "group[0].element[0].target[0].code"),
        (broken("group/0/target", HCPCS), "group[0].element[0].target[0].code"),
        (
            concept_map(target(), unmapped={"mode": "fixed", "code": "38241"}),
            "group[0].unmapped.mode",
        ),
        (concept_map(target(equivalence="narrower")), "group"),
        (broken(f"{TARGET}/relationship", "equivalent"), None),
    ],
)
def test_maps_that_are_refused(resource: Any, element: str | None) -> None:
    """Each fault is named by its element, with the cure."""
    with pytest.raises(LocalCodesError) as refused:
        read(resource)

    assert (element or "group[0].element[0].target[0].relationship") == refused.value.element
    assert refused.value.cure
