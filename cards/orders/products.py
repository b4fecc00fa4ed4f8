"""The service of orders that name a product, and how such an order is called on a card."""

from collections.abc import Sequence

from cards.clinical import Clinical
from cards.clinical.services import Service
from cards.orders.items import NamedProduct
from cards.values.text import Mention


def product_service(clinical: Clinical) -> tuple[str, Service]:
    """Return the service, by id, of orders that name a product and have no code of ours."""
    return next(
        (name, each)
        for name, each in clinical.services.items()
        if each.names_products and not each.codes
    )


def name_with(service: Service, products: Sequence[NamedProduct], clinical: Clinical) -> str:
    """Return what is ordered: the service with its products, or the products alone.

    Beside a service that has a code, a name that leaves open which product it is says no more.
    """
    present = [each for each in products if each.sense is Mention.PRESENT]
    named = [clinical.products[each.name] for each in present or products]
    kept = [each for each in named if each.orders and not (service.codes and each.unless)]
    joined = " and ".join(dict.fromkeys(each.label for each in kept))
    if service.codes:
        return f"{service.name} with {joined}" if joined and present else service.name
    return joined or service.name
