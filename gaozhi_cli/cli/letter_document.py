"""``gaozhi letter document``: the documents around a letter, as catalog/documents.yaml has them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.problem import BadInput, NotFound, UsageFault
from gaozhi_cli.rendering.formats import Column, one_line

if TYPE_CHECKING:
    from gaozhi_cli.domain.document_kinds import Field, Kind
    from gaozhi_cli.domain.document_values import Matter
    from gaozhi_cli.domain.documents import Typed
    from gaozhi_cli.services.make_document import MadeDocument
    from gaozhi_cli.storage.ledger import Ledger

KINDS = (
    Column("id", "代号"),
    Column("title", "文书"),
    Column("purpose", "用途"),
    Column("about", "关于"),
    Column("signers", "签字盖章"),
    Column("clause", "依据"),
    Column("official", "公文"),
    Column("to_fill", "要填的栏目", machine=False),
    Column("fields", "栏目", table=False),
    Column("template", "模板", table=False),
    Column("source", "出处", table=False),
)
MADE = (
    Column("document", "代号", table=False),
    Column("title", "文书"),
    Column("number", "编号"),
    Column("item", "事项", table=False),
    Column("file", "文件"),
    Column("sha256", "sha256", table=False),
    Column("changed", "有改动", table=False),
    Column("recorded", "记入流水"),
    Column("warnings", "单位缺项", table=False),
    Column("next", "下一步", machine=False),
)
EXAMPLES = examples(
    "gaozhi letter document",
    "gaozhi letter document 撤回告知承诺申请书 RS-2026-00001 --set 撤回理由=改为提交证明",
    "gaozhi letter document 明白纸 --item 64 --out 文书",
)
Text = str | None


def document(
    kind: Annotated[
        Text, typer.Argument(metavar="文书", help="名称、代号，或名称、用途里的字词；不写列出全部")
    ] = None,
    number: Annotated[Text, typer.Argument(metavar="编号", help="关于哪一件，如 RS-2026-00001")] = None,
    item: Annotated[
        Text, typer.Option("--item", metavar="事项", help="没有编号时写事项：出空白表，供手填")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="栏目=内容", help="填一个栏目；逐条的重复写")
    ] = None,
    from_: Annotated[
        Text, typer.Option("--from", metavar="文件", help="从 json 或 yaml 文件读各栏目，- 为标准输入")
    ] = None,
    out: Annotated[
        Text, typer.Option("--out", metavar="目录", help="放在哪里，默认县里的 letters 目录")
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="草稿：缺的栏目留空，带“草稿”水印，不记入流水")
    ] = False,
) -> None:
    """出具不予适用告知书、补正告知书、撤回申请书、授权委托书、明白纸等文书。

    写编号的，按台账填写，记入流水；只写 --item 的，出一份供手填的表。
    文书的种类、栏目和模板都是县里可改的数据。
    """
    from gaozhi_cli.storage.document_entries import county_documents

    desk = Desk.here()
    kinds = county_documents(desk.home.catalog)
    if kind is None:
        desk.tell_unread()
        desk.show((_kind_row(one) for one in kinds), KINDS)
        return
    _make(desk, _meant(kinds, kind), number, item, given_values(set_, from_), out, draft, from_ is not None)


def _meant(kinds: "tuple[Kind, ...]", text: str) -> "Kind":
    from gaozhi_cli.domain.document_kinds import find_kind, near_kinds

    found = find_kind(kinds, text)
    if found is None:
        near = "、".join(f"{one.title}（{one.id}）" for one in near_kinds(kinds, text))
        hint = f"，相近的有：{near}" if near else ""
        raise NotFound(f"没有文书“{one_line(text)}”{hint}；gaozhi letter document 列出全部")
    return found


def given_values(set_: list[str] | None, from_: Text) -> dict[str, object]:
    """The values by blank: of the file, then of the flags over it."""
    from gaozhi_cli.cli.letter_input import file_values

    raw: dict[str, object] = file_values(from_) if from_ else {}
    flags: dict[str, list[str]] = {}
    for one in set_ or ():
        name, sign, value = one.replace("＝", "=", 1).partition("=")
        if not sign or not name.strip():
            raise UsageFault(f"--set 应写作 栏目=内容，现为“{one_line(name[:20])}”")
        flags.setdefault(name.strip(), []).append(value)
    return raw | flags


def _make(
    desk: Desk,
    kind: "Kind",
    number: Text,
    item: Text,
    raw: dict[str, object],
    out: Text,
    draft: bool,
    from_file: bool,
) -> None:
    from gaozhi_cli.domain.documents import read_values, with_id_types
    from gaozhi_cli.services.make_document import make_document

    if kind.command:
        raise UsageFault(f"{kind.title}随办理这一步出具：gaozhi {kind.command}；不在这里单独出具")
    typed, problems = read_values(kind, raw)
    if problems:
        raise BadInput(f"填写的内容有 {len(problems)} 处问题，没有出具", tuple(problems))
    matter, ledger = _about(desk, kind, number, item)
    typed = with_id_types(kind, matter, typed)
    if desk.settings.interactive and not from_file and not draft and (matter.case or kind.official):
        from gaozhi_cli.cli.document_questions import ask_missing

        typed = ask_missing(kind, matter, typed)
    make = partial(
        make_document,
        kind,
        matter,
        typed,
        template=desk.template(kind.template),
        folder=Path(out) if out else _folder(desk, matter),
        ledger=ledger,
        draft=draft,
        overwrite=desk.settings.yes,
    )
    occasion = desk.occasion
    try:
        if kind.once and matter.case and _asks(desk, draft):
            _agree(kind, matter, typed, make(occasion=occasion._replace(dry_run=True)))
        made = make(occasion=occasion)
    except BadInput as error:
        absent = [problem.field for problem in error.problems if problem.code == "missing"]
        if from_file or len(absent) < len(error.problems):
            raise
        flags = "、".join(f"--set {name}=…" for name in absent)
        raise UsageFault(f"缺少 {flags}，没有出具；先出草稿可加 --draft", error.problems) from None
    _tell(desk, kind, matter, made, draft)


def _asks(desk: Desk, draft: bool) -> bool:
    """Whether somebody at a terminal is asked before what can be told only once goes out."""
    settings = desk.settings
    return settings.interactive and not (draft or settings.yes or settings.dry_run)


def _agree(kind: "Kind", matter: "Matter", typed: "Typed", trial: "MadeDocument") -> None:
    """Show the lines of a 一次性 document that is whole, and ask. Raises UsageFault where it is not meant."""
    from gaozhi_cli.cli.document_questions import agreed

    if trial.changed and not agreed(kind, matter, typed):
        raise UsageFault(f"没有出具{kind.title}，也没有登记；请改好内容再运行一次，或者先用 --draft 出草稿")


def _about(desk: Desk, kind: "Kind", number: Text, item: Text) -> "tuple[Matter, Ledger | None]":
    """What the document is about: the case with its sealed rows, or the item alone."""
    from gaozhi_cli.cli.registered_versions import all_there
    from gaozhi_cli.domain.document_kinds import About
    from gaozhi_cli.domain.document_values import Matter
    from gaozhi_cli.storage.case_papers import matter_of_case

    wanted = {About.CASE: "编号", About.ITEM: "--item 事项", About.EITHER: "编号，或 --item 事项（空白表）"}[
        kind.about
    ]
    if number and item:
        raise UsageFault("编号与 --item 只能写一种")
    if (number and kind.about is About.ITEM) or (item and kind.about is About.CASE):
        raise UsageFault(f"{kind.title}要写{wanted}")
    if item:
        all_there(desk)
        return Matter(desk.item(item), desk.catalog, desk.today), None
    if not number:
        raise UsageFault(f"缺少 {wanted}")
    wanted_number = desk.number(number)
    ledger = desk.case_ledger()
    case = ledger.case(wanted_number)
    catalog = desk.catalog_of(case.catalog_version)
    found = catalog.item(case.item)
    if found is None:
        raise NotFound(
            f"{case.number} 的事项 {case.item} 不在清单 {case.catalog_version} 里，请从备份核对清单"
        )
    return matter_of_case(
        case, found, catalog=catalog, ledger=ledger, occasion=desk.occasion, kind=kind
    ), ledger


def _folder(desk: Desk, matter: "Matter") -> Path:
    """The home's letters: beside the case's letter, or among the office's blank forms."""
    if matter.case is None:
        return desk.home.letters / matter.item.office / "空白表"
    return desk.home.letters / matter.case.office / str(matter.case.year)


def _tell(desk: Desk, kind: "Kind", matter: "Matter", made: "MadeDocument", draft: bool) -> None:
    """What was made, and what the office has still to fill in."""
    number = matter.case.number if matter.case is not None else None
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有写文件，也没有登记")
    elif made.recorded:
        desk.committed(f"已出具 {number} 的{kind.title}并记入流水")
    elif not made.changed:
        desk.say(f"{made.path} 已经是这一份，没有再写")
    gaps = [warning.field for warning in made.warnings if warning.code == "office-gap"]
    if gaps:
        desk.say(f"提示：下列各栏还没有填，{kind.title}上留空待填，请单位确定：{'、'.join(gaps)}")
    for warning in made.warnings:
        if warning.code != "office-gap":
            desk.say(f"提示：{warning.message}（{warning.clause}）")
    row = {
        "document": kind.id,
        "title": kind.title,
        "number": number,
        "item": matter.item.id,
        "file": str(made.path),
        "sha256": made.sha256,
        "changed": made.changed,
        "recorded": made.recorded,
        "warnings": [problem_row(warning) for warning in made.warnings],
        "next": _next(kind, draft),
    }
    desk.show_one(row, MADE)


def _next(kind: "Kind", draft: bool) -> str:
    """What is to be done with the file; a draft is not to be signed."""
    if draft:
        return "核对、补齐后不加 --draft 再出具；草稿不签字、不盖章、不送出"
    return f"打印后由{'、'.join(signer.label for signer in kind.signers)}签字或者盖章"


def _kind_row(kind: "Kind") -> dict[str, object]:
    from gaozhi_cli.domain.document_kinds import Source

    asked = [field for field in kind.fields if field.source is Source.TYPED]
    return {
        "id": kind.id,
        "title": kind.title,
        "purpose": kind.purpose,
        "about": kind.about.label,
        "signers": [signer.label for signer in kind.signers],
        "clause": kind.clause,
        "official": kind.official,
        "to_fill": "、".join(f"{field.name}{_mark(field)}" for field in asked),
        "fields": [_field_row(field) for field in kind.fields],
        "template": kind.template,
        "source": kind.source,
    }


def _mark(field: "Field") -> str:
    """必填 where an empty one refuses; 单位 where it leaves an underline."""
    from gaozhi_cli.domain.document_kinds import By

    if not field.required or field.value:
        return ""
    return "（单位填）" if field.supplier is By.OFFICE else "（必填）"


def _field_row(field: "Field") -> dict[str, object]:
    return {
        "name": field.name,
        "from": field.source.label,
        "by": field.supplier.label,
        "required": field.required,
        "several": field.listed,
        "help": field.help,
        "choices": [choice._asdict() for choice in field.choices],
        "value": list(field.value),
    }
