"""批量: rows of a table of applicants as applications, each known again when the batch is run once more.

A row is what it says, not where it stands: the same applicant's same letter typed with other blanks, in
another width or in another order of columns is the same row (规程四：一份承诺书一个编号).
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from array import array
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import Applicant
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.eligibility import Request, eligibility_problems, number_field
from gaozhi_cli.domain.intake import fill_form
from gaozhi_cli.domain.letter import Application, compose
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.standing import CREDIT_CODE, CreditStanding, credit_problem
from gaozhi_cli.domain.vocabulary import AgentKind

KEY_FORM = "gaozhi-row-1"
ROWS_NAMED = 5
MOST_KINDS = 200
CITIZEN_ONLY, ORGANIZATION_ONLY = ("id_type", "id_number"), ("uscc", "contact", "address")


class Checked(NamedTuple):
    """A row read as a form: an application without problems, or the problems and no application.

    ``applicant``: whoever it speaks of, where the number is whole: to be asked for in the 诚信档案.
    """

    application: Application | None
    problems: tuple[Problem, ...]
    applicant: Applicant | None = None


def with_defaults(values: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """A row's values over the command's flags: a cell that says something wins over the flag.

    Flags for the other branch of the 二选一 are not laid under a row, nor 公开时限 under 不公开.
    """
    merged = {key: value for key, value in defaults.items() if value not in (None, "", ())}
    if values.get("id_number"):
        merged = {key: value for key, value in merged.items() if key not in ORGANIZATION_ONLY}
    elif values.get("uscc"):
        merged = {key: value for key, value in merged.items() if key not in CITIZEN_ONLY}
    if values.get("public_until"):
        merged.pop("no_public", None)
    elif values.get("no_public"):
        merged.pop("public_until", None)
    return merged | {key: value for key, value in values.items() if value not in (None, "", ())}


def check_row(
    raw: Mapping[str, object], item: Item, catalog: Catalog, today: date, known: Collection[Problem] = ()
) -> Checked:
    """All that is wrong with one row at once: its form (规程四（一）) and the route (通知五（二）).

    ``known``: problems of the row's cells, told before; a field they speak of is not also called missing.
    """
    application, found = fill_form(raw, item, today)
    found += _route(application, catalog, today, proofs_known="proof" not in {p.field for p in found})
    faulty = {problem.field for problem in known if problem.field}
    absent = ("missing", "agent-unauthorised", "guardian-unproven")
    problems = (*known, *(p for p in found if not (p.code in absent and p.field in faulty)))
    who = application.applicant
    told = {problem.field for problem in problems}
    whole = bool(who.identity.number) and not told & {number_field(who), "id_type"}
    return Checked(None if problems else application, problems, who if whole else None)


def with_standing(checked: Checked, standing: CreditStanding) -> Checked:
    """What was read, barred where the applicant's credit is not in order (通知五（二）)."""
    if standing.eligible or checked.applicant is None:
        return checked
    problem = credit_problem(standing, number_field(checked.applicant))
    assert problem is not None
    return checked._replace(application=None, problems=(*checked.problems, problem))


def _route(application: Application, catalog: Catalog, today: date, *, proofs_known: bool) -> list[Problem]:
    proofs = tuple(leaf.proof for leaf in application.leaves)
    request = Request(application.item, catalog, application.applicant, application.agent, today, proofs)
    problems = eligibility_problems(request)
    return problems if proofs_known else [problem for problem in problems if problem.code != "excluded"]


def office_gaps(raw: Mapping[str, object], item: Item, catalog: Catalog, today: date) -> list[Problem]:
    """What the office has still to fill in for the letter that a form asks for (附件2)."""
    application, _ = fill_form(raw, item, today)
    return list(compose(application, catalog, "").office_gaps(item))


def row_key(application: Application) -> bytes:
    """What a row asks for, in one form of bytes; the ledger makes its keyed digest, since it is personal.

    Numbers are in normal form already; of texts neither width nor blanks count.
    """
    who, agent = application.applicant, application.agent
    parts: list[object] = [
        KEY_FORM,
        application.item.id,
        [leaf.proof.id for leaf in application.leaves],
        [who.kind.value, _plain(who.name), who.identity.type.value, who.identity.number],
        [_plain(who.phone), _plain(who.contact), _plain(who.address)],
        None,
        [_plain(application.statement), _plain(application.site_address)],
        [str(application.public_until or ""), application.no_public, bool(application.consent)],
    ]
    if agent is not None:
        parts[5] = [_plain(agent.name), agent.identity.type.value, agent.identity.number]
        parts += [[_plain(agent.phone), _plain(agent.authorization)]]
        parts += [agent.kind.value] if agent.kind is AgentKind.GUARDIAN else []
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _plain(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    return "".join(unicodedata.normalize("NFKC", text).split())


class SeenRows:
    """The keys of the rows so far, 16 bytes each in one flat table: few megabytes for 100,000 rows."""

    def __init__(self) -> None:
        self._slots = 1024
        self._count = 0
        self._high, self._low, self._rows = self._empty(1024)

    @staticmethod
    def _empty(slots: int) -> tuple[array[int], array[int], array[int]]:
        return array("Q", bytes(8 * slots)), array("Q", bytes(8 * slots)), array("I", [0]) * slots

    def first(self, key: bytes, row: int) -> int | None:
        """The number of the row that asked for the same before; None where this is the first (kept then)."""
        digest = hashlib.blake2b(key, digest_size=16).digest()
        return self._put(int.from_bytes(digest[:8]), int.from_bytes(digest[8:]), row)

    def _put(self, high: int, low: int, row: int) -> int | None:
        slot = high % self._slots
        while self._rows[slot]:
            if self._high[slot] == high and self._low[slot] == low:
                return self._rows[slot]
            slot = (slot + 1) % self._slots
        self._high[slot], self._low[slot], self._rows[slot] = high, low, row
        self._count += 1
        if self._count * 2 > self._slots:
            self._grow()
        return None

    def _grow(self) -> None:
        before = zip(self._high, self._low, self._rows, strict=True)
        self._slots *= 2
        self._count = 0
        self._high, self._low, self._rows = self._empty(self._slots)
        for high, low, row in before:
            if row:
                self._put(high, low, row)


def duplicate(first: int) -> Problem:
    """A row that asks for the same letter as one above it."""
    return Problem("row-twice", f"与第 {first} 行相同，请删去一行；确需两份的，请在承诺内容中写明区别")


class Kind(NamedTuple):
    """Problems of one kind: how many rows have it, and the first of them."""

    message: str
    times: int
    rows: tuple[int, ...]

    @property
    def line(self) -> str:
        """One line for the terminal."""
        named = "、".join(map(str, self.rows))
        more = " 等" if self.times > len(self.rows) else ""
        return f"{self.message}：{self.times} 行（第 {named} 行{more}）"


class Tally:
    """Problems of many rows counted by kind; its size does not grow with the rows."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, str], tuple[str, list[int]]] = {}
        self._counts: dict[tuple[str, str, str], int] = {}
        self._last: dict[tuple[str, str, str], int] = {}

    def add(self, row: int, problems: Iterable[Problem]) -> None:
        """The problems of a row."""
        for problem in problems:
            message = general(problem)
            key = (problem.code, problem.field, message)
            if key not in self._kinds and len(self._kinds) >= MOST_KINDS:
                key = ("more", "", "其他问题")
            _, rows = self._kinds.setdefault(key, (key[2], []))
            if self._last.get(key) == row:
                continue
            self._last[key] = row
            self._counts[key] = self._counts.get(key, 0) + 1
            if len(rows) < ROWS_NAMED:
                rows.append(row)

    def kinds(self) -> list[Kind]:
        """The kinds, the most frequent first."""
        kinds = [Kind(m, self._counts[key], tuple(rows)) for key, (m, rows) in self._kinds.items()]
        return sorted(kinds, key=lambda kind: -kind.times)


def general(problem: Problem) -> str:
    """A problem's message without the place that it names, so that equal problems of many rows are one."""
    message = problem.message
    if problem.code == "row-twice":
        return "与前面的一行相同，请删去一行；确需两份的，请在承诺内容中写明区别"
    if problem.code == CREDIT_CODE:
        return "申请人的信用记录不适用告知承诺制（gaozhi credit check 可查），在信用修复前请按一般程序办理"
    head, colon, rest = message.partition("：")
    if colon and _is_cell(head):
        message = rest
    if message.startswith("第 "):
        _, row, rest = message.partition(" 行")
        message = rest.removeprefix("的") if row else message
    return message.strip()


def _is_cell(text: str) -> bool:
    letters = text.rstrip("0123456789")
    return len(letters) < len(text) <= 10 and letters.isascii() and letters.isalpha() and letters.isupper()
