"""What ``outcome notice`` and ``outcome decide`` do: gather what is said, draw the document, tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.outcome_desk import (
    CONTENTS,
    answered,
    begun,
    item_finder,
    papers,
    remind,
    rules,
    tell,
    typed_measure,
    typed_target,
)
from gaozhi_cli.domain.problem import NotFound, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Measure, ServedWay, labels

if TYPE_CHECKING:
    from gaozhi_cli.domain.measures import MeasureRule
    from gaozhi_cli.domain.outcome import Outcome
    from gaozhi_cli.storage.ledger import Ledger


def notice_measure(
    desk: Desk, text_target: str, text_measure: str | None, *, text: str, content: str | None,
    named: tuple[str, ...], hearing: bool | None, until: date | None, way: ServedWay | None,
    set_: list[str] | None, out: str | None,
) -> None:  # fmt: skip
    """Tell the party what is intended, with its document."""
    from gaozhi_cli.cli.papers import tell_gaps
    from gaozhi_cli.services.notice_outcome import notice_outcome
    from gaozhi_cli.storage.calendar import work_calendar

    measure = typed_measure(text_measure) or _asked_measure(desk, list(Measure)[:-1])
    target = typed_target(desk, text_target)
    rule = rules(desk)[measure]
    ledger = desk.case_ledger()
    hearing = _asked_right(desk, ledger, rule, target, hearing)
    typed = {"事实和理由": text, "处理内容": content or CONTENTS.get(measure)}
    drawn = papers(desk, ledger, rule.notice_kind or "outcome-notice", typed, set_, out)
    done = notice_outcome(
        target, rule, item=item_finder(desk), asked=drawn.typed, draw=drawn.draw, ledger=ledger,
        occasion=desk.occasion, calendar=work_calendar(desk.catalog), named=named, hearing=hearing,
        until=until, way=way, overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"已登记 {done.outcome.id} 事先告知")
    tell_gaps(desk, drawn.kind, done.warnings)
    remind(desk, rule, "告知")
    _tell_period(desk, rule, done.outcome)
    tell(desk, done.outcome, documents=[str(path) for path in done.documents])


def _asked_measure(desk: Desk, measures: list[Measure]) -> Measure:
    if not desk.settings.interactive:
        raise UsageFault(f"缺少 --measure {labels(Measure)}")
    from gaozhi_cli.cli.ask import choose

    return measures[choose("拟作出哪一种处理", [one.label for one in measures])]


def _asked_right(
    desk: Desk, ledger: Ledger, rule: MeasureRule, target: str, said: bool | None
) -> bool | None:
    """Whether a 听证 may be asked for, asked at a terminal where the law leaves it to the case."""
    from gaozhi_cli.domain.measures import hearing_right
    from gaozhi_cli.domain.vocabulary import Finding
    from gaozhi_cli.storage.outcomes import adverse_check

    if said is not None or not desk.settings.interactive:
        return said
    check = adverse_check(ledger, target)
    if check.finding is None:
        return said
    item = item_finder(desk)(ledger.case(check.number))
    if hearing_right(rule, item, Finding(check.finding), desk.today, None) is not None:
        return said
    from gaozhi_cli.cli.ask import confirm, say

    say(f"  {rule.hearing_source}")
    return confirm("拟作出的处罚，当事人能要求听证吗", default=True)


def _tell_period(desk: Desk, rule: MeasureRule, outcome: Outcome) -> None:
    if outcome.served_on is None:
        desk.say(f"提示：送达以后登记 gaozhi outcome serve {outcome.id} --way 方式，期限从送达算起")
    elif outcome.statement_until is None:
        desk.say(
            f"提示：没有规定陈述申辩的期限（measures.yaml 的 statement），"
            f"请用 gaozhi outcome serve {outcome.id} --until 日期 写明"
        )
    elif outcome.provisional:
        desk.say(f"提示：{outcome.statement_until} 是暂定的，当年的工作日历还没有公布")


def decide_measure(
    desk: Desk, text_target: str, text_measure: str | None, *, document: str | None, due: date | None,
    review: str, text: str, content: str | None, named: tuple[str, ...], set_: list[str] | None,
    out: str | None,
) -> None:  # fmt: skip
    """Decide what the party was told of, with its document; what the notice said stands unless changed."""
    from gaozhi_cli.cli.papers import tell_gaps
    from gaozhi_cli.services.decide_outcome import Decision, decide_outcome
    from gaozhi_cli.storage.calendar import work_calendar
    from gaozhi_cli.storage.outcomes import said_before

    ledger = desk.case_ledger()
    target, measure = _meant(desk, ledger, text_target, text_measure)
    rule = rules(desk)[measure]
    journal_words(document, "文号", "document")
    said: dict[str, object] = {}
    if not isinstance(target, str):
        review = _allowed(desk, rule, target, review) if desk.settings.interactive else review
        said = said_before(ledger, target.id)
    document = answered(desk, document or "", "决定文书的文号", "--document 文号")
    facts = text or str(said.get("facts", ""))
    content = content or str(said.get("content", "")) or CONTENTS.get(measure)
    earlier = said.get("basis")
    named = named or tuple(str(one) for one in (earlier if isinstance(earlier, list) else ()))
    if measure is Measure.RECTIFY and due is None:
        due = _asked_due(desk, ledger, rule, target)
    typed = {"事实和理由": facts, "处理内容": content, "证据": _evidence(ledger, target)}
    drawn = papers(desk, ledger, rule.decision_kind, typed, set_, out)
    decision = Decision(document, due, named, review, content or "")
    done = decide_outcome(
        target, rule, decision, item=item_finder(desk), asked=drawn.typed, draw=drawn.draw, ledger=ledger,
        occasion=desk.occasion, calendar=work_calendar(desk.catalog), overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"已登记 {done.outcome.id} 的决定")
    tell_gaps(desk, drawn.kind, done.warnings)
    remind(desk, rule, "决定")
    if said and (facts, content or "") != (str(said.get("facts", "")), str(said.get("content", ""))):
        desk.say("提示：决定的事实、内容和告知的不同；重于告知的，应当重新告知、听取陈述申辩以后再决定")
    if rule.notice:
        desk.say(f"提示：决定书送达以后登记 gaozhi outcome serve {done.outcome.id} --way 方式")
    if done.lapsed:
        desk.say(f"未做的核查不再做：{'、'.join(done.lapsed)}")
    if done.recheck is not None:
        told = f"已立整改复查 {done.recheck.id}，{done.recheck.not_before} 起复查"
        desk.say(f"{told}{'' if done.recheck.due_on else '（未定复查期限）'}")
    tell(
        desk, done.outcome, case_status=done.status, case_status_label=CommitmentStatus(done.status).label,
        documents=[str(path) for path in done.documents],
    )  # fmt: skip


def _meant(
    desk: Desk, ledger: Ledger, text_target: str, text_measure: str | None
) -> tuple[Outcome | str, Measure]:
    """The measure that was told of; else the check or case that one without a notice is begun for."""
    target, measure = typed_target(desk, text_target), typed_measure(text_measure)
    if "-M" not in target and measure is not None and not rules(desk)[measure].notice:
        return target, measure
    try:
        found = begun(desk, ledger, text_target, text_measure)
    except NotFound:
        if measure is None or "-M" in target:
            raise
        return target, measure
    return found, Measure(found.measure)


def _allowed(desk: Desk, rule: MeasureRule, outcome: Outcome, review: str) -> str:
    """Refuse before anything is asked; the 复核意见, asked for at a terminal where the party was heard."""
    from gaozhi_cli.domain.outcome_steps import decide_problems

    if desk.settings.request_id is not None:  # it may be a repeat
        return review
    problems = [
        problem
        for problem in decide_problems(outcome, rule, desk.today, review=review)
        if problem.code != "review-missing"
    ]
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    if decide_problems(outcome, rule, desk.today, review=review):
        return answered(desk, review, "对陈述申辩、听证的复核意见（是否采纳，为什么）", "--review")
    return review


def _asked_due(desk: Desk, ledger: Ledger, rule: MeasureRule, target: Outcome | str) -> date | None:
    """The last day for putting right, asked for at a terminal where the item's law gives no period."""
    from gaozhi_cli.cli.ask import ask
    from gaozhi_cli.cli.settings import iso_date
    from gaozhi_cli.domain.measures import period_of
    from gaozhi_cli.domain.vocabulary import Finding

    if isinstance(target, str) or not desk.settings.interactive:
        return None
    item = item_finder(desk)(ledger.case(target.number))
    if period_of(rule, item, Finding(target.finding), desk.today) is not None:
        return None

    def check(answer: str) -> str | None:
        try:
            iso_date(answer, "整改期限")
        except UsageFault as fault:
            return fault.message
        return None

    return iso_date(ask("限期整改到哪一天（如 2026-12-31）", check), "--due")


def _evidence(ledger: Ledger, target: Outcome | str) -> str:
    """What was shown at the check, for the document that has to name the evidence."""
    if isinstance(target, str):
        return ""
    return ledger.personal(target.verification, "evidence").get("text", "")
