"""``gaozhi letter new``: fill in the 告知承诺书, give it a number, write it, record the commitment."""

from typing import Annotated

import typer

from gaozhi_cli.cli import letter_flags as flags
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import UsageFault

EXAMPLES = examples(
    "gaozhi letter new --item 64 --name 测试甲 --id-number 410182199001010030 --phone 13800000000 "
    "--statement 经营场所为自有房屋，权属清楚 --no-public",
    "gaozhi letter new --from 申请.json --pdf", "gaozhi letter new --item 64 --name 测试甲 --draft",
)  # fmt: skip


def new(
    item: flags.Item = None,
    proof: flags.Proof = None,
    name: flags.Name = None,
    id_type: flags.IdTypeFlag = None,
    id_number: flags.IdNumber = None,
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
    from_: Annotated[
        str | None, typer.Option("--from", metavar="文件", help="从 json 或 yaml 文件读，- 为标准输入")
    ] = None,
    out: flags.Out = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="同时生成 PDF（需要 LibreOffice）")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="不齐也印，带“草稿”水印；不编号、不登记")] = False,
) -> None:
    """填写一份告知承诺书并登记；在终端上只问还缺的。"""
    from gaozhi_cli.cli.letter_filing import file_letter
    from gaozhi_cli.cli.letter_input import file_values, from_stdin

    desk = Desk.here()
    given = flags.said(
        item=item, proof=proof, name=name, id_type=id_type, id_number=from_stdin(id_number), uscc=uscc,
        contact=contact, phone=phone, address=address, agent_kind=agent_kind, agent_name=agent_name,
        agent_id_type=agent_id_type, agent_id_number=agent_id_number, agent_phone=agent_phone,
        authorization=authorization, statement=statement, site_address=site_address,
        public_until=public_until, no_public=no_public, consent=consent,
    )  # fmt: skip
    way = flags.told_way(told)
    raw: dict[str, object] = file_values(from_) if from_ else {}
    raw |= given
    if draft and told is not None:
        raise UsageFault("草稿不登记，不能写 --told；正式填写时再写")
    file_letter(desk, raw, from_file=from_ is not None, out=out, pdf=pdf, draft=draft, way=way)
