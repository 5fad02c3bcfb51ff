"""``gaozhi letter new --draft``: what there is of a letter on paper, marked as a draft, recorded nowhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.credit_standing import with_credit
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.batch import check_row
from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.eligibility import RULE_CODES
from gaozhi_cli.domain.intake import fill_form, unknown_fields
from gaozhi_cli.domain.problem import BadInput, Refused
from gaozhi_cli.rendering.formats import Column

DRAFT = (
    Column("number", "编号"),
    Column("status", "状态", table=False),
    Column("status_label", "状态"),
    Column("docx", "草稿"),
    Column("pdf", "PDF"),
    Column("gaps", "还缺的"),
    Column("warnings", "单位缺项"),
)
LACKING = ("missing", "proof-needed")


def print_draft(desk: Desk, raw: dict[str, object], item: Item, out: str | None, pdf: bool) -> None:
    """Print what has been filled in. Raises BadInput, Refused for values that are wrong: no gaps."""
    from gaozhi_cli.services.print_draft import print_draft as draft

    checked = with_credit(desk, check_row(raw, item, desk.catalog, desk.today, unknown_fields(raw)))
    wrong = [p for p in checked.problems if p.field and p.code not in LACKING and raw.get(p.field)]
    if wrong and all(problem.code in RULE_CODES for problem in wrong):
        raise Refused("不能采用告知承诺方式办理，没有印草稿", tuple(wrong))
    if wrong:
        raise BadInput(f"填写的内容有 {len(wrong)} 处问题，没有印草稿", tuple(wrong))
    application, _ = fill_form(raw, item, desk.today)
    folder = Path(out) if out else desk.home.letters / "草稿"
    name = f"草稿-{item.no}-{datetime.now():%Y%m%dT%H%M%S}"
    done = draft(
        application,
        catalog=desk.catalog,
        template=desk.template(),
        folder=folder,
        name=name,
        home=desk.home.root,
        pdf=pdf,
        fonts=desk.home.template("fonts.conf"),
        dry_run=desk.settings.dry_run,
    )
    desk.say("草稿没有编号，没有登记，不能签署")
    desk.show_one(
        {
            "number": None,
            "status": "draft",
            "status_label": "草稿",
            "docx": str(done.docx) if done.docx else None,
            "pdf": str(done.pdf) if done.pdf else None,
            "gaps": [problem_row(problem) for problem in checked.problems],
            "warnings": [problem_row(warning) for warning in done.warnings],
        },
        DRAFT,
    )
