"""Reads 处理措施 from ``catalog/measures.yaml``, the county's over the shipped, and ``sanctions`` of items.

The five measures are the notice's (通知五（三）): a county changes what belongs to them, key by key, and adds
none. Every fault names file, line and column.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.measures import CreditRule, Ground, MeasureRule, Reminder
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.domain.vocabulary import CheckStage, CreditKind, Finding, HearingRight, Measure, Word
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import (
    day,
    entries,
    laid_over,
    mapping,
    only,
    text,
    texts,
    whole,
    word,
    word_of,
    yes,
)

FILE = "measures.yaml"
MEASURE_KEYS = {
    "measure", "grounds", "stages", "stage_source", "notice", "notice_source", "statement", "hearing",
    "hearing_source", "hearing_request", "recheck", "notice_document", "decision_document", "credit",
    "reminders",
}  # fmt: skip
GROUND_KEYS = {"finding", "source", "basis"}
CREDIT_KEYS = {"finding", "kind", "source"}
REMINDER_KEYS = {"step", "text", "source"}
DATED_KEYS = {"since", "value", "source"}
SANCTION_KEYS = {
    "measure", "findings", "text", "basis", "since", "source", "period", "hearing", "after_rectifying",
}  # fmt: skip
SANCTION_BASIS = {"law", "version", "article", "paragraph", "subparagraph", "text", "source"}
HEARING_DAYS = 5  # 行政处罚法第六十四条第一项「应当在行政机关告知后五日内提出」; 第八十五条: working days
REMINDER_STEPS = ("告知", "听证", "决定")


class Adverse(Word):
    """The findings that something may follow."""

    FALSE = Finding.FALSE.value, Finding.FALSE.label
    UNFULFILLED = Finding.UNFULFILLED.value, Finding.UNFULFILLED.label


def read_measures(folders: Sequence[Path]) -> dict[Measure, MeasureRule]:
    """The rule of each measure in these folders, later ones over earlier. Raises BadInput, NotReady."""
    merged: dict[str, Located] = {}
    for folder in folders:
        path = folder / FILE
        if not path.is_file():
            continue
        prefix = "随附 catalog" if folder == shipped("catalog") else "catalog"
        document = strict_yaml.load(path, f"{prefix}/{FILE}")
        only(document, ["measures"])
        seen: set[str] = set()
        for entry in entries(document, "measures"):
            only(entry, MEASURE_KEYS)
            name = word(entry, "measure", Measure)
            if name in seen:
                raise fault(entry.where("measure"), f"措施“{entry['measure']}”重复")
            seen.add(name)
            merged[name] = laid_over(merged.get(name), entry)
    missing = [measure.label for measure in Measure if measure.value not in merged]
    if missing:
        raise NotReady(f"没有 catalog/{FILE}，或其中缺少：{'、'.join(missing)}；请恢复随附的文件")
    return {Measure(name): _rule(entry) for name, entry in merged.items()}


def county_measures(own: Path) -> dict[Measure, MeasureRule]:
    """The measures of a county: the shipped ones with its own laid over them."""
    return read_measures([shipped("catalog"), own])


def _lawful(entry: Located) -> None:
    """What 行政处罚法第四十四条、第六十三条、第六十四条 lay down no county may take back."""
    if "notice" in entry and not yes(entry, "notice"):
        raise fault(entry.where("notice"), "行政处罚以前应当先告知（行政处罚法第四十四条），不能写否")
    if word(entry, "hearing", HearingRight) == HearingRight.NO.value:
        raise fault(
            entry.where("hearing"), "行政处罚不能一概没有听证（行政处罚法第六十三条），写 是 或 逐件确定"
        )
    asked = _dated(entry, "hearing_request")
    if not asked or any(int(one.value) < HEARING_DAYS for one in asked):
        message = f"要求听证的期限不能少于 {HEARING_DAYS} 个工作日（行政处罚法第六十四条第一项、第八十五条）"
        raise fault(entry.where("hearing_request"), message)


def _rule(entry: Located) -> MeasureRule:
    measure = Measure(word(entry, "measure", Measure))
    if measure is Measure.PENALIZE:
        _lawful(entry)
    notice = yes(entry, "notice") if "notice" in entry else True
    return MeasureRule(
        measure=measure,
        grounds=tuple(_ground(one) for one in entries(entry, "grounds")),
        decision_kind=text(entry, "decision_document"),
        stages=tuple(
            CheckStage(word_of(one, entry.where("stages"), "stages", CheckStage))
            for one in texts(entry, "stages")
        ),
        stage_source=text(entry, "stage_source", "stages" in entry and bool(texts(entry, "stages"))),
        notice=notice,
        notice_source=text(entry, "notice_source"),
        notice_kind=text(entry, "notice_document", notice),
        statement=_dated(entry, "statement"),
        hearing=HearingRight(word(entry, "hearing", HearingRight)),
        hearing_source=text(entry, "hearing_source"),
        hearing_request=_dated(entry, "hearing_request"),
        recheck=_dated(entry, "recheck"),
        credit=tuple(_credit(one) for one in entries(entry, "credit")),
        reminders=tuple(_reminder(one) for one in entries(entry, "reminders")),
    )


def _ground(entry: Located) -> Ground:
    only(entry, GROUND_KEYS)
    finding = Finding(word(entry, "finding", Adverse))
    return Ground(finding, text(entry, "source"), tuple(texts(entry, "basis")))


def _credit(entry: Located) -> CreditRule:
    only(entry, CREDIT_KEYS)
    finding = Finding(word(entry, "finding", Adverse))
    return CreditRule(finding, CreditKind(word(entry, "kind", CreditKind)), text(entry, "source"))


def _reminder(entry: Located) -> Reminder:
    only(entry, REMINDER_KEYS)
    step = text(entry, "step")
    if step not in REMINDER_STEPS:
        raise fault(entry.where("step"), f"step 不认识“{step}”，可用：{'、'.join(REMINDER_STEPS)}")
    return Reminder(step, text(entry, "text"), text(entry, "source"))


def _dated(entry: Located, key: str) -> tuple[Dated, ...]:
    found = []
    for one in entries(entry, key):
        only(one, DATED_KEYS)
        since = date.fromisoformat(day(one, "since", True))
        found.append(Dated(since, whole(one, "value"), text(one, "source")))
    return tuple(found)


def read_sanctions(entry: Located) -> list[list[Any]]:
    """What laws foresee for an item, as plain data (items/*.yaml: ``sanctions``)."""
    found = []
    for one in entries(entry, "sanctions"):
        only(one, SANCTION_KEYS)
        basis = mapping(one, "basis", SANCTION_BASIS)
        if basis is None:
            raise fault(one.where("measure"), "缺少“basis”")
        needed = ("law", "article", "text")
        order = ("law", "article", "text", "version", "paragraph", "subparagraph", "source")
        measure = word(one, "measure", Measure)
        period = int(whole(one, "period")) if "period" in one else None
        if period is not None and measure != Measure.RECTIFY.value:
            raise fault(one.where("period"), "只有责令限期整改写 period（工作日）")
        findings = [
            word_of(finding, one.where("findings"), "findings", Adverse) for finding in texts(one, "findings")
        ]
        found.append(
            [
                measure, findings or [Finding.FALSE.value], text(one, "text"),
                [text(basis, key, key in needed) for key in order], day(one, "since", True),
                text(one, "source"), period, yes(one, "hearing") if "hearing" in one else None,
                yes(one, "after_rectifying") if "after_rectifying" in one else False,
            ]
        )  # fmt: skip
    return found
