"""核查期限的中止、恢复、延长: what may be done to the date of a check, and what it is then.

The notice has each agency 「明确核查时间」 (通知五（三）) and says nothing of stopping it: so every event has
its reason in the journal, and ``due_source`` tells what moved the date.
"""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.clock import Clock, Event, deadline, events_text, moved, read_events, told_period
from gaozhi_cli.domain.journal import Value
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import CHECK_CLAUSE, Verification
from gaozhi_cli.domain.vocabulary import CheckState, ClockEvent, CountedFrom
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar


def clock_of(check: Verification, concluded_on: str | None) -> Clock | None:
    """The clock of a check; None where it has neither a period nor a day, or waits for 办结."""
    events = read_events(check.clock)
    period = check.period
    if period is None and not events:
        period = told_period(check.due_source)  # ledgers before format 4 kept it only there
    if check.counted_from == CountedFrom.CONCLUDED.value:
        if concluded_on is None or period is None:
            return None
        return Clock(date.fromisoformat(concluded_on), period, events=events)
    start = date.fromisoformat(check.planned_on)
    if period is not None:
        return Clock(start, period, events=events)
    if not events and check.due_on is not None:
        events = (Event(ClockEvent.SET, date.fromisoformat(check.due_on)),)
    if not events or events[0].kind is not ClockEvent.SET:
        return None
    return Clock(start, fixed=events[0].on, events=events)


def event_problems(check: Verification, event: ClockEvent, today: date, days: int = 0) -> list[Problem]:
    """Why a check's clock cannot be stopped, started again or given more days today."""
    if check.state != CheckState.PLANNED.value:
        return [Problem("check-closed", f"{check.id} 已有结论，不能再{event.label}")]
    problems = _order_problems(check, today)
    paused = check.paused_on is not None
    if event is ClockEvent.RESUMED:
        if not paused:
            problems.append(Problem("not-paused", f"{check.id} 没有中止，不用恢复"))
        return problems
    if paused:
        way_out = (
            f"先恢复（gaozhi verify resume {check.id}）" if event is ClockEvent.EXTENDED else "不用再中止"
        )
        problems.append(Problem("paused", f"{check.id} 自 {check.paused_on} 起中止中，{way_out}"))
    elif check.due_on is None:
        way_out = f"先定期限（gaozhi verify schedule {check.id} --due 日期）"
        message = f"{check.id} 没有期限，不能{event.label}；{way_out}"
        problems.append(Problem("undated", message, CHECK_CLAUSE))
    elif event is ClockEvent.PAUSED and check.due_on < today.isoformat():
        message = (
            f"{check.id} 已逾期（期限 {check.due_on}），不能中止；可写明理由延长（gaozhi verify extend）"
        )
        problems.append(Problem("overdue", message, CHECK_CLAUSE))
    if event is ClockEvent.EXTENDED and days < 1:
        problems.append(Problem("days", "延长的天数应是 1 以上的整数（--days）", field="days"))
    return problems


def _order_problems(check: Verification, today: date) -> list[Problem]:
    """An event is not dated before the check was planned, nor before the last event."""
    events = [event for event in read_events(check.clock) if event.kind is not ClockEvent.SET]
    earliest = max([date.fromisoformat(check.planned_on), *(event.on for event in events)])
    if today >= earliest:
        return []
    what = "上一次中止、恢复或延长的日期" if events and earliest == events[-1].on else "立项日期"
    return [Problem("check-date", f"办理日期 {today} 早于{what} {earliest}")]


def after_event(
    check: Verification, event: Event, concluded_on: str | None, calendar: WorkCalendar
) -> dict[str, Value]:
    """The columns of a check after something has moved its date: while it is paused it has none."""
    clock = clock_of(check, concluded_on)
    if clock is None:
        raise ValueError(f"{check.id} has no date to move")
    later = clock.after(event)
    source = _unmoved(check.due_source or "", clock)
    due = deadline(later, calendar)
    paused = later.paused_on
    return {
        "period": clock.period,
        "clock": events_text(later.events),
        "paused_on": paused.isoformat() if paused else None,
        "due_on": due.day.isoformat() if due and not paused else None,
        "provisional": int(due.provisional) if due and not paused else 0,
        "due_source": f"{source}；{moved(later.events)}" if source else moved(later.events),
    }


def _unmoved(source: str, clock: Clock) -> str:
    """Who set the date, without what has moved it so far."""
    said = moved(clock.events)
    if not said:
        return source
    return "" if source == said else source.removesuffix(f"；{said}")


def reckoned(check: Verification, concluded_on: str | None, calendar: WorkCalendar) -> Deadline | None:
    """The date of a check by its own clock and the calendar of now; None where it cannot be told."""
    clock = clock_of(check, concluded_on)
    return deadline(clock, calendar) if clock is not None else None
