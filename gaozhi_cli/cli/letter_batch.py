"""``gaozhi letter batch``: a letter for each row of a table, each done once however often it is run."""

from pathlib import Path
from typing import Annotated

import typer

from gaozhi_cli.cli import letter_flags as flags
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import UsageFault

EXAMPLES = examples(
    "gaozhi letter batch 申请人.xlsx --item 64 --out 承诺书 --no-public",
    "gaozhi letter batch 申请人.csv --item 64 --out 承诺书 --result 结果.csv --keep-going",
)


def batch(
    file: Annotated[str, typer.Argument(metavar="文件", help="xlsx、xls、ods、csv、ndjson 或 docx")],
    item: flags.Item = None,
    proof: flags.Proof = None,
    name: flags.Name = None,
    id_type: flags.IdTypeFlag = None,
    uscc: flags.Uscc = None,
    contact: flags.Contact = None,
    phone: flags.Phone = None,
    address: flags.Address = None,
    agent_kind: flags.AgentKindFlag = None,
    agent_name: flags.AgentName = None,
    agent_id_type: flags.AgentIdType = None,
    agent_id_number: flags.AgentIdNumber = None,
    agent_phone: flags.AgentPhone = None,
    authorization: flags.Authorization = None,
    statement: flags.Statement = None,
    site_address: flags.SiteAddress = None,
    public_until: flags.PublicUntil = None,
    no_public: flags.NoPublic = False,
    consent: flags.Consent = False,
    told: flags.Told = None,
    out: flags.Out = None,
    result: Annotated[
        str | None, typer.Option("--result", metavar="文件", help="逐行的结果：.csv、.ndjson 或 .xlsx")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="有误的行跳过，其余照做；有跳过的退出码为 9")
    ] = False,
    jobs: Annotated[
        str | None, typer.Option("--jobs", metavar="个数", help="同时用几个进程，默认按行数和本机定")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="同时生成 PDF（需要 LibreOffice）")] = False,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="名称", help="读哪个工作表")] = None,
) -> None:
    """按表格每行制作一份告知承诺书；再运行一次只做还没有做的。

    先核对全部各行，有一行有误就一份也不做（--keep-going 除外）；选项是各行没有填时的默认值。
    中断之后照原样再运行一次，会接着做，不会重复登记。同样的各行要另做一批，换一个 --request-id。
    """
    from gaozhi_cli.cli.batch_run import Batch
    from gaozhi_cli.storage.applicant_table import open_applicants

    desk = Desk.here()
    given = flags.said(
        item=item, proof=proof, name=name, id_type=id_type, uscc=uscc, contact=contact, phone=phone,
        address=address, agent_kind=agent_kind, agent_name=agent_name, agent_id_type=agent_id_type,
        agent_id_number=agent_id_number, agent_phone=agent_phone, authorization=authorization,
        statement=statement, site_address=site_address, public_until=public_until,
        no_public=no_public, consent=consent,
    )  # fmt: skip
    way = flags.told_way(told)
    processes = _jobs(jobs)
    table = open_applicants(Path(file), sheet)
    desk.prove_output(table.path)
    for note in table.notes:
        desk.say(f"提示：{note}")
    if table.ignored:
        desk.say(f"提示：这些栏没有读取：{'、'.join(table.ignored)}")
    run = Batch(desk, table, given, keep_going)
    run.check()
    if pdf:
        from gaozhi_cli.rendering.pdf import require_pdf_tools

        require_pdf_tools()
    raise typer.Exit(run.carry_out(out, result, processes, way, pdf))


def _jobs(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 64:
        raise UsageFault("--jobs 应是 1 至 64 的整数")
    return int(text)
