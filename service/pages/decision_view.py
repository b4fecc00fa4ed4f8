"""Tells a policy's decision in words, as one nested structure for the drawing and for the list.

Between `cards.policy` and `diagram_view`, `diagram.html`. With a path it says of every node
whether one order came to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cards.clinical import Clinical
from cards.criteria.joined import Joined
from cards.decision import branches_of, rule_of
from cards.decision_tree import Ask, Check, Node, Outcome, Outside
from cards.path import ROOT, Path, below
from cards.policy import Policy, Version
from cards.questions import OUTSIDE
from service.pages.answer_view import DETERMINATIONS

Reached = Literal["taken", "possible", "passed-by", "unasked"]
"""Whether an order came to a node: surely, perhaps, not; or no order is being looked at."""

OUTSIDE_WORDS = "Outside this policy"
_EXHAUSTIVE = ("therapy", "graft", "age-group", "course")
"""Questions whose answers take in every order that comes to them; others may lead outside."""
_JOINED = {"all-of": "All of", "any-of": "Any of"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where the decision ends; *determination* "none" lies outside the policy's field."""

    reached: Reached
    determination: str
    words: str
    statement: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on from a fork; several answers that lead to the same share one.

    *meanings* are the diseases that an answer takes in, where they are more than its own name.
    """

    words: str
    meanings: tuple[str, ...]
    reached: Reached
    node: "Fork | Leaf"


@dataclass(frozen=True, slots=True)
class Fork:
    """A question, or a criterion with its *statement* and the *parts* that it joins.

    *joined* says how many of the parts are needed, in words; empty where there are none.
    """

    reached: Reached
    words: str
    branches: tuple[Branch, ...]
    statement: str | None = None
    joined: str = ""
    parts: tuple[str, ...] = ()


def decision_view(version: Version, clinical: Clinical, path: Path | None = None) -> Fork | Leaf:
    """Return the decision of *version* from the root down, with the nodes of *path* marked."""
    return _Telling(version, clinical, path).node(version.decision, (ROOT,))


def leaves_reached(node: Fork | Leaf) -> Iterator[Leaf]:
    """Yield the leaves that the path ends in, from the top: one, or several that stay open."""
    if isinstance(node, Leaf):
        if node.reached in ("taken", "possible"):
            yield node
        return
    for branch in node.branches:
        yield from leaves_reached(branch.node)


def steps_taken(node: Fork | Leaf) -> list[tuple[str, str]]:
    """Return the answers on the path, as fork and branch in words, down to where it stays open."""
    steps: list[tuple[str, str]] = []
    while isinstance(node, Fork):
        branch = next((each for each in node.branches if each.reached == "taken"), None)
        if branch is None:
            ways = [each.words for each in node.branches if each.reached == "possible"]
            return [*steps, (node.words, f"open; possible: {', or '.join(ways)}")] if ways else []
        steps.append((node.words, branch.words))
        node = branch.node
    return steps


def newest_first(policy: Policy) -> list[Version]:
    """Return the versions by the day from which they apply; a file may hold them in any order."""
    return sorted(policy.versions, key=lambda each: each.effective or date.min, reverse=True)


def joined_checks(policy: Policy, clinical: Clinical) -> list[Fork]:
    """Return the checks that join several criteria, of the newest version of *policy*."""
    return [fork for fork in _forks(decision_view(newest_first(policy)[0], clinical)) if fork.parts]


def _forks(node: Fork | Leaf) -> Iterator[Fork]:
    if isinstance(node, Fork):
        yield node
        for branch in node.branches:
            yield from _forks(branch.node)


def ending(node: Fork | Leaf, determination: str) -> str:
    """Say where the path ends, as a sentence that agrees with the finding's *determination*."""
    leaves = list(leaves_reached(node))
    words = list(dict.fromkeys(leaf.words for leaf in leaves))
    if len(words) > 1:
        return f"What is open decides between these: {', '.join(words)}."
    if {determination} != {leaf.determination for leaf in leaves}:
        return f"It would end here: {', '.join(words)}. Whether this policy applies is open."
    ways = "Every way that is open ends here" if len(leaves) > 1 else "It ends here"
    return f"{ways}: {words[0]}."


@dataclass(frozen=True, slots=True)
class _Telling:
    version: Version
    clinical: Clinical
    path: Path | None

    def node(self, node: Node, ids: tuple[str, ...]) -> Fork | Leaf:
        """Tell *node*; it has several ids where several answers lead to the same."""
        reached = self._reached(ids)
        if isinstance(node, Outside):
            return Leaf(reached, "none", OUTSIDE_WORDS)
        if isinstance(node, Outcome):
            citation = self.version.citations.get(node.statement)
            section = citation.section if citation else None
            words = DETERMINATIONS[node.determination]
            return Leaf(reached, node.determination, words, node.statement, section)
        if isinstance(node, Ask):
            title = self.version.question(node.ask).title
            return Fork(reached, title, tuple(self._answers(node, ids)))
        rule = rule_of(self.version, node.check)
        joined = _JOINED.get(rule.test.kind, "")
        names = rule.test.criteria if isinstance(rule.test, Joined) and joined else ()
        return Fork(
            reached=reached,
            words=rule.title,
            branches=tuple(self._verdicts(node, ids)),
            statement=rule.statement,
            joined=joined,
            parts=tuple(rule_of(self.version, name).title for name in names),
        )

    def _answers(self, node: Ask, ids: tuple[str, ...]) -> Iterator[Branch]:
        question = self.version.question(node.ask)
        alike: list[tuple[Node, list[str]]] = []
        for answer, child in branches_of(node):
            same = next((names for known, names in alike if known == child), None)
            if same is None:
                alike.append((child, [answer]))
            else:
                same.append(answer)
        if question.kind not in _EXHAUSTIVE and question.otherwise is None:
            alike.append((Outside(outside=True), [OUTSIDE]))
        for child, names in alike:
            below_it = tuple(below(each, name) for each in ids for name in names)
            words = " or ".join(_spoken(name) for name in names)
            meanings = tuple(
                self.clinical.indications[value].label
                for name in names
                for value in question.answers.get(name, ())
                if question.kind == "indication"
            )
            yield Branch(
                words=words,
                meanings=meanings if len(meanings) > len(names) else (),
                reached=self._reached(below_it),
                node=self.node(child, below_it),
            )

    def _verdicts(self, node: Check, ids: tuple[str, ...]) -> Iterator[Branch]:
        for name, child in branches_of(node):
            below_it = tuple(below(each, name) for each in ids)
            yield Branch(_spoken(name), (), self._reached(below_it), self.node(child, below_it))

    def _reached(self, ids: tuple[str, ...]) -> Reached:
        if self.path is None:
            return "unasked"
        if any(each in self.path.taken for each in ids):
            return "taken"
        return "possible" if any(each in self.path.possible for each in ids) else "passed-by"


def _spoken(branch: str) -> str:
    return "anything else" if branch == OUTSIDE else branch.replace("-", " ")
