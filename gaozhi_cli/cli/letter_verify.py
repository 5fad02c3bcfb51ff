"""``gaozhi letter verify``, ``show``, ``tell``: is this the letter, where is it, was the applicant told."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import letter_flags as flags
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.case_words import gaps_shown, plain_moment
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import LetterState, PrintState, Sameness, ToldWay, labels, parse_word
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.tell_applicant import Told
    from gaozhi_cli.storage.records import LetterRow

VERIFY_EXAMPLES = examples(
    "gaozhi letter verify RS-2026-00001.docx",
    'gaozhi letter verify --code "GZ1 RS-2026-00001 aa25270ec8c3345d1147f97d2cdf972f 1-75eacaab00a5cc56"',
)
SHOW_EXAMPLES = examples("gaozhi letter show RS-2026-00001", "gaozhi letter show RS-2026-00001 --format json")
TELL_EXAMPLES = examples("gaozhi letter tell RS-2026-00001 --way 纸质")

MOST_SHOWN = 8

VERDICT = (
    Column("number", "编号"),
    Column("same", "是登记的那一份", table=False),
    Column("verdict", "核对结果", table=False),
    Column("verdict_label", "核对结果"),
    Column("official_number", "文号"),
    Column("matter", "行政事项名称"),
    Column("subject_name", "申请人（遮蔽）"),
    Column("signed_on", "签署日期"),
    Column("differences", "不同之处"),
)
LETTER = (
    Column("number", "编号"),
    Column("official_number", "文号"),
    Column("status", "状态", table=False),
    Column("docx", "告知承诺书"),
    Column("docx_state", "文件"),
    Column("docx_sha256", "sha256"),
    Column("pdf", "PDF"),
    Column("told_at", "告知时间", table=False),
    Column("told_moment", "告知时间", machine=False),
    Column("told_by", "告知人"),
    Column("told_way", "告知方式", table=False),
    Column("told_way_label", "告知方式"),
    Column("told_sm3", "所告知文字的 SM3"),
    Column("catalog_version", "清单版本"),
    Column("template_sha256", "模板 sha256", table=False),
    Column("anchor", "登记前的锚"),
    Column("warnings", "单位缺项"),
    Column("prints", "打印"),
)
TOLD = (
    Column("number", "编号"),
    Column("told_at", "告知时间", table=False),
    Column("told_moment", "告知时间", machine=False),
    Column("told_by", "告知人"),
    Column("told_way", "告知方式", table=False),
    Column("told_way_label", "告知方式"),
    Column("told_sm3", "所告知文字的 SM3"),
)


def verify(
    file: Annotated[str | None, typer.Argument(metavar="[文件]", help="手上的 docx 或 PDF")] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="文字", help="扫描首页二维码所得的文字")
    ] = None,
) -> None:
    """核对手上的 docx、PDF 或二维码是不是登记的那一份；不是的退出码为 5。"""
    from gaozhi_cli.services.verify_letter import verify_code, verify_file

    desk = Desk.here()
    if (file is None) == (code is None):
        raise UsageFault("请写明一个文件，或用 --code 写二维码的文字（两者只写一个）")
    ledger = desk.required_ledger()
    if code is not None:
        found = verify_code(code, ledger=ledger)
    else:
        catalog = desk.catalog
        found = verify_file(
            Path(str(file)), ledger=ledger, county=catalog.county, offices=catalog.offices,
            home=desk.home.root, template=desk.template(),
        )  # fmt: skip
    same = found.sameness is not Sameness.ALTERED
    case = ledger.case(found.number)
    shown = list(found.differences)
    if len(shown) > MOST_SHOWN and desk.settings.format == "table":
        shown = [*shown[:MOST_SHOWN], f"等 {len(shown)} 处"]
    desk.show_one(
        {
            "number": found.number,
            "same": None if found.sameness is Sameness.CODE else same,
            "verdict": found.sameness.value,
            "verdict_label": found.sameness.label,
            "official_number": case.official_number,
            "matter": case.matter,
            "subject_name": ledger.subject(case.subject)["name_shown"],
            "signed_on": case.signed_on,
            "differences": shown,
        },
        VERDICT,
    )
    raise typer.Exit(0 if same else 5)


def show(number: Annotated[str, typer.Argument(metavar="编号", help=flags.NUMBER)]) -> None:
    """一份告知承诺书：文件在哪里、完好不完好、何时怎样告知、打印过没有。"""
    from gaozhi_cli.domain.problem import NotFound

    desk = Desk.here()
    plain = desk.number(number)
    ledger = desk.required_ledger()
    case, letter = ledger.case(plain), ledger.letter(plain)
    if letter is None:
        raise NotFound(f"{plain} 没有告知承诺书")
    path = desk.home.root / letter.docx
    desk.show_one(
        {
            **letter._asdict(),
            "official_number": case.official_number,
            "status": case.status,
            "catalog_version": case.catalog_version,
            "docx": str(path),
            "docx_state": _state(desk, path, letter),
            "pdf": str(desk.home.root / letter.pdf) if letter.pdf else None,
            "told_moment": plain_moment(letter.told_at),
            "told_way_label": _way(letter.told_way) or "尚未登记告知",
            "warnings": gaps_shown(desk, tuple((case.warnings or "").split(",")) if case.warnings else ()),
            "prints": [_print(job) for job in ledger.prints_of(plain)],
        },
        LETTER,
    )


def tell(
    numbers: Annotated[list[str], typer.Argument(metavar="编号…", help=flags.NUMBER)],
    way: Annotated[str | None, typer.Option("--way", metavar="方式", help=labels(ToldWay))] = None,
    guided: Annotated[bool, typer.Option("--guided", help="办理说明（明白纸）也交给了申请人")] = False,
) -> None:
    """登记已把告知内容（承诺书第二部分）告知申请人：何时、何人、什么方式。

    可写几个编号；第一次告知的时间为准，再次告知的记在流水里。
    """
    from gaozhi_cli.cli.ask import choose
    from gaozhi_cli.services.tell_applicant import tell_applicant

    desk = Desk.here()
    if way is None and desk.settings.interactive:
        way = list(ToldWay)[choose("怎样告知的", [one.label for one in ToldWay])].value
    if way is None:
        raise UsageFault(f"缺少 --way {labels(ToldWay)}")
    chosen = parse_word(ToldWay, way)
    if chosen is None:
        raise UsageFault(f"--way 应是 {labels(ToldWay)} 之一")
    plain = list(dict.fromkeys(desk.number(number) for number in numbers))
    ledger, occasion = desk.case_ledger(), desk.occasion
    for number in plain:
        ledger.case(number)
    rows = []
    for number in plain:
        when = occasion
        if occasion.request_id is not None and len(plain) > 1:
            when = occasion._replace(request_id=f"{occasion.request_id}:{number}")
        done = tell_applicant(number, chosen, ledger=ledger, occasion=when, guided=guided)
        desk.committed(f"已登记 {number} 的告知")
        rows.append(_told(done))
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记")
    if len(rows) == 1:
        desk.show_one(rows[0], TOLD)
    else:
        desk.show(rows, TOLD)


def _told(done: "Told") -> dict[str, object]:
    """The telling as it is shown."""
    return {
        "number": done.number,
        "told_at": done.at,
        "told_moment": plain_moment(done.at),
        "told_by": done.by,
        "told_way": done.way,
        "told_way_label": _way(done.way),
        "told_sm3": done.text,
    }


def _way(value: str | None) -> str | None:
    return ToldWay(value).label if value else None


def _state(desk: Desk, path: Path, letter: "LetterRow") -> str:
    """Whether the file is the one recorded, and what becomes of one that is lost."""
    import hashlib

    from gaozhi_cli.storage.cases import kept_template

    if letter.state == LetterState.PURGED:
        return "已过保管期限，已清除"
    if letter.docx_sha256 is None:
        return "待生成（下一条写入命令会补上）"
    try:
        whole = hashlib.sha256(path.read_bytes()).hexdigest() == letter.docx_sha256
        return "完好" if whole else "被改动过（请从备份放回）"
    except FileNotFoundError:
        pass
    except OSError:
        return "读不了（请检查权限和磁盘）"
    now = hashlib.sha256(desk.template()).hexdigest()
    if letter.template_sha256 == now or kept_template(desk.home.root, letter.template_sha256) is not None:
        return "不在了（gaozhi letter print 会照登记的内容重做）"
    return "不在了，所用的模板也不在了（请从备份放回）"


def _print(job: object) -> dict[str, object]:
    from gaozhi_cli.storage.records import PrintRow

    assert isinstance(job, PrintRow)
    label = PrintState(job.state).label
    name = f"{job.submitted_at[:16].replace('T', ' ')} {label}，{job.copies} 份"
    return {**job._asdict(), "name": name}
