"""One run of ``letter batch``: every row is checked, then drawn up, and what became of it told in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli.cli.batch_places import MOST_ON_SCREEN, batch_folder, batch_pdfs, fitting_jobs
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.credit_standing import CREDIT_REMARK, Standings
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.cli.letter_filing import existing, with_candidates
from gaozhi_cli.cli.progress import Progress
from gaozhi_cli.domain.batch import (
    Checked,
    SeenRows,
    Tally,
    check_row,
    duplicate,
    row_key,
    with_defaults,
    with_standing,
)
from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import BadInput, GaozhiError, Problem, UsageFault

if TYPE_CHECKING:
    from gaozhi_cli.domain.standing import CreditStanding
    from gaozhi_cli.rendering.result_file import ResultFile
    from gaozhi_cli.services.draw_up_batch import BatchRow, Drawn
    from gaozhi_cli.storage.applicant_table import Applicants

DONE, BEFORE, PENDING, FAULTY = "drawn-up", "already", "pending", "faulty"
LABELS = {DONE: "已制作", BEFORE: "先前已制作", PENDING: "已登记，文件未成", FAULTY: "有误"}
MOST_KEPT = 3000  # rows of a table that are kept in memory between the two passes
TOGETHER = 250  # rows whose applicants' standing is asked for at once
SOME_FAILED = 9


Read = tuple[int, Item | None, Checked]


class _Row(NamedTuple):
    """A row of the table: its application with what it is known again by, or all that is wrong with it."""

    number: int
    application: Application | None
    problems: tuple[Problem, ...]
    key: bytes


class Batch:
    """One run over a table: every row is checked first, then drawn up."""

    def __init__(self, desk: Desk, table: Applicants, given: dict[str, object], keep_going: bool) -> None:
        self.desk = desk
        self.table = table
        self.given = given
        self.keep_going = keep_going
        self.total = self.faulty = 0
        self.firsts: dict[str, Application] = {}
        self._items: dict[str, Item | Problem] = {}
        self._kept: list[_Row] | None = []

    def rows(self) -> Iterator[_Row]:
        """Each row, from memory where the table is small, else read and checked once more."""
        yield from self._kept if self._kept is not None else self._checked()

    def _checked(self) -> Iterator[_Row]:
        """Each row with its application and key, or with all that is wrong with it."""
        seen = SeenRows()
        with Standings(self.desk) as credit:
            for group in _groups(self._read()):
                people = {checked.applicant.identity for _, _, checked in group if checked.applicant}
                known = credit.of_many(people)
                for number, item, checked in group:
                    if checked.applicant is not None:
                        checked = self._barred(checked, known.get(checked.applicant.identity), credit)
                    yield self._row(number, item, checked, seen)

    def _barred(self, checked: Checked, standing: CreditStanding | None, credit: Standings) -> Checked:
        """A row whose applicant is barred today, unless its letter was drawn up by an earlier run."""
        if standing is None:
            return checked
        if checked.application is not None and credit.drawn_before(row_key(checked.application)):
            return checked
        return with_standing(checked, standing)

    def _read(self) -> Iterator[Read]:
        """Each row as a form, with what is wrong with it alone."""
        for row in self.table.rows():
            values = with_defaults(row.values, self.given)
            item = self._item(values.get("item"))
            if isinstance(item, Problem):
                yield row.number, None, Checked(None, (*row.problems, item))
            else:
                checked = check_row(values, item, self.desk.catalog, self.desk.today, row.problems)
                yield row.number, item, checked

    def _row(self, number: int, item: Item | None, checked: Checked, seen: SeenRows) -> _Row:
        """A row with what it is known again by, its problems placed in their cells."""
        application, key, problems = checked.application, b"", checked.problems
        if item is not None:
            problems = tuple(self._placed(problem, number, item) for problem in problems)
        if application is not None:
            key = row_key(application)
            first = seen.first(key, number)
            if first is not None:
                application, problems = None, (duplicate(first),)
        return _Row(number, application, problems, key)

    def _placed(self, problem: Problem, row: int, item: Item) -> Problem:
        """A problem with its cell named, and with the proofs that there are to choose from."""
        problem = with_candidates(problem, item)
        cell = self.table.cell(row, problem.field) if problem.field else ""
        if not cell or problem.message.startswith(f"{cell}："):
            return problem
        return problem._replace(message=f"{cell}：{problem.message}")

    def _item(self, text: object) -> Item | Problem:
        """The row's item; a problem where it names none, or several."""
        words = str(text or "").strip()
        if not words:
            return Problem("missing", "未填行政事项（--item，或表里的“事项”一栏）", field="item")
        if words not in self._items:
            try:
                self._items[words] = self.desk.item(words)
            except GaozhiError as error:
                if words == self.given.get("item"):
                    raise
                self._items[words] = Problem("item", error.message, field="item")
        return self._items[words]

    def check(self) -> None:
        """Look at every row before anything is numbered. Raises BadInput, Refused, UsageFault."""
        tally = Tally()
        if "item" in self.given:
            found = self._item(self.given["item"])
            assert isinstance(found, Item)
        from gaozhi_cli.cli.printable import Printable

        printable = Printable(self.desk)
        with Progress("正在核对") as progress:
            for row in self._checked():
                self.total += 1
                progress(self.total, 0)
                self._keep(row)
                if row.application is None:
                    self.faulty += 1
                    tally.add(row.number, row.problems)
                else:
                    self.firsts.setdefault(row.application.item.id, row.application)
                    printable.look(row.number, row.application)
        for told in printable.told():
            self.desk.say(f"提示：{told}")
        if not self._items:
            raise UsageFault("缺少 --item 事项（或在表里加“事项”一栏）；gaozhi catalog list 可查")
        if not self.faulty:
            return
        kinds = tally.kinds()
        if self.keep_going:
            self.desk.say(f"{self.total} 行中有 {self.faulty} 行有误，跳过：")
            for kind in kinds:
                self.desk.say(f"  · {kind.line}")
            return
        message = (
            f"{self.total} 行中有 {self.faulty} 行有误，一份也没有制作；改好后再运行，或加 --keep-going 跳过"
        )
        raise BadInput(message, tuple(Problem("rows", kind.line) for kind in kinds))

    def _keep(self, row: _Row) -> None:
        """Small tables are kept, so that they are read once; of large ones nothing is."""
        if self._kept is not None:
            self._kept.append(row)
            if len(self._kept) > MOST_KEPT:
                self._kept = None

    def carry_out(self, out: str | None, result: str | None, jobs: int, way: Any, pdf: bool) -> int:
        """Draw up the letters; the exit code."""
        from gaozhi_cli.cli.registered_versions import all_there
        from gaozhi_cli.rendering.result_file import RESULT, open_result
        from gaozhi_cli.services.draw_up_letter import prove_letter

        desk = self.desk
        template = desk.template()
        folder = batch_folder(desk, out, self.firsts)
        for application in self.firsts.values():
            letter = prove_letter(
                application, catalog=desk.catalog, occasion=desk.occasion, template=template,
                folder=existing(folder), home=desk.home.root,
            )  # fmt: skip
            if letter.warnings:
                told = "；".join(dict.fromkeys(warning.message for warning in letter.warnings))
                desk.say(f"提示（单位缺项，{application.item.no} 各份都一样）：{told}")
        if desk.settings.dry_run:
            desk.say(
                f"试运行：{self.total} 行，可以制作 {self.total - self.faulty} 份，有误 {self.faulty} 行"
            )
            desk.show(self._faults(), RESULT)
            return SOME_FAILED if self.faulty else 0
        ledger = desk.write_ledger()
        all_there(desk, ledger)
        kept = open_result(Path(result), self.table.path) if result else None
        if not self.firsts:
            folder = Path()
        run = _Drawing(self, folder, template, jobs, way, kept)
        run.numbers = [] if pdf else None
        try:
            try:
                self._show(run.rows(ledger))
            finally:
                if kept is not None:
                    kept.close()
        except BaseException:
            run.tell_what_stands(ledger)
            raise
        if run.lost:
            from gaozhi_cli.cli.letter_pdf import made_again

            made_again(desk, run.lost, ledger)
        run.remarks()
        desk.say(run.summary())
        unmade = batch_pdfs(desk, ledger, run.numbers) if pdf else 0
        return 8 if unmade else SOME_FAILED if self.faulty or run.pending else 0

    def _show(self, results: Iterator[dict[str, object]]) -> None:
        """All rows on stdout; at a terminal only a few, since the summary follows."""
        from gaozhi_cli.rendering.result_file import RESULT

        desk = self.desk
        if not desk.on_terminal or desk.settings.format != "table":
            desk.show(results, RESULT)
            return
        rows: list[dict[str, object]] = []
        for row in results:
            if len(rows) <= MOST_ON_SCREEN:
                rows.append(row)
        if len(rows) <= MOST_ON_SCREEN:
            desk.show(rows, RESULT)

    def _faults(self) -> Iterator[dict[str, object]]:
        for row in self.rows():
            if row.application is None:
                yield _result(row.number, FAULTY, None, None, row.problems)


class _Drawing:
    """The second pass: rows in their order, the faulty ones between those drawn up."""

    def __init__(
        self, batch: Batch, folder: Path, template: bytes, jobs: int, way: Any, kept: ResultFile | None
    ) -> None:
        self.batch, self.folder, self.template = batch, folder, template
        self.jobs, self.way, self.kept = jobs, way, kept
        self.done = self.before = self.failed = self.pending = 0
        self.lost: list[str] = []  # drawn up by an earlier run, their files gone
        self.met: dict[str, list[int]] = {"known": [], "renamed": []}
        self.numbers: list[str] | None = None  # those whose PDF is asked for
        self._faults: deque[tuple[int, tuple[Problem, ...]]] = deque()

    def _proven(self) -> Iterator[BatchRow]:
        from gaozhi_cli.services.draw_up_batch import BatchRow

        for row in self.batch.rows():
            if row.application is None:
                self._faults.append((row.number, row.problems))
            else:
                yield BatchRow(row.number, row.application, row.key)

    def rows(self, ledger: Any) -> Iterator[dict[str, object]]:
        """What became of each row, in the order of the table."""
        from gaozhi_cli.services.draw_up_batch import draw_up_batch

        desk, batch = self.batch.desk, self.batch
        valid = batch.total - batch.faulty
        drawn = draw_up_batch(
            self._proven(), catalog=desk.catalog, ledger=ledger, occasion=desk.occasion,
            template=self.template, folder=self.folder, home=desk.home.root, told=self.way,
            jobs=self.jobs or fitting_jobs(valid), expected=valid,
        )  # fmt: skip
        with Progress("正在制作") as progress:
            for one in drawn:
                yield from self._faulty(before=one.row)
                yield self._told(one)
                progress(self.done + self.before + self.failed, batch.total)
            yield from self._faulty(before=None)

    def _told(self, one: Drawn) -> dict[str, object]:
        if one.refused is not None:
            self.failed += 1
            self.batch.faulty += 1
            return self._keep(_result(one.row, FAULTY, None, None, (one.refused,)))
        self.done += one.before is None
        self.before += one.before is not None
        if one.before is None and one.met != "new" and len(self.met[one.met]) <= 5:
            self.met[one.met].append(one.row)
        if self.numbers is not None:
            self.numbers.append(one.number)
        pending = one.number in self.batch.desk.unmade
        self.pending += pending
        if one.before is not None and not pending and not one.docx.exists():
            self.lost.append(one.number)
        status = PENDING if pending else BEFORE if one.before else DONE
        return self._keep(_result(one.row, status, one.number, one.docx, ()))

    def _faulty(self, before: int | None) -> Iterator[dict[str, object]]:
        while self._faults and (before is None or self._faults[0][0] < before):
            row, problems = self._faults.popleft()
            self.failed += 1
            yield self._keep(_result(row, FAULTY, None, None, problems))

    def _keep(self, row: dict[str, object]) -> dict[str, object]:
        if self.kept is not None:
            self.kept.write(row)
        return row

    def tell_what_stands(self, ledger: Any) -> None:
        """For the sentence that ends a run which was cut off: what was made, what is registered only."""
        from gaozhi_cli.cli import errors

        stands = [f"已制作 {self.done} 份"] if self.done else []
        with suppress(GaozhiError):
            waiting = len(ledger.pending_letters())
            stands += [f"有 {waiting} 份已登记、还没有文件，会自动补上"] if waiting else []
        errors.DONE[:] = [*stands, "再运行一次会接着做"] if stands else []

    def remarks(self) -> None:
        """What the clerk should look at before the letters are signed."""
        words = {
            "known": "从前办理过承诺，请核对是否重复",
            "renamed": "证件号码从前登记的是另一个名字，请核对证件",
        }
        for met, rows in self.met.items():
            where = "、".join(map(str, rows[:5])) + (" 等" if len(rows) > 5 else "")
            if rows:
                self.batch.desk.say(f"提示：第 {where} 行的申请人{words[met]}")
        if self.done:
            self.batch.desk.say(CREDIT_REMARK)

    def summary(self) -> str:
        """What the run did, in one line."""
        parts = [f"新制作 {self.done} 份"]
        parts += [f"先前已制作 {self.before - self.pending} 份"] if self.before - self.pending else []
        parts += [f"已登记而文件还没有补上 {self.pending} 份"] if self.pending else []
        parts += [f"有误跳过 {self.failed} 行"] if self.failed else []
        where = f"，在 {self.folder}" if self.done else ""
        return f"共 {self.batch.total} 行：{'，'.join(parts)}{where}"


def _groups(rows: Iterator[Read]) -> Iterator[list[Read]]:
    while group := list(islice(rows, TOGETHER)):
        yield group


def _result(
    row: int, status: str, number: str | None, docx: Path | None, problems: tuple[Problem, ...]
) -> dict[str, object]:
    return {
        "row": row,
        "status": status,
        "status_label": LABELS[status],
        "number": number,
        "docx": str(docx) if docx else None,
        "problems": [problem_row(problem) for problem in problems],
    }
