"""Payers: how coverages name them, and the product lines that a plan may belong to."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from cards.clinical.payer_names import folded, names_payer
from cards.facts import Strict
from cards.forms import Text

NAIC = "urn:oid:2.16.840.1.113883.6.300"


class Payer(Strict):
    """One payer, as its `payer.yaml` tells.

    *names* are names that stand in a payor's display or an Organization's name; *whole_names* are
    product names that others begin or end with, which count only as the whole of it. *naic* are
    company codes of the National Association of Insurance Commissioners; *payer_ids* are
    identifiers on claims.
    """

    id: str
    name: Text
    names: tuple[Text, ...] = Field(min_length=1)
    whole_names: tuple[Text, ...] = ()
    not_names: tuple[str, ...] = ()
    naic: tuple[str, ...] = ()
    payer_ids: tuple[str, ...] = ()

    def is_named_in(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts names this payer."""
        listed = list(texts)
        if any(names_payer(each, self.not_names) for each in listed):
            return False
        if any(names_payer(each, self.names) for each in listed):
            return True
        # An Organization of another name beside the product's is another payer.
        whole = set(map(folded, listed))
        return bool(whole) and whole <= set(map(folded, self.whole_names))

    def is_identified_by(self, identifiers: Iterable[Mapping[str, Any]]) -> bool:
        """Whether any FHIR Identifier is one of this payer's."""
        for identifier in identifiers:
            value = identifier.get("value")
            if identifier.get("system") == NAIC and value in self.naic:
                return True
            if value in self.payer_ids and _is_payer_id(identifier):
                return True
        return False


def _is_payer_id(identifier: Mapping[str, Any]) -> bool:
    kind = identifier.get("type")
    codings = kind.get("coding") if isinstance(kind, dict) else None
    listed = codings if isinstance(codings, list) else []
    return any(isinstance(each, dict) and each.get("code") == "payerid" for each in listed)


# Product lines that policies of payers often leave to another policy, with the words that name
# them in a coverage's type, class or payor.
PRODUCT_LINES: Mapping[str, tuple[str, ...]] = {
    "federal-employee-program": (
        "fep",
        "federal employee",
        "federal employees",
        "federal employee's",
        "fepblue",
        "fehb",
        "fehbp",
        "service benefit plan",
    ),
    "medicare-advantage": (
        "medicare advantage",
        "medicare hmo",
        "medicare ppo",
        "medicare hmo blue",
        "medicare ppo blue",
        "ma ppo",
        "ma hmo",
        "medicare part c",
    ),
    "original-medicare": (
        "original medicare",
        "traditional medicare",
        "medicare part a",
        "medicare part b",
        "medicare fee for service",
        "medicare ffs",
        "centers for medicare",
        "medicare",
    ),
}
# SOPT payment types: Medicare Advantage plans, and patients who pay themselves.
SOPT = "https://nahdo.org/sopt"
MEDICARE_ADVANTAGE_TYPES = frozenset({"111", "112", "113"})
SELF_PAY = "81"
