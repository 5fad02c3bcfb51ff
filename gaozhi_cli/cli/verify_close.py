"""``gaozhi verify close``: a finding with its evidence, for one check or a whole sheet that came back."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.cli.stdin import file_mark, stdin_text
from gaozhi_cli.domain.closing import ADVERSE, FINDINGS, inspectors_of
from gaozhi_cli.domain.problem import BadInput, UsageFault
from gaozhi_cli.domain.vocabulary import Finding, parse_word
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.journal import Occasion
    from gaozhi_cli.services.close_sheet import RowClosed, SheetClosed
    from gaozhi_cli.services.close_verification import Closed
    from gaozhi_cli.storage.closing import Place
    from gaozhi_cli.storage.ledger import Ledger

EXAMPLES = examples(
    "gaozhi verify close RS-2026-00001-1 --finding 属实 --evidence 现场核对原件",
    "gaozhi verify close RS-2026-00001-1 --finding 不实 --evidence 现场为空地 --inspector 李核查 "
    "--inspector 王核查",
    "gaozhi verify close --from RS-2026-D00001.xlsx",
)
SOME_FAILED = 9
KNOWN = "|".join(word.label for word in FINDINGS)
CLOSE = (
    Column("id", "核查"),
    Column("finding", "结论代码", table=False),
    Column("finding_label", "结论"),
    Column("files", "凭据文件"),
    Column("next", "下一步"),
)
ROWS = (
    Column("row", "行"),
    Column("id", "核查"),
    Column("status", "状态代码", table=False),
    Column("status_label", "状态"),
    Column("finding", "结论代码", table=False),
    Column("finding_label", "结论"),
    Column("files", "凭据文件", table=False),
    Column("problems", "问题"),
    Column("next", "下一步"),
)
STATUS = {"closed": "已登记", "done": "以前登记过", "empty": "没有填", "failed": "没有登记"}


def close(
    target: Annotated[
        str | None, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")
    ] = None,
    finding: Annotated[
        str | None, typer.Option("--finding", metavar="结论", help="属实|不实|未履行|无法核实")
    ] = None,
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="凭据", help="怎样核查、看到什么；- 从标准输入读")
    ] = None,
    inspector: Annotated[
        list[str] | None, typer.Option("--inspector", metavar="姓名", help="核查人员，逐人写")
    ] = None,
    file: Annotated[
        list[str] | None, typer.Option("--file", metavar="文件", help="凭据文件，记其摘要和大小")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="工作单", help="填好的工作单 xlsx 或 json，逐行下结论")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="整张工作单：能登记的先登记，其余列出，退出码 9")
    ] = False,
    dept: Annotated[
        str | None, typer.Option("--dept", metavar="单位", help="本单位；别的单位的核查不登记（GAOZHI_DEPT）")
    ] = None,
) -> None:
    """下核查结论；填好的工作单可以整张登记。"""
    desk = Desk.here()
    if from_ is not None:
        if target or finding or evidence or inspector or file:
            raise UsageFault("--from 是整张工作单，结论和凭据都写在里面，不能再写别的")
        raise typer.Exit(_close_sheet(desk, from_, dept, keep_going))
    if target is None:
        raise UsageFault("缺少 核查号，或用 --from 填好的工作单")
    if keep_going:
        raise UsageFault("--keep-going 只用于 --from 整张工作单")
    missing = [flag for flag, value in (("--finding", finding), ("--evidence", evidence)) if not value]
    if missing:
        raise UsageFault(f"核查结论须写明 {'、'.join(missing)}")
    word = parse_word(Finding, finding or "")
    if word is None or word is Finding.LAPSED:
        raise UsageFault(f"--finding 不认识“{finding}”，可用：{KNOWN}")
    text = stdin_text("--evidence") if evidence == "-" else evidence or ""
    _close_one(desk, desk.target(target), word, text, inspectors_of(inspector or ()), file or [], dept)


def _close_one(
    desk: Desk, plain: str, word: Finding, text: str, people: tuple[str, ...], files: list[str],
    dept: str | None,
) -> None:  # fmt: skip
    from gaozhi_cli.services.close_verification import close_verification
    from gaozhi_cli.storage.closing import FileMark

    journal_words("、".join(people), "核查人员", "inspectors")
    marks = tuple(FileMark(*file_mark(path, "凭据文件")) for path in files)
    place = _place(desk, dept)
    ledger = desk.case_ledger()

    def closed(occasion: "Occasion") -> "Closed":
        return close_verification(
            plain, ledger=ledger, occasion=occasion, finding=word, evidence=text, inspectors=people,
            files=marks, place=place,
        )  # fmt: skip

    if word in ADVERSE and asks(desk):
        closed(desk.occasion._replace(dry_run=True))  # what cannot be closed is not asked about
        _agree(ledger, plain, word)
    done = closed(desk.occasion)
    desk.committed(f"已登记 {done.id} 的结论“{word.label}”")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    _tell_asked(desk, done.id, done.unanswered)
    if done.sheet is not None:
        desk.say(f"提示：工作单 {done.sheet} 还没有登记收回（gaozhi verify receive {done.sheet}）")
    row = {
        "id": done.id,
        "finding": done.finding.value,
        "finding_label": done.finding.label,
        "files": str(done.files),
        "next": list(done.next),
    }
    desk.show_one(row, CLOSE)


def _place(desk: Desk, dept: str | None) -> "Place":
    """Where the operator works: --dept, else GAOZHI_DEPT; whether the county asks for two persons."""
    from gaozhi_cli.storage.closing import Place
    from gaozhi_cli.storage.visits import County

    said = dept or desk.settings.dept
    own = desk.office(said).code if said else None
    return Place(own, County(desk.catalog, desk.catalog_of))


def asks(desk: Desk) -> bool:
    """Whether an adverse finding is to be confirmed: at a terminal, where it would be recorded."""
    settings = desk.settings
    return settings.interactive and not settings.yes and not settings.dry_run


def _agree(ledger: "Ledger", plain: str, word: Finding) -> None:
    """Show what an adverse finding is about before it is recorded. Raises UsageFault."""
    from gaozhi_cli.cli.ask import confirm, say
    from gaozhi_cli.storage.visits import find_check

    check = find_check(ledger, plain)
    case = ledger.case(check.number)
    say(f"  {check.id}　{check.matter}")
    say(f"  {case.official_number}　{ledger.subject(case.subject)['name_shown']}")
    say(f"  证明：{check.proof_name}")
    if not confirm(f"登记结论“{word.label}”吗", default=False):
        raise UsageFault("没有登记结论")


def _tell_asked(desk: Desk, check: str, unanswered: tuple[str, ...]) -> None:
    """Say of a check closed while another agency still owes an answer about it."""
    if unanswered:
        told = f"提示：{check} 的协助核查 {'、'.join(unanswered)} 还没有答复"
        desk.say(f"{told}；结论照登，收到答复仍请登记，与结论不符的请核对")


def _close_sheet(desk: Desk, file: str, dept: str | None, keep_going: bool) -> int:
    from gaozhi_cli.domain.visits import parse_sheet
    from gaozhi_cli.services.close_sheet import close_sheet
    from gaozhi_cli.storage.sheet_answers import read_answers

    answers = read_answers(Path(file))
    named = Counter(answer.sheet for answer in answers).most_common(1)[0][0]
    id_ = parse_sheet(named)
    if id_ is None:
        raise BadInput(f"{Path(file).name} 没有写工作单号，应如 RS-2026-D00001")
    for answer in answers:
        journal_words(answer.inspectors, f"{answer.place}的核查人员", "inspectors")
    place = _place(desk, dept)
    ledger = desk.case_ledger()
    adverse = [a for a in answers if a.finding in {word.label for word in ADVERSE}]

    def closed(occasion: "Occasion") -> "SheetClosed":
        return close_sheet(
            id_, answers, ledger=ledger, occasion=occasion, place=place, keep_going=keep_going
        )  # fmt: skip

    if adverse and asks(desk):
        closed(desk.occasion._replace(dry_run=True))
        _agree_rows(ledger, [(a.check, a.finding) for a in adverse])
    done = closed(desk.occasion)
    count = sum(row.status == "closed" for row in done.rows)
    desk.committed(f"已登记 {id_} 的结论 {count} 项")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    for row in done.rows:
        _tell_asked(desk, row.check, row.unanswered)
    if done.out:
        desk.say(f"提示：工作单 {id_} 还没有登记收回（gaozhi verify receive {id_}）")
    desk.show([_row(row) for row in done.rows], ROWS)
    return SOME_FAILED if any(row.status == "failed" for row in done.rows) else 0


def _agree_rows(ledger: "Ledger", rows: list[tuple[str, str]]) -> None:
    """The same for a whole sheet: all adverse rows together, asked once. Raises UsageFault."""
    from gaozhi_cli.cli.ask import confirm, say

    for id_, word in rows:
        check = ledger.check(id_)
        if check is not None:
            case = ledger.case(check.number)
            shown = ledger.subject(case.subject)["name_shown"]
            say(f"  {word}：{check.id}　{shown}　{check.matter}　{check.proof_name}")
    if not confirm(f"登记这 {len(rows)} 项不实、未履行的结论吗", default=False):
        raise UsageFault("没有登记结论")


def _row(row: "RowClosed") -> dict[str, Any]:
    return {
        "row": row.place,
        "id": row.check,
        "status": row.status,
        "status_label": STATUS[row.status],
        "finding": row.finding.value if row.finding else None,
        "finding_label": row.finding.label if row.finding else None,
        "files": str(row.files),
        "problems": [problem_row(problem) for problem in row.problems],
        "next": list(row.next),
    }
