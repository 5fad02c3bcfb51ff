"""``gaozhi letter``: fill in the 告知承诺书, give it a number, write it, record the commitment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.cli.letter_blank import EXAMPLES as BLANK_EXAMPLES
from gaozhi_cli.cli.letter_blank import blank
from gaozhi_cli.cli.letter_check_template import EXAMPLES as CHECK_EXAMPLES
from gaozhi_cli.cli.letter_check_template import check_template
from gaozhi_cli.cli.stdin import LARGEST_INPUT, decoded
from gaozhi_cli.domain.catalog import Item, Leaf
from gaozhi_cli.domain.intake import FIELD_LABELS, read_form, unknown_fields
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, UsageFault, os_reason
from gaozhi_cli.domain.vocabulary import CommitmentStatus
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.draw_up_letter import DrawnUp

app = command_app("告知承诺书：填写、编号、生成")

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
Text = str | None


def _flag(name: str, metavar: str, help_: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help_)


@app.command("new", cls=WritingCommand, epilog=examples(
    "gaozhi letter new --item 64 --name 测试甲 --id-number 410182199001010030 --phone 13800000000 "
    "--statement 经营场所为自有房屋，权属清楚 --no-public",
    "gaozhi letter new --from 申请.json --pdf",
))  # fmt: skip
def new(
    item: Annotated[Text, _flag("--item", "事项", "序号、事项代号或名称里的字词")] = None,
    proof: Annotated[
        list[str] | None, _flag("--proof", "证明", "只承诺这项证明；按情形或任选其一时必填")
    ] = None,
    name: Annotated[Text, _flag("--name", "姓名", "公民姓名，或法人、其他组织名称")] = None,
    id_type: Annotated[Text, _flag("--id-type", "证件", "证件类型，默认居民身份证")] = None,
    id_number: Annotated[Text, _flag("--id-number", "号码", "公民证件编号；- 从标准输入读")] = None,
    uscc: Annotated[Text, _flag("--uscc", "代码", "统一社会信用代码（法人或其他组织）")] = None,
    contact: Annotated[Text, _flag("--contact", "姓名", "联系人（法人或其他组织）")] = None,
    phone: Annotated[Text, _flag("--phone", "电话", "联系方式")] = None,
    address: Annotated[Text, _flag("--address", "地址", "地址（法人或其他组织）")] = None,
    agent_name: Annotated[Text, _flag("--agent-name", "姓名", "委托代理人姓名")] = None,
    agent_id_type: Annotated[Text, _flag("--agent-id-type", "证件", "代理人证件类型")] = None,
    agent_id_number: Annotated[Text, _flag("--agent-id-number", "号码", "代理人证件编号")] = None,
    agent_phone: Annotated[Text, _flag("--agent-phone", "电话", "代理人联系方式")] = None,
    authorization: Annotated[Text, _flag("--authorization", "文字", "特别授权书：日期、范围")] = None,
    statement: Annotated[Text, _flag("--statement", "文字", "承诺的具体内容（具体是）")] = None,
    site_address: Annotated[Text, _flag("--site-address", "地址", "现场地址（现场核查时必填）")] = None,
    public_until: Annotated[Text, _flag("--public-until", "日期", "公开时限（事项已定公开时可缩短）")] = None,
    no_public: Annotated[bool, typer.Option("--no-public", help="本承诺书不予公开")] = False,
    consent: Annotated[bool, typer.Option("--consent", help="申请人同意公开")] = False,
    from_: Annotated[Text, _flag("--from", "文件", "从 json 或 yaml 文件读，- 为标准输入")] = None,
    out: Annotated[Text, _flag("--out", "目录", "文书放在哪里，默认县里的 letters 目录")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="同时生成 PDF（需要 LibreOffice）")] = False,
) -> None:
    """填写一份告知承诺书并登记；在终端上只问还缺的。"""
    desk = Desk.here()
    flags = {
        "item": item, "proof": proof, "name": name, "id_type": id_type, "id_number": _stdin(id_number),
        "uscc": uscc, "contact": contact, "phone": phone, "address": address, "agent_name": agent_name,
        "agent_id_type": agent_id_type, "agent_id_number": agent_id_number, "agent_phone": agent_phone,
        "authorization": authorization, "statement": statement, "site_address": site_address,
        "public_until": public_until, "no_public": no_public or None, "consent": consent or None,
    }  # fmt: skip
    raw: dict[str, object] = _file_values(from_) if from_ else {}
    raw |= {key: value for key, value in flags.items() if value is not None}
    found = _item(desk, raw, from_file=from_ is not None)
    asked = desk.settings.interactive and from_ is None
    if asked:
        from gaozhi_cli.cli.letter_questions import ask_missing

        _given_values_hold(raw, found, desk)
        ask_missing(raw, found, desk.today, yes=desk.settings.yes)
    application = _application(raw, found, desk, from_file=from_ is not None)
    _draw_up(desk, application, out, pdf)


def _draw_up(desk: Desk, application: Application, out: Text, pdf: bool) -> None:
    from gaozhi_cli.cli.registered_versions import all_there
    from gaozhi_cli.services.draw_up_letter import draw_up_letter, prove_letter
    from gaozhi_cli.services.make_letter import Made, make_letter

    if pdf:
        from gaozhi_cli.rendering.pdf import require_pdf_tools

        require_pdf_tools()
    folder, template, fonts = (
        _folder(desk, application, out),
        desk.template(),
        desk.home.template("fonts.conf"),
    )
    prove_letter(application, catalog=desk.catalog, occasion=desk.occasion, template=template, folder=folder)
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
    )
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记，也没有写文件")
        row = {"number": None, "warnings": [problem_row(w) for w in done.warnings]}
        return desk.show_one(row, NEW)
    desk.committed(f"已登记 {done.number}")
    _remarks(desk, done)
    occasion = desk.occasion._replace(request_id=None)

    def make(pdf: bool) -> Made:
        return make_letter(
            done.number,
            ledger=ledger,
            occasion=occasion,
            template=template,
            home=desk.home.root,
            pdf=pdf,
            fonts=fonts,
        )

    made = make(False)
    if pdf:
        made = make(True)
    case = ledger.case(done.number)
    fill = "补齐空白，" if case.warnings else ""
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
            "next": f"{fill}打印一式两份，签章后 gaozhi commitment sign {case.number}",
        },
        NEW,
    )
    return None


def _remarks(desk: Desk, done: "DrawnUp") -> None:
    """What the clerk should look at before the letter is signed."""
    if done.similar:
        desk.say(f"提示：同一申请人的同一事项还有未办结的 {'、'.join(done.similar)}，请核对是否重复")
    if done.renamed:
        desk.say("提示：这个证件号码从前登记的是另一个名字，请核对证件")
    if not done.repeated:
        desk.say("提示：本版不查信用，请核对申请人有无较严重不良信用记录或曾作虚假承诺（通知五（二））")


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
    """The application, or all its problems at once: absent flags are 2, wrong or needed values 3."""
    problems = unknown_fields(raw)
    application, found = read_form(raw, item, desk.today)
    problems += found
    if application is not None and not problems:
        return application
    problems = [_with_candidates(problem, item) for problem in problems]
    absent = [p for p in problems if p.code in ("missing", "proof-needed") and p.field != "site_address"]
    if not from_file and len(absent) == len(problems):
        flags = "、".join(_flag_name(problem.field) for problem in absent)
        raise UsageFault(f"缺少 {flags}", tuple(problems))
    raise BadInput(f"填写的内容有 {len(problems)} 处问题，没有登记", tuple(problems))


def _given_values_hold(raw: dict[str, object], item: Item, desk: Desk) -> None:
    """Refuse a wrong value given as a flag before anything is asked, so that no answer is lost."""
    _, found = read_form(raw, item, desk.today)
    wrong = [p for p in found if p.code not in ("missing", "proof-needed") and raw.get(p.field)]
    if wrong:
        raise BadInput(
            f"选项里有 {len(wrong)} 处问题，没有登记", tuple(_with_candidates(p, item) for p in wrong)
        )


def _flag_name(field: str) -> str:
    if field == "id_number":
        return "--id-number（公民）或 --uscc（法人或其他组织）"
    return "--" + field.replace("_", "-")


def _with_candidates(problem: Problem, item: Item) -> Problem:
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


def _folder(desk: Desk, application: Application, out: Text) -> Path:
    """Where the letter goes: the folder named (it must be there), else the home's, made as needed."""
    if out is not None:
        folder = Path(out)
        if not folder.is_dir():
            raise NotReady(f"没有文件夹 {folder}，没有登记；请先建立，或改 --out")
        return folder
    folder = desk.home.letters / application.item.office / str(desk.today.year)
    if desk.settings.dry_run:
        return _existing(folder)
    from gaozhi_cli.storage.home import private_folder

    try:
        private_folder(folder)
    except OSError as error:
        raise NotReady(
            f"建不了文件夹 {folder}（{os_reason(error)}），没有登记；请检查权限和磁盘空间"
        ) from None
    return folder


def _existing(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _stdin(value: Text) -> Text:
    """``-`` reads a line from standard input, unseen on a terminal: arguments show in process lists."""
    if value != "-":
        return value
    import sys

    if sys.stdin.isatty():
        import getpass

        return getpass.getpass("证件编号（不显示）：", stream=sys.stderr).strip()
    return decoded(sys.stdin.buffer.readline(1000), "--id-number").strip()


def _file_values(name: str) -> dict[str, object]:
    """The fields in a json or yaml file, or on standard input. Raises BadInput, NotReady."""
    import json
    import sys

    path = Path(name)
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST_INPUT + 1)
        elif path.exists() and not path.is_file():
            raise BadInput(f"{name} 不是普通文件")
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_INPUT + 1)
    except OSError as error:
        raise BadInput(f"读不了 {name}（{os_reason(error)}）") from None
    text = decoded(data, name)
    if not text.lstrip().startswith("{"):
        from gaozhi_cli.storage.strict_yaml import parse

        return dict(parse(text, name))
    try:
        values = json.loads(text, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        place = (
            f"第 {error.lineno} 行第 {error.colno} 列"
            if isinstance(error, json.JSONDecodeError)
            else str(error)
        )
        raise BadInput(f"{name} 不是完好的 JSON（{place}）") from None
    for key, value in values.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            label = FIELD_LABELS.get(key, key)
            raise BadInput(f"{name} 里“{label}”写成了数字，号码会丢位，请加引号写成文字")
    return dict(values)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        raise ValueError("有重复的栏目")
    return seen


app.command("blank", cls=WritingCommand, epilog=BLANK_EXAMPLES)(blank)
app.command("check-template", cls=Command, epilog=CHECK_EXAMPLES)(check_template)
