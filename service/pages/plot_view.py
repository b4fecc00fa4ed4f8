"""Lays the figures of a trial out as bars: between `evidence` and its page.

Across, the unit is a hundredth of the drawing's width, so that the drawing fits any screen; down,
it is the CSS pixel.
"""

from dataclasses import dataclass

from service.pages.evidence import Count, Point, Trial

_WIDEST = 97.0
_HEAD, _BAR, _NOTE, _GAP = 26, 38, 17, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One group up to one point in time; *y* is the baseline of its label, the bar lies below."""

    group: str
    label: str
    y: int
    width: float
    deaths_width: float
    """How much of the bar, from its beginning, are deaths from the treatment."""
    note: str | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Both groups up to one point in time."""

    after: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A finished drawing, with the same in one sentence."""

    clusters: tuple[Cluster, ...]
    height: int
    says: str


def plot_view(trial: Trial) -> Plot:
    """Return the plotted points of *trial*, one below the other, on a scale that begins at zero."""
    points = [each for each in trial.points if each.plotted]
    most = max(count.events for each in points for count in (each.transplant, each.control))
    clusters, y = [], 0
    for point in points:
        y += _HEAD
        bars, head = [], y - 8
        for group, name, count in (
            ("transplant", trial.transplant, point.transplant),
            ("control", trial.control, point.control),
        ):
            note = _note(count)
            share = _WIDEST / most
            deaths = (count.treatment_deaths or 0) * share
            bars.append(
                Bar(group, f"{name}: {_said(count)}", y + 12, count.events * share, deaths, note)
            )
            y += _BAR + (_NOTE if note else 0)
        clusters.append(Cluster(point.after, head, tuple(bars)))
        y += _GAP
    says = "; ".join(f"{each.after}: {_pair(each, trial)}" for each in points)
    return Plot(tuple(clusters), y, f"{trial.event}. {says}.")


def _pair(point: Point, trial: Trial) -> str:
    return (
        f"{trial.transplant.lower()} {_said(point.transplant)}, "
        f"{trial.control.lower()} {_said(point.control)}"
    )


def _said(count: Count) -> str:
    return (
        f"{count.events} ({count.percent:g}%)" if count.percent is not None else str(count.events)
    )


def _note(count: Count) -> str | None:
    if count.treatment_deaths is None:
        return None
    if count.treatment_deaths == 0:
        return "none from the treatment"
    return f"{count.treatment_deaths} of them deaths from the treatment"
