"""文书的填写: the values of a document's blanks, and what is missing or wrong, all at once.

What the program knows (office, matter, proofs, people of the case) comes from the 清单 and the 台账;
the rest is typed. Gaps of the applicant and of the clerk refuse the document; gaps of the office print
an underline and are warnings. No message repeats a value that is personal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from gaozhi_cli.domain.applicant import (
    filled,
    identity_problems,
    normal_number,
    phone_problems,
    text_problems,
)
from gaozhi_cli.domain.document_kinds import DATES, By, Field, Kind, Source
from gaozhi_cli.domain.document_values import Matter, agent_may, contradicting, known_lines
from gaozhi_cli.domain.form import TICKED, UNTICKED
from gaozhi_cli.domain.printed_words import chinese_number
from gaozhi_cli.domain.problem import BadInput, Problem, Refused
from gaozhi_cli.domain.vocabulary import CommitmentStatus, IdType, parse_word

DATE_BLANK = "____年__月__日"
MOST_LINES = 99
TERM = re.compile("“([^“”]+)”指")
# what says something: a Chinese character, or a word of letters
WORDS = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W\d_]{2,}")
SLIP = re.compile(r"[a-z][a-z ,;，；、_-]*")  # what a code looks like
ID_TYPES = {
    Source.APPLICANT_ID_NUMBER: Source.APPLICANT_ID_TYPE,
    Source.AGENT_ID_NUMBER: Source.AGENT_ID_TYPE,
}
RULES = ("document-late", "agent-not-allowed", "document-once")
DRAFT = "草稿"
NO_BASIS = "清单未填设定证明的依据，只能要求提交法律法规或者国务院决定要求的证明，请核对所列证明后再发出"

Typed = Mapping[str, tuple[str, ...]]
Rows = list[dict[str, str]]


class Filled(NamedTuple):
    """The values of a template's blanks, the office's gaps, the codes chosen by blank."""

    values: dict[str, str | Rows]
    warnings: tuple[Problem, ...]
    codes: dict[str, list[str]]


def read_values(kind: Kind, raw: Mapping[str, object]) -> tuple[Typed, list[Problem]]:
    """Typed values by blank, blank lines left out, and what no document could carry."""
    typed: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for name, value in raw.items():
        field = kind.field(name)
        several = value if isinstance(value, (list, tuple)) else [value]
        if field is None:
            near = get_close_matches(name, kind.blanks, 1, 0.4)
            hint = f"，是不是“{near[0]}”" if near else f"，可用：{'、'.join(kind.blanks)}"
            problems.append(Problem("field-unknown", f"{kind.title}没有栏目“{name[:20]}”{hint}", field=name))
        elif not all(isinstance(one, str) for one in several):
            message = f"“{name}”应是文字；号码请加引号，免得丢位"
            problems.append(Problem("field-text", message, field=name))
        else:
            lines = tuple(" ".join(str(one).split(" ")).strip() for one in several)
            typed[name] = tuple(line for line in lines if line)
            problems += _lines_problems(field, typed[name])
    return typed, problems


def _lines_problems(field: Field, lines: tuple[str, ...]) -> list[Problem]:
    if len(lines) > (MOST_LINES if field.listed else 1):
        most = f"最多 {MOST_LINES} 条" if field.listed else "只能写一处"
        return [Problem("field-lines", f"“{field.name}”{most}，现有 {len(lines)} 条", field=field.name)]
    return [problem for line in lines for problem in text_problems(line, f"“{field.name}”", field.name)]


def with_id_types(kind: Kind, matter: Matter, typed: Typed) -> Typed:
    """A typed number without a kind of document is a 居民身份证's, as elsewhere; numbers in normal form."""
    added = dict(typed)
    for field in kind.fields:
        if field.source in ID_TYPES and typed.get(field.name):
            added[field.name] = (normal_number(typed[field.name][0]),)
            beside = _beside(kind, field)
            if beside is not None and not typed.get(beside.name) and not known_lines(beside.source, matter):
                added[beside.name] = (IdType.ID_CARD.label,)
    return added


def _beside(kind: Kind, number: Field) -> Field | None:
    """The blank that holds the kind of document of a number."""
    return next((field for field in kind.fields if field.source is ID_TYPES[number.source]), None)


def document_problems(kind: Kind, matter: Matter, typed: Typed, *, complete: bool) -> list[Problem]:
    """Why the document cannot be made: too late, not allowed, wrong or (``complete``) missing values."""
    problems = _stage_problems(kind, matter)
    for field in kind.fields:
        given, known = typed.get(field.name, ()), known_lines(field.source, matter)
        if given and known and given != known:
            message = f"“{field.name}”以清单和台账为准，不能另填"
            problems.append(Problem("field-known", message, field=field.name))
            continue
        problems += _choice_problems(field, given, matter)
        problems += _person_problems(kind, field, matter, typed)
        empty = not any(filled(line) for line in (*given, *known, *field.value))
        if complete and field.required and empty and field.supplier is not By.OFFICE:
            problems.append(Problem("missing", f"未填{called(field)}", kind.clause, field.name))
    return problems


def called(field: Field) -> str:
    """A blank with its help: 撤回理由（写明合理理由）."""
    return f"{field.name}（{field.help}）" if field.help else field.name


def _stage_problems(kind: Kind, matter: Matter) -> list[Problem]:
    """A document that comes too late (撤回只在办结前), or needs an agent where none may promise."""
    problems = []
    if matter.case is not None:
        now = CommitmentStatus(matter.case.status)
        if now in kind.barred:
            why = f"：{kind.late}" if kind.late else ""
            message = f"{matter.case.number} {now.label}，不能再出具{kind.title}{why}"
            problems.append(Problem("document-late", message, kind.clause))
    if kind.agent and agent_may(matter) is False:
        message = (
            f"事项 {matter.item.no}“{matter.item.matter}”必须由申请人作出承诺，不可代为承诺，没有{kind.title}"
        )
        problems.append(Problem("agent-not-allowed", message, "附件2 二（五）"))
    return problems


def _choice_problems(field: Field, given: tuple[str, ...], matter: Matter) -> list[Problem]:
    """A closed list takes its own choices only, an open one words as well; none that a fact contradicts."""
    for n, line in enumerate(given, start=1):
        choice = field.chosen(line)
        if choice is not None:
            fact = contradicting(choice, matter)
            if fact is None:
                continue
            message = (
                f"“{field.name}”的“{choice.text}”与清单和台账不符（{fact.label}），请改选，或者先核对登记"
            )
            return [Problem("field-fact", message, choice.clause, field.name)]
        if field.closed or (field.listed and (not WORDS.search(line) or _slip(field, line))):
            what = "不在可选之列" if field.choices else "没有写出内容，请用文字写明"
            listed = "；".join(f"{n}. {c.code} {c.text}" for n, c in enumerate(field.choices, start=1))
            more = "" if field.closed or not field.choices else "，也没有写出内容"
            options = f"{more}，可选：{listed}" if listed else ""
            message = f"“{field.name}”的第 {n} 项{what}{options}"
            return [Problem("field-choice", message, field=field.name)]
    return []


def _slip(field: Field, line: str) -> bool:
    """A code mistyped where codes are offered: small Latin letters alone are no words of a notice."""
    return bool(field.choices) and SLIP.fullmatch(line.strip()) is not None


def _person_problems(kind: Kind, field: Field, matter: Matter, typed: Typed) -> list[Problem]:
    """A typed number must be true for its kind of document, a typed telephone number possible."""
    given = typed.get(field.name, ())
    if not given:
        return []
    label = field.name
    if field.source in (Source.APPLICANT_PHONE, Source.AGENT_PHONE):
        return phone_problems(given[0], label, label)
    if field.source not in ID_TYPES:
        return []
    beside = _beside(kind, field)
    said = typed.get(beside.name, ()) if beside is not None else ()
    named = "；".join(said or known_lines(ID_TYPES[field.source], matter))
    type_ = parse_word(IdType, named) if named else IdType.ID_CARD
    if type_ is None:
        told = beside.name if beside is not None else label
        return [Problem("id-type", f"“{told}”不是认识的证件类型", "附件2 一", told)]
    number = normal_number(given[0])
    return identity_problems(type_, number, today=matter.today, label=label, field=label)


def compose_document(kind: Kind, matter: Matter, typed: Typed) -> Filled:
    """The values of the document's blanks; an empty one is an underline, of the office a warning too."""
    values: dict[str, str | Rows] = {}
    warnings: list[Problem] = []
    codes: dict[str, list[str]] = {}
    for field in kind.fields:
        given = typed.get(field.name, ())
        lines = known_lines(field.source, matter) or given or field.value
        chosen = [choice.code for line in lines if (choice := field.chosen(line)) is not None]
        if chosen:
            codes[field.name] = chosen
        if not lines and field.required and field.supplier is By.OFFICE:
            message = f"未填{called(field)}，{kind.title}上留空待填"
            warnings.append(Problem("office-gap", message, kind.clause, field.name))
        values[field.name] = _rows(field, lines) if field.listed else _one(field, lines)
    values |= {
        field.name: _term_rows(field, values[field.name], values) for field in kind.fields if field.terms
    }
    return Filled(values, (*warnings, *_reminders(kind, matter)), codes)


def _reminders(kind: Kind, matter: Matter) -> list[Problem]:
    """What the office should look at before it hands the document out."""
    found = []
    sources = {field.source for field in kind.fields}
    if Source.PROOFS_TO_BRING in sources and not all(
        p.basis or matter.item.basis for p in matter.item.proofs
    ):
        found.append(Problem("basis", NO_BASIS, "通知五（二）", "basis"))
    if kind.agent and agent_may(matter) is None:
        message = "本事项未填写可否代为承诺，本县默认不接受代为承诺（县里的默认，并非法律规定）"
        found.append(Problem("agent", message, "通知五（二）", "agent"))
    return found


def office_gaps(document: Filled) -> tuple[Problem, ...]:
    """The warnings that refuse a document where the county is formal."""
    return tuple(warning for warning in document.warnings if warning.code == "office-gap")


def _one(field: Field, lines: Sequence[str]) -> str:
    if not lines:
        return DATE_BLANK if field.source in DATES else "_" * field.blank
    choice = field.chosen(lines[0])
    return (choice.text if choice is not None else lines[0]).rstrip("。；;")


def _rows(field: Field, lines: Sequence[str]) -> Rows:
    """The rows of a list; with ``ticked`` all choices, the meant ones ticked, then what else was typed."""
    meant = [(field.chosen(line), line) for line in lines]
    rows = [
        (TICKED, _printed(choice.text, choice.clause) if choice else _printed(line)) for choice, line in meant
    ]
    if field.ticked:
        ours = {choice.code for choice, _ in meant if choice is not None}
        rows = [(TICKED if c.code in ours else UNTICKED, _printed(c.text, c.clause)) for c in field.choices]
        rows += [(TICKED, _printed(line)) for choice, line in meant if choice is None]
    if not rows and not field.required and (field.terms or field.source is not Source.TYPED):
        return []
    rows = rows or [(UNTICKED, "_" * field.blank)]
    return [_row(n, box, text) for n, (box, text) in enumerate(rows, start=1)]


def _term_rows(field: Field, explained: str | Rows, values: Mapping[str, str | Rows]) -> Rows:
    """One row of what explains the short names that the document cites (通知五（二）), if any."""
    lines = [row["内容"] for row in explained if isinstance(row, dict)]
    said = [value for name, value in values.items() if name != field.name]
    text = "\n".join(v if isinstance(v, str) else "\n".join(row["内容"] for row in v) for v in said)

    def cited(line: str) -> bool:
        term = TERM.match(line)
        return term is None or re.search(f"{re.escape(term[1])} ?[第一二三四五六七八九十]", text) is not None

    used = [line.removeprefix("文中") for line in lines if cited(line)]
    return [_row(1, TICKED, "，".join(used))] if used else []


def _row(n: int, box: str, text: str) -> dict[str, str]:
    return {"序号": str(n), "中文序号": chinese_number(n), "勾选": box, "内容": text}


def _printed(text: str, clause: str = "") -> str:
    text = text.rstrip("。；;")
    return f"{text}（{clause}）" if clause else text


def prove_document(kind: Kind, matter: Matter, typed: Typed, *, complete: bool) -> Filled:
    """The values of the document, all that is wrong told at once. Raises Refused, BadInput."""
    problems = document_problems(kind, matter, typed, complete=complete)
    rules = [problem for problem in problems if problem.code in RULES]
    if rules:
        raise Refused(rules[0].message, tuple(rules))
    if problems:
        message = f"{kind.title}有 {len(problems)} 处缺漏或者错误，没有出具"
        raise BadInput(message, tuple(problems))
    filled = compose_document(kind, matter, typed)
    gaps = office_gaps(filled)
    if complete and gaps and matter.catalog.county.formal:
        message = f"本县要求文书各栏齐全（formal: 是），{kind.title}还有空栏，没有出具；请补齐或者加 --draft"
        raise Refused(message, gaps)
    return filled


def file_name(kind: Kind, matter: Matter, draft: bool = False) -> str:
    """``RS-2026-00001-撤回告知承诺申请书.docx``: number or item and kind, never a person's name."""
    about = matter.label or (matter.case.number if matter.case is not None else matter.item.id)
    return f"{about}-{kind.title}{f'-{DRAFT}' if draft else ''}.docx"
