"""Products and materials that orders name, as `products.yaml` lists them, and uses of them."""

from typing import Literal

from cards.facts import Strict, Words


class Product(Strict):
    """One product by its names, or one material by the words for it.

    *names* may be misspelled a little. *ordinary_words* are names that are words of the language
    too: they count where the text uses them as a name, or beside one of *as_name_beside*.
    *other_meanings* are names that stand for other things too: they count where a graft is placed.
    *within* names it by one phrase of each group, close together. *denied_by* says that there is
    none of it. *material*: it may be in a graft, or denied of one; *combined*: it is there only
    where it is combined with the graft. *not_behind* are words behind a name that make it another
    thing; *unless* are products, and *unless_words* words, beside which it is not meant;
    *only_beside* are the only words of a text in which it is meant.

    *ordinary*: it is a graft without cells or mixture, which tells nothing of a sibling's.
    *orders* false, or no word of each group of *beside*: naming it makes no order one of ours.
    *use* `shown`: only the use that a policy asks for concerns it, and that has to be told.
    *by_reason*: the order's reason may tell it in the place of *beside*.
    """

    label: str
    names: tuple[str, ...] = ()
    ordinary_words: tuple[str, ...] = ()
    other_meanings: tuple[str, ...] = ()
    as_name_beside: tuple[str, ...] = ()
    within: tuple[tuple[str, ...], ...] = ()
    denied_by: tuple[str, ...] = ()
    material: bool = False
    combined: bool = False
    not_behind: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_words: tuple[str, ...] = ()
    beside: tuple[tuple[str, ...], ...] = ()
    only_beside: tuple[str, ...] = ()
    ordinary: bool = False
    orders: bool = True
    use: Literal["any", "shown"] = "any"
    by_reason: bool = False


class Application(Strict):
    """One use of a therapy: the reasons and words that show it, and those that show another.

    *elsewhere_codes* and *elsewhere_words* are the usual other uses of the same products.
    """

    label: str
    codes: tuple[str, ...]
    words: Words
    elsewhere_codes: tuple[str, ...] = ()
    elsewhere_words: tuple[str, ...] = ()
