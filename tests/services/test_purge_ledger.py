"""清除: past its period a case's personal data is gone for ever, and the ledger is as whole as before."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.journal import sm3
from gaozhi_cli.domain.problem import GaozhiError, NotReady, Refused
from gaozhi_cli.domain.retention import Retention
from gaozhi_cli.services import purge_ledger as service
from gaozhi_cli.services.back_up_key import back_up_key
from gaozhi_cli.services.make_letter import finish_letters
from gaozhi_cli.services.make_pdfs import paper
from gaozhi_cli.services.purge_ledger import Purged, plan_purge, purge_ledger
from gaozhi_cli.services.rotate_key import rotate_key
from gaozhi_cli.services.verify_letter import verify_file
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.verify import verify
from tests import independent_verify
from tests.builders import CITIZEN, an_id_number, an_occasion
from tests.storage.test_ledger_contract import (
    SECRETS,
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    entries,
    journal_is_impersonal,
    raw,
    unchanged,
)

LATER = date(2030, 11, 25)  # everything of the day 2026-11-24 is past a period of three years
RETENTION = Retention(3, date(2021, 1, 1), "示例县期限表（虚构）")
OTHER = {**CITIZEN, "id_number": an_id_number("41018219910101003"), "name": "测试己"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """Four cases: one of an organization with a check open, three that have ended, two of one citizen."""
    window = Window(tmp_path_factory.mktemp("purge") / "county")
    for no, form in (("14", THREE_CHECKS), ("64", CITIZEN), ("16", WITH_AGENT), ("64", CITIZEN)):
        number = window.letter(no, form)
        window.sign(number)
        window.accept(number)
    for target in ("RS-2026-00001-1", "RS-2026-00001-2", "SB-2026-00001-1"):
        window.close(target)
    for number in ("RS-2026-00001", "SC-2026-00001", "SB-2026-00001"):
        window.conclude(number)
    window.conclude("SC-2026-00002", an_occasion(date(2028, 1, 1)))
    return window


ENDED = ["SB-2026-00001", "SC-2026-00001"]  # RS-2026-00001 has a check open, SC-2026-00002 ended later


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same county to purge."""
    window = template.copied(tmp_path / "county")
    yield window
    window.ledger.close()


def purge(window: Window, day: date = date(2030, 1, 1), before: date | None = None, **options: Any) -> Purged:
    """Purge what is past its period on the day."""
    plan = plan_purge(RETENTION, day, before)
    given = {"occasion": an_occasion(day), **options}
    return purge_ledger(plan, ledger=window.ledger, home=window.home, **given)


def one(window: Window, statement: str, *values: object) -> dict[str, Any]:
    """A row, read past the program."""
    with raw(window.path) as base:
        cursor = base.execute(statement, values)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def purged_entries(window: Window) -> list[dict[str, Any]]:
    """The entries of purges, detail opened."""
    found = [entry for entry in entries(window.path) if entry["act"] == "ledger.purge"]
    return [entry | {"detail": json.loads(entry["detail"])} for entry in found]


def independent(window: Window, anchor: str | None = None) -> int:
    """What the script says that was written from docs/journal.md alone."""
    return independent_verify.main(window.path, anchor)


def test_what_is_past_its_period_is_purged(county: Window, capsys: pytest.CaptureFixture[str]) -> None:
    """Row keys gone, rows and chain whole, no name left; what is still kept opens as before."""
    printed = county.ledger.anchor()
    keys = {r[0] for r in county.ledger.engine.execute("SELECT wrapped FROM row_keys")}
    done = purge(county)
    assert (list(done.numbers), done.rows, done.subjects) == (ENDED, 4, 1)
    assert verify(county.ledger, printed).faults == ()
    assert independent(county, printed) == 0 and capsys.readouterr().out == "ok\n"
    (entry,) = purged_entries(county)
    assert entry["object"] == county.ledger.id() and entry["dated_on"] == "2030-01-01"
    assert entry["detail"] == {
        "run": printed, "numbers": ENDED, "rows": 4, "subjects": 1, "until": "2027-01-01",
        "years": 3, "since": "2021-01-01", "source": RETENTION.source,
    }  # fmt: skip
    for row in county.ledger.engine.execute(
        "SELECT owner, role, purged_on, name_match, name_shown FROM personal"
    ):
        owner = row[0][:13]
        if owner in ENDED:
            assert row[2:4] == ("2030-01-01", None)
            assert row[4] == ("已清除" if row[1] == "applicant" else None)
        else:
            assert row[2] is None and county.ledger.personal(row[0], row[1])
    left = {r[0] for r in county.ledger.engine.execute("SELECT wrapped FROM row_keys")}
    assert len(keys - left) == 4
    assert [county.ledger.letter(n).state for n in (*ENDED, "RS-2026-00001")] == ["purged", "purged", "made"]  # type: ignore[union-attr]
    journal_is_impersonal(county)


def test_the_bytes_of_a_row_key_are_gone_from_the_file(county: Window) -> None:
    """secure_delete: what was deleted is zero in the file itself, without VACUUM; also after a rotation."""
    rotate_key(ledger=county.ledger, keys=county.home / "keys", occasion=an_occasion())
    gone = county.ledger.engine.execute(
        "SELECT k.wrapped, k.id FROM row_keys k JOIN personal p ON p.id = k.id"
        " WHERE p.owner LIKE 'SB-2026-00001%'"
    )
    assert len(gone) == 3 and all(wrapped in county.path.read_bytes() for wrapped, _ in gone)
    purge(county)
    county.ledger.close()
    data = county.path.read_bytes()
    assert not [id_ for wrapped, id_ in gone if wrapped in data or wrapped[13:29] in data]
    county.reopen()


def test_the_subject_is_unknown_afterwards(county: Window) -> None:
    """Only where no case is left: the citizen with a second case stays, the other cannot be found again."""
    (with_agent, citizen) = (county.ledger.case(n).subject for n in ENDED)
    before = {s: county.ledger.subject(s) for s in (with_agent, citizen)}
    purge(county)
    after = county.ledger.subject(with_agent)
    assert (after["name_shown"], after["number_shown"]) == ("已清除", "已清除")
    assert len(after["match_digest"]) == 32 and after["match_digest"] != before[with_agent]["match_digest"]
    assert county.ledger.subject(citizen) == before[citizen]
    assert county.ledger.subjects_called(WITH_AGENT["name"], ("id-card",)) == ()
    assert county.ledger.names_of(citizen) == {CITIZEN["name"]}
    done = purge(county, date(2031, 1, 2))
    assert (list(done.numbers), done.subjects) == (["SC-2026-00002"], 1)
    assert county.ledger.subject(citizen)["name_shown"] == "已清除"
    number = county.draw_up("64", CITIZEN, an_occasion(date(2031, 1, 3)))
    assert county.ledger.case(number).subject != citizen, "a new subject: nothing leads back"
    assert verify(county.ledger).faults == ()


def test_what_keeps_a_case(county: Window) -> None:
    """An open check, a check closed within the period, a day too early, a credit record in force."""
    assert purge(county, date(2029, 11, 24)).numbers == ()
    assert purge(county, before=date(2026, 11, 24)).numbers == ()
    county.close("RS-2026-00001-3", an_occasion(date(2028, 6, 1)))
    county.credited("SC-2026-00001")
    done = purge(county)
    assert list(done.numbers) == ["SB-2026-00001"]
    assert list(purge(county, date(2031, 6, 2)).numbers) == ["RS-2026-00001", "SC-2026-00002"]
    assert verify(county.ledger).faults == ()


def test_a_credit_record_keeps_its_subject_until_it_has_run_out(county: Window) -> None:
    """A record of elsewhere rests on no case: the case goes, the subject stays findable, then goes too."""
    subject = county.ledger.case("SB-2026-00001").subject
    county.credited("SB-2026-00001", number=None, until_on="2031-05-31")
    assert purge(county).subjects == 0
    assert county.ledger.subject(subject)["name_shown"] != "已清除"
    assert county.ledger.subject_by_number("id-card", WITH_AGENT["id_number"]) == subject
    assert purge(county, date(2030, 12, 1)).subjects == 0
    assert purge(county, date(2031, 6, 1)).subjects == 2  # and the citizen's, whose last case is past now
    assert county.ledger.subject(subject)["name_shown"] == "已清除"
    assert verify(county.ledger).faults == ()


def test_the_files_go_and_nothing_else(county: Window) -> None:
    """Letters, their PDF, documents under the number, what a crash left half written; no other number's."""
    folder = county.letters
    mine = [f"{ENDED[1]}{rest}" for rest in (".docx", ".pdf", "-撤回告知承诺申请书.docx", " 副本.docx")]
    mine += [f".{ENDED[1]}.docx.0123456789ab.tmp"]
    others = [f"{ENDED[1]}2.docx", "SC-2026-00002-撤回告知承诺申请书.docx", "说明.txt", f"x{ENDED[1]}.docx"]
    for name in (*mine[1:], *others):
        (folder / name).write_bytes(b"x")
    (folder / f"{ENDED[1]} 扫描件").mkdir()
    before = {path.name for path in folder.iterdir()}
    done = purge(county)
    gone = before - {path.name for path in folder.iterdir()}
    assert gone == {*mine, f"{ENDED[0]}.docx"} and done.files == len(gone)


def test_a_row_leads_to_no_other_file(county: Window, tmp_path: Path) -> None:
    """Whatever path stands in the ledger: only files under the case's own number are removed."""
    other = tmp_path / "other.txt"
    other.write_text("x")
    with raw(county.path) as base:
        base.execute(
            "UPDATE letters SET docx = ?, pdf = '../other.txt' WHERE number = ?", (str(other), ENDED[0])
        )
    purge(county)
    assert other.read_text() == "x"


def test_the_certificate(county: Window) -> None:
    """What, why, how much, between which anchors; its own digest; private; nothing personal."""
    before = county.ledger.anchor()
    (path,) = purge(county).certificates
    after = county.ledger.anchor()
    body = json.loads(path.read_bytes())
    assert path.parent == county.home / "purges"
    assert path.name == f"清除证明-2030-01-01-{after.split('-')[0]}.json"
    assert (body["ledger"], body["numbers"], body["rows"], body["subjects"]) == (
        county.ledger.id(),
        ENDED,
        4,
        1,
    )
    assert (body["anchor_before"], body["anchor_after"]) == (before, after)
    assert body["retention"] == {"years": 3, "since": "2021-01-01", "source": RETENTION.source}
    assert (body["ended_before"], body["operator"], body["machine"]) == ("2027-01-01", "测试经办", "testbox")
    digest = body.pop("sm3")
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert digest == hashlib.new("sm3", plain.encode()).hexdigest() == sm3(plain.encode()).hex()
    text = path.with_suffix(".txt").read_text("utf-8")
    assert all(word in text for word in (*ENDED, digest, before, after, RETENTION.source, "备份"))
    for one_ in (path, path.with_suffix(".txt")):
        assert not [secret for secret in SECRETS if secret in one_.read_text("utf-8")]
        if os.name == "posix":
            assert one_.stat().st_mode & 0o777 == 0o600


def test_again_there_is_nothing_to_do(county: Window) -> None:
    """A second run changes nothing; a lost or damaged certificate is written again, the same."""
    (path,) = purge(county).certificates
    again = unchanged(county, lambda: purge(county))
    assert (again.numbers, again.certificates, again.files) == ((), (), 0)
    whole = path.read_bytes()
    for spoil in (path.unlink, lambda: path.write_bytes(whole[:50])):
        spoil()
        assert purge(county).certificates == (path,) and path.read_bytes() == whole


def test_two_ledgers_in_one_home(county: Window) -> None:
    """The certificate of another ledger covers nothing of this one, and is not written over."""
    (path,) = purge(county).certificates
    other = json.loads(path.read_bytes()) | {"ledger": "f" * 16}
    path.write_text(json.dumps(other))
    (own,) = purge(county).certificates
    assert json.loads(path.read_bytes()) == other and own.name == f"{path.stem}-{county.ledger.id()}.json"
    assert unchanged(county, lambda: purge(county)).certificates == ()


def test_several_groups_are_one_certificate(county: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each group its own act; the request id stands at the last one, so a repeat does nothing."""
    monkeypatch.setattr(service, "GROUP", 1)
    done = purge(county, occasion=an_occasion(date(2030, 1, 1), request_id="r"))
    found = purged_entries(county)
    assert [entry["detail"]["numbers"] for entry in found] == [[number] for number in ENDED]
    assert [entry["request_id"] for entry in found] == [None, "r"]
    (path,) = done.certificates
    assert json.loads(path.read_bytes())["entries"] == [entry["seq"] for entry in found]
    assert (
        unchanged(
            county, lambda: purge(county, date(2031, 1, 2), occasion=an_occasion(request_id="r"))
        ).numbers
        == ()
    )


def test_a_trial_counts_and_changes_nothing(county: Window) -> None:
    """Numbers and rows, no file."""
    done = unchanged(county, lambda: purge(county, occasion=an_occasion(date(2030, 1, 1), dry_run=True)))
    assert (list(done.numbers), done.rows) == (ENDED, 4)


def test_it_needs_no_key(county: Window) -> None:
    """A lost key does not keep anybody's data for ever."""
    shutil.rmtree(county.home / "keys")
    county.reopen()
    assert list(purge(county).numbers) == ENDED and verify(county.ledger).faults == ()


def test_a_file_that_cannot_be_deleted(county: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told, no certificate yet; the next run deletes it and certifies."""
    unlink = Path.unlink

    def stuck(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"{ENDED[1]}.docx":
            raise PermissionError(13, "no", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", stuck)
        with pytest.raises(NotReady, match="1 个文件删不掉"):
            purge(county)
    assert not list((county.home / "purges").glob("*"))
    done = purge(county)
    assert (done.files, len(done.certificates)) == (1, 1)
    assert json.loads(done.certificates[0].read_bytes())["numbers"] == ENDED


# What a purged case still answers


def test_whatever_needs_the_person_is_refused_in_one_sentence(county: Window, tmp_path: Path) -> None:
    """Reveal, remaking, the paper, comparing another text: purged, on which day; nothing is written."""
    number = ENDED[1]
    kept = Path(shutil.copy(county.letters / f"{number}.docx", tmp_path / "kept.docx"))
    purge(county)
    acts: list[Callable[[], object]] = [
        lambda: county.reveal(number),
        lambda: county.make(number),
        lambda: paper(number, county.ledger, county.home),
        lambda: county.ledger.personal(number, "applicant"),
    ]
    for act in acts:

        def attempt(act: Callable[[], object] = act) -> GaozhiError:
            with pytest.raises(Refused, match="清除") as refusal:
                act()
            return refusal.value

        assert "\n" not in unchanged(county, attempt).message
    verdict = verify_file(
        kept, ledger=county.ledger, county=county.catalog.county, offices=county.catalog.offices,
        home=county.home, template=county.template,
    )  # fmt: skip
    assert verdict.sameness.value == "identical", "the paper in somebody's hand can still be told"
    assert len(list(county.ledger.commitments(Query()))) == 4


def test_a_letter_that_was_never_made_is_not_made_afterwards(county: Window) -> None:
    """Refused before its file was there, then purged: no command makes it any more."""
    number = county.draw_up("64", OTHER)
    with county.ledger.transaction() as act:
        act.change_commitment(number, status="refused", refused_on="2026-11-25")
        act.record(an_occasion().entry("commitment.refuse", number))
    assert county.ledger.pending_letters() == [number]
    assert number in purge(county).numbers
    assert county.ledger.pending_letters() == []
    finished = finish_letters(
        ledger=county.ledger, occasion=an_occasion(), template=county.template, home=county.home
    )
    assert finished.made == finished.failed == ()


def test_rotation_and_key_backup_go_on_after_a_purge(county: Window, tmp_path: Path) -> None:
    """Only the rows that are left are wrapped anew."""
    purge(county)
    count = one(county, "SELECT count(*) AS n FROM row_keys")["n"]
    done = rotate_key(ledger=county.ledger, keys=county.home / "keys", occasion=an_occasion())
    assert done.rows == count
    back_up_key(
        tmp_path / "k", ledger=county.ledger, keys=county.home / "keys", occasion=an_occasion(),
        apart_from=(county.home,),
    )  # fmt: skip
    assert verify(county.ledger).faults == ()


# What verification says of it


OWN = "(SELECT id FROM personal WHERE owner = 'SC-2026-00002')"
MARK = "UPDATE personal SET purged_on = '2030-01-01' WHERE owner = 'SC-2026-00002'"
FORGED = {
    "a row marked as purged by hand": (MARK, "personal"),
    "its key destroyed as well": (f"{MARK}; DELETE FROM row_keys WHERE id IN {OWN}", "personal"),
    "a key destroyed and no mark": (f"DELETE FROM row_keys WHERE id IN {OWN}", "行密钥不见了"),
    "a key put back": (
        "INSERT INTO row_keys SELECT p.id, k.key_id, k.wrapped FROM personal p, row_keys k"
        " WHERE p.owner = 'SC-2026-00001' LIMIT 1",
        "已清除，行密钥却还在",
    ),
    "the mark taken away": (
        "UPDATE personal SET purged_on = NULL WHERE owner = 'SC-2026-00001'", "personal",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORGED)
def test_a_purge_that_no_entry_knows_is_found(
    county: Window, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the program and by the independent script."""
    purge(county)
    statements, words = FORGED[kind]
    with raw(county.path) as base:
        base.executescript(statements)
    faults = verify(county.ledger).faults
    assert words in faults[0].message
    assert independent(county) == 1 and capsys.readouterr().out != "ok\n"


# Killed


def die() -> None:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def purge_and_die(window: Window, moment: str) -> None:
    """In a process of its own, killed at a moment."""
    service.GROUP = 1
    calls: list[int] = []
    original = getattr(service, moment)

    def dying(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if moment == "_purge" and len(calls) == 1:
            return original(*args, **kwargs)
        if moment == "_files_of":
            original(*args, **kwargs)[0].unlink()
        return die()

    setattr(service, moment, dying)
    window.reopen()
    purge(window)


@pytest.mark.skipif(sys.platform == "win32", reason="没有 fork")
@pytest.mark.parametrize("moment", ["_purge", "_finish", "_files_of", "certify"])
def test_killed_at_any_moment_the_next_run_finishes(county: Window, moment: str) -> None:
    """Between two groups, before the files, among the files, before the certificate."""
    county.ledger.close()
    work = multiprocessing.get_context("fork").Process(target=purge_and_die, args=(county, moment))
    work.start()
    work.join(30)
    assert work.exitcode == -signal.SIGKILL
    county.reopen()
    assert verify(county.ledger).faults == ()
    assert not list((county.home / "purges").glob("*"))
    purge(county)
    assert verify(county.ledger).faults == ()
    certified = [json.loads(p.read_bytes()) for p in sorted((county.home / "purges").glob("*.json"))]
    assert sorted(number for body in certified for number in body["numbers"]) == ENDED
    assert len(certified) == (2 if moment == "_purge" else 1)
    assert not [path for path in county.letters.iterdir() if path.name[:13] in ENDED]


def test_a_letter_never_brought_back_is_let_go_after_its_own_period(county: Window) -> None:
    """已制作、补正中 are reached by ``retention.unsigned`` alone; a signed one waits for its end."""
    drawn_up, signed = county.letter("64", OTHER), county.letter("64", OTHER)
    county.sign(signed)
    assert drawn_up not in purge(county, LATER).numbers
    unsigned = Retention(1, date(2022, 1, 1), "示例县未签署期限（虚构）")
    plan = plan_purge(RETENTION, date(2031, 1, 1), None, unsigned)
    done = purge_ledger(plan, ledger=county.ledger, home=county.home, occasion=an_occasion(date(2031, 1, 1)))
    assert done.numbers == (drawn_up,)
    body = json.loads(done.certificates[-1].read_bytes())
    assert body["unsigned"] == {
        "until": "2030-01-01", "years": 1, "since": "2022-01-01", "source": "示例县未签署期限（虚构）",
    }  # fmt: skip
    text = done.certificates[-1].with_suffix(".txt").read_text("utf-8")
    assert "未签署期限（虚构）" in text and "始终没有签署交回" in text
    with pytest.raises(Refused, match="清除"):
        county.sign(drawn_up)
    assert verify(county.ledger).faults == ()
