"""Prints reviews: as trees for a reader in a terminal, or as JSON lines for a program."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from rich.console import Console
from rich.progress import track
from rich.text import Text
from rich.tree import Tree

from cards.finding import Finding, finding_json
from cards.library import Library
from cards.verdict import Criterion, State
from service.operations.review_log import why_no_card
from service.reviewing import Review

_HEADINGS = {
    "investigational": ("investigational", "bold yellow"),
    "not-medically-necessary": ("not medically necessary", "bold yellow"),
    "medically-necessary": ("criteria met", "bold green"),
    "needs-information": ("information needed", "bold cyan"),
    "not-addressed": ("not addressed by the policy", "bold"),
}
_MARKS = {
    # verdict: (mark, the same for terminals without Unicode, colour)
    State.NOT_MET: ("✗", "x", "red"),
    State.NOT_DOCUMENTED: ("?", "?", "yellow"),
    State.UNAVAILABLE: ("!", "!", "magenta"),
    State.MET: ("✓", "+", "green"),
}
_BASES = {
    "reference": "for reference: not the member's own payer",
    "unknown": "no coverage in force is known",
}
_PIPE_WIDTH = 120
_WORTH_A_BAR = 20
Item = TypeVar("Item")
_NO_CARD = {
    "order-of-another-patient": "the order is another patient's",
    "no-such-order": "no order concerns a policy",
    "in-shadow": "the policy works in shadow",
    "no-policy-applies": "no policy applies to the order",
    "no-policy-in-force": "no policy applies; one for such orders has no version in force that day",
    "patient-deceased": "the patient has died",
    "nothing-to-say": "nothing is left to do",
}


def reviewed_line(name: str, review: Review) -> str:
    """Return a review as one line of JSON."""
    return _json(
        {
            "request": name,
            "asOf": review.terms.as_of.isoformat(),
            "findings": [finding_json(finding) for finding in review.findings],
            "cards": review.cards,
        }
    )


def failed_line(name: str, problem: str) -> str:
    """Return as one line of JSON that a request was not reviewed."""
    return _json({"request": name, "error": problem})


def _json(content: Mapping[str, Any]) -> str:
    return msgspec.json.encode(content).decode()


def with_progress(items: Iterable[Item], total: int) -> Iterator[Item]:
    """Yield *items*, with a bar on standard error where that is a terminal and there are many."""
    console = Console(stderr=True)
    hidden = total < _WORTH_A_BAR or not console.is_terminal or sys.stdout.isatty()
    yield from track(items, "reviewing", total, console=console, transient=True, disable=hidden)


class Trees:
    """A tree for each request."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or create_console()
        self._plain = not str(self._console.encoding).lower().startswith("utf")

    def reviewed(self, name: str, review: Review) -> None:
        """Print one review."""
        tree = Tree(_line((name, "bold"), (f"  as of {review.terms.as_of.isoformat()}", "dim")))
        for finding in review.findings:
            self._add_finding(tree, finding)
        for card in review.cards:
            said = tree.add(_line((f"card, {card['indicator']}: ", "bold"), (card["summary"], "")))
            for suggestion in card.get("suggestions", ()):
                said.add(_line(("suggests: ", "dim"), (suggestion["label"], "")))
        if not review.cards:
            tree.add(_line(("no card: ", "bold"), (_NO_CARD[why_no_card(review)], "")))
        for reason in review.gathered.reasons if review.gathered is not None else ():
            tree.add(_line(("not read: ", "magenta"), (reason, "")))
        self._console.print(tree)

    def _add_finding(self, tree: Tree, finding: Finding) -> None:
        heading, style = _HEADINGS[finding.determination]
        effective = finding.version.effective
        about = f"{finding.policy.payer_name} {finding.policy.number}"
        about += f" of {effective.isoformat()}" if effective is not None else ""
        about += "" if finding.basis == "member" else f" ({_BASES[finding.basis]})"
        branch = tree.add(
            _line((finding.order.reference, ""), (f"  {heading}", style), (f"  {about}", "dim"))
        )
        # What is joined in an any-of or all-of stands below it.
        joined = {part for criterion in finding.criteria for part in criterion.joins}
        self._add_criteria(branch, finding, [c for c in finding.criteria if c.id not in joined])
        if finding.notes:
            branch.add(_line(("notes: ", "dim"), (", ".join(finding.notes), "")))

    def _add_criteria(self, branch: Tree, finding: Finding, criteria: list[Criterion]) -> None:
        """Add criteria: those that decide first, then those that fail, are missing, are met."""
        order = list(_MARKS)
        for criterion in sorted(
            criteria, key=lambda c: (c.id not in finding.deciding, order.index(c.state))
        ):
            mark, plain, colour = _MARKS[criterion.state]
            evidence = dict.fromkeys(each.reference for each in criterion.verdict.evidence)
            leaf = branch.add(
                _line(
                    (plain if self._plain else mark, f"bold {colour}"),
                    (f" {criterion.says}", "bold" if criterion.id in finding.deciding else ""),
                    (f"  {criterion.statement}", "dim"),
                    (f"  {', '.join(evidence)}" if not criterion.joins else "", "dim"),
                )
            )
            parts = [each for each in finding.criteria if each.id in criterion.joins]
            self._add_criteria(leaf, finding, parts)


def print_policies(library: Library, console: Console | None = None) -> None:
    """Print each policy on a line: id, payer, number, title, versions."""
    console = console or create_console()
    for policy in library.policies:
        versions = ", ".join(str(v.effective or "undated") for v in policy.versions)
        console.print(
            _line(
                (policy.id, "bold"),
                (f"  {policy.payer_name}, {policy.number}: {policy.title}", ""),
                (f"  effective {versions}", "dim"),
            ),
            soft_wrap=True,
        )


def create_console() -> Console:
    """Return a console for results: as wide as the terminal, or wide enough for a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def _line(*pieces: tuple[str, str]) -> Text:
    """Return a line in styles; the data can neither style it nor steer a terminal."""
    return Text.assemble(
        *(("".join(c if c.isprintable() else " " for c in text), style) for text, style in pieces)
    )
