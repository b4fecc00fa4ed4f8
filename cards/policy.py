"""A payer's medical policy as data: orders, questions, criteria, decision, citations, dates."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from cards.criteria import Test
from cards.criteria.joined import Joined
from cards.decision_tree import Ask, Check, Node, Outcome, Outside
from cards.facts import Strict
from cards.faults import not_defined
from cards.forms import Day, DayOrMonth, Sha256, Slug, Text, matching
from cards.values.dates import add_months, read_date

Topic = Annotated[str, matching(r"[A-Za-z0-9]{1,100}", "write 1 to 100 letters and digits")]
FileName = Annotated[str, matching(r"[^/\\]+", "write the name of a file, without its folder")]


class Sentence(Strict):
    """The fingerprint of one sentence of the document: white space folded, *words* words long."""

    sha256: Sha256
    words: int = Field(gt=0)


class Citation(Strict):
    """Where in the document a statement stands."""

    section: Text
    sentences: tuple[Sentence, ...] = Field(min_length=1)


class Question(Strict):
    """What has to be known to choose a branch.

    The indication, therapy, graft, age group, course, or application (the use it is limited to).

    *answers* maps each answer to the values (such as indications or grafts) that it stands for;
    *wanted* is the answer that speaks for the order; *statements* says which statement each
    answer gates. *diseases* are the indications whose course is asked for. *listed* false: the
    question needs no line of its own once it is answered. *otherwise* is the answer for whatever
    is not listed or not known, of a policy that governs every use of a therapy.
    """

    id: Slug
    kind: Literal["indication", "therapy", "graft", "age-group", "course", "application"]
    title: Text
    answers: dict[str, tuple[str, ...]] = Field(min_length=1)
    wanted: str
    statements: dict[str, str]
    if_missing: Text
    diseases: tuple[str, ...] = ()
    listed: bool = True
    otherwise: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Question":
        if self.wanted not in self.answers:
            message = f"wanted: {self.wanted!r} is none of the answers"
            raise ValueError(message)
        if self.otherwise is not None and self.otherwise not in self.answers:
            message = f"otherwise: {self.otherwise!r} is none of the answers"
            raise ValueError(message)
        if set(self.statements) != set(self.answers):
            message = "statements: give one statement for each answer"
            raise ValueError(message)
        owners: dict[str, str] = {}
        for name, values in self.answers.items():
            for value in values:
                if value in owners:
                    both = f"{owners[value]} and {name}" if owners[value] != name else name
                    message = f"answers: {value!r} stands twice, under {both}; keep it once"
                    raise ValueError(message)
                owners[value] = name
            if not values and name != self.otherwise:
                message = f"answers: nothing leads to {name!r}; name its values, or remove it"
                raise ValueError(message)
        return self


class CriterionRule(Strict):
    """One criterion: its statement, our words for it, and the test that decides it.

    *title* is phrased so that `met` speaks for the order. *listed* false: a join that only the
    decision uses; `failed`: a line only where it fails or is open, for a list of what is named.
    """

    id: Slug
    statement: str
    title: Text
    requires: Text | None = None
    if_missing: Text | None = None
    listed: bool | Literal["failed"] = True
    test: Test


Named = TypeVar("Named", Question, CriterionRule)


class Reminder(Strict):
    """An advisory sentence of the policy, in our words; never a criterion."""

    statement: str
    says: Text
    when_indication: tuple[str, ...] = ()


class EvidencePage(Strict):
    """A page of ours on the evidence, at `/evidence/<page>`: cards link to it as *label*.

    Only cards on one of *when_indication*; on all of them if there is none.
    """

    page: Slug
    label: Text
    when_indication: tuple[str, ...] = ()


class SettingNote(Strict):
    """What the policy adds to an investigational service for a setting: a note, and our words."""

    statement: str
    note: Text
    says: Text


class Version(Strict):
    """One published version; *effective* none where the document gives no date.

    *last_review* may be a month. *reviewed_every_months* is the cycle of the document's own
    history, where it names no next review. *settings* adds notes by where a service is performed.
    *quiet* are criteria of which it makes no card that the order says nothing.
    """

    effective: Day | None
    ends: Day | None = None
    last_review: DayOrMonth | None = None
    next_review: Day | None = None
    reviewed_every_months: Annotated[int, Field(gt=0)] | None = None
    settings: dict[Literal["inpatient", "outpatient"], SettingNote] = Field(default_factory=dict)
    quiet: tuple[str, ...] = ()
    citations: dict[str, Citation]
    questions: tuple[Question, ...]
    criteria: tuple[CriterionRule, ...]
    decision: Node
    reminders: tuple[Reminder, ...] = ()

    @field_validator("questions", "criteria")
    @classmethod
    def _unique(cls, listed: tuple[Named, ...]) -> tuple[Named, ...]:
        ids = [each.id for each in listed]
        for name in ids:
            if ids.count(name) > 1:
                message = f"{name!r} stands twice; give each its own id"
                raise ValueError(message)
        return listed

    def question(self, name: str) -> Question:
        """Return the question of that id."""
        return next(question for question in self.questions if question.id == name)

    def review_due(self) -> date | None:
        """Return the day by which the next review was named, or was to be expected."""
        last = read_date(str(self.last_review)) if self.last_review is not None else None
        if self.next_review is not None or self.reviewed_every_months is None or last is None:
            return self.next_review
        return add_months(last.last, self.reviewed_every_months)

    def tests(self) -> dict[str, Test]:
        """Return the test of each criterion, by id."""
        return {criterion.id: criterion.test for criterion in self.criteria}

    def nodes(self) -> Iterator[Ask | Check | Outcome | Outside]:
        """Yield every node of the decision, from the root down."""
        waiting: list[Ask | Check | Outcome | Outside] = [self.decision]
        while waiting:
            node = waiting.pop(0)
            yield node
            if isinstance(node, Ask):
                waiting += node.answers.values()
            elif isinstance(node, Check):
                waiting += [node.met, node.not_met]

    def in_force(self, on: date) -> bool:
        """Whether the version is in force on that day, first and last day included."""
        begun = self.effective is None or self.effective <= on
        return begun and (self.ends is None or on <= self.ends)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Version":
        if self.ends is not None and self.effective is not None and self.ends < self.effective:
            message = f"ends: {self.ends} is before effective {self.effective}; mend one of them"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _joins_end(self) -> "Version":
        joins = {
            each.id: each.test.criteria for each in self.criteria if isinstance(each.test, Joined)
        }
        for name in joins:
            if name in _below(name, joins):
                message = f"criteria.{name}.test.criteria: it contains itself; take it out"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> "Version":
        names = {criterion.id for criterion in self.criteria}
        for criterion in self.criteria:
            if isinstance(criterion.test, Joined):
                _known(criterion.test.criteria, names, f"criteria.{criterion.id}.test.criteria")
        _known(self.quiet, names, "quiet")
        questions = {question.id: question for question in self.questions}
        for node in self.nodes():
            if isinstance(node, Check):
                _known([node.check], names, "decision.check")
            if isinstance(node, Outcome):
                _known(node.because, names, "decision.because")
            if isinstance(node, Ask):
                _known([node.ask], questions, "decision.ask")
                _same(questions[node.ask].answers, node.answers, f"decision.{node.ask}.answers")
        for statement in self.statements():
            if statement not in self.citations:
                message = f"citations: {statement} is used and not cited; add its section and hash"
                raise ValueError(message)
        return self

    def statements(self) -> Iterator[str]:
        """Yield every statement that the version rests on."""
        for question in self.questions:
            yield from question.statements.values()
        for criterion in self.criteria:
            yield criterion.statement
        yield from (reminder.statement for reminder in self.reminders)
        yield from (note.statement for note in self.settings.values())
        for node in self.nodes():
            if isinstance(node, Outcome):
                yield node.statement


def _below(name: str, joins: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return every criterion that a join contains, itself only where it runs in a circle."""
    found: set[str] = set()
    waiting = list(joins.get(name, ()))
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += joins.get(part, ())
    return found


def _same(answers: Collection[str], branches: Collection[str], key: str) -> None:
    _known(branches, answers, key)
    for answer in answers:
        if answer not in branches:
            message = f"{key}: the answer {answer!r} leads nowhere; add it with a node below it"
            raise ValueError(message)


def _known(wanted: Iterable[str], there: Collection[str], key: str) -> None:
    for name in wanted:
        if name not in there:
            message = f"{key}: {not_defined(name, there)}"
            raise ValueError(message)


class SourceFile(Strict):
    """The file that holds the document of one version, in a folder of documents.

    *file* is its name, in which `*` and `?` stand for what may change; *statements* are those that
    are cited from it, all that no other file names if there are none.
    """

    effective: Day | None
    file: FileName
    statements: tuple[str, ...] = ()


class Sources(Strict):
    """Where the documents of a policy are, as its `sources.yaml` says."""

    documents: tuple[SourceFile, ...] = Field(min_length=1)


class Policy(Strict):
    """One policy folder. *id*, *payer* and *payer_name* come from where the folder lies.

    *topic* is the code of its cards' `source.topic`: it never changes, as acknowledgements in
    EHRs hang on it. *excluded_lines* are product lines that the document leaves to others.
    """

    id: str
    payer: str
    payer_name: str
    number: Text
    title: Text
    document: Text
    about: Text
    topic: Topic
    therapies: tuple[str, ...] = Field(min_length=1)
    applicability: str
    excluded_lines: tuple[str, ...] = ()
    evidence_pages: tuple[EvidencePage, ...] = ()
    versions: tuple[Version, ...] = Field(min_length=1)
    sources: tuple[SourceFile, ...] = ()

    @model_validator(mode="after")
    def _no_overlap(self) -> "Policy":
        ordered = sorted(self.versions, key=lambda each: each.effective or date.min)
        for one, following in pairwise(ordered):
            begins = following.effective or date.min
            if one.ends is None or one.ends >= begins:
                message = (
                    f"versions: the version of {one.effective} is still in force when that of "
                    f"{following.effective} begins; give it `ends: ` the day before"
                )
                raise ValueError(message)
        for version in self.versions:
            if self.applicability not in version.citations:
                message = f"applicability: {self.applicability} is not cited"
                raise ValueError(message)
        return self

    def file_of(self, version: Version, statement: str) -> str | None:
        """Return the name of the file that a statement of a version is cited from, if given."""
        files = [each for each in self.sources if each.effective == version.effective]
        named = (each.file for each in files if statement in each.statements)
        return next(named, next((each.file for each in files if not each.statements), None))

    def version_on(self, on: date) -> Version | None:
        """Return the version in force on that day, if any."""
        return next((version for version in self.versions if version.in_force(on)), None)
