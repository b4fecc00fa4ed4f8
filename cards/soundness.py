"""What a policy says and cannot mean: what nothing leads to, and bounds that no value can pass."""

from collections.abc import Iterator

from cards.clinical import Clinical
from cards.criteria import facts_of
from cards.criteria.joined import Joined
from cards.criteria.measured import Bound
from cards.criteria.service import Allowance, Ban
from cards.decision_tree import Ask, Check, Outcome
from cards.facts import Measurement
from cards.policy import Policy, Version


def not_meant(policy: Policy, clinical: Clinical) -> Iterator[tuple[str, str]]:
    """Yield each such thing, as key and cure."""
    for at, version in enumerate(policy.versions):
        where = f"versions.{at}." if len(policy.versions) > 1 else ""
        for key, cure in (
            *_unused(version),
            *_nothing_asked(version),
            *_impossible(version, clinical),
        ):
            yield f"{where}{key}", cure


def _unused(version: Version) -> Iterator[tuple[str, str]]:
    asked = {node.ask for node in version.nodes() if isinstance(node, Ask)}
    for question in version.questions:
        if question.id not in asked:
            yield f"questions.{question.id}", "the decision never asks it; ask it, or remove it"
    decided = _decided(version)
    for criterion in version.criteria:
        if criterion.id not in decided:
            cure = "the decision never leads to it; name it in a check, a join or `because`"
            yield f"criteria.{criterion.id}", f"{cure}, or remove it"


def _nothing_asked(version: Version) -> Iterator[tuple[str, str]]:
    """Yield the leaves that say that information is missing, and not which."""
    tests = version.tests()
    for node in version.nodes():
        if not isinstance(node, Outcome) or node.determination != "needs-information":
            continue
        if not any(isinstance(tests[name], Ban | Allowance) for name in node.because):
            cure = "it asks for nothing; name an allowance or a ban in `because`, to be documented"
            yield f"decision.{node.statement}", cure


def _decided(version: Version) -> set[str]:
    tests = version.tests()
    waiting = [node.check for node in version.nodes() if isinstance(node, Check)]
    for node in version.nodes():
        waiting += node.because if isinstance(node, Outcome) else ()
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        test = tests[name]
        if name not in found and isinstance(test, Joined):
            waiting += test.criteria
        found.add(name)
    return found


def _impossible(version: Version, clinical: Clinical) -> Iterator[tuple[str, str]]:
    for criterion in version.criteria:
        test = criterion.test
        for name in facts_of(test) if isinstance(test, Bound) else ():
            fact = clinical.facts.get(name)
            if not isinstance(test, Bound) or not isinstance(fact, Measurement):
                continue
            (key, bound), (lowest, highest) = test.given(), fact.plausible
            if not lowest <= bound <= highest:
                cure = f"no value lies there: {lowest} to {highest} {fact.unit} is possible"
                yield f"criteria.{criterion.id}.test.{key}", cure
