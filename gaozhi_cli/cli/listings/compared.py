"""What ``verify compare`` and ``verify sources`` show: outcomes, names of fields, never values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gaozhi_cli.domain.comparing import told_fields
from gaozhi_cli.domain.problem import GaozhiError
from gaozhi_cli.domain.vocabulary import Compared
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.cli.context import Desk
    from gaozhi_cli.domain.comparing import Comparison, Fields
    from gaozhi_cli.domain.registers import Source
    from gaozhi_cli.services.compare_checks import Row

COMPARED = (
    Column("id", "核查"),
    Column("outcome", "结果代码", table=False),
    Column("outcome_label", "结果"),
    Column("fields", "栏目明细", table=False),
    Column("fields_told", "栏目", machine=False),
    Column("receipt", "收据"),
    Column("source", "来源"),
    Column("as_of", "数据日期"),
    Column("tries", "查询次数", table=False),
    Column("recorded", "已登记"),
    Column("before", "先前已比对", table=False),
    Column("closed", "已结论", table=False),
    Column("next", "下一步"),
)
RECORDED = (
    *COMPARED[:8],
    Column("adapter", "查询方式", table=False),
    Column("extract", "数据文件", table=False),
    Column("compared_on", "比对日期"),
    Column("tries", "查询次数", table=False),
    Column("closed", "据此结论"),
)
SOURCES = (
    Column("id", "代号"),
    Column("name", "名称"),
    Column("kind", "类型代码", table=False),
    Column("kind_label", "类型"),
    Column("serves", "答复的事项、证明"),
    Column("unknown", "清单里没有的", table=False),
    Column("fields", "比对的栏目"),
    Column("max_age", "最多几天"),
    Column("closes", "相符即结论"),
    Column("source", "出处"),
    Column("state", "状态代码", table=False),
    Column("told", "状态"),
)
NEXT = {
    Compared.MATCH: "全部一致；认可的，gaozhi verify close {id} --finding 属实 --evidence 比对收据",
    Compared.MISMATCH: "不等于不实：请核对是登记有误、同名还是承诺不符，再下结论",
    Compared.NOT_FOUND: "不等于不实：请核对号码和数据的范围，或改用别的方式核查",
    Compared.AMBIGUOUS: "来源有几条记录，请人工看是哪一条",
    Compared.NOT_COVERED: "换一个来源，或改用别的方式核查",
    Compared.STALE: "向来源要新的数据再比对",
    Compared.DENIED: "请管理员检查账号和授权",
    Compared.BAD_ANSWER: "请把时间和请求号告知来源单位",
    Compared.BAD_REQUEST: "请管理员核对 sources.yaml 的写法",
}
LATER = "没有登记任何结果，稍后再比对；期限照常计算"


def row_shown(row: Row, source: Source) -> dict[str, Any]:
    """What became of a check in a run."""
    following = "" if row.closed else row.why or NEXT.get(row.outcome, LATER).format(id=row.id)
    return {
        **_outcome(row.id, row.outcome, row.fields),
        "receipt": row.receipt,
        "source": source.id,
        "as_of": row.as_of,
        "tries": row.tries,
        "recorded": row.recorded,
        "before": row.before,
        "closed": row.closed,
        "next": "已按县里的规则结论属实" if row.closed else following,
    }


def _outcome(id_: str, outcome: Compared, fields: Fields) -> dict[str, Any]:
    return {
        "id": id_,
        "outcome": outcome.value,
        "outcome_label": outcome.label,
        "fields": [{"name": name, "state": state.value, "label": state.label} for name, state in fields],
        "fields_told": told_fields(fields),
    }


def recorded_shown(one: Comparison) -> dict[str, Any]:
    """A comparison as it was recorded."""
    from gaozhi_cli.storage.comparisons import fields_of

    return {
        **_outcome(one.verification, Compared(one.outcome), fields_of(one.fields)),
        "receipt": one.receipt,
        "source": one.source,
        "as_of": one.as_of,
        "adapter": one.adapter,
        "extract": one.extract,
        "compared_on": one.compared_on,
        "tries": one.tries,
        "closed": bool(one.closed),
    }


def list_recorded(desk: Desk, targets: list[str]) -> None:
    """The comparisons recorded, of some checks or cases, or all."""
    from gaozhi_cli.storage.comparisons import comparisons

    ledger = desk.required_ledger() if targets else desk.read_ledger()

    def rows() -> Iterator[dict[str, Any]]:
        if ledger is None:
            return
        if not targets:
            yield from map(recorded_shown, comparisons(ledger))
        for target in targets:
            number = desk.target(target)
            checks = [number] if ledger.check(number) is not None else []
            for id_ in checks or [check.id for check in ledger.checks_of(ledger.case(number).number)]:
                yield from map(recorded_shown, comparisons(ledger, id_))

    desk.show(rows(), RECORDED)


def list_sources(desk: Desk, name: str | None, check: bool) -> int:
    """The declared registers; with ``check`` whether each can be asked. 6 where one cannot."""
    from gaozhi_cli.cli.registers import find_source
    from gaozhi_cli.storage.source_entries import county_sources

    declared = county_sources(desk.home.catalog)
    found = (find_source(desk, name),) if name is not None else declared
    rows = [source_shown(desk, source, check) for source in found]
    desk.show(rows, SOURCES)
    if not declared:
        desk.say("县里还没有登记来源；写法见 docs/sources.md（catalog/sources.yaml）")
    for row in rows:
        if row["unknown"]:
            told = "、".join(row["unknown"])
            desk.say(f"提示：来源 {row['id']} 的 serves 里，{told} 不在 {desk.today} 的清单里，请核对 id")
    faults = {row["state"] for row in rows} - {"", "ok"}
    return max((code for word, code in CODES.items() if word in faults), default=0)


CODES = {"bad-input": 3, "source-unavailable": 6, "not-ready": 7}


def source_shown(desk: Desk, source: Source, check: bool) -> dict[str, Any]:
    """A declared register, and what trying it gave."""
    known = {item.id for item in desk.catalog.items} | {
        proof.id for item in desk.catalog.items for proof in item.proofs
    }
    state, told = ("", "") if not check else _tried(desk, source)
    return {
        "id": source.id,
        "name": source.name,
        "kind": source.kind.value,
        "kind_label": source.kind.label,
        "serves": list(source.serves),
        "unknown": [one for one in source.serves if one not in known],
        "fields": [field.name for field in source.fields],
        "max_age": str(source.limits.max_age) if source.limits.max_age is not None else None,
        "closes": bool(source.closing),
        "source": source.source,
        "state": state,
        "told": told,
    }


def _tried(desk: Desk, source: Source) -> tuple[str, str]:
    from gaozhi_cli.cli.registers import open_register

    try:
        return "ok", "；".join(open_register(desk, source, None).probe())
    except GaozhiError as error:
        told = [problem.message for problem in error.problems if problem.message != error.message]
        return error.code, "；".join([error.message, *told[:5]])
