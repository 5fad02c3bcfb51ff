"""``gaozhi assist``: 协助核查 (通知五（四）): another agency is asked, and answers or says why not."""

from typing import Annotated

import typer

from gaozhi_cli.cli import assist_acts, options
from gaozhi_cli.cli.assist_exchange import EXPORT_EXAMPLES, IMPORT_EXAMPLES, export, import_
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.commitment_steps import Out, Set
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import assist as listings
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState, labels

app = command_app("协助核查：请其他机关协助、催办、答复、到期、交换表")

Request = Annotated[str, typer.Argument(metavar="协查编号", help="如 RS-2026-X00001")]
Agency = Annotated[
    str | None, typer.Option("--agency", metavar="单位", help="协助机关：代号、全称、简称或拼音首字母")
]
Check = Annotated[
    str | None, typer.Option("--check", metavar="核查", help="答复写的是哪项核查，核对用，如 RS-2026-00001-1")
]
Text = str | None


@app.command("ask", cls=WritingCommand, epilog=examples(
    "gaozhi assist ask RS-2026-00001-1 --agency 市监局",
    "gaozhi assist ask RS-2026-00001-1 --agency 河南省公安厅 --outside --due 2026-12-15 "
    "--set 请求协助的内容=身份证明是否有效",
))  # fmt: skip
def ask(
    target: Annotated[
        str, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")
    ],
    agency: Agency = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="清单单位以外的机关，--agency 写它的全称")
    ] = False,
    due: Annotated[Text, typer.Option("--due", metavar="日期", help="答复期限，默认按县里的规定计算")] = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """请其他行政机关协助核查：编号，出具协助核查函，定下答复期限。"""
    assist_acts.ask(Desk.here(), target, agency, outside, due, set_, out)


@app.command("remind", cls=WritingCommand, epilog=examples(
    "gaozhi assist remind RS-2026-X00001 --reason 申请人催问",
))  # fmt: skip
def remind(
    id_: Request,
    reason: Annotated[
        Text, typer.Option("--reason", metavar="理由", help="期限没有过、当天催办过的，写明为什么要催")
    ] = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """催办：出具催办函，记第几次；已答复的不能催。"""
    assist_acts.remind(Desk.here(), id_, reason, set_, out)


@app.command("extend", cls=WritingCommand, epilog=examples(
    "gaozhi assist extend RS-2026-X00001 --days 5 --reason 对方来函说明需要调阅档案",
))  # fmt: skip
def extend(
    id_: Request,
    days: Annotated[Text, typer.Option("--days", metavar="天数", help="延长几个工作日")] = None,
    reason: Annotated[Text, typer.Option("--reason", metavar="理由", help="为什么延长")] = None,
) -> None:
    """延长答复期限，写明理由。"""
    assist_acts.extend(Desk.here(), id_, days, reason)


@app.command("answer", cls=WritingCommand, epilog=examples(
    "gaozhi assist answer RS-2026-X00001 --result 相符 --text 经查，登记信息与所述一致",
))  # fmt: skip
def answer(
    id_: Request,
    result: Annotated[
        Text, typer.Option("--result", metavar=labels(AssistanceResult), help="对方查到的结果")
    ] = None,
    text: Annotated[
        Text, typer.Option("--text", metavar="文字", help="对方怎样答复，封存；- 从标准输入读")
    ] = None,
    file: Annotated[Text, typer.Option("--file", metavar="文件", help="答复的文件，记其摘要")] = None,
    check: Check = None,
) -> None:
    """登记对方的答复，了结这个请求；答复不等于核查结论。"""
    assist_acts.answer(Desk.here(), id_, result, text, file, check)


@app.command("refuse", cls=WritingCommand, epilog=examples(
    "gaozhi assist refuse RS-2026-X00001 --reason 该项业务不由本机关办理，没有相关记录",
    "gaozhi assist refuse RS-2026-X00001 --form --out 文书",
))  # fmt: skip
def refuse(
    id_: Request,
    reason: Annotated[
        Text, typer.Option("--reason", metavar="理由", help="对方说明的理由，封存；- 从标准输入读")
    ] = None,
    file: Annotated[
        Text, typer.Option("--file", metavar="文件", help="对方自己的书面告知，记其摘要，不另出文书")
    ] = None,
    check: Check = None,
    form: Annotated[
        bool, typer.Option("--form", help="只出一份理由空着的不能协助告知书供对方填写，不登记")
    ] = False,
    set_: Set = None,
    out: Out = None,
) -> None:
    """登记对方书面说明理由、不能协助；没有它自己的文件的，出具不能协助告知书供它盖章。"""
    assist_acts.refuse(Desk.here(), id_, reason, file, check, form, set_, out)


@app.command("due", cls=Command, epilog=examples(
    "gaozhi assist due", "gaozhi assist due --overdue --exit-code", "gaozhi assist due --by-agency",
))  # fmt: skip
def due(
    overdue: Annotated[bool, typer.Option("--overdue", help="只列已逾期的")] = False,
    agency: Agency = None,
    dept: options.Dept = None,
    by_agency: Annotated[bool, typer.Option("--by-agency", help="按协助机关计数，逾期多的在前")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="有逾期的退出码为 5")] = False,
) -> None:
    """还没有答复的请求，最早到期的在前，未定期限的在后。"""
    raise typer.Exit(listings.due(Desk.here(), overdue, agency, dept, by_agency, exit_code))


@app.command("list", cls=Command, epilog=examples(
    "gaozhi assist list --state 待答复", "gaozhi assist list --number RS-2026-00001",
))  # fmt: skip
def list_(
    dept: options.Dept = None,
    agency: Agency = None,
    state: Annotated[
        Text, typer.Option("--state", metavar=labels(AssistanceState), help="只列这种状态的")
    ] = None,
    number: Annotated[Text, typer.Option("--number", metavar="编号", help="只列这一件的")] = None,
) -> None:
    """列出协助核查的请求。"""
    listings.list_requests(Desk.here(), dept, agency, state, number)


@app.command("show", cls=Command, epilog=examples(
    "gaozhi assist show RS-2026-X00001",
    "gaozhi assist show RS-2026-X00001 --reveal --reason 下核查结论",
))  # fmt: skip
def show(
    id_: Request,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="显示请求和答复的全文（记入流水，须写明 --reason）")
    ] = False,
    reason: Annotated[Text, typer.Option("--reason", metavar="理由", help="为什么要看")] = None,
) -> None:
    """一个请求的情况、经过和下一步。"""
    listings.show_request(Desk.here(), id_, reveal, reason)


@app.command("recompute", cls=WritingCommand, epilog=examples("gaozhi assist recompute --dry-run"))
def recompute() -> None:
    """工作日历公布或者改动以后，重算待答复的期限，列出变动的。"""
    assist_acts.recompute(Desk.here())


app.command("export", cls=WritingCommand, epilog=EXPORT_EXAMPLES)(export)
app.command("import", cls=WritingCommand, epilog=IMPORT_EXAMPLES)(import_)
