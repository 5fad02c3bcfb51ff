"""What the writing commands of ``gaozhi assist`` do: whom and what they mean, what is told after it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings.assist import SHOW, agency_called, agency_name, meant_request, request_row
from gaozhi_cli.cli.papers import Papers, item_of, tell_gaps
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.cli.stdin import file_digest, stdin_text
from gaozhi_cli.domain.problem import BadInput, NotFound, UsageFault
from gaozhi_cli.domain.vocabulary import AssistanceResult, labels, parse_word
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gaozhi_cli.domain.assistance import Assistance
    from gaozhi_cli.domain.problem import Problem
    from gaozhi_cli.storage.case_papers import Paper
    from gaozhi_cli.storage.ledger import Ledger

LETTER, REMINDER, REFUSAL = "assist-letter", "assist-reminder", "assist-refusal"
ACTED = (
    *(column for column in SHOW if column.key not in ("history", "asked", "answer", "next")),
    Column("documents", "文书"),
    Column("next", "下一步"),
)
MOVED = (
    Column("id", "协查编号"),
    Column("agency_name", "协助机关"),
    Column("before", "原期限"),
    Column("due_on", "新期限"),
    Column("provisional", "暂定"),
)


def ask(
    desk: Desk, target: str, agency: str | None, outside: bool, due: str | None, set_: list[str] | None,
    out: str | None,
) -> None:  # fmt: skip
    """Ask another agency about the check meant."""
    from gaozhi_cli.domain.assistance import PERIOD, answer_due
    from gaozhi_cli.domain.parameters import value_on
    from gaozhi_cli.services.ask_assistance import ask_assistance
    from gaozhi_cli.storage.assistances import asked_check
    from gaozhi_cli.storage.calendar import work_calendar

    if not (agency or "").strip():
        raise UsageFault("缺少 --agency 机关（请谁协助）")
    whom = _whom(desk, (agency or "").strip(), outside)
    day = iso_date(due, "--due") if due else None
    plain = desk.target(target)
    ledger = desk.case_ledger()
    check = asked_check(ledger, plain)
    period = desk.catalog.parameter(PERIOD)
    set_period = value_on(period.values, desk.today) if period else None
    answer = answer_due(desk.today, set_period, day, work_calendar(desk.catalog))
    papers = Papers(desk, ledger, LETTER, {}, set_, out)
    done = ask_assistance(
        check, whom, answer, set_to=day, asked=papers.typed,
        draw=lambda request: _draw(desk, ledger, papers, request, request.id),
        ledger=ledger, occasion=desk.occasion, overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"已登记 {done.request.id}")
    _told(desk, papers, done.warnings)
    if done.repeated:
        desk.say(f"这个请求号已登记过，没有重复发函：{done.request.id}")
    elif answer.day is None:
        desk.say("提示：县里没有定协助核查的答复期限（parameters.yaml 的 assistance.period），记为未定期限")
    elif answer.provisional:
        desk.say(f"提示：答复期限 {answer.day} 按尚未公布的工作日历计算，为暂定")
    following = [f"打印盖章后送出；也可以附交换表：gaozhi assist export {done.request.id} --out 文件.xlsx"]
    _show(desk, ledger, done.request, following, done.documents, new=not done.repeated)


def _whom(desk: Desk, text: str, outside: bool) -> str:
    """The office meant, or with ``outside`` the name of an agency that the 清单 does not know."""
    from gaozhi_cli.domain.assistance import name_problems

    known = next(
        (o for o in desk.catalog.offices if text in (o.code, o.name, *o.short) or text.upper() == o.code),
        None,
    )
    if known is not None:
        return known.code
    if not outside:
        try:
            return desk.office(text).code
        except NotFound as error:
            message = f"{error.message}；清单单位以外的机关，写全称并加 --outside"
            raise NotFound(message, error.problems) from None
    name = " ".join(unicodedata.normalize("NFC", text).split())
    problems = name_problems(name)
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
    journal_words(name, "机关名称", "agency")
    return name


def remind(desk: Desk, id_: str, reason: str | None, set_: list[str] | None, out: str | None) -> None:
    """Remind the agency of a request."""
    from gaozhi_cli.services.remind_assistance import remind_assistance

    wanted = meant_request(id_)
    words = (reason or "").strip()
    journal_words(words, "理由", "reason")
    ledger = desk.case_ledger()

    papers = Papers(desk, ledger, REMINDER, {}, set_, out)

    def draw(request: Assistance) -> Paper:
        papers.typed = {**papers.typed, "催办次数": (f"第 {request.reminders} 次",)}
        return _draw(desk, ledger, papers, request, f"{request.id}-{request.reminders}")

    done = remind_assistance(
        wanted, words, draw=draw, ledger=ledger, occasion=desk.occasion, overwrite=desk.settings.yes
    )
    desk.committed(f"已登记 {wanted} 催办")
    _told(desk, papers, done.warnings)
    _show(desk, ledger, done.request, [f"gaozhi assist answer {wanted}"], done.documents)


def extend(desk: Desk, id_: str, days: str | None, reason: str | None) -> None:
    """Put the date of a request off."""
    from gaozhi_cli.services.extend_assistance import extend_assistance
    from gaozhi_cli.storage.calendar import work_calendar

    wanted = meant_request(id_)
    absent = [flag for flag, value in (("--days", days), ("--reason", (reason or "").strip())) if not value]
    if absent:
        raise UsageFault(f"缺少 {'、'.join(absent)}")
    plain = unicodedata.normalize("NFKC", days or "").strip()
    if not plain.isdecimal() or len(plain) > 4:
        raise UsageFault("--days 应是工作日的天数，如 5")
    journal_words(reason, "理由", "reason")
    ledger = desk.case_ledger()
    done = extend_assistance(
        wanted, int(plain), (reason or "").strip(), calendar=work_calendar(desk.catalog), ledger=ledger,
        occasion=desk.occasion,
    )  # fmt: skip
    desk.committed(f"{wanted} 的答复期限已延长")
    _told(desk, None, ())
    _show(desk, ledger, done, [], ())


def answer(
    desk: Desk, id_: str, result: str | None, text: str | None, file: str | None, check: str | None
) -> None:
    """Record what the agency found."""
    from gaozhi_cli.services.answer_assistance import answer_assistance

    wanted = meant_request(id_)
    if not result:
        raise UsageFault(f"缺少 --result {labels(AssistanceResult)}；对方不能协助的用 gaozhi assist refuse")
    word = parse_word(AssistanceResult, result)
    if word is None:
        raise UsageFault(f"--result 应是 {labels(AssistanceResult)} 之一；不能协助的用 gaozhi assist refuse")
    words = _words(text, "--text")
    if not words and (word is AssistanceResult.DIFFERS or not file):
        differs = word is AssistanceResult.DIFFERS
        either = "--text 哪里不相符" if differs else "--text 文字，或 --file 文件"
        raise UsageFault(f"缺少 {either}：登记对方怎样答复")
    about = desk.target(check) if check else None
    digest = file_digest(file, "答复的文件") if file else None
    ledger = desk.case_ledger()
    done = answer_assistance(
        wanted, word, words, sha256=digest, check=about, ledger=ledger, occasion=desk.occasion
    )
    desk.committed(f"已登记 {wanted} 的答复")
    _told(desk, None, ())
    _show(desk, ledger, done.request, list(done.next), ())


def refuse(
    desk: Desk, id_: str, reason: str | None, file: str | None, check: str | None, form: bool,
    set_: list[str] | None, out: str | None,
) -> None:  # fmt: skip
    """Record that the agency cannot help and why; or only make the form for it to say so."""
    from gaozhi_cli.services.refuse_assistance import refuse_assistance

    wanted = meant_request(id_)
    if form and (reason or file or check):
        raise UsageFault("--form 只出空着的告知书，不能和 --reason、--file、--check 同写")
    if not form and not (reason or "").strip():
        raise UsageFault("缺少 --reason 对方说明的理由；只要一份空的告知书给对方填写的，用 --form")
    words = _words(reason, "--reason")
    about = desk.target(check) if check else None
    digest = file_digest(file, "书面告知") if file else None
    ledger = desk.case_ledger()
    papers = Papers(desk, ledger, REFUSAL, {"不能协助的理由": (words,)} if words else {}, set_, out)

    def draw(request: Assistance) -> Paper:
        return _draw(desk, ledger, papers, request, request.id)

    if form:
        return _form(desk, ledger, wanted, draw)
    done = refuse_assistance(
        wanted, words, draw=draw, sha256=digest, check=about, ledger=ledger, occasion=desk.occasion,
        overwrite=desk.settings.yes,
    )  # fmt: skip
    desk.committed(f"已登记 {wanted} 不能协助")
    _told(desk, papers if done.documents else None, done.warnings)
    if done.documents:
        desk.say("告知书由协助机关盖章后留存；它自己出具了书面告知的，用 --file 登记那一份")
    return _show(desk, ledger, done.request, list(done.next), done.documents)


def _form(desk: Desk, ledger: Ledger, id_: str, draw: Callable[[Assistance], Paper]) -> None:
    """Make the 告知书 with its reasons left open; nothing is recorded."""
    from gaozhi_cli.storage.assistances import the_request
    from gaozhi_cli.storage.case_papers import place_paper, write_paper

    request = the_request(ledger, id_)
    paper = draw(request)
    if place_paper(paper.path, paper.document, desk.settings.yes) and not desk.settings.dry_run:
        write_paper(paper.path, paper.document)
    desk.say("试运行：没有写文件" if desk.settings.dry_run else "供对方填写、盖章；没有登记")
    following = [f"收到后：gaozhi assist refuse {id_} --reason 理由 --file 文件"]
    _show(desk, ledger, request, following, (paper.path,))


def recompute(desk: Desk) -> None:
    """Count open requests anew."""
    from gaozhi_cli.services.recount_assistances import recount_assistances
    from gaozhi_cli.storage.calendar import work_calendar

    ledger = desk.case_ledger()
    moved = recount_assistances(
        calendar=work_calendar(desk.catalog), ledger=ledger, occasion=desk.occasion
    )  # fmt: skip
    if moved:
        desk.committed(f"已重算 {len(moved)} 个答复期限")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.say(f"变动 {len(moved)} 个" if moved else "答复期限没有变动")
    desk.show(
        (
            {
                "id": one.after.id,
                "agency_name": agency_called(desk, one.after.agency),
                "before": one.before.due_on,
                "due_on": one.after.due_on,
                "provisional": bool(one.after.provisional),
            }
            for one in moved
        ),
        MOVED,
    )


def _words(text: str | None, flag: str) -> str:
    """A typed text as one line; ``-`` reads it from standard input."""
    return " ".join((stdin_text(flag) if text == "-" else text or "").split())


def _draw(desk: Desk, ledger: Ledger, papers: Papers, request: Assistance, label: str) -> Paper:
    """A document of a request, with what the program knows of it."""
    from gaozhi_cli.storage.assistances import request_facts, the_check

    case = ledger.case(request.number)
    check = the_check(ledger, request)
    proof = next((one for one in item_of(desk, case).proofs if one.id == check.proof), None)
    standard = proof.standard if proof is not None else ""
    facts = request_facts(request, check, agency_name(desk, request.agency), standard)
    return papers.draw(case, facts, label)


def _told(desk: Desk, papers: Papers | None, warnings: tuple[Problem, ...]) -> None:
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记")
    if papers is not None:
        tell_gaps(desk, papers.kind, warnings)


def _show(
    desk: Desk, ledger: Ledger, request: Assistance, following: list[str], documents: tuple[Path, ...],
    *, new: bool = False,
) -> None:  # fmt: skip
    """The request as the act leaves it; on trial a new one has no id."""
    from gaozhi_cli.storage.assistances import Asked, the_check

    check = the_check(ledger, request)
    row = request_row(desk, Asked(request, check.item, check.matter, check.proof_name)) | {
        "due_source": request.due_source,
        "document_sha256": request.document_sha256,
        "answer_sha256": request.answer_sha256,
        "documents": [str(path) for path in documents],
        "next": following,
    }
    if new and desk.settings.dry_run:
        row["id"] = None
    desk.show_one(row, ACTED)
