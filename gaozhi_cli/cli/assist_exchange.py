"""``gaozhi assist export|import``: the exchange file that another agency fills in without this program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.cli.listings.assist import agency_name, meant_agency, meant_request
from gaozhi_cli.domain.problem import NotFound, Problem, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.import_answers import Taken
    from gaozhi_cli.storage.assistances import Asked
    from gaozhi_cli.storage.ledger import Ledger

SOME_FAILED = 9
EXPORT_EXAMPLES = examples(
    "gaozhi assist export RS-2026-X00001 --out 交换表.xlsx",
    "gaozhi assist export --agency 市监局 --out 交换表.json --reveal --reason 协助机关按证件号码查询",
)
IMPORT_EXAMPLES = examples("gaozhi assist import 交换表.xlsx")
EXPORTED = (
    Column("file", "文件"),
    Column("agency", "协助机关代号", table=False),
    Column("agency_name", "协助机关"),
    Column("requests", "请求"),
    Column("revealed", "含个人信息全文"),
    Column("next", "下一步", machine=False),
)
IMPORTED = (
    Column("row", "行"),
    Column("status", "状态码", table=False),
    Column("status_label", "状态"),
    Column("id", "协查编号"),
    Column("verification", "核查"),
    Column("state_label", "答复"),
    Column("problems", "问题"),
    Column("next", "下一步"),
)


def export(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="协查编号…", help="要导出的请求；全部的用 --agency"),
    ] = None,
    agency: Annotated[
        str | None, typer.Option("--agency", metavar="单位", help="发给这个机关、还没有答复的全部请求")
    ] = None,
    dept: options.Dept = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="文件", help="写到哪个文件，后缀 .xlsx 或 .json")
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="写明申请人姓名和证件号码全文（记入流水，须写明 --reason）")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="为什么要写全文")] = None,
) -> None:
    """导出交换表：对方不装本程序也能填写；只有协助机关用得着的栏目，公民的姓名、号码已遮蔽。"""
    from gaozhi_cli.rendering.exchange_sheet import exchange_json, exchange_xlsx
    from gaozhi_cli.services.export_requests import export_requests

    desk = Desk.here()
    if not ids and not agency:
        raise UsageFault("请写明协查编号，或 --agency 机关")
    if reveal and not (reason or "").strip():
        raise UsageFault("--reveal 须写明理由：--reason 理由")
    write = {".xlsx": exchange_xlsx, ".json": exchange_json}.get(Path(out or "").suffix.lower())
    if write is None or not out:
        raise UsageFault("--out 应写明文件，后缀是 .xlsx 或 .json")
    if Path(out).exists() and not desk.settings.yes:
        raise UsageFault(f"{out} 已存在，加 --yes 覆盖，或换一个文件名")
    journal_words(reason, "理由", "reason")
    ledger = desk.case_ledger()
    found = _asked(desk, ledger, ids or [], agency, dept)
    whom = found[0].request.agency
    head = {
        "office": "、".join(dict.fromkeys(agency_name(desk, one.request.office) for one in found)),
        "agency": agency_name(desk, whom),
        "made_on": desk.today.isoformat(),
    }
    rows = export_requests(
        found, ledger=ledger, occasion=desk.occasion, reason=(reason or "").strip() if reveal else None
    )
    data = write(rows, head)
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有写文件，也没有登记")
    else:
        if reveal:
            desk.committed(f"已登记导出 {len(rows)} 个请求的个人信息")
        desk.write_file(Path(out), data)
    desk.show_one(
        {
            "file": out,
            "agency": whom,
            "agency_name": head["agency"],
            "requests": [one.request.id for one in found],
            "revealed": reveal,
            "next": "和协助核查函一起送交对方；收回后 gaozhi assist import 文件",
        },
        EXPORTED,
    )


def _asked(
    desk: Desk, ledger: "Ledger", ids: list[str], agency: str | None, dept: str | None
) -> "list[Asked]":
    """The open requests meant, all to one agency. Raises NotFound, Refused, UsageFault."""
    from gaozhi_cli.storage.assistances import Asked, open_requests, the_check, the_request

    if ids and (agency or dept):
        raise UsageFault("协查编号与 --agency、--dept 只能写一种")
    if not ids:
        whom = meant_agency(desk, ledger, agency or "", waiting=True)
        office = desk.office(dept).code if dept is not None else None
        found = [
            one
            for dated in (True, False)
            for one in open_requests(ledger, dated=dated, agency=whom, office=office)
        ]
        if not found:
            raise NotFound(f"没有等着{agency_name(desk, whom)}答复的请求（gaozhi assist list 可查）")
        return found
    requests = [the_request(ledger, id_) for id_ in dict.fromkeys(meant_request(text) for text in ids)]
    closed = [one for one in requests if one.answered_on is not None]
    if closed:
        problems = tuple(
            Problem("answered", f"{one.id} 已于 {one.answered_on} 答复，不用再导出") for one in closed
        )
        raise Refused(problems[0].message, problems)
    if len({one.agency for one in requests}) > 1:
        raise UsageFault("这些请求发给不同的机关，一份交换表只发给一个机关；请分开导出")
    checks = [(one, the_check(ledger, one)) for one in requests]
    return [Asked(one, check.item, check.matter, check.proof_name) for one, check in checks]


def import_(
    file: Annotated[str, typer.Argument(metavar="文件", help="对方填好的交换表：xlsx、xls、ods、csv、json")],
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="有误的行跳过，先登记其余各行（退出码 9）")
    ] = False,
) -> None:
    """读回交换表：先核对全部各行，有一行有误就都不登记；重复读回不会登记两次。"""
    from gaozhi_cli.services.import_answers import import_answers
    from gaozhi_cli.storage.exchange_file import open_answers

    desk = Desk.here()
    path = Path(file)
    opened = open_answers(path)
    desk.prove_output(path)
    ledger = desk.case_ledger()
    done = import_answers(
        opened.rows, opened.sha256, ledger=ledger, occasion=desk.occasion, keep_going=keep_going
    )
    new = [one for one in done.taken if not one.before]
    if new:
        desk.committed(f"已登记 {len(new)} 个答复")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    before = f"，先前已登记 {len(done.taken) - len(new)} 行" if len(new) < len(done.taken) else ""
    faulty = f"，有误 {len(done.faults)} 处" if done.faults else ""
    desk.say(f"登记 {len(new)} 行{before}，未答复 {done.unanswered} 行{faulty}")
    rows = [_row(ledger, one) for one in done.taken] + [_faulty(one) for one in done.faults]
    desk.show(rows, IMPORTED)
    raise typer.Exit(SOME_FAILED if done.faults else 0)


def _row(ledger: "Ledger", taken: "Taken") -> dict[str, Any]:
    from gaozhi_cli.domain.assistance import next_steps
    from gaozhi_cli.storage.assistances import the_check

    request = taken.request
    word = AssistanceResult(request.result) if request.result else AssistanceState.REFUSED
    return {
        "row": taken.row,
        "status": "already" if taken.before else "recorded",
        "status_label": "先前已登记" if taken.before else "已登记",
        "id": request.id,
        "verification": request.verification,
        "state_label": word.label,
        "problems": [],
        "next": next_steps(request, the_check(ledger, request)),
    }


def _faulty(problem: Problem) -> dict[str, Any]:
    return {
        "row": None, "status": "faulty", "status_label": "有误", "id": None, "verification": None,
        "state_label": None, "problems": [problem_row(problem)], "next": [],
    }  # fmt: skip
