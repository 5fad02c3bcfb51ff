"""``gaozhi ordinary``: matters of the 一般程序, in the same ledger as the commitments (规程四（二）)."""

from typing import Annotated

import typer

from gaozhi_cli.cli import letter_flags as flags
from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.steps_shown import tell_step
from gaozhi_cli.domain.problem import BadInput, UsageFault
from gaozhi_cli.domain.vocabulary import CommitmentStatus, OrdinaryReason, Track, labels, parse_word

app = command_app("一般程序：不采用告知承诺的登记、办结")


@app.command("new", cls=WritingCommand, epilog=examples(
    "gaozhi ordinary new --item 64 --because 不选择 --name 测试甲 --id-number 410182199001010030 "
    "--phone 13800000000",
))  # fmt: skip
def new(
    item: flags.Item = None,
    because: Annotated[
        str | None,
        typer.Option("--because", metavar="缘由", help=f"为什么按一般程序：{labels(OrdinaryReason)}"),
    ] = None,
    name: flags.Name = None,
    id_type: flags.IdTypeFlag = None,
    id_number: flags.IdNumber = None,
    uscc: flags.Uscc = None,
    contact: flags.Contact = None,
    phone: flags.Phone = None,
    address: flags.Address = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="文件", help="从 json 或 yaml 文件读，- 为标准输入")
    ] = None,
) -> None:
    """登记一件按一般程序办理的申请，写明为什么不采用告知承诺。"""
    from gaozhi_cli.cli.letter_input import file_values, from_stdin
    from gaozhi_cli.cli.registered_versions import all_there
    from gaozhi_cli.domain.intake import read_applicant, unknown_fields
    from gaozhi_cli.services.open_ordinary import open_ordinary

    desk = Desk.here()
    raw: dict[str, object] = file_values(from_) if from_ else {}
    why = because or raw.pop("because", None)
    raw |= flags.said(
        item=item, name=name, id_type=id_type, id_number=from_stdin(id_number), uscc=uscc,
        contact=contact, phone=phone, address=address,
    )  # fmt: skip
    asked_for = raw.get("item")
    if not isinstance(asked_for, str) or not asked_for.strip():
        raise UsageFault("缺少 --item 事项（序号或名称，gaozhi catalog list 可查）")
    found, reason = desk.item(asked_for), _because(desk, why)
    applicant, problems = read_applicant(raw, desk.today)
    problems = [*unknown_fields(raw), *problems]
    absent = [problem for problem in problems if problem.code == "missing"]
    if absent and len(absent) == len(problems) and from_ is None:
        named = "、".join(f"--{problem.field.replace('_', '-')}" for problem in absent)
        raise UsageFault(f"缺少 {named}", tuple(problems))
    if problems:
        raise BadInput(f"填写的内容有 {len(problems)} 处问题，没有登记", tuple(problems))
    ledger = desk.write_ledger()
    all_there(desk, ledger)
    done = open_ordinary(
        applicant, found, reason, catalog=desk.catalog, ledger=ledger, occasion=desk.occasion
    )
    if done.repeated:
        desk.say(f"这个请求已登记过，没有重复登记：{done.number}")
    else:
        desk.committed(f"已登记 {done.number}")
    tell_step(
        desk, done.number, CommitmentStatus.ACCEPTED.value, bring=_required(desk, found.id),
        track=Track.ORDINARY,
    )  # fmt: skip


@app.command("conclude", cls=WritingCommand, epilog=examples("gaozhi ordinary conclude RS-2026-Y00001"))
def conclude(number: options.Number) -> None:
    """按一般程序办结：不采用告知承诺的，或者不予适用、已撤回的。"""
    from gaozhi_cli.services.conclude_ordinary import conclude_ordinary

    desk = Desk.here()
    plain = desk.number(number)
    ledger = desk.case_ledger()
    done = conclude_ordinary(plain, ledger=ledger, occasion=desk.occasion)
    desk.committed(f"{plain} 已按一般程序办结")
    tell_step(desk, plain, done.status, track=Track.ORDINARY)


def _because(desk: Desk, text: object) -> OrdinaryReason:
    """The reason, asked for at a terminal; never assumed. Raises UsageFault."""
    from gaozhi_cli.cli.ask import choose

    if text is None and desk.settings.interactive:
        return list(OrdinaryReason)[choose("为什么按一般程序办理", [one.label for one in OrdinaryReason])]
    found = parse_word(OrdinaryReason, text) if isinstance(text, str) else None
    if found is None:
        what = "缺少" if text is None else "不认识所写的"
        raise UsageFault(f"{what} --because 缘由，可用：{labels(OrdinaryReason)}")
    return found


def _required(desk: Desk, item: str) -> list[str]:
    """The proofs that the item asks for."""
    from gaozhi_cli.domain.document_values import told_proofs

    found = desk.catalog.item(item)
    return told_proofs(found.tree)[1] if found is not None else []
