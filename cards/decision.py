"""The walk through a policy's decision: every branch that what is unknown leaves open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cards.criteria import Test, decide
from cards.criteria.joined import Joined, failing, undecided
from cards.criteria.service import Allowance, Ban
from cards.decision_tree import Ask, Check, Node, Outcome, Outside
from cards.policy import CriterionRule, Version
from cards.questions import OUTSIDE, Answered, answer
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View

MET, NOT_MET = "met", "not-met"  # the branches of a check
_NOT_GOVERNED = None


@dataclass
class Walk:
    """What a walk found: the leaves that are possible, and what would have to be known.

    *missing* names the questions and criteria whose answers would change the determination.
    """

    version: Version
    view: View
    leaves: list[Outcome | Outside] = field(default_factory=list)
    answers: dict[str, Answered] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    tests: Mapping[str, Test] = field(init=False)
    """The test of each criterion, by id."""

    def __post_init__(self) -> None:
        """Look the tests up once."""
        self.tests = self.version.tests()

    def decisive(self) -> list[str]:
        """Return the criteria that a settled determination rests on.

        Those that stand for its leaf; else what failed; else everything that is met.
        """
        because = [name for leaf in self.leaves for name in getattr(leaf, "because", ())]
        checks = [node.check for node in self.version.nodes() if isinstance(node, Check)]
        failed = [
            name
            for check in checks
            if check in self.verdicts
            for name in failing(check, self.tests, self.verdicts)
        ]
        met = [name for name, each in self.verdicts.items() if each.state is State.MET]
        return list(dict.fromkeys(because or failed or met))

    @property
    def determinations(self) -> frozenset[str | None]:
        """The determinations that are possible; None stands for "not governed"."""
        return frozenset(map(_determination, self.leaves))


def _determination(leaf: Outcome | Outside) -> str | None:
    return leaf.determination if isinstance(leaf, Outcome) else _NOT_GOVERNED


def walk(version: Version, view: View) -> Walk:
    """Return every outcome that is possible for an order, deciding each criterion on the way."""
    verdicts: dict[str, Verdict] = {}
    found = Walk(version, replace(view, decided=verdicts), verdicts=verdicts)
    leaves, missing = _step(version.decision, found)
    found.leaves = leaves
    found.missing = tuple(dict.fromkeys(missing))
    _decide_bans(found)
    return found


def _step(node: Node, found: Walk) -> tuple[list[Outcome | Outside], list[str]]:
    if isinstance(node, Outcome | Outside):
        return [node], _asked_for(node)
    branches, unknown = _branches(node, found)
    steps = [(branch, *_step(branch, found)) for branch in branches]
    leaves = [leaf for _, some, _ in steps for leaf in some]
    # Which branch is right is asked first: what the leaf itself asks for would only repeat it.
    asked = isinstance(node, Ask) and bool(unknown)
    missing = [
        name
        for branch, _, some in steps
        for name in some
        if not (asked and isinstance(branch, Outcome))
    ]
    if len(set(map(_determination, leaves))) == 1:
        return leaves, [name for leaf in leaves for name in _asked_for(leaf)]
    # While the indication is open, nobody knows which criteria apply: it alone is asked for.
    settles = isinstance(node, Ask) and found.version.question(node.ask).kind == "indication"
    return leaves, unknown if settles and unknown else [*unknown, *missing]


def _asked_for(leaf: Outcome | Outside) -> list[str]:
    """Return what a leaf asks for: the criteria that stand for it, where information is missing."""
    if isinstance(leaf, Outcome) and leaf.determination == "needs-information":
        return [*leaf.because]
    return []


def _branches(node: Ask | Check, found: Walk) -> tuple[list[Node], list[str]]:
    if isinstance(node, Check):
        _decide(node.check, found)
    elif node.ask not in found.answers:
        found.answers[node.ask] = answer(found.version.question(node.ask), found.view)
    branches = [child for _, child in open_branches(node, found)]
    if len(branches) == 1:
        return branches, []
    if isinstance(node, Ask):
        return branches, [node.ask]
    return branches, undecided(node.check, found.tests, found.verdicts)


def open_branches(node: Ask | Check, walked: Walk) -> list[tuple[str, Node]]:
    """Return the branches that are possible at a node that the walk came to, each with its name.

    The name is the answer, `met` or `not-met`, or `OUTSIDE` where an answer leads out of the field.
    """
    if isinstance(node, Check):
        truth = walked.verdicts[node.check].state.truth
        return [each for each in branches_of(node) if truth in (None, each[0] == MET)]
    possible = walked.answers[node.ask].possible
    kept = [each for each in branches_of(node) if each[0] in possible]
    return [*kept, (OUTSIDE, Outside(outside=True))] if OUTSIDE in possible else kept


def branches_of(node: Node) -> list[tuple[str, Node]]:
    """Return the branches of a node by name, in the policy's order; none for a leaf."""
    if isinstance(node, Ask):
        return list(node.answers.items())
    return [(MET, node.met), (NOT_MET, node.not_met)] if isinstance(node, Check) else []


def _decide(name: str, found: Walk) -> Verdict:
    if name not in found.verdicts:
        test = found.tests[name]
        if isinstance(test, Joined):
            for part in test.criteria:
                _decide(part, found)
        found.verdicts[name] = decide(test, found.view)
    return found.verdicts[name]


def _decide_bans(found: Walk) -> None:
    """Decide the criteria that stand for the leaves.

    A ban fails and an allowance holds where every possible leaf comes to the same; where the
    leaves differ, both are as open as what they depend on. Where a leaf only asks for them, the
    record does not tell whether they hold.
    """
    certain = len(set(map(_determination, found.leaves))) == 1
    open_ = _open(found)
    stand_for = [(name, leaf) for leaf in found.leaves for name in getattr(leaf, "because", ())]
    decides = {name for name, leaf in stand_for if not _asked_for(leaf)}
    for name in dict(stand_for):
        verdict = _decide(name, found)
        if not isinstance(found.tests[name], Ban | Allowance):
            continue
        if name in decides:
            told = (*verdict.evidence, *_answers(found), *_unlisted(found))
            evidence = tuple(dict.fromkeys(told))
            state, why = (verdict.state, None) if certain else open_
            found.verdicts[name] = Verdict(state, verdict.what, evidence, why)
        else:
            found.verdicts[name] = _to_be_told(name, found)


def _to_be_told(name: str, found: Walk) -> Verdict:
    """Return the verdict on what a leaf asks for: the course as it stands does not tell it."""
    courses = (each for each in found.answers if found.version.question(each).kind == "course")
    about = next((found.version.question(each).title for each in courses), None)
    what, told = about or rule_of(found.version, name).title, tuple(dict.fromkeys(_answers(found)))
    return Verdict(State.NOT_DOCUMENTED, what, told, Why.NO_MORE if told else Why.SILENT)


def _open(found: Walk) -> tuple[State, Why]:
    """Return what is open because something else is: not looked at, if none of that could be."""
    verdicts = {name: each.verdict for name, each in found.answers.items()} | found.verdicts
    # What a leaf asks for is decided last, and is never a thing that could not be read.
    missing = [verdicts[name].state for name in found.missing if name in verdicts]
    if missing and all(each is State.UNAVAILABLE for each in missing):
        return State.UNAVAILABLE, Why.DEPENDS_ON_UNREAD
    return State.NOT_DOCUMENTED, Why.DEPENDS


def _answers(found: Walk) -> Iterator[Evidence]:
    """Yield what told the course of the disease: a ban or allowance rests on it."""
    for name, answered in found.answers.items():
        if found.version.question(name).kind == "course":
            yield from answered.verdict.evidence


def _unlisted(found: Walk) -> Iterator[Evidence]:
    """Yield what checks without a line of their own rest on: a ban or allowance speaks for them."""
    listed = {rule.id: rule.listed for rule in found.version.criteria}
    for node in found.version.nodes():
        if not isinstance(node, Check) or node.check not in found.verdicts:
            continue
        test = found.tests[node.check]
        parts = test.criteria if isinstance(test, Joined) else ()
        if not any(listed[name] for name in (node.check, *parts)):
            yield from found.verdicts[node.check].evidence


def rule_of(version: Version, name: str) -> CriterionRule:
    """Return the criterion of that id."""
    return next(criterion for criterion in version.criteria if criterion.id == name)
