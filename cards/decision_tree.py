"""The decision of a policy as data: a tree of questions, criteria and determinations."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from cards.facts import Strict

Determination = Literal[
    "investigational",
    "not-medically-necessary",
    "medically-necessary",
    "needs-information",
    "not-addressed",
]


class Outcome(Strict):
    """A leaf of the decision: a determination, and the criteria that stand for it."""

    determination: Determination
    statement: str
    because: tuple[str, ...] = ()


class Outside(Strict):
    """A leaf of the decision: the policy does not govern this."""

    outside: Literal[True]


class Ask(Strict):
    """A branching on a question: one subtree for each answer."""

    ask: str
    answers: dict[str, "Node"]


class Check(Strict):
    """A branching on a criterion."""

    check: str
    met: "Node"
    not_met: "Node"


_KINDS = {
    "ask": "(ask)",
    "check": "(check)",
    "outside": "(outside)",
    "determination": "(outcome)",
    "answers": "(ask)",
    "met": "(check)",
    "not_met": "(check)",
    "because": "(outcome)",
    "statement": "(outcome)",
}
"""Which node is meant, by the first of these keys that it has: only its own faults are told."""


def _kind_of_node(written: Any) -> str | None:
    if isinstance(written, dict):
        return next((kind for key, kind in _KINDS.items() if key in written), None)
    return f"({type(written).__name__.lower()})"


Node = Annotated[
    Annotated[Ask, Tag("(ask)")]
    | Annotated[Check, Tag("(check)")]
    | Annotated[Outcome, Tag("(outcome)")]
    | Annotated[Outside, Tag("(outside)")],
    Discriminator(
        _kind_of_node,
        custom_error_type="no_node",
        custom_error_message="write a node: ask and answers; check, met and not_met; "
        "determination and statement; or outside: true",
    ),
]


Ask.model_rebuild()
Check.model_rebuild()
