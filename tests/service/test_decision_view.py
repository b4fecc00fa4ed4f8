"""A decision in words: what shares a branch, what leads outside, and how a way is told."""

from cards.library import Library
from cards.path import Path
from service.pages.decision_view import (
    Fork,
    Leaf,
    decision_view,
    ending,
    leaves_reached,
    steps_taken,
)
from service.pages.diagram_view import WIDTH, diagram_view

MP = "capital-blue-cross/mp-9.053"
SSC = "decision/systemic-sclerosis"
OPEN_PATH = Path(
    ("decision", SSC, f"{SSC}/autologous"),
    (f"{SSC}/autologous/met", f"{SSC}/autologous/not-met"),
)
CRITERIA = "Every criterion for autologous transplantation in systemic sclerosis"


def told(library: Library, policy: str, path: Path | None = None) -> Fork:
    """Return a policy's decision from its first fork down."""
    found = decision_view(library.by_id[policy].versions[0], library.clinical, path)
    assert isinstance(found, Fork)
    return found


def forks(node: Fork | Leaf) -> list[Fork]:
    """Return a node's forks, from the top."""
    if isinstance(node, Leaf):
        return []
    return [node, *(each for branch in node.branches for each in forks(branch.node))]


def test_answers_that_lead_to_the_same_share_a_branch(library: Library) -> None:
    """Later remission and refractory disease are one row where the policy treats them alike."""
    names = [
        [each.words for each in fork.branches] for fork in forks(told(library, "hcsc/sur703.043"))
    ]

    assert "later remission or refractory" in names[4]
    assert not any({"met or not met", "not met or met"} & set(each) for each in names)


def test_a_disease_that_is_not_named_leads_outside(library: Library) -> None:
    """A list of diseases that is closed shows where the others lead."""
    last = told(library, MP).branches[-1]

    assert "anything else" == last.words
    assert isinstance(last.node, Leaf)
    assert ("none", "Outside this policy") == (last.node.determination, last.node.words)


def test_a_policy_that_governs_every_disease_has_no_way_out(library: Library) -> None:
    """Where an answer takes in whatever is not listed, nothing leads outside."""
    words = [each.words for fork in forks(told(library, "cigna/0261")) for each in fork.branches]

    assert "anything else" not in words


def test_a_criterion_names_what_it_joins(library: Library) -> None:
    """A check tells how many of its parts are needed, and which they are."""
    check = forks(told(library, MP))[2]

    assert (CRITERIA, "A-01", "All of") == (check.words, check.statement, check.joined)
    assert "Internal organ involvement" in check.parts


def test_without_an_order_nothing_is_marked(library: Library) -> None:
    """The page of a policy shows no way."""
    assert {"unasked"} == {each.reached for each in forks(told(library, MP))}


def test_a_settled_way_is_told_answer_by_answer(library: Library) -> None:
    """Each answer on the way, and one end."""
    steps = ("decision", SSC, f"{SSC}/autologous", f"{SSC}/autologous/not-met")
    tree = told(library, MP, Path(steps))

    expected = [
        ("Indication", "systemic sclerosis"),
        ("Graft type", "autologous"),
        (CRITERIA, "not met"),
    ]
    assert expected == steps_taken(tree)
    assert "It ends here: Investigational." == ending(tree, "investigational")


def test_an_open_way_names_what_it_decides_between(library: Library) -> None:
    """Where a criterion is open, the last step says so, and both ends are named."""
    tree = told(library, MP, OPEN_PATH)

    assert (CRITERIA, "open; possible: met, or not met") == steps_taken(tree)[-1]
    expected = "What is open decides between these: Criteria met, Investigational."
    assert expected == ending(tree, "needs-information")


def test_a_way_under_a_policy_that_may_not_apply(library: Library) -> None:
    """Without a coverage the way is known and the determination is not."""
    tree = told(library, MP, Path(("decision", "decision/not-autoimmune")))

    expected = "It would end here: Not addressed. Whether this policy applies is open."
    assert expected == ending(tree, "needs-information")


def test_ways_that_agree(library: Library) -> None:
    """Two open ways with one determination end in it, and both are marked."""
    possible = (f"{SSC}/autologous", f"{SSC}/autologous/not-met", f"{SSC}/allogeneic")
    tree = told(library, MP, Path(("decision", SSC), possible))

    assert 2 == len(list(leaves_reached(tree)))
    assert "Every way that is open ends here: Investigational." == ending(tree, "investigational")


def test_a_drawing_keeps_to_its_width_and_no_box_covers_another(library: Library) -> None:
    """However deep or long-winded the decision: rows follow one another, within A4."""
    for policy in library.policies:
        for version in policy.versions:
            diagram = diagram_view(decision_view(version, library.clinical))
            for at, box in enumerate(diagram.boxes):
                assert 0 <= box.x
                assert box.x + box.width <= WIDTH
                assert box.y + box.height <= diagram.height
                for other in diagram.boxes[:at]:
                    beside = other.x + other.width <= box.x or box.x + box.width <= other.x
                    assert (
                        beside or other.y + other.height <= box.y or box.y + box.height <= other.y
                    )


def test_long_words_are_wrapped() -> None:
    """A long title takes several lines, and its row grows with it."""
    fork = Fork("unasked", "a criterion with a long title " * 8, (), "A-01")
    (box,) = diagram_view(fork).boxes

    assert 2 < len(box.title.lines)
    assert box.height >= 16 * len(box.title.lines)
    assert box.x + box.width <= WIDTH


def test_the_way_lies_on_top(library: Library) -> None:
    """Lines of the way are drawn last, so that no other line hides them."""
    reached = [each.reached for each in diagram_view(told(library, MP, OPEN_PATH)).lines]

    assert "passed-by" == reached[0]
    assert set(reached[-6:]) == {"taken", "possible"}
