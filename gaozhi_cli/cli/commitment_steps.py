"""``gaozhi commitment check|supplement|refuse|withdraw|serve``: steps beside the straight way (规程四)."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.cli.steps_shown import tell_step
from gaozhi_cli.domain.problem import Refused, UsageFault
from gaozhi_cli.domain.vocabulary import CommitmentStatus, ServedWay, Track, labels, parse_word
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.commitment import Commitment
    from gaozhi_cli.storage.ledger import Ledger

NEEDED = (
    Column("number", "编号", table=False),
    Column("needed", "应有的材料"),
    Column("clause", "依据"),
)
CHECK_EXAMPLES = examples(
    "gaozhi commitment check RS-2026-00001", "gaozhi commitment check RS-2026-00001 --complete"
)
SUPPLEMENT_EXAMPLES = examples(
    "gaozhi commitment supplement RS-2026-00001 --lack no-original --lack 经营场所平面图 --until 2026-12-15",
    "gaozhi commitment supplement RS-2026-00001 --received",
)
REFUSE_EXAMPLES = examples(
    "gaozhi commitment refuse RS-2026-00001 --reason not-met --text 经核对，申请人所述情形与告知的条件不符",
)
WITHDRAW_EXAMPLES = examples("gaozhi commitment withdraw RS-2026-00001 --reason 申请人已取得证明，改为提交")
SERVE_EXAMPLES = examples("gaozhi commitment serve RS-2026-00001 --way 直接送达")
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="栏目=内容", help="文书上的其他栏目，如 文号=…")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="目录", help="文书放在哪里，默认县里的 letters 目录")
]


def check(
    number: options.Number,
    complete: Annotated[bool, typer.Option("--complete", help="逐项核对过，材料齐全：登记下来")] = False,
) -> None:
    """列出这一件应有的材料（承诺代替的证明不在内），齐全的登记审查。"""
    from gaozhi_cli.cli.papers import item_of
    from gaozhi_cli.services.check_materials import check_materials

    desk = Desk.here()
    plain = desk.number(number)
    ledger = desk.case_ledger() if complete else desk.required_ledger()
    item = item_of(desk, ledger.case(plain))
    done = check_materials(plain, item=item, ledger=ledger, occasion=desk.occasion, complete=complete)
    if complete:
        desk.committed(f"已登记 {plain} 的材料齐全")
        desk.say("试运行：没有登记" if desk.settings.dry_run else f"已登记 {plain} 的材料齐全")
    else:
        desk.say(f"逐项核对：齐全的加 --complete 登记；缺的用 gaozhi commitment supplement {plain} --lack …")
    desk.show(({"number": plain, "needed": line.text, "clause": line.clause} for line in done.needed), NEEDED)


def agree_complete(desk: Desk, ledger: "Ledger", case: "Commitment") -> None:
    """At a terminal, hold the materials against the list before a case is accepted unchecked (规程四（一）).

    Raises UsageFault where something is lacking.
    """
    settings = desk.settings
    if not settings.interactive or settings.yes or case.checked_on or case.status != CommitmentStatus.SIGNED:
        return
    from gaozhi_cli.cli.ask import confirm, say
    from gaozhi_cli.cli.papers import item_of
    from gaozhi_cli.storage.case_papers import materials_of

    say("应有的材料：")
    for n, line in enumerate(materials_of(case.number, item_of(desk, case), ledger), start=1):
        say(f"  {n}. {line.text}")
    if not confirm("都齐全吗", default=True):
        raise UsageFault(f"没有受理；缺的一次告知：gaozhi commitment supplement {case.number} --lack …")


def supplement(
    number: options.Number,
    lack: Annotated[
        list[str] | None, typer.Option("--lack", metavar="内容", help="缺什么：代号或文字，全部一次写明")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="日期", help="补正期限，由单位确定")] = None,
    received: Annotated[bool, typer.Option("--received", help="要补正的都收齐了")] = False,
    correct: Annotated[
        str | None, typer.Option("--correct", metavar="理由", help="原告知书有误，另出一份更正的：写明理由")
    ] = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """一次性告知补正，出具告知书；收齐了加 --received。"""
    from gaozhi_cli.cli.papers import Papers, tell_gaps
    from gaozhi_cli.domain.document_values import chinese_date
    from gaozhi_cli.services.supplement_commitment import ask_supplement, receive_supplement

    desk = Desk.here()
    plain = desk.number(number)
    day = iso_date(until, "--until") if until else None
    if received and (lack or until or set_ or correct):
        raise UsageFault("--received 是收齐以后登记，不能和 --lack、--until、--correct 同写")
    journal_words(correct, "更正理由", "correct")
    ledger = desk.case_ledger()
    if received:
        done = receive_supplement(plain, ledger=ledger, occasion=desk.occasion)
        desk.committed(f"已登记 {plain} 补正收齐")
        return tell_step(desk, plain, done.status)
    typed = {"补正内容": tuple(lack or ()), "补正期限": (f"{chinese_date(day)}前",) if day else ()}
    papers = Papers(desk, ledger, "supplement-notice", typed, set_, out)
    done = ask_supplement(
        plain, tuple(papers.typed.get("补正内容", ())), day, draw=papers.draw, ledger=ledger,
        occasion=desk.occasion, correction=correct,
    )  # fmt: skip
    desk.committed(f"已登记 {plain} 一次性补正")
    _tell_late(desk, ledger.case(plain))
    tell_gaps(desk, papers.kind, done.warnings)
    if day is None:
        desk.say("提示：台账没有记补正期限，到期不会提醒；请用 --until 写明日期")
    return tell_step(desk, plain, done.status, documents=done.documents)


def _open(desk: Desk, number: str, step: str) -> None:
    """Refuse a step that the case cannot take before anything is asked. Raises NotFound, Refused."""
    from gaozhi_cli.domain.commitment import step_problems

    problems = step_problems(step, desk.required_ledger().case(number), desk.today)
    if problems:
        raise Refused(problems[0].message, tuple(problems))


def _tell_late(desk: Desk, case: "Commitment") -> None:
    """Say that the county's period for telling what is lacking has passed (规程四（一）)."""
    from gaozhi_cli.domain.completeness import tell_by
    from gaozhi_cli.storage.calendar import work_calendar

    catalog = desk.catalog_of(case.catalog_version)
    period = catalog.parameter("supplement.notice")
    received = date.fromisoformat(case.signed_on or case.drawn_up_on)
    found = tell_by(received, period.values if period else (), work_calendar(catalog))
    if found is not None and desk.today > found[0].day:
        within = f"收到材料后 {found[1].value} 个工作日内（{found[0].day} 前）"
        desk.say(f"提示：按{found[1].source}，应在{within}一次告知，现已超过，请核对后果")


def refuse(
    number: options.Number,
    reason: Annotated[
        list[str] | None, typer.Option("--reason", metavar="代号", help="不适用情形的代号，可写几项")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="文字", help="这一件的事实和理由；- 从标准输入读")
    ] = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """不符合告知承诺的：写明理由书面告知，列出改为提交的证明，转一般程序。"""
    from gaozhi_cli.cli.papers import Papers, tell_gaps
    from gaozhi_cli.cli.stdin import stdin_text
    from gaozhi_cli.services.refuse_commitment import refuse_commitment

    desk = Desk.here()
    plain = desk.number(number)
    facts = stdin_text("--text") if text == "-" else text or ""
    ledger = desk.case_ledger()
    typed = {"不适用情形": tuple(reason or ()), "事实和理由": (facts,) if facts else ()}
    papers = Papers(desk, ledger, "refusal-notice", typed, set_, out)
    case = ledger.case(plain)
    done = refuse_commitment(
        plain, asked=papers.typed, draw=papers.draw, ledger=ledger, occasion=desk.occasion,
        overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"{plain} 不予适用告知承诺制，转一般程序")
    tell_gaps(desk, papers.kind, done.warnings)
    tell_step(
        desk, plain, done.status, documents=done.documents, bring=papers.to_bring(case), track=Track.ORDINARY
    )


def withdraw(
    number: options.Number,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="理由", help="申请人撤回的合理理由")
    ] = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """申请人在办结前撤回承诺：转原程序，列出要提交的证明，未做的核查不再做。"""
    from gaozhi_cli.cli.ask import ask
    from gaozhi_cli.cli.papers import Papers
    from gaozhi_cli.services.withdraw_commitment import withdraw_commitment

    desk = Desk.here()
    plain = desk.number(number)
    if reason is None and desk.settings.interactive:
        _open(desk, plain, "withdraw")
        reason = ask("申请人撤回的合理理由", lambda answer: None)
    if not (reason or "").strip():
        raise UsageFault("缺少 --reason 理由：撤回要有合理理由（通知五（六））")
    words = (reason or "").strip()
    journal_words(words, "撤回理由", "reason")
    ledger = desk.case_ledger()
    papers = Papers(desk, ledger, "withdrawal", {"撤回理由": (words,)}, set_, out)
    case = ledger.case(plain)
    done = withdraw_commitment(
        plain, words, draw=papers.draw_once, ledger=ledger, occasion=desk.occasion,
        overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"{plain} 已撤回承诺，转一般程序")
    if done.lapsed:
        desk.say(f"未做的核查不再做：{'、'.join(done.lapsed)}")
    if done.reminder:
        desk.say(f"提示：{done.reminder}")
    tell_step(
        desk, plain, done.status, documents=done.documents, bring=papers.to_bring(case), track=Track.ORDINARY
    )


def serve(
    number: options.Number,
    way: Annotated[
        str | None, typer.Option("--way", metavar="方式", help=f"送达方式：{labels(ServedWay)}")
    ] = None,
    receipt: Annotated[
        str | None, typer.Option("--receipt", metavar="文件", help="送达回证的扫描件，只登记摘要")
    ] = None,
) -> None:
    """登记办结的决定已送达申请人：哪一天（--as-of）、什么方式。"""
    from gaozhi_cli.cli.ask import choose
    from gaozhi_cli.cli.stdin import file_digest
    from gaozhi_cli.services.serve_decision import serve_decision

    desk = Desk.here()
    plain = desk.number(number)
    if way is None and desk.settings.interactive:
        _open(desk, plain, "serve")
        way = list(ServedWay)[choose("怎样送达的", [one.label for one in ServedWay])].value
    if way is None:
        raise UsageFault(f"缺少 --way {labels(ServedWay)}")
    chosen = parse_word(ServedWay, way)
    if chosen is None:
        raise UsageFault(f"--way 应是 {labels(ServedWay)} 之一")
    digest = file_digest(receipt, "送达回证") if receipt else None
    ledger = desk.case_ledger()
    done = serve_decision(plain, chosen, ledger=ledger, occasion=desk.occasion, receipt_sha256=digest)
    desk.committed(f"已登记 {plain} 送达")
    tell_step(desk, plain, done.status, track=Track(ledger.case(plain).track), served=True)
