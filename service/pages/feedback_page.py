"""The page on how cards were received, at `/feedback`: counts by policy, with a plot."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from cards.library import Library
from service.ledger.records import LedgerDown

if TYPE_CHECKING:
    from service.ledger.counting import Reception, Report


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar; *left* and *width* in hundredths of the bar."""

    kind: str
    number: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class ReceptionView:
    """How the cards of one policy were received, with what its bar is drawn of."""

    policy: str
    name: str
    shown: int
    accepted: int
    overridden: int
    ignored: int
    in_shadow: int
    reasons: Mapping[str, int]
    parts: tuple[Part, ...]


def create_feedback_page(library: Library, report: Callable[[], "Report"]) -> Blueprint:
    """Return the blueprint of the page; *report* raises LedgerDown where nothing can be read."""
    page = Blueprint("feedback", __name__, template_folder="templates")

    def show() -> ResponseReturnValue:
        try:
            counted = report()
        except LedgerDown as error:
            told = render_template("feedback.html", here="feedback", problem=str(error))
            return make_response(told, 503)
        return render_template(
            "feedback.html",
            here="feedback",
            receptions=[reception_view(each, library) for each in counted.policies],
            unknown=counted.unknown_accepted + counted.unknown_overridden,
        )

    page.add_url_rule("/feedback", "show", show)
    return page


def reception_view(reception: "Reception", library: Library) -> ReceptionView:
    """Return the counts as the page shows them; a policy that is gone goes by its id."""
    policy = library.by_id.get(reception.policy)
    return ReceptionView(
        reception.policy,
        f"{policy.payer_name} {policy.number}" if policy else reception.policy,
        reception.shown,
        reception.accepted,
        reception.overridden,
        reception.ignored,
        reception.in_shadow,
        reception.reasons,
        tuple(_parts(reception)),
    )


def _parts(reception: "Reception") -> Iterator[Part]:
    left = 0.0
    for kind in ("accepted", "overridden", "ignored"):
        number: int = getattr(reception, kind)
        width = 100 * number / reception.shown if reception.shown else 0.0
        yield Part(kind, number, round(left, 2), round(width, 2))
        left += width
