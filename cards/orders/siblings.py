"""Orders of one signing, each with what the others say of the same transplant or graft."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cards.clinical import Clinical
from cards.orders.items import NamedProduct, is_for_other_site
from cards.orders.order import Order
from cards.orders.products import name_with
from cards.values.text import Mention


@dataclass
class Supplies:
    """What the requests for devices and supplies of one signing name, and what was not read."""

    named: list[NamedProduct] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def together(orders: Iterable[Order]) -> Iterator[Order]:
    """Yield the orders, each with what the others of one signing say of the same transplant.

    Processing and collection of a graft are judged with the transplant that they belong to: an
    order that states no graft type, or a preparing step that states no reason, takes it from
    its siblings where these agree.
    """
    listed = list(orders)
    for order in listed:
        siblings = [each for each in listed if each is not order and each.therapy == order.therapy]
        grafts = frozenset().union(*(each.grafts for each in siblings))
        shared = order
        if not order.grafts and len(grafts) == 1:
            shared = replace(shared, grafts=grafts)
        if not order.reasons and order.step != "transplant":
            reasons = next((each.reasons for each in siblings if each.reasons), ())
            shared = replace(shared, reasons=reasons)
        yield shared


def with_products(order: Order, products: Sequence[NamedProduct], clinical: Clinical) -> Order:
    """Return an order with the products that it names, which it is called by."""
    name = name_with(clinical.services[order.service], products, clinical)
    return replace(order, products=tuple(products), name=name)


def with_siblings(
    order: Order, orders: Sequence[Order], supplies: Supplies, clinical: Clinical
) -> Order:
    """Return an order that names no product itself with those of the same signing.

    That a product is there is known of the signing; that a graft is ordinary, or has no cells, only
    of the order that says so, and cells for another use are no graft.
    """
    service = clinical.services[order.service]
    if not (service.names_products and service.codes) or order.products:
        return order
    siblings = (each for each in orders if clinical.services[each.service].names_products)
    named = [product for each in siblings if each is not order for product in each.products]
    shared = [each for each in (*named, *supplies.named) if _speaks_for_siblings(each, clinical)]
    order = replace(order, unread=(*order.unread, *supplies.unread))
    return with_products(order, tuple(dict.fromkeys(shared)), clinical)


def _speaks_for_siblings(named: NamedProduct, clinical: Clinical) -> bool:
    product = clinical.products[named.name]
    return (
        named.sense is not Mention.NEGATED
        and product.use != "shown"
        and not product.ordinary
        and not is_for_other_site(named.text)
    )
