"""What any ledger can do; and the window at which the other tests of ledger and services act."""

from __future__ import annotations

import copy
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.commitment import Commitment, new_commitment
from gaozhi_cli.domain.comparing import Comparison, Extract
from gaozhi_cli.domain.county import County
from gaozhi_cli.domain.credit import CreditRecord
from gaozhi_cli.domain.intake import read_form
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.lookup import find_items
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.problem import GaozhiError, NotFound, NotReady, Refused
from gaozhi_cli.domain.supervision import Draw, Pick
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import Dispatch
from gaozhi_cli.domain.vocabulary import Finding, ToldWay
from gaozhi_cli.services.accept_commitment import Accepted, accept_commitment
from gaozhi_cli.services.close_verification import Closed, close_verification
from gaozhi_cli.services.conclude_matter import Concluded, conclude_matter
from gaozhi_cli.services.draw_up_letter import DrawnUp, draw_up_letter
from gaozhi_cli.services.make_letter import Made, make_letter
from gaozhi_cli.services.reveal_person import reveal_person
from gaozhi_cli.services.schedule_verification import schedule_verification
from gaozhi_cli.services.sign_commitment import Signed, sign_commitment
from gaozhi_cli.services.tell_applicant import tell_applicant
from gaozhi_cli.storage import schema
from gaozhi_cli.storage.calendar import work_calendar
from gaozhi_cli.storage.connect import open_ledger
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import EvidenceFile, LetterRow, PrintRow, ProofRow, Query
from gaozhi_cli.storage.sqlite.migrations import migrate
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.verify import verify
from tests.builders import (
    CITIZEN,
    ORGANIZATION,
    TODAY,
    a_catalog,
    a_clock,
    a_ledger,
    an_id_number,
    an_occasion,
)
from tests.conftest import ROOT, Run

THREE_CHECKS = {**ORGANIZATION, "proof": "rs-14.1 rs-14.2 rs-14.3"}
WITH_AGENT = {
    "name": "测试丁",
    "id_number": an_id_number("41018219850606001"),
    "phone": "13700000001",
    "agent_name": "测试戊",
    "agent_id_number": an_id_number("41018219860707002"),
    "agent_phone": "13600000002",
    "authorization": "2026-11-20 特别授权书，授权代为承诺",
    "statement": "参保人已经死亡，日期属实",
}
EVIDENCE = "现场核对原件，经营场所门牌与测试甲所述一致"
# What must stand nowhere in clear: of citizens everything, of organizations all that no register shows.
SECRETS = (
    CITIZEN["name"], CITIZEN["id_number"], CITIZEN["phone"], CITIZEN["statement"],
    ORGANIZATION["contact"], ORGANIZATION["phone"], ORGANIZATION["address"],
    ORGANIZATION["statement"], ORGANIZATION["site_address"],
    WITH_AGENT["name"], WITH_AGENT["id_number"], WITH_AGENT["phone"], WITH_AGENT["statement"],
    WITH_AGENT["agent_name"], WITH_AGENT["agent_id_number"], WITH_AGENT["agent_phone"],
    WITH_AGENT["authorization"], EVIDENCE,
)  # fmt: skip


Answer = TypeVar("Answer")


@cache
def compiled_home(complete: bool) -> tempfile.TemporaryDirectory[str]:
    """A home whose catalog is compiled, made once to copy from."""
    made = tempfile.TemporaryDirectory(prefix="gaozhi-")
    if complete:
        shutil.copytree(ROOT / "tests" / "homes" / "complete" / "catalog", Path(made.name, "catalog"))
    a_catalog(Path(made.name))
    return made


class Window:
    """A clerk's window: home, catalog and ledger of the made-up county; each method is one act.

    Not ``complete``: a home with nothing in it, so the shipped catalog as it is.
    """

    def __init__(self, home: Path, *, complete: bool = True) -> None:
        self.home = Path(shutil.copytree(compiled_home(complete).name, home))
        self.letters = home / "letters"
        self.letters.mkdir()
        self.catalog = a_catalog(home)
        self.calendar = work_calendar(self.catalog)
        self.template = Home(home).template("commitment_letter.docx").read_bytes()
        self.path = home / "ledger.db"
        self.ledger = a_ledger(home)

    def copied(self, home: Path) -> Window:
        """The same county, with all that has been done, in a folder of its own."""
        other = copy.copy(self)
        other.home = Path(shutil.copytree(self.home, home))
        other.letters, other.path = home / "letters", home / "ledger.db"
        other.ledger = reopened(home)
        return other

    def reopen(self) -> None:
        """Open the ledger anew, as the next command would."""
        self.ledger.close()
        self.ledger = reopened(self.home)

    def application(self, no: str, form: dict[str, str]) -> Application:
        """The application that a form makes for the item with this 序号."""
        item = find_items(self.catalog, no, TODAY)[0]
        application, problems = read_form(form, item, TODAY)
        assert application is not None, problems
        return application

    def drawn_up(self, no: str, form: dict[str, str], when: Occasion | None = None) -> DrawnUp:
        """Draw up a letter."""
        return draw_up_letter(
            self.application(no, form),
            catalog=self.catalog,
            ledger=self.ledger,
            occasion=when or an_occasion(),
            template=self.template,
            folder=self.letters,
            home=self.home,
        )

    def draw_up(self, no: str, form: dict[str, str], when: Occasion | None = None) -> str:
        """The number of a letter drawn up."""
        return self.drawn_up(no, form, when).number

    def letter(self, no: str, form: dict[str, str], when: Occasion | None = None) -> str:
        """The number of a letter drawn up and made: ready to be signed."""
        number = self.draw_up(no, form, when)
        self.make(number)
        return number

    def make(self, number: str) -> Made:
        """Make a letter's file."""
        return make_letter(
            number, ledger=self.ledger, occasion=an_occasion(), template=self.template, home=self.home
        )

    def sign(self, number: str, when: Occasion | None = None) -> Signed:
        """Record the signature."""
        return sign_commitment(number, ledger=self.ledger, occasion=when or an_occasion())

    def accept(self, number: str, when: Occasion | None = None, **options: Any) -> Accepted:
        """Accept."""
        return accept_commitment(
            number, catalog=self.catalog, calendar=self.calendar, ledger=self.ledger,
            occasion=when or an_occasion(), **options,
        )  # fmt: skip

    def conclude(self, number: str, when: Occasion | None = None) -> Concluded:
        """Conclude."""
        return conclude_matter(
            number, ledger=self.ledger, occasion=when or an_occasion(), calendar=self.calendar
        )

    def schedule(
        self,
        target: str,
        due: date | None = None,
        assignee: str | None = None,
        reason: str | None = None,
        when: Occasion | None = None,
    ) -> tuple[Verification, ...]:
        """Set dates or persons of checks."""
        return schedule_verification(
            target, ledger=self.ledger, occasion=when or an_occasion(), due=due,
            assignee=assignee, reason=reason,
        )  # fmt: skip

    def close(self, target: str, when: Occasion | None = None, **options: Any) -> Closed:
        """Close a check."""
        options = {"finding": Finding.TRUE, "evidence": EVIDENCE, **options}
        return close_verification(target, ledger=self.ledger, occasion=when or an_occasion(), **options)

    def reveal(self, number: str, reason: str = "申请人来电询问") -> dict[str, dict[str, str]]:
        """Show the people of a case in clear."""
        return reveal_person(number, ledger=self.ledger, occasion=an_occasion(), reason=reason)

    def a_day(self) -> list[str]:
        """A day's work that fills every table; the numbers of its three cases."""
        numbers = [
            self.letter("14", THREE_CHECKS),
            self.letter("64", CITIZEN),
            self.letter("16", WITH_AGENT),
        ]
        for number in numbers:
            self.sign(number)
        organization, citizen, with_agent = numbers
        self.accept(organization)
        self.accept(with_agent, assignee="李核查")
        self.schedule(f"{organization}-2", due=date(2026, 12, 31), reason="当事人申请延期")
        self.close(f"{organization}-1")
        self.accept(citizen)
        self.conclude(citizen)
        self.printed(citizen)
        self.credited(citizen, repaired_on="2026-11-24", repair_source="示例修复决定（虚构）")
        self.checked_further(f"{organization}-2")
        self.reveal(citizen)
        return numbers

    def checked_further(self, check: str) -> None:
        """Rows of what may follow a check, each column filled, written past the services."""
        day, number = "2026-11-24", check.rpartition("-")[0]
        office = self.ledger.case(number).office
        texts = {"notice": f"{office}-2026-X00001", "measure": f"{number}-M1"}
        with self.ledger.transaction() as act:
            sealed = act.personal(texts["notice"], "answer", {"text": "查询结果（虚构）"})
            act.change_check(
                check,
                origin="recheck",
                follows=f"{number}-1",
                stage="after",
                counted_from="accepted",
                period=20,
                weighed="信用良好",
                not_before=day,
                clock="[]",
                sheet="sheet",
                received_on=day,
                inspectors="李核查、王核查",
            )
            act.change_check(f"{number}-1", paused_on=day)  # closed since: it stands in nobody's way
            act.add_dispatch(
                Dispatch(
                    f"{office}-2026-D00001", office, 2026, 1, "李核查", day, day, 1, check, day, "李核查"
                )
            )
            act.add_evidence(EvidenceFile(f"{check}-e1", check, "00" * 32, 9, "photo", day))
            act.add_assistance(
                Assistance(
                    texts["notice"],
                    office,
                    2026,
                    1,
                    check,
                    number,
                    "示例机关",
                    day,
                    day,
                    0,
                    "示例",
                    5,
                    "[]",
                    day,
                    "answered",
                    day,
                    1,
                    day,
                    "confirmed",
                    sealed,
                    "11" * 32,
                    "22" * 32,
                )
            )
            act.add_outcome(
                Outcome(
                    texts["measure"],
                    number,
                    check,
                    office,
                    "rectify",
                    "unfulfilled",
                    "closed",
                    day,
                    day,
                    0,
                    day,
                    0,
                    "示例",
                    sealed,
                    day,
                    sealed,
                    day,
                    day,
                    "示例文号",
                    sealed,
                    day,
                    10,
                    "[]",
                    day,
                    check,
                    "C2026-00001",
                    day,
                    "done",
                )
            )
            extract, fields = "register-2026-00001", '[["name","same"]]'
            act.add_extract(Extract(extract, "register", "00" * 32, 9, day, day))
            act.add_comparison(
                Comparison(
                    f"{check}-c1",
                    check,
                    number,
                    office,
                    "register",
                    "csv",
                    "match",
                    fields,
                    "r1",
                    extract,
                    day,
                    day,
                    1,
                    0,
                )
            )
            draw, digest = "CC2026-00001", "33" * 32
            act.add_draw(
                Draw(
                    draw, 2026, 1, office, "announced", day, day, day, 1, digest, digest, digest, "[]", 2,
                    "示例公开数据", day, day, "示例网站", "seed", day, 1, digest, day,
                )
            )  # fmt: skip
            act.add_pick(Pick(draw, number, "sc-14", 1, "李核查、王核查"))
            act.record(an_occasion().entry("test.further", number))

    def credited(self, number: str, /, **changes: Any) -> str:
        """A credit record of the case's subject, written past the services; its id."""
        subject = self.ledger.case(number).subject
        row = {
            "id": f"{number}-C{os.urandom(4).hex()}", "subject": subject, "kind": "false-promise",
            "decided_on": "2026-11-24", "source": "示例决定书（虚构）", "number": number,
            "recorded_on": "2026-11-24", "until_on": None, "repaired_on": None, "repair_source": None,
        } | changes  # fmt: skip
        with self.ledger.transaction() as act:
            act.add_credit(CreditRecord(**row))
            act.record(an_occasion().entry("credit.record", number))
        return str(row["id"])

    def printed(self, number: str) -> None:
        """A print job that was handed over and reported as done."""
        row = PrintRow(f"{number}-p1", number, "PDF", 2, "PDF-1", "submitted", "2026-11-24", None, "00" * 32)
        with self.ledger.transaction() as act:
            act.add_print(row)
            act.record(an_occasion().entry("letter.print", number))
        with self.ledger.transaction() as act:
            act.change_print(row.id, state="printed", printed_at="2026-11-24")
            act.record(an_occasion().entry("letter.printed", number))


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger in ``tmp_path``."""
    with closing(a_ledger(tmp_path)) as ledger:
        yield ledger


def reopened(home: Path) -> Ledger:
    """The ledger of a home, opened anew."""
    ledger = open_ledger(str(home / "ledger.db"), home / "keys", a_clock)
    assert ledger is not None
    return ledger


def raw(path: Path) -> closing[sqlite3.Connection]:
    """A connection past the program: what somebody with access to the file can do."""
    return closing(sqlite3.connect(path, isolation_level=None))


def entries(path: Path) -> list[dict[str, Any]]:
    """All rows of the journal."""
    with raw(path) as base:
        base.row_factory = sqlite3.Row
        return [dict(row) for row in base.execute("SELECT * FROM journal ORDER BY seq")]


@contextmanager
def one_entry(window: Window, act: str, object_: str | None = None) -> Iterator[dict[str, Any]]:
    """What is done within is one act: exactly one entry more, of that name; it is filled in afterwards."""
    before, entry = len(entries(window.path)), {}
    yield entry
    added = entries(window.path)[before:]
    assert [one["act"] for one in added] == [act]
    assert object_ in (None, added[0]["object"])
    entry |= added[0] | {"detail": json.loads(added[0]["detail"] or "{}")}
    entry["tables"] = [write[0] for write in json.loads(added[0]["writes"])]
    assert verify(window.ledger).faults == ()


def unchanged(window: Window, call: Callable[[], Answer]) -> Answer:
    """What the call gives; it leaves the ledger byte-identical and no file behind."""
    before, files = window.path.read_bytes(), kept_files(window.home)
    answer = call()
    assert window.path.read_bytes() == before
    assert kept_files(window.home) == files
    return answer


def kept_files(home: Path) -> list[Path]:
    """What lies in a home but the cache, which may be deleted at any time."""
    return sorted(path for path in home.rglob("*") if "cache" not in path.relative_to(home).parts)


def refused(window: Window, call: Callable[[], object], kind: type[GaozhiError], words: str) -> GaozhiError:
    """The call is refused in these words, and nothing of it remains."""

    def attempt() -> GaozhiError:
        with pytest.raises(kind, match=words) as refusal:
            call()
        return refusal.value

    return unchanged(window, attempt)


def journal_is_impersonal(window: Window) -> None:
    """No column of any entry holds anything of a person."""
    for entry in entries(window.path):
        for column, value in entry.items():
            data = value if isinstance(value, bytes) else str(value).encode()
            assert not [secret for secret in SECRETS if secret.encode() in data], column


def a_subject(act: Transaction, number: str = "410182199001010030", name: str = "测**") -> str:
    """A subject with this number."""
    return act.subject(
        kind="citizen",
        id_type="id-card",
        number=number,
        name_shown=name,
        number_shown="4101**********0030",
        today=TODAY.isoformat(),
    )


def a_case(ledger: Ledger, office: str = "RS", today: date = TODAY, **changes: Any) -> Commitment:
    """A case written straight into the ledger, without a letter's file."""
    with ledger.transaction() as act:
        number = act.next_number(office, today.year)
        case = new_commitment(
            number, county=County("示例县"), item="rs-14", matter="事项", version=("2021", "00"),
            subject=a_subject(act), today=today, consent=None, warnings=None,
        )._replace(**changes)  # fmt: skip
        proof = ProofRow(case.number, "rs-14.1", 1, "证明", "onsite", None)
        letter = LetterRow(
            case.number, "pending", f"letters/{case.number}.docx", None, "00", None, None, None
        )
        act.add_commitment(case, [proof], letter)
        act.personal(case.number, "applicant", {"name": "测试甲"}, id_type="id-card", name_shown="测**")
        act.record(an_occasion(today).entry("test.case", case.number))
    return case


def a_check(ledger: Ledger, case: Commitment, place: int, **changes: Any) -> Verification:
    """A check written straight into the ledger."""
    check = Verification(
        f"{case.number}-{place}", case.number, case.office, case.item, case.matter, "rs-14.1", "证明",
        "onsite", "planned", TODAY.isoformat(),
    )._replace(**changes)  # fmt: skip
    with ledger.transaction() as act:
        act.add_check(check)
        act.record(an_occasion().entry("test.check", case.number))
    return check


def draw_number(ledger: Ledger, office: str = "RS", year: int = 2026) -> str:
    """An act that takes a number and does nothing else."""
    with ledger.transaction() as act:
        number = str(act.next_number(office, year))
        act.record(an_occasion().entry("test.number", number))
    return number


# Numbers


def test_numbers_are_gapless_per_office_and_year(ledger: Ledger) -> None:
    """Each office counts for itself, each year from one."""
    drawn = [draw_number(ledger, office, year) for year in (2026, 2027, 2026) for office in ("RS", "SC")]
    drawn.append(draw_number(ledger))
    assert drawn == [
        "RS-2026-00001", "SC-2026-00001", "RS-2027-00001", "SC-2027-00001", "RS-2026-00002",
        "SC-2026-00002", "RS-2026-00003",
    ]  # fmt: skip


def test_two_numbers_in_one_act(ledger: Ledger) -> None:
    """An act may take several numbers; the counter's row is written once in its entry."""
    with ledger.transaction() as act:
        assert [act.next_number("RS", 2026).n for _ in range(3)] == [1, 2, 3]
        act.record(an_occasion().entry("test.numbers", "RS"))
    assert draw_number(ledger) == "RS-2026-00004"
    assert verify(ledger).faults == ()


@pytest.mark.parametrize("already", [0, 2])
def test_act_that_fails_gives_its_number_back(ledger: Ledger, already: int) -> None:
    """A number belongs to an act that stands; one undone leaves no gap, the year's first one neither."""
    for _ in range(already):
        draw_number(ledger)
    with pytest.raises(ZeroDivisionError), ledger.transaction() as act:
        assert act.next_number("RS", 2026).n == already + 1
        raise ZeroDivisionError
    assert draw_number(ledger) == f"RS-2026-{already + 1:05d}"
    assert verify(ledger).faults == ()


# One act, one entry


def test_act_without_entry_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Rows without a journal entry are never written."""
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(RuntimeError), ledger.transaction() as act:
        act.next_number("RS", 2026)
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_act_with_two_entries_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Exactly one entry belongs to an act."""
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(RuntimeError), ledger.transaction() as act:
        act.record(an_occasion().entry("test.one", "x"))
        act.record(an_occasion().entry("test.two", "x"))
    assert (tmp_path / "ledger.db").read_bytes() == before
    assert ledger.head()[0] == 1


def test_dry_run_leaves_the_file_byte_identical(ledger: Ledger, tmp_path: Path) -> None:
    """An act that is only tried sees its own rows, and nothing of it remains."""
    draw_number(ledger)
    before = (tmp_path / "ledger.db").read_bytes()
    with ledger.transaction(dry_run=True) as act:
        assert act.next_number("RS", 2026).n == 2
        act.personal("x", "applicant", {"name": "测试甲"})
        act.record(an_occasion().entry("test.dry", "x"))
    assert (tmp_path / "ledger.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["ledger.db"]
    assert draw_number(ledger) == "RS-2026-00002"


def test_act_with_nothing_to_do_leaves_the_file_byte_identical(ledger: Ledger, tmp_path: Path) -> None:
    """A repeat is no act: no entry."""
    before = (tmp_path / "ledger.db").read_bytes()
    with ledger.transaction() as act:
        act.nothing()
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_entry_says_who_when_and_what(ledger: Ledger, tmp_path: Path) -> None:
    """The claimed operator, the login beside it, the machine, the clock, the day, the reason, the facts."""
    with ledger.transaction() as act:
        act.record(an_occasion(date(2026, 11, 20)).entry("test.said", "RS-2026-00001", reason="因故", a=1))
    entry = entries(tmp_path / "ledger.db")[-1]
    said = {
        key: entry[key] for key in ("act", "object", "dated_on", "operator", "login", "machine", "reason")
    }
    assert said == {
        "act": "test.said", "object": "RS-2026-00001", "dated_on": "2026-11-20", "operator": "测试经办",
        "login": "tester", "machine": "testbox", "reason": "因故",
    }  # fmt: skip
    assert entry["at"] == "2026-11-24T09:00:00.000+00:00"
    assert json.loads(entry["detail"]) == {"a": 1}
    assert json.loads(entry["writes"]) == []


def test_history_holds_the_entries_of_one_number_in_order(window: Window) -> None:
    """经过: every act on a case, oldest first, and no other case's."""
    first, second = window.letter("64", CITIZEN), window.letter("64", CITIZEN)
    window.sign(first)
    window.sign(second)
    window.accept(first)
    acts = [entry["act"] for entry in window.ledger.history(first)]
    assert acts == ["letter.draw-up", "letter.make", "commitment.sign", "commitment.accept"]


# Requests


def test_request_repeated_and_request_conflicting(ledger: Ledger) -> None:
    """The same request gives the object of the act done; another one under the same id is refused."""
    digest = ledger.request_digest("test.act", number="1", on=TODAY)
    assert ledger.repeated(None, "test.act", digest) is None
    assert ledger.repeated("r-1", "test.act", digest) is None
    with ledger.transaction() as act:
        act.record(an_occasion(request_id="r-1").entry("test.act", "the object", request_digest=digest))
    assert ledger.repeated("r-1", "test.act", digest) == "the object"
    assert ledger.repeated("r-2", "test.act", digest) is None
    for act_name, other in (
        ("test.act", ledger.request_digest("test.act", number="2", on=TODAY)),
        ("test.other", digest),
    ):
        with pytest.raises(Refused, match="r-1"):
            ledger.repeated("r-1", act_name, other)


def test_request_id_belongs_to_one_act(ledger: Ledger, tmp_path: Path) -> None:
    """The ledger itself keeps a request id from being used twice."""
    for n in (1, 2):
        occasion = an_occasion(request_id="same")
        before = (tmp_path / "ledger.db").read_bytes()
        try:
            with ledger.transaction() as act:
                act.record(occasion.entry("test.act", str(n), request_digest=bytes([n])))
        except sqlite3.IntegrityError:
            assert n == 2
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_request_digest_is_keyed(tmp_path: Path) -> None:
    """Two ledgers digest the same request differently, so a digest says nothing to who lacks the key."""
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with closing(a_ledger(tmp_path / name)) as ledger:
            digests.add(ledger.request_digest("test.act", name="测试甲"))
    assert len(digests) == 2


# Subjects


def test_subject_is_matched_by_number(ledger: Ledger) -> None:
    """One number, one subject; another kind of document is another subject."""
    with ledger.transaction() as act:
        first = a_subject(act)
        again = a_subject(act)
        other = a_subject(act, number="410182199001010031")
        passport = act.subject(
            kind="citizen", id_type="passport", number="410182199001010030", name_shown="测**",
            number_shown="41**30", today="2026-11-24",
        )  # fmt: skip
        act.record(an_occasion().entry("test.subjects", "x"))
    assert first == again
    assert len({first, other, passport}) == 3
    assert ledger.subjects_called("410182199001010030", ("id-card", "passport")) == (first, passport)
    assert ledger.subjects_called("410182199001010031", ("id-card",)) == (other,)
    assert ledger.subjects_called("410182199001010032", ("id-card",)) == ()


def test_changed_name_of_a_subject_is_journalled(ledger: Ledger, tmp_path: Path) -> None:
    """The newest name is shown; its row, as it was found and as it is left, stands in the entry."""
    with ledger.transaction() as act:
        id_ = a_subject(act, name="旧名称")
        act.record(an_occasion().entry("test.first", "x"))
    with ledger.transaction() as act:
        assert a_subject(act, name="新名称") == id_
        act.record(an_occasion().entry("test.renamed", "x"))
    assert ledger.subject(id_)["name_shown"] == "新名称"
    first, renamed = entries(tmp_path / "ledger.db")[-2:]
    (_, _, none, left), (table, key, found, _) = *json.loads(first["writes"]), *json.loads(renamed["writes"])
    assert (none, table, key, found) == (None, "subjects", [id_], left)
    assert verify(ledger).faults == ()


def test_subject_is_found_by_the_exact_name(window: Window) -> None:
    """By keyed digest: the whole name finds, a part of it does not."""
    number = window.draw_up("64", CITIZEN)
    subject = window.ledger.case(number).subject
    assert window.ledger.subjects_called(CITIZEN["name"], ("id-card",)) == (subject,)
    assert window.ledger.subjects_called(CITIZEN["name"][:2], ("id-card",)) == ()


# Personal data

FIELDS = {
    "name": "测试𠮷㛃·A&B<公司>",
    "number": an_id_number(),
    "phone": "13800000000",
    "contact": "测试乙",
    "address": "荥阳市测试路1号" * 60,
    "site_address": "{{ 7*7 }} =1+1",
    "text": json.dumps({"字": ["长" * 5000]}, ensure_ascii=False),
}


def keep(ledger: Ledger, owner: str, fields: dict[str, str], role: str = "applicant") -> str:
    """An act that keeps personal fields."""
    with ledger.transaction() as act:
        id_ = act.personal(owner, role, fields, id_type="id-card", name_shown="测**")
        act.record(an_occasion().entry("test.personal", owner))
    return id_


def test_personal_fields_come_back_as_they_were(ledger: Ledger, tmp_path: Path) -> None:
    """Every field, of any characters and length; an empty one is not kept; roles are apart."""
    keep(ledger, "RS-2026-00001", FIELDS)
    keep(ledger, "RS-2026-00001", {"name": "代理人", "phone": ""}, role="agent")
    with closing(reopened(tmp_path)) as later:
        assert later.personal("RS-2026-00001", "applicant") == {**FIELDS, "id_type": "id-card"}
        assert later.personal("RS-2026-00001", "agent") == {"name": "代理人", "id_type": "id-card"}
        assert later.personal("RS-2026-00002", "applicant") == {}


def test_ciphertext_differs_each_time(ledger: Ledger, tmp_path: Path) -> None:
    """The same person twice: every sealed field and both row keys differ, the name's digest does not."""
    ids = [keep(ledger, "a", FIELDS), keep(ledger, "b", FIELDS)]
    with raw(tmp_path / "ledger.db") as base:
        for column in schema.SEALED:
            values = [v for (v,) in base.execute(f"SELECT {column} FROM personal WHERE id IN (?, ?)", ids)]
            assert len(set(values)) == 2, column
        assert len(set(base.execute("SELECT wrapped FROM row_keys"))) == 2
        assert len(set(base.execute("SELECT name_match FROM personal"))) == 1


def test_nothing_personal_stands_in_clear_in_the_file(window: Window) -> None:
    """The bytes of the ledger and of its key hold no name, number, phone, address or statement."""
    window.a_day()
    for name in SECRETS:
        for path in (window.path, *(window.home / "keys").iterdir()):
            assert name.encode() not in path.read_bytes(), f"{name} stands in {path.name}"
            assert name.encode("utf-16-le") not in path.read_bytes()
    assert "测*".encode() in window.path.read_bytes()  # what is masked is there


@pytest.mark.parametrize("column", schema.SEALED)
def test_ciphertext_moved_to_another_row_is_noticed(ledger: Ledger, tmp_path: Path, column: str) -> None:
    """Two people's fields swapped by hand do not open."""
    ids = [keep(ledger, "a", FIELDS), keep(ledger, "b", FIELDS)]
    with raw(tmp_path / "ledger.db") as base:
        values = [
            base.execute(f"SELECT {column} FROM personal WHERE id = ?", (i,)).fetchone()[0] for i in ids
        ]
        for id_, value in zip(ids, reversed(values), strict=True):
            base.execute(f"UPDATE personal SET {column} = ? WHERE id = ?", (value, id_))
    for owner in ("a", "b"):
        with pytest.raises(NotReady, match=f"{column} 打不开"):
            ledger.personal(owner, "applicant")


def test_ciphertext_moved_to_another_column_is_noticed(ledger: Ledger, tmp_path: Path) -> None:
    """A phone cannot be shown as a name, though both are sealed with the same key."""
    keep(ledger, "a", FIELDS)
    with raw(tmp_path / "ledger.db") as base:
        base.execute("UPDATE personal SET name = phone, phone = name")
    with pytest.raises(NotReady, match="打不开"):
        ledger.personal("a", "applicant")


def test_row_keys_swapped_are_noticed(ledger: Ledger, tmp_path: Path) -> None:
    """A wrapped row key is bound to its row."""
    ids = [keep(ledger, "a", FIELDS), keep(ledger, "b", FIELDS)]
    with raw(tmp_path / "ledger.db") as base:
        keys = [base.execute("SELECT wrapped FROM row_keys WHERE id = ?", (i,)).fetchone()[0] for i in ids]
        for id_, key in zip(ids, reversed(keys), strict=True):
            base.execute("UPDATE row_keys SET wrapped = ? WHERE id = ?", (key, id_))
    with pytest.raises(NotReady, match=r"row_keys/\w+/\w+ 打不开"):
        ledger.personal("a", "applicant")


def test_personal_row_put_in_place_of_anothers_is_noticed(ledger: Ledger, tmp_path: Path) -> None:
    """A whole row with its key, given to another owner, opens; the journal alone tells, and it does."""
    id_ = keep(ledger, "a", FIELDS)
    with raw(tmp_path / "ledger.db") as base:
        base.execute("UPDATE personal SET owner = 'b' WHERE id = ?", (id_,))
    assert [fault.seq for fault in verify(ledger).faults] == [2]


def test_missing_key_is_one_sentence_and_reading_goes_on(window: Window) -> None:
    """Without the key: by number, by date, by due date all is readable; people cannot be read nor kept."""
    number = window.a_day()[0]
    drawn = window.letter("64", {**CITIZEN, "id_number": an_id_number("41018219910101003")})
    next((window.home / "keys").iterdir()).unlink()
    window.reopen()
    ledger, before = window.ledger, window.path.read_bytes()
    assert ledger.case(number).status == "accepted"
    assert ledger.subject(ledger.case(number).subject)["name_shown"] == ORGANIZATION["name"]
    assert len(list(ledger.commitments(Query()))) == 4
    assert len(ledger.checks_of(number)) == 3
    assert len(list(ledger.due(dated=True))) == 3
    assert list(ledger.history(number))
    assert verify(ledger).faults == ()
    for act in (
        lambda: ledger.personal(number, "applicant"),
        lambda: ledger.subjects_called("测试甲", ("id-card",)),
        lambda: window.reveal(number),
        lambda: window.draw_up("64", CITIZEN),
        lambda: window.close(f"{number}-2"),
        lambda: window.sign(drawn, an_occasion(request_id="r")),
    ):
        with pytest.raises(NotReady, match="找不到台账的密钥文件") as refusal:
            act()
        assert "\n" not in refusal.value.message and "gaozhi ledger key restore" in refusal.value.message
    assert window.path.read_bytes() == before


def test_acts_that_need_no_personal_data_go_on_without_the_key(window: Window) -> None:
    """A lost key stops nothing of the procedure but what seals: told, signed, accepted, concluded."""
    number = window.letter("14", THREE_CHECKS)
    shutil.rmtree(window.home / "keys")
    window.reopen()
    tell_applicant(number, ToldWay.PAPER, ledger=window.ledger, occasion=an_occasion())
    window.sign(number)
    window.accept(number)
    window.schedule(f"{number}-1", due=date(2026, 11, 30), assignee="李核查", reason="提前核查")
    assert window.conclude(number).status == "concluded"
    assert verify(window.ledger).faults == ()


# Listings


@pytest.fixture
def listed(ledger: Ledger) -> Ledger:
    """Cases of two offices and two years in several states."""
    a_case(ledger, "SC", date(2026, 3, 1))
    a_case(ledger, "RS", date(2027, 1, 4), item="rs-02")
    a_case(ledger, "RS", date(2026, 11, 1), status="signed", signed_on="2026-11-02")
    a_case(ledger, "RS", date(2026, 11, 24), status="accepted", item="rs-02")
    return ledger


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query(), ["RS-2026-00001", "RS-2026-00002", "RS-2027-00001", "SC-2026-00001"]),
        (Query(office="RS"), ["RS-2026-00001", "RS-2026-00002", "RS-2027-00001"]),
        (Query(office="XX"), []),
        (Query(status="signed"), ["RS-2026-00001"]),
        (Query(since="2026-11-24"), ["RS-2026-00002", "RS-2027-00001"]),
        (Query(until="2026-11-01"), ["RS-2026-00001", "SC-2026-00001"]),
        (Query(since="2026-11-01", until="2026-11-01"), ["RS-2026-00001"]),
        (Query(items=("rs-02",)), ["RS-2026-00002", "RS-2027-00001"]),
        (Query(items=("rs-02", "rs-14"), office="SC"), ["SC-2026-00001"]),
        (Query(text="2027"), ["RS-2027-00001"]),
        (Query(items=("rs-02",), text="SC"), ["RS-2026-00002", "RS-2027-00001", "SC-2026-00001"]),
        (Query(items=("rs-02",), text="SC", status="accepted"), ["RS-2026-00002"]),
        (Query(subjects=()), []),
        (Query(subjects=("nobody",)), []),
    ],
)
def test_filters_of_the_list(listed: Ledger, query: Query, numbers: list[str]) -> None:
    """Each filter alone and with others, in order of office, year and number."""
    assert [found.case.number for found in listed.commitments(query)] == numbers


def test_list_by_subject_shows_the_masked_name(listed: Ledger) -> None:
    """By subject, with other filters beside it."""
    (subject,) = listed.subjects_called("410182199001010030", ("id-card",))
    found = list(listed.commitments(Query(subjects=(subject,), office="SC")))
    assert [(one.case.number, one.subject_name) for one in found] == [("SC-2026-00001", "测**")]


def test_order_is_by_number_not_by_text(ledger: Ledger) -> None:
    """The hundred-thousandth number follows the one before it, though it is longer."""
    with ledger.transaction() as act:
        act.next_number("RS", 2026)
        act.record(an_occasion().entry("test.number", "x"))
    with raw(Path(ledger.engine.path)) as base:  # type: ignore[attr-defined]
        base.execute("UPDATE counters SET n = 99998")
    numbers = [a_case(ledger).number for _ in range(3)]
    assert numbers[-1] == "RS-2026-100001"
    assert [found.case.number for found in ledger.commitments(Query())] == numbers


@pytest.mark.parametrize("wild", ["_", "%", "\\"])
def test_wildcards_in_a_search_are_plain_characters(ledger: Ledger, wild: str) -> None:
    """An escaped %, _ or \\ finds itself and nothing else."""
    for office in ("RA", "R_", "R%", "R\\"):
        a_case(ledger, office)
    found = ledger.commitments(Query(text=f"R{wild}"))
    assert [one.case.office for one in found] == [f"R{wild}"]


def test_search_on_the_command_line_escapes_wildcards(window: Window, run: Run) -> None:
    """commitment list --search: %, _ and \\ are no wildcards, a part of the number is found in any case."""
    number = window.draw_up("64", CITIZEN)
    for words, expected in (("%", []), ("_", []), ("\\", []), ("sc-2026%", []), ("sc-2026", [number])):
        done = run("commitment", "list", "--search", words, "--format", "json", home=window.home)
        assert done.returncode == 0, done.stderr
        assert [row["number"] for row in json.loads(done.stdout)] == expected, words


def test_due_is_ordered_soonest_first_and_undated_apart(ledger: Ledger) -> None:
    """Open checks by date then id; closed ones never; undated ones only when asked for."""
    case, other = a_case(ledger), a_case(ledger, "SC")
    a_check(ledger, case, 1, due_on="2026-12-20", assignee="李核查")
    a_check(ledger, case, 2, due_on="2026-12-01", method="online")
    a_check(ledger, other, 1, due_on="2026-12-01", provisional=1)
    a_check(ledger, case, 3)
    a_check(ledger, case, 4, due_on="2026-11-30", finding="true", state="closed")

    def ids(**filters: Any) -> list[str]:
        return [check.id for check in ledger.due(**filters)]

    assert ids(dated=True) == ["RS-2026-00001-2", "SC-2026-00001-1", "RS-2026-00001-1"]
    assert ids(dated=False) == ["RS-2026-00001-3"]
    assert ids(dated=True, office="RS") == ["RS-2026-00001-2", "RS-2026-00001-1"]
    assert ids(dated=True, until="2026-12-01") == ["RS-2026-00001-2", "SC-2026-00001-1"]
    assert ids(dated=True, until="2026-11-30") == []
    assert ids(dated=True, method="online") == ["RS-2026-00001-2"]
    assert ids(dated=True, assignee="李核查", office="RS", until="2026-12-31") == ["RS-2026-00001-1"]
    assert ids(dated=False, office="SC") == []


def test_unknown_numbers(ledger: Ledger) -> None:
    """Nothing goes by that number: None where asked softly, NotFound where it must be there."""
    assert ledger.commitment("RS-2026-00009") is None
    assert ledger.letter("RS-2026-00009") is None
    assert ledger.check("RS-2026-00009-1") is None
    assert ledger.proofs_of("RS-2026-00009") == []
    with pytest.raises(NotFound, match="RS-2026-00009"):
        ledger.case("RS-2026-00009")


# The file


def table_names(path: Path) -> set[str]:
    """Tables of a database file."""
    with raw(path) as base:
        rows = base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return {name for (name,) in rows}


def test_every_table_is_accounted_for(ledger: Ledger, tmp_path: Path) -> None:
    """A table is digested, or it is row_keys, the journal or the migration tool's own."""
    digested = {table.name for table in schema.DIGESTED}
    assert digested.isdisjoint({"row_keys", "journal"})
    assert table_names(tmp_path / "ledger.db") == digested | {"row_keys", "journal", "_sqlite_migrations"}
    assert set(schema.TABLES) == digested | {"row_keys", "journal"}


def test_tables_are_those_of_the_schema(ledger: Ledger, tmp_path: Path) -> None:
    """Names, order, types, NOT NULL and keys of the columns, and STRICT."""
    with raw(tmp_path / "ledger.db") as base:
        strict = {row[1]: row[5] for row in base.execute("PRAGMA table_list")}
        for table in schema.TABLES.values():
            rows = base.execute(f"PRAGMA table_info({table.name})").fetchall()
            real = [(name, type_ if notnull else f"{type_}?") for _, name, type_, notnull, _, _ in rows]
            assert real == list(table.columns), table.name
            keys = sorted((row[5], row[1]) for row in rows if row[5])
            assert tuple(name for _, name in keys) == table.key, table.name
            assert strict[table.name] == 1, table.name


def test_migrations_make_the_same_tables_in_an_empty_file(ledger: Ledger, tmp_path: Path) -> None:
    """The numbered migrations, run twice over an empty file, give what a new ledger has."""

    def described(path: Path) -> tuple[Any, ...]:
        with raw(path) as base:
            objects = base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
            marks = [base.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
            return objects.fetchall(), marks

    other = tmp_path / "other.db"
    with raw(other) as base:
        for _ in range(2):
            base.execute("BEGIN IMMEDIATE")
            migrate(base)
            base.execute("COMMIT")
    assert described(other) == described(tmp_path / "ledger.db")


def test_values_of_another_type_are_refused_by_the_file(ledger: Ledger, tmp_path: Path) -> None:
    """STRICT: a row cannot be given a value that its digest would not know how to encode."""
    with raw(tmp_path / "ledger.db") as base:
        for statement in (
            "INSERT INTO meta VALUES ('x', x'00')",
            "INSERT INTO counters VALUES ('RS', 2026, 1.5)",
            "INSERT INTO row_keys VALUES ('x', 'y', 'text')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                base.execute(statement)


def test_new_ledger_says_what_it_is(ledger: Ledger, tmp_path: Path) -> None:
    """The genesis entry is an act like any other: id, format, time of making."""
    meta = ledger.meta()
    assert meta == {
        "id": meta["id"],
        "format": str(schema.VERSION),
        "created": "2026-11-24T09:00:00.000+00:00",
    }
    (genesis,) = entries(tmp_path / "ledger.db")
    assert (genesis["seq"], genesis["act"], genesis["object"]) == (1, "ledger.init", meta["id"])
    assert genesis["prev"] == bytes(32)
    assert ledger.anchor() == f"1-{genesis['hash'].hex()[:16]}"
    assert verify(ledger).rows == 3
