"""Names the nodes of a policy's decision, and tells which of them one order's walk came to."""

from collections.abc import Iterator
from dataclasses import dataclass

from cards.decision import Walk, open_branches
from cards.decision_tree import Ask, Check, Node

ROOT = "decision"
"""The id of the topmost node."""


def below(node_id: str, branch: str) -> str:
    """Return the id of the node at the end of that branch, such as `decision/adult/met`."""
    return f"{node_id}/{branch}"


@dataclass(frozen=True, slots=True)
class Path:
    """The nodes that an order came to, by id, from the root down.

    *taken* are certain: the answer at every node above them is known. *possible* lie beyond a
    node whose answer is open. A settled determination may end in several possible leaves, which
    then agree.
    """

    taken: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


NOWHERE = Path()
"""Of a finding without a walk."""


def path_of(walked: Walk) -> Path:
    """Return the nodes that the walk came to."""
    reached = list(_reached(walked.version.decision, ROOT, walked, certain=True))
    return Path(
        taken=tuple(node_id for node_id, certain in reached if certain),
        possible=tuple(node_id for node_id, certain in reached if not certain),
    )


def _reached(
    node: Node, node_id: str, walked: Walk, *, certain: bool
) -> Iterator[tuple[str, bool]]:
    yield node_id, certain
    if not isinstance(node, Ask | Check):
        return
    branches = open_branches(node, walked)
    for name, child in branches:
        one = certain and len(branches) == 1
        yield from _reached(child, below(node_id, name), walked, certain=one)
