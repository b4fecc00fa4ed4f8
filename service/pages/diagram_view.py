"""Lays a decision out as a drawing: an indented tree with its outcomes in one column.

Between `decision_view` and `diagram.html`. The unit is the drawing's own; at its natural size it
is the CSS pixel, and the whole drawing is as wide as the text of an A4 page. Why an indented tree
and no graph library: `docs/decisions/0018-diagrams-as-indented-trees.md`.
"""

from dataclasses import dataclass, field

from service.pages.decision_view import Branch, Fork, Leaf, Reached

WIDTH = 720
"""The drawing is always this wide; what does not fit is wrapped."""

_INDENT = 24
_SPINE = 11  # from a row's left edge to the line that leads down from it
_GAP = 4
_SIDE, _ABOVE = 9, 4  # air between a box's edge and its text
_TITLE, _SMALL = 13.0, 11.5  # font sizes, as in figures.css
_TITLE_LEADING, _SMALL_LEADING = 16, 14
_ROW = _TITLE_LEADING + 2 * _ABOVE
_BASELINE = _ABOVE + 12
_WAY_LIMIT = 250
_OUTCOME_WIDTH = 250
_MARK = 25  # the outcome's mark and the air around it
_STATEMENT = 48  # room for a statement's id after a title


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one text; *x*, *y* is the baseline of the first."""

    x: float
    y: float
    lines: tuple[str, ...]
    leading: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: a branch's name (`way`), a question or criterion (`fork`), or an `outcome`."""

    kind: str
    reached: Reached
    x: float
    y: float
    width: float
    height: float
    title: Text
    small: Text | None = None
    statement: str | None = None
    determination: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A connection, as the `d` of an SVG path."""

    reached: Reached
    d: str


@dataclass(slots=True)
class Diagram:
    """A finished drawing, `WIDTH` by *height*; lines of the path come last, to lie on top."""

    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def diagram_view(decision: Fork | Leaf) -> Diagram:
    """Return the drawing of *decision*."""
    diagram = Diagram()
    _place(decision, None, 0, diagram)
    diagram.lines.sort(key=lambda line: line.reached in ("taken", "possible"))
    diagram.height += 2 - _GAP
    return diagram


def _place(node: Fork | Leaf, branch: Branch | None, depth: int, diagram: Diagram) -> float:
    """Draw *node* and all below it; return how far down the line to it arrives."""
    x, top = depth * _INDENT + 1, diagram.height + 1
    way = _wrapped(branch.words, _WAY_LIMIT, _TITLE, bold=True) if branch else ()
    way_width = max(_wide(each, bold=True) for each in way) + 2 * _SIDE if way else 0.0
    if isinstance(node, Leaf):
        height = _height(way, ())
        arrives = top + height / 2
        _draw_outcome(node, x + way_width, arrives, diagram)
    else:
        height = _draw_fork(node, x + way_width, top, way, diagram)
        arrives = top + _ROW / 2
    if branch is not None:
        title = Text(x + _SIDE, top + _BASELINE, way, _TITLE_LEADING)
        diagram.boxes.append(Box("way", branch.reached, x, top, way_width, height, title))
    diagram.height = top - 1 + height + _GAP
    if isinstance(node, Fork):
        for each in node.branches:
            below = _place(each.node, each, depth + 1, diagram)
            spine = f"M{x + _SPINE:g} {top + height:g}V{below:g}H{x + _INDENT:g}"
            diagram.lines.append(Line(each.reached, spine))
    return arrives


def _draw_fork(node: Fork, x: float, top: float, way: tuple[str, ...], diagram: Diagram) -> float:
    """Draw a question or criterion; return its height."""
    room = WIDTH - 1 - x - 2 * _SIDE
    statement = _STATEMENT if node.statement else 0
    title = _wrapped(node.words, room - statement, _TITLE, bold=True)
    small = _wrapped(f"{node.joined}: {'; '.join(node.parts)}", room, _SMALL) if node.parts else ()
    widths = [_wide(line, bold=True) for line in title]
    widths += [widths[-1] + statement, *(_wide(line, _SMALL) for line in small)]
    height = max(_height(title, small), _height(way, ()))
    below_title = top + _BASELINE + len(title) * _TITLE_LEADING
    diagram.boxes.append(
        Box(
            kind="fork",
            reached=node.reached,
            x=x,
            y=top,
            width=min(max(widths), room) + 2 * _SIDE,
            height=height,
            title=Text(x + _SIDE, top + _BASELINE, title, _TITLE_LEADING),
            small=Text(x + _SIDE, below_title - 1, small, _SMALL_LEADING) if small else None,
            statement=node.statement,
        )
    )
    return height


def _draw_outcome(node: Leaf, x: float, middle: float, diagram: Diagram) -> None:
    """Draw where the decision ends, and the line that leads there from *x*."""
    left = WIDTH - 2 - _OUTCOME_WIDTH
    diagram.lines.append(Line(node.reached, f"M{x:g} {middle:g}H{left:g}"))
    diagram.boxes.append(
        Box(
            kind="outcome",
            reached=node.reached,
            x=left,
            y=middle - _ROW / 2,
            width=_OUTCOME_WIDTH,
            height=_ROW,
            title=Text(left + _SIDE + _MARK, middle + 4.5, (node.words,), _TITLE_LEADING),
            statement=node.statement,
            determination=node.determination,
        )
    )


def _height(title: tuple[str, ...], small: tuple[str, ...]) -> float:
    lines = max(len(title), 1) * _TITLE_LEADING + len(small) * _SMALL_LEADING
    return lines + 2 * _ABOVE + (2 if small else 0)


# Widths of a sans-serif face in ems, as the widest of the usual ones needs them: nobody knows
# which face a reader's system has.
_EMS = {
    **dict.fromkeys("ijl.,:;'|!", 0.33),
    **dict.fromkeys("ftr()/- ", 0.40),
    **dict.fromkeys("mw%@MW", 1.0),
}
_EM_UPPER, _EM_OTHER, _BOLD = 0.76, 0.62, 1.1


def _wide(text: str, size: float = _TITLE, *, bold: bool = False) -> float:
    """Return how wide *text* is at most."""
    ems = (_EMS.get(each) or (_EM_UPPER if each.isupper() else _EM_OTHER) for each in text)
    return size * sum(ems) * (_BOLD if bold else 1)


def _wrapped(text: str, room: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return *text* in lines no wider than *room*; a single word may be wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _wide(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines) or ("",)
