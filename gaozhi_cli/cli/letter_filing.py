"""What ``letter new`` does with a form: all its problems at once, or the letter recorded and made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.credit_standing import CREDIT_REMARK, with_credit
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.batch import check_row, office_gaps
from gaozhi_cli.domain.catalog import Item, Leaf
from gaozhi_cli.domain.eligibility import RULE_CODES
from gaozhi_cli.domain.intake import read_form, unknown_fields
from gaozhi_cli.domain.letter import REMINDERS, Application
from gaozhi_cli.domain.problem import (
    BadInput,
    DocumentFailed,
    NotReady,
    Problem,
    Refused,
    UsageFault,
    os_reason,
)
from gaozhi_cli.domain.vocabulary import CommitmentStatus, ToldWay
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.draw_up_letter import DrawnUp
    from gaozhi_cli.storage.ledger import Ledger

NEW = (
    Column("number", "编号"),
    Column("official_number", "文号"),
    Column("status", "状态", table=False),
    Column("status_label", "状态"),
    Column("docx", "告知承诺书"),
    Column("pdf", "PDF"),
    Column("warnings", "单位缺项"),
    Column("next", "下一步"),
)


def file_letter(
    desk: Desk,
    raw: dict[str, object],
    *,
    from_file: bool,
    out: str | None,
    pdf: bool,
    draft: bool,
    way: ToldWay | None,
) -> None:
    """Ask for what is missing where somebody sits there; then record the letter and make its files."""
    found = _item(desk, raw, from_file=from_file)
    if draft:
        from gaozhi_cli.cli.letter_draft import print_draft

        return print_draft(desk, raw, found, out, pdf)
    if desk.settings.interactive and not from_file:
        from gaozhi_cli.cli.letter_questions import ask_missing

        _given_values_hold(raw, found, desk)
        ask_missing(raw, found, desk.today, yes=desk.settings.yes)
    application = _application(raw, found, desk, from_file=from_file)
    return _draw_up(desk, application, out, pdf, way)


def _draw_up(desk: Desk, application: Application, out: str | None, pdf: bool, way: ToldWay | None) -> None:
    from gaozhi_cli.cli.registered_versions import all_there
    from gaozhi_cli.services.draw_up_letter import draw_up_letter, prove_letter
    from gaozhi_cli.services.make_letter import make_letter

    if pdf:
        from gaozhi_cli.rendering.pdf import require_pdf_tools

        require_pdf_tools()
        _printable(desk, application)
    folder, template = _folder(desk, application, out), desk.template()
    prove_letter(
        application,
        catalog=desk.catalog,
        occasion=desk.occasion,
        template=template,
        folder=folder,
        home=desk.home.root,
    )
    ledger = desk.write_ledger()
    all_there(desk, ledger)
    done = draw_up_letter(
        application,
        catalog=desk.catalog,
        ledger=ledger,
        occasion=desk.occasion,
        template=template,
        folder=folder,
        home=desk.home.root,
        told=way,
    )
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记，也没有写文件")
        row = {"number": None, "warnings": [problem_row(w) for w in done.warnings]}
        return desk.show_one(row, NEW)
    desk.committed(f"已登记 {done.number}")
    _remarks(desk, done, application)
    occasion = desk.occasion._replace(request_id=None)

    made = make_letter(done.number, ledger=ledger, occasion=occasion, template=template, home=desk.home.root)
    if pdf:
        made = made._replace(pdf=_pdf(desk, done.number, ledger))
    case = ledger.case(done.number)
    fill = "补齐空白，" if set((case.warnings or "").split(",")) - REMINDERS - {""} else ""
    letter = ledger.letter(case.number)
    tell = "" if letter is None or letter.told_at else f"告知后 gaozhi letter tell {case.number}；"
    if done.repeated:
        desk.say(f"这个请求已登记过，没有重复登记：{done.number}")
    desk.show_one(
        {
            "number": case.number,
            "official_number": case.official_number,
            "status": case.status,
            "status_label": CommitmentStatus(case.status).label,
            "docx": str(made.docx),
            "pdf": str(made.pdf) if made.pdf else None,
            "warnings": [problem_row(warning) for warning in done.warnings],
            "next": f"{tell}{fill}打印一式两份，签章后 gaozhi commitment sign {case.number}",
        },
        NEW,
    )
    return None


def _pdf(desk: Desk, number: str, ledger: Ledger) -> Path:
    """The letter's PDF. Raises DocumentFailed."""
    from gaozhi_cli.services.make_pdfs import make_pdfs

    (made,) = make_pdfs(
        [number], ledger=ledger, occasion=desk.occasion, home=desk.home.root,
        fonts=desk.home.template("fonts.conf"),
    )  # fmt: skip
    if made.path is None:
        raise DocumentFailed(made.fault)
    return made.path


def _printable(desk: Desk, application: Application) -> None:
    """A PDF is asked for: characters that no font has stop it before anything is recorded."""
    from gaozhi_cli.cli.printable import WAY_OUT, Printable
    from gaozhi_cli.rendering.fonts import named

    missing = Printable(desk).missing(application)
    if missing:
        raise DocumentFailed(f"本机没有字体能印 {named(missing)}，没有登记；{WAY_OUT}，或去掉 --pdf")


def _remarks(desk: Desk, done: DrawnUp, application: Application) -> None:
    """What the clerk should look at before the letter is signed."""
    from gaozhi_cli.cli.printable import WAY_OUT, Printable
    from gaozhi_cli.rendering.fonts import named

    unprintable = Printable(desk).missing(application)
    if unprintable:
        desk.say(f"提示：本机没有字体能印 {named(unprintable)}，{WAY_OUT}")
    if done.similar:
        desk.say(f"提示：同一申请人的同一事项还有未办结的 {'、'.join(done.similar)}，请核对是否重复")
    if done.renamed:
        desk.say("提示：这个证件号码从前登记的是另一个名字，请核对证件")
    if not done.repeated:
        desk.say(CREDIT_REMARK)


def _item(desk: Desk, raw: dict[str, object], *, from_file: bool) -> Item:
    """The item asked for; on a terminal chosen by words where several fit."""
    text = raw.get("item")
    if text is not None and not isinstance(text, str):
        raise BadInput("行政事项应是文字")
    if desk.settings.interactive and not from_file:
        from gaozhi_cli.cli.letter_questions import ask_item

        return ask_item(desk, text)
    if not text:
        if from_file:
            raise BadInput("文件里没有 item（行政事项）", (Problem("missing", "未填行政事项", field="item"),))
        raise UsageFault("缺少 --item 事项（序号或名称，gaozhi catalog list 可查）")
    return desk.item(text)


def _application(raw: dict[str, object], item: Item, desk: Desk, *, from_file: bool) -> Application:
    """The application, or all its problems at once: absent flags are 2, wrong or needed values 3.

    Where only rules of the procedure stand against it, 5.
    """
    checked = with_credit(desk, check_row(raw, item, desk.catalog, desk.today, unknown_fields(raw)))
    if checked.application is not None:
        return checked.application
    problems = [with_candidates(problem, item) for problem in checked.problems]
    if desk.catalog.county.formal:
        problems += office_gaps(raw, item, desk.catalog, desk.today)
    if all(problem.code in RULE_CODES for problem in problems):
        raise Refused("不能采用告知承诺方式办理", tuple(problems))
    absent = [p for p in problems if p.code in ("missing", "proof-needed") and p.field != "site_address"]
    if not from_file and len(absent) == len(problems):
        named = "、".join(_flag_name(problem.field) for problem in absent)
        raise UsageFault(f"缺少 {named}", tuple(problems))
    raise BadInput(f"填写的内容有 {len(problems)} 处问题，没有登记", tuple(problems))


def _given_values_hold(raw: dict[str, object], item: Item, desk: Desk) -> None:
    """Refuse a wrong value given as a flag before anything is asked, so that no answer is lost."""
    _, found = read_form(raw, item, desk.today)
    wrong = [p for p in found if p.code not in ("missing", "proof-needed") and raw.get(p.field)]
    if wrong:
        raise BadInput(
            f"选项里有 {len(wrong)} 处问题，没有登记", tuple(with_candidates(p, item) for p in wrong)
        )


def _flag_name(field: str) -> str:
    if field == "id_number":
        return "--id-number（公民）或 --uscc（法人或其他组织）"
    return "--" + field.replace("_", "-")


def with_candidates(problem: Problem, item: Item) -> Problem:
    """A problem of choosing proofs, with what is needed in any case and what there is to choose from."""
    if not problem.code.startswith("proof-"):
        return problem
    from gaozhi_cli.domain.catalog import leaves

    def named(leaf: Leaf) -> str:
        when = f"【{'，'.join(leaf.when)}】" if leaf.when else ""
        return f"{leaf.proof.id} {when}{leaf.proof.name}"

    every = list(leaves(item.tree))
    always = "；".join(named(leaf) for leaf in every if not leaf.choices)
    choices = "；".join(named(leaf) for leaf in every if leaf.choices)
    told = [f"都要的：{always}"] if always else []
    told += [f"可选的：{choices}"] if choices else []
    return Problem(problem.code, f"{problem.message}。{'。'.join(told)}", problem.clause, problem.field)


def _folder(desk: Desk, application: Application, out: str | None) -> Path:
    """Where the letter goes: the folder named (it must be there), else the home's, made as needed."""
    if out is not None:
        folder = Path(out)
        if not folder.is_dir():
            raise NotReady(f"没有文件夹 {folder}，没有登记；请先建立，或改 --out")
        return folder
    folder = desk.home.letters / application.item.office / str(desk.today.year)
    if desk.settings.dry_run:
        return existing(folder)
    from gaozhi_cli.storage.home import private_folder

    try:
        private_folder(folder)
    except OSError as error:
        raise NotReady(
            f"建不了文件夹 {folder}（{os_reason(error)}），没有登记；请检查权限和磁盘空间"
        ) from None
    return folder


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
