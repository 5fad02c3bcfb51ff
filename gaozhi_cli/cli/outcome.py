"""``gaozhi outcome``: what follows a promise found false or not kept, in lawful order (通知五（三）)."""

from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import outcome as listings
from gaozhi_cli.cli.outcome_deciding import decide_measure, notice_measure
from gaozhi_cli.cli.outcome_desk import answered, begun, plain, remind, rules, tell, typed_measure
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    Finding,
    Measure,
    OutcomeResult,
    OutcomeState,
    ServedWay,
    labels,
    parse_word,
)

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

app = command_app("处理：事先告知、陈述申辩、听证、决定、整改复查")
MEASURES = labels(Measure)

Target = Annotated[
    str, typer.Argument(metavar="核查或处理", help="核查号 RS-2026-00001-1、处理号 RS-2026-00001-M1，或编号")
]
Kind = Annotated[str | None, typer.Option("--measure", metavar="措施", help=MEASURES)]
Text = Annotated[str | None, typer.Option("--text", metavar="文字", help="事实和理由；- 从标准输入读")]
Content = Annotated[
    str | None, typer.Option("--content", metavar="内容", help="处理的内容：处罚种类和数额、要整改什么")
]
Basis = Annotated[
    list[str] | None,
    typer.Option("--basis", metavar="条文", help="所依据的法律、法规、规章；清单里没有写的逐条写明"),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="栏目=内容", help="文书上的其他栏目，如 文号=…")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="目录", help="文书放在哪里，默认县里的 letters 目录")
]
Way = Annotated[str | None, typer.Option("--way", metavar="方式", help=f"送达方式：{labels(ServedWay)}")]
File = Annotated[str | None, typer.Option("--file", metavar="文件", help="扫描件，只记摘要")]


def _way(text: str | None) -> ServedWay | None:
    way = parse_word(ServedWay, text) if text else None
    if text and way is None:
        raise UsageFault(f"--way 应是 {labels(ServedWay)} 之一")
    return way


def _file(path: str | None) -> str | None:
    from gaozhi_cli.cli.stdin import file_digest

    return file_digest(path, "扫描件") if path else None


def _ledger(desk: Desk) -> "Ledger":
    return desk.case_ledger()


@app.command("notice", cls=WritingCommand, epilog=examples(
    "gaozhi outcome notice RS-2026-00001-1 --measure 终止办理 --text 经比对，营业执照记载的名称与承诺不符",
    "gaozhi outcome notice RS-2026-00001-1 --measure 行政处罚 --text 经比对与承诺不符 --content 警告 "
    "--basis 某条例第十条 --hearing-right 否 --way 直接送达",
))  # fmt: skip
def notice(
    target: Target,
    measure: Kind = None,
    text: Text = None,
    content: Content = None,
    basis: Basis = None,
    hearing_right: Annotated[
        str | None, typer.Option("--hearing-right", metavar="是|否", help="当事人能否要求听证")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="日期", help="陈述申辩到哪一天；没有规定期限的写明")
    ] = None,
    way: Way = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """核查不实、未履行的，作出处理以前告知当事人，出具事先告知书；当天送达的写 --way。"""
    right = {"是": True, "有": True, "yes": True, "否": False, "无": False, "no": False}
    if hearing_right is not None and hearing_right not in right:
        raise UsageFault("--hearing-right 写 是 或 否")
    notice_measure(
        Desk.here(), target, measure, text=plain(text, "--text"), content=content,
        named=tuple(basis or ()), hearing=right[hearing_right] if hearing_right else None,
        until=iso_date(until, "--until") if until else None, way=_way(way), set_=set_, out=out,
    )  # fmt: skip


@app.command("serve", cls=WritingCommand, epilog=examples(
    "gaozhi outcome serve RS-2026-00001-M1 --way 直接送达",
    "gaozhi outcome serve RS-2026-00001-M1 --until 2026-12-04",
))  # fmt: skip
def serve(
    target: Target,
    measure: Kind = None,
    way: Way = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="日期", help="陈述申辩到哪一天；没有规定期限的写明")
    ] = None,
    file: File = None,
) -> None:
    """登记告知书、决定书已送达；陈述申辩的期限从告知书送达之日算起。"""
    from gaozhi_cli.services.serve_outcome import serve_outcome
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk.here()
    day, chosen = iso_date(until, "--until") if until else None, _way(way)
    ledger = _ledger(desk)
    outcome = begun(desk, ledger, target, measure)
    if chosen is None and day is None:
        if not desk.settings.interactive:
            raise UsageFault(f"缺少 --way {labels(ServedWay)}，或 --until 日期")
        from gaozhi_cli.cli.ask import choose

        chosen = list(ServedWay)[choose("怎样送达的", [one.label for one in ServedWay])]
    done = serve_outcome(
        outcome.id, rules(desk)[Measure(outcome.measure)], ledger=ledger, occasion=desk.occasion,
        calendar=work_calendar(desk.catalog), way=chosen, until=day, receipt_sha256=_file(file),
    )  # fmt: skip
    desk.committed(f"已登记 {outcome.id} 送达")
    if done.decided_on is None and done.statement_until is None:
        desk.say("提示：没有规定陈述申辩的期限（measures.yaml 的 statement），请用 --until 写明到哪一天")
    tell(desk, done)


@app.command("hear", cls=WritingCommand, epilog=examples(
    "gaozhi outcome hear RS-2026-00001-M1 --text 当事人称已经变更登记，提交了新的营业执照",
    "gaozhi outcome hear RS-2026-00001-M1 --waived",
    "gaozhi outcome hear RS-2026-00001-M1 --ask-hearing",
))  # fmt: skip
def hear(
    target: Target,
    measure: Kind = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="文字", help="陈述申辩的内容、听证笔录的要点；- 从标准输入读"),
    ] = None,
    waived: Annotated[
        bool, typer.Option("--waived", help="当事人书面放弃陈述申辩；告知了听证的，连同听证")
    ] = False,
    ask_hearing: Annotated[bool, typer.Option("--ask-hearing", help="当事人要求听证")] = False,
    hearing_held: Annotated[bool, typer.Option("--hearing-held", help="听证已经举行")] = False,
    hearing_off: Annotated[
        bool, typer.Option("--hearing-off", help="听证终止：当事人撤回要求，或者无正当理由不出席、中途退出")
    ] = False,
    file: File = None,
) -> None:
    """登记当事人的陈述申辩，或书面放弃；要求听证、听证已举行也在这里登记。内容加密存放。"""
    from gaozhi_cli.services.hear_outcome import hear_outcome
    from gaozhi_cli.services.hold_hearing import hold_hearing

    desk = Desk.here()
    if waived + ask_hearing + hearing_held + hearing_off > 1 or (waived and text):
        flags = "--waived、--ask-hearing、--hearing-held、--hearing-off"
        raise UsageFault(f"{flags} 只能写一种；放弃的不写 --text")
    said = plain(text, "--text")
    ledger = _ledger(desk)
    outcome = begun(desk, ledger, target, measure)
    if not waived and not ask_hearing:
        question = "听证笔录的要点" if hearing_held else "当事人陈述申辩的内容"
        question = "听证为什么终止" if hearing_off else question
        said = answered(desk, said, question, "--text（书面放弃的写 --waived）")
    digest = _file(file)
    if ask_hearing or hearing_held or hearing_off:
        done = hold_hearing(
            outcome.id, held=hearing_held, off=hearing_off, ledger=ledger, occasion=desk.occasion, text=said,
            file_sha256=digest,
        )  # fmt: skip
        if ask_hearing:
            if done.statement_until is not None and desk.today.isoformat() > done.statement_until:
                desk.say(f"提示：要求听证的期限到 {done.statement_until}，已经过了；是否举行由单位决定")
            remind(desk, rules(desk)[Measure(done.measure)], "听证")
    else:
        done = hear_outcome(
            outcome.id, ledger=ledger, occasion=desk.occasion, text=said, waived=waived, file_sha256=digest
        )
    if waived and done.hearing_right:
        desk.say("提示：告知了听证的权利，放弃书上要写明连同听证一并放弃；只放弃陈述申辩的，期满以后再决定")
    desk.committed(f"已登记 {outcome.id} 的陈述申辩")
    tell(desk, done)


@app.command("decide", cls=WritingCommand, epilog=examples(
    "gaozhi outcome decide RS-2026-00001-M1 --document 荥人社终〔2026〕1号",
    "gaozhi outcome decide RS-2026-00001-1 --measure 移送司法机关 --document 荥人社移〔2026〕1号 "
    "--text 当事人伪造营业执照，涉嫌犯罪 --set 受移送单位=某某市公安局 --set 案件材料=report",
))  # fmt: skip
def decide(
    target: Target,
    measure: Kind = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="文号", help="决定文书的文号，不写姓名")
    ] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="日期", help="限期整改到哪一天")] = None,
    review: Annotated[
        str | None, typer.Option("--review", metavar="文字", help="对陈述申辩、听证的复核意见，是否采纳")
    ] = None,
    text: Text = None,
    content: Content = None,
    basis: Basis = None,
    set_: Set = None,
    out: Out = None,
) -> None:
    """告知、听取陈述申辩以后作出决定，出具文书，记入信用记录；移送不用先告知。"""
    decide_measure(
        Desk.here(), target, measure, document=document, due=iso_date(due, "--due") if due else None,
        review=plain(review, "--review"), text=plain(text, "--text"), content=content,
        named=tuple(basis or ()), set_=set_, out=out,
    )  # fmt: skip


@app.command("drop", cls=WritingCommand, epilog=examples(
    "gaozhi outcome drop RS-2026-00001-M1 --text 当事人的申辩成立，违法事实不能成立 --recheck",
))  # fmt: skip
def drop(
    target: Target,
    measure: Kind = None,
    text: Annotated[str | None, typer.Option("--text", metavar="理由", help="为什么不予处理")] = None,
    review: Annotated[
        bool, typer.Option("--recheck", help="申辩成立、事实有疑问的：同一项证明另立核查，属实的照常办理")
    ] = False,
) -> None:
    """告知以后决定不予处理：写明理由，不记信用记录。"""
    from gaozhi_cli.services.drop_outcome import drop_outcome

    desk = Desk.here()
    ledger = _ledger(desk)
    outcome = begun(desk, ledger, target, measure)
    reason = answered(desk, plain(text, "--text"), "不予处理的理由", "--text 理由")
    done = drop_outcome(outcome.id, reason, ledger=ledger, occasion=desk.occasion, review=review)
    desk.committed(f"{outcome.id} 不予处理")
    ended = ledger.case(outcome.number).status != CommitmentStatus.ACCEPTED.value
    if done.review is None and outcome.finding == Finding.FALSE.value and not ended:
        told = f"{outcome.verification} 的结论没有变，仍妨碍办结；事实有疑问的，应当加 --recheck 另立核查"
        desk.say(f"提示：{told}")
    if done.review is not None:
        desk.say(f"已另立核查 {done.review.id}：gaozhi verify close {done.review.id}")
    tell(desk, done.outcome)


@app.command("recheck", cls=WritingCommand, epilog=examples(
    "gaozhi outcome recheck RS-2026-00001-M1 --reported",
))  # fmt: skip
def recheck(
    target: Target,
    measure: Kind = None,
    reported: Annotated[
        bool, typer.Option("--reported", help="当事人提前报告整改完毕：从今天起可以复查")
    ] = False,
) -> None:
    """按整改复查的结论了结限期整改：属实的整改到位，其余的可以进一步处理。"""
    from gaozhi_cli.services.recheck_outcome import recheck_outcome

    desk = Desk.here()
    ledger = _ledger(desk)
    outcome = begun(desk, ledger, target, measure or (None if "-M" in target.upper() else "rectify"))
    done = recheck_outcome(outcome.id, ledger=ledger, occasion=desk.occasion, reported=reported)
    desk.committed(f"已登记 {outcome.id} 的整改复查")
    if done.outcome.result == OutcomeResult.FAILED.value:
        desk.say(
            f"整改不到位；可以依法终止办理、撤销行政决定或者予以行政处罚，先告知当事人："
            f"gaozhi outcome notice {done.recheck.id} --measure 措施"
        )
    elif done.outcome.result is not None and done.outcome.credit:
        desk.say(f"整改到位；信用记录 {done.outcome.credit} 还在，修复后用 gaozhi credit repair 登记")
    if reported:
        desk.say(f"从今天起可以复查：gaozhi verify close {done.recheck.id}")
    tell(desk, done.outcome)


@app.command("close", cls=WritingCommand, epilog=examples(
    "gaozhi outcome close RS-2026-00001-M1 --result 司法机关已受理",
))  # fmt: skip
def close(
    target: Target,
    measure: Kind = None,
    result: Annotated[
        str | None,
        typer.Option("--result", metavar="结果", help="已执行、司法机关已受理、司法机关退回、决定被依法撤销"),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="说明", help="凭什么，如受案回执文号")
    ] = None,
    file: File = None,
) -> None:
    """登记处理的结果：处罚已执行、移送已受理等。"""
    from gaozhi_cli.services.close_outcome import close_outcome

    desk = Desk.here()
    known = parse_word(OutcomeResult, result) if result else None
    if known is None:
        told = f"--result 不认识“{result}”" if result else "缺少 --result"
        raise UsageFault(f"{told}，可用：{labels(OutcomeResult)}")
    journal_words(reason, "说明", "reason")
    ledger = _ledger(desk)
    outcome = begun(desk, ledger, target, measure)
    done = close_outcome(
        outcome.id, known, ledger=ledger, occasion=desk.occasion, reason=reason, file_sha256=_file(file)
    )
    desk.committed(f"{outcome.id} 已了结")
    if known is OutcomeResult.OVERTURNED and done.measure in (Measure.TERMINATE, Measure.REVOKE):
        desk.say("案件回到决定以前的状态；当时不再做的核查已另立（gaozhi verify due）")
    if known is OutcomeResult.OVERTURNED and done.credit:
        desk.say(f"决定已被撤销，请凭撤销文书登记：gaozhi credit repair {done.credit} --source 文号")
    tell(desk, done)


@app.command("due", cls=Command, epilog=examples(
    "gaozhi outcome due", "gaozhi outcome due --overdue --dept 人社局 --exit-code",
))  # fmt: skip
def due(
    overdue: Annotated[
        bool, typer.Option("--overdue", help="只列期限已到的：该作决定的、该复查的、该了结的")
    ] = False,
    dept: options.Dept = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="有期限已到的退出码为 5")] = False,
) -> None:
    """还没有了结的处理，最早到期的在前：等陈述申辩、该决定、整改中、该复查；最后是不实、未履行而未开始处理的。"""
    raise typer.Exit(listings.due(Desk.here(), overdue, dept, exit_code))


@app.command("list", cls=Command, epilog=examples("gaozhi outcome list --measure 行政处罚"))
def list_outcomes(
    dept: options.Dept = None,
    measure: Kind = None,
    state: Annotated[str | None, typer.Option("--state", metavar="状态", help=labels(OutcomeState))] = None,
) -> None:
    """列出全部处理。"""
    known = parse_word(OutcomeState, state) if state else None
    if state and known is None:
        raise UsageFault(f"--state 不认识“{state}”，可用：{labels(OutcomeState)}")
    listings.list_outcomes(Desk.here(), dept, typed_measure(measure), known)


@app.command("show", cls=Command, epilog=examples("gaozhi outcome show RS-2026-00001-M1"))
def show(target: Target, measure: Kind = None) -> None:
    """一件处理现在到了哪一步；陈述申辩等内容用 gaozhi commitment show 编号 --reveal 查看。"""
    listings.show(Desk.here(), target, measure)
