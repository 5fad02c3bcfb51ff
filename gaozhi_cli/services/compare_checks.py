"""在线核查比对: ask a register about open checks, record what it said, let the clerk decide (通知五（四）).

The register is read before anything is written. Its answers are recorded some hundred to a commit, with one
journal entry that names checks and outcomes, never values; what went wrong on the way is told and not
recorded. Only the county's own rule lets a full match close a check, by an entry as ``verify close`` has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from gaozhi_cli.domain.comparing import Answer, Comparison, Extract, Fields, far_smaller
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotFound, Problem, Refused
from gaozhi_cli.domain.registers import Source, closes, evidence_text
from gaozhi_cli.domain.verification import Verification, nothing_open
from gaozhi_cli.domain.vocabulary import CheckState, Compared, Finding, Method
from gaozhi_cli.sources.interface import Register, Seen
from gaozhi_cli.storage.claims import Opened, open_claims
from gaozhi_cli.storage.comparisons import (
    checks_in,
    compared_with,
    comparison,
    comparison_id,
    comparisons,
    fields_of,
    fields_text,
    known_extract,
    last_extract,
    next_extract_id,
    times_compared,
)
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.transaction import Acts, Transaction

ACT, CLOSE = "verify.compare", "verify.close"
GROUP = 500


class Row(NamedTuple):
    """What became of one check. ``recorded``: it stands in the ledger; ``before``: by an earlier run."""

    id: str
    outcome: Compared
    fields: Fields = ()
    receipt: str | None = None
    as_of: str | None = None
    tries: int = 0
    recorded: bool = False
    before: bool = False
    closed: bool = False
    why: str = ""


class Run(NamedTuple):
    """A run under way: ``asked`` checks, ``notes`` on the extract, and the rows as they are recorded."""

    asked: int
    notes: tuple[str, ...]
    rows: Iterator[Row]


class Told(NamedTuple):
    """Why an extract that is far smaller than the one before is to be taken all the same."""

    reason: str


def compare_checks(
    source: Source,
    register: Register,
    *,
    ledger: Ledger,
    occasion: Occasion,
    deadline: float,
    targets: Sequence[str] = (),
    office: str | None = None,
    smaller: Told | None = None,
) -> Run:
    """Ask about the open online checks of ``targets`` (ids, case numbers), else of an office, else all.

    Raises SourceUnavailable, BadInput (an extract unfit, empty, far smaller than last time), NotFound,
    Refused, NotReady; nothing is recorded then. Rows are recorded as they are taken.
    """
    digest = ledger.asked(occasion.request_id, ACT, source=source.id, targets=list(targets), office=office)
    groups = _groups_done(ledger, occasion, digest)
    done = _done(ledger, occasion, groups)
    known = {one.verification for one in done}
    ids = _expand(ledger, targets, known) if targets else None
    opened = list(open_claims(ledger, source, office=office, ids=ids, left_out=known))
    claims = [one.claim for one in opened if one.claim is not None]
    earlier = [_row_before(one) for one in done]
    outside = [Row(one.id, Compared.NOT_COVERED, why=one.why) for one in opened if one.claim is None]
    if not claims:
        if outside and not earlier and targets:
            raise _not_covered(source, opened)
        return Run(0, (), iter([*earlier, *outside]))
    answers = register.check(claims, deadline, occasion.today)
    extract, new = None, False
    if answers.seen is not None:
        extract, new = _extract(ledger, source, answers.seen, occasion, smaller)
    writing = _Writing(source, register.adapter, ledger, occasion, digest, extract, new, smaller)
    writing.entries = groups
    again = compared_with(ledger, extract.id, register.adapter) if extract is not None and not new else set()
    rows = _rows(writing, answers.each, again)
    notes = answers.seen.notes if answers.seen is not None else ()
    return Run(len(claims), notes, _chained(earlier, rows, outside))


def _chained(earlier: list[Row], rows: Iterator[Row], outside: list[Row]) -> Iterator[Row]:
    yield from earlier
    yield from rows
    yield from outside


def _rows(writing: _Writing, answers: Iterator[Answer], again: set[str]) -> Iterator[Row]:
    while group := list(islice(answers, GROUP)):
        yield from writing.record(group, again)


# ---- what has been done under this request id


def _request_id(occasion: Occasion, n: int) -> str | None:
    """The request id of the n-th entry of a run."""
    if occasion.request_id is None:
        return None
    return occasion.request_id if n == 1 else f"{occasion.request_id}/{n}"


def _groups_done(ledger: Ledger, occasion: Occasion, digest: bytes) -> int:
    """How many entries stand under this request id. Raises Refused: it was used for something else."""
    n = 0
    while ledger.repeated(_request_id(occasion, n + 1), ACT, digest) is not None:
        n += 1
    return n


def _done(ledger: Ledger, occasion: Occasion, groups: int) -> list[Comparison]:
    """The comparisons recorded under this request id."""
    found = []
    for n in range(1, groups + 1):
        outcomes = ledger.facts_of(_request_id(occasion, n))["outcomes"]
        found += [comparison(ledger, id_) for ids in outcomes.values() for id_ in ids]
    return sorted((one for one in found if one is not None), key=lambda one: one.verification)


def _row_before(one: Comparison) -> Row:
    return Row(
        one.verification, Compared(one.outcome), fields_of(one.fields), one.receipt, one.as_of, one.tries,
        recorded=True, before=True, closed=bool(one.closed),
    )  # fmt: skip


# ---- which checks


def _expand(ledger: Ledger, targets: Sequence[str], known: set[str]) -> list[str]:
    """The ids of the checks meant. Raises NotFound, Refused (closed, not an online check)."""
    found: list[str] = []
    for target in targets:
        check = ledger.check(target)
        if check is not None:
            if check.id not in known:
                _open_online(check)
            found.append(check.id)
            continue
        case = ledger.case(target)
        checks = ledger.checks_of(case.number)
        ids = [c.id for c in checks if c.finding is None and c.method == Method.ONLINE.value]
        if not ids and not any(c.id in known for c in checks):
            if any(c.finding is None for c in checks):
                message = f"{case.number} 待核查的都不是在线核查，请现场核查后用 gaozhi verify close 下结论"
                raise Refused(message, (Problem("not-online", message),))
            raise NotFound(nothing_open(case))
        found += ids
    return list(dict.fromkeys(found))


def _open_online(check: Verification) -> None:
    if check.finding is not None:
        message = f"{check.id} 已有结论“{Finding(check.finding).label}”，不再比对"
        raise Refused(message, (Problem("check-closed", message),))
    if check.method != Method.ONLINE.value:
        message = f"{check.id} 的核查方式是{Method(check.method).label}，不是在线核查"
        raise Refused(message, (Problem("not-online", message),))


def _not_covered(source: Source, opened: Sequence[Opened]) -> Refused:
    problems = tuple(Problem("not-covered", f"{one.id}：{one.why}") for one in opened)
    message = f"来源“{source.name}”答复不了所指的核查，没有查询；请换一个来源，或改用别的方式核查"
    return Refused(message, problems)


# ---- extracts


def _extract(
    ledger: Ledger, source: Source, seen: Seen, occasion: Occasion, smaller: Told | None
) -> tuple[Extract, bool]:
    """The extract as recorded, or to be recorded. Raises BadInput: empty, or far smaller than the last."""
    known = known_extract(ledger, source.id, seen.sha256)
    if known is not None:
        return known, False
    last = last_extract(ledger, source.id)
    before = last.rows if last is not None else None
    if far_smaller(seen.rows, before, source.limits.least_share) and smaller is None:
        told = (
            f"上次（{last.as_of or last.first_seen_on}）{last.rows} 行" if last is not None else "一行也没有"
        )
        message = f"来源“{source.name}”的数据只有 {seen.rows} 行，{told}，像是没有导全，没有比对"
        way_out = "请向来源核实；确实如此的，加 --accept-smaller --reason 理由"
        raise BadInput(f"{message}；{way_out}", (Problem("extract-smaller", message, field="rows"),))
    id_, today = next_extract_id(ledger, source.id), occasion.today.isoformat()
    return Extract(id_, source.id, seen.sha256, seen.rows, seen.as_of, today), True


# ---- writing


class _Writing:
    """Records the answers, a group to a commit; ``entries``: how many the run has written."""

    def __init__(
        self, source: Source, adapter: str, ledger: Ledger, occasion: Occasion, digest: bytes,
        extract: Extract | None, new: bool, smaller: Told | None,
    ) -> None:  # fmt: skip
        self._source, self._adapter, self._ledger = source, adapter, ledger
        self._occasion, self._digest = occasion, digest
        self._extract, self._new, self._smaller = extract, new, smaller
        self.entries = 0

    def record(self, group: list[Answer], again: set[str]) -> list[Row]:
        """The rows of a group, in its order, the answered ones recorded."""
        fresh = [answer for answer in group if answer.answered and answer.check not in again]
        rows = {answer.check: self._technical(answer) for answer in group if not answer.answered}
        rows |= {answer.check: self._before(answer.check) for answer in group if answer.check in again}
        if fresh:
            with self._ledger.acts(dry_run=self._occasion.dry_run, many=True) as acts:
                rows |= self._written(acts, fresh)
            self._new = self._new and self._occasion.dry_run
        return [rows[answer.check] for answer in group]

    def _technical(self, answer: Answer) -> Row:
        return Row(answer.check, answer.outcome, as_of=answer.as_of, tries=answer.tries)

    def _before(self, check: str) -> Row:
        """What an earlier run recorded from the same extract."""
        assert self._extract is not None
        found = [
            one for one in comparisons(self._ledger, check)
            if one.extract == self._extract.id and one.adapter == self._adapter
        ]  # fmt: skip
        return _row_before(found[-1])

    def _written(self, acts: Acts, group: list[Answer]) -> dict[str, Row]:
        self._settle()
        ids = [answer.check for answer in group]
        checks, times = checks_in(self._ledger, ids), times_compared(self._ledger, ids)
        rows: dict[str, Row] = {}
        outcomes: dict[str, list[str]] = {}
        closing: list[tuple[Verification, Answer, str]] = []
        numbers: set[str] = set()
        with acts.act() as act:
            for answer in group:
                check = checks.get(answer.check)
                if check is None or check.finding is not None:
                    rows[answer.check] = Row(answer.check, answer.outcome, why="比对期间已有结论，没有登记")
                    continue
                one = self._comparison(check, answer, times.get(check.id, 0) + 1)
                act.add_comparison(one)
                outcomes.setdefault(one.outcome, []).append(one.id)
                numbers.add(check.number)
                if one.closed:
                    closing.append((check, answer, one.id))
                rows[check.id] = _row_before(one)._replace(before=False)
            if not outcomes:
                act.nothing()
                return rows
            if self._new and self._extract is not None:
                act.add_extract(self._extract)
            self._journal(act, outcomes, numbers)
        for check, answer, comparison_ in closing:
            self._close(acts, check, answer, comparison_)
        return rows

    def _settle(self) -> None:
        """Under the lock: what another run has recorded since. Raises Refused (the same request at work)."""
        asked = _request_id(self._occasion, self.entries + 1)
        if self._ledger.repeated(asked, ACT, self._digest) is not None:
            message = f"请求号 {asked} 的比对正在另一处进行，这里没有再登记；请等它结束后再运行一次"
            raise Refused(message)
        if not self._new or self._extract is None:
            return
        known = known_extract(self._ledger, self._source.id, self._extract.sha256)
        if known is not None:
            self._extract, self._new = known, False
        else:
            self._extract = self._extract._replace(id=next_extract_id(self._ledger, self._source.id))

    def _comparison(self, check: Verification, answer: Answer, n: int) -> Comparison:
        today = self._occasion.today
        return Comparison(
            id=comparison_id(check.id, n),
            verification=check.id,
            number=check.number,
            office=check.office,
            source=self._source.id,
            adapter=self._adapter,
            outcome=answer.outcome.value,
            fields=fields_text(answer.fields),
            receipt=answer.receipt,
            extract=self._extract.id if self._extract is not None else None,
            as_of=answer.as_of,
            compared_on=today.isoformat(),
            tries=answer.tries,
            closed=1 if closes(self._source, answer, check, today) else None,
        )

    def _journal(self, act: Transaction, outcomes: dict[str, list[str]], numbers: set[str]) -> None:
        self.entries += 1
        facts: dict[str, object] = {"source": self._source.id, "adapter": self._adapter, "outcomes": outcomes}
        if self._extract is not None:
            facts["extract"] = self._extract.id
        reason = None
        if self._smaller is not None:
            facts["accept_smaller"], reason = True, self._smaller.reason
        object_ = next(iter(numbers)) if len(numbers) == 1 else self._source.id
        occasion = self._occasion._replace(request_id=_request_id(self._occasion, self.entries))
        act.record(occasion.entry(ACT, object_, reason=reason, request_digest=self._digest, **facts))

    def _close(self, acts: Acts, check: Verification, answer: Answer, comparison_: str) -> None:
        """属实, by the county's rule: in the same commit, by an entry of its own on the case."""
        occasion = self._occasion._replace(request_id=None)
        with acts.act() as act:
            kept = act.personal(check.id, "evidence", {"text": evidence_text(self._source, answer)})
            act.change_check(
                check.id,
                state=CheckState.CLOSED.value,
                finding=Finding.TRUE.value,
                closed_on=occasion.today.isoformat(),
                evidence=kept,
            )
            act.record(
                occasion.entry(
                    CLOSE, check.number, check=check.id, finding=Finding.TRUE.value, file_sha256=None,
                    comparison=comparison_,
                )
            )  # fmt: skip
