"""Services that can be ordered, as `services.yaml` lists them: therapy, step and graft."""

from typing import Literal

from cards.facts import Strict

Graft = Literal["autologous", "allogeneic"]


class OrderWords(Strict):
    """How people write an order: every group must be named, none of *none_of* may be.

    Each group is a list of phrases; one of a group is enough. *alone*: only where nothing but
    known words stands beside it, as the name is that of other transplants, too. *whole*: only where
    nothing at all does.
    """

    all_of: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...] = ()
    alone: bool = False
    whole: bool = False


class Service(Strict):
    """One service: what therapy it belongs to, which step of it, and which graft it states.

    *therapy* is none for services that resemble a therapy and belong to no policy: an order
    with such a code is never taken for a transplant, whatever text stands beside it.
    *codes_with_words* are codes of this service and of another: they mean this one, and nothing
    else that a text may name, where the text says so. *names_products*: what is placed or injected
    decides, which `products.yaml` names. The one such service without codes is that of orders which
    name a product and have no code of ours.
    """

    name: str
    therapy: str | None
    step: Literal[
        "transplant", "harvest", "donor-search", "processing", "infusion", "implant", "none"
    ]
    graft: Graft | None = None
    codes: tuple[str, ...]
    codes_with_words: tuple[str, ...] = ()
    words: tuple[OrderWords, ...] = ()
    names_products: bool = False
