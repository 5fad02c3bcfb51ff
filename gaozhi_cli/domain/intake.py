"""收件: what was typed or read from a file, checked as a whole and turned into an Application.

All problems are reported at once, in the words of the form (规程四（一）：审查提交材料的完整性). The keys are
the flags' names with underscores; no message repeats a personal value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from gaozhi_cli.domain.applicant import (
    FORM_CLAUSE,
    Agent,
    Applicant,
    Identity,
    filled,
    identity_problems,
    normal_number,
    phone_problems,
    text_problems,
)
from gaozhi_cli.domain.catalog import Item, choose_proofs, leaves
from gaozhi_cli.domain.letter import Application, applicant_gaps, disclosure_problems
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import AgentKind, IdType, SubjectKind, labels, parse_word
from gaozhi_cli.domain.workdays import parse_day

Raw = Mapping[str, object]

# The form's words for the keys; also the headings that a table of applicants may use.
FIELD_LABELS = {
    "item": "行政事项",
    "name": "姓名或名称",
    "id_type": "证件类型",
    "id_number": "证件编号",
    "uscc": "统一社会信用代码",
    "contact": "联系人",
    "phone": "联系方式",
    "address": "地址",
    "agent_kind": "代理人类型",
    "agent_name": "代理人姓名",
    "agent_id_type": "代理人证件类型",
    "agent_id_number": "代理人证件编号",
    "agent_phone": "代理人联系方式",
    "authorization": "特别授权书",
    "proof": "证明事项",
    "statement": "承诺的具体内容（具体是）",
    "site_address": "现场地址",
    "public_until": "公开时限",
    "no_public": "不公开",
    "consent": "公开同意",
}
AGENT_FIELDS = ("agent_name", "agent_id_number", "agent_phone", "authorization")
TRUE_WORDS, FALSE_WORDS = ("true", "是", "yes", "1"), ("false", "否", "no", "0")


def unknown_fields(raw: Raw) -> list[Problem]:
    """Keys that no field of the form goes by."""
    return [
        Problem("field-unknown", f"不认识的栏目“{key}”", field=str(key))
        for key in raw
        if key not in FIELD_LABELS
    ]


def read_form(raw: Raw, item: Item, today: date) -> tuple[Application | None, list[Problem]]:
    """The application that ``raw`` describes, or all problems of the form. ``today`` dates the letter."""
    application, problems = fill_form(raw, item, today)
    return (None, problems) if problems else (application, [])


def fill_form(raw: Raw, item: Item, today: date) -> tuple[Application, list[Problem]]:
    """The application as far as it can be read, and all problems of the form; without any it holds."""
    reader = _Reader(raw, item, today)
    chosen, problems = choose_proofs(item, reader.proofs())
    applicant = reader.applicant()
    agent = reader.agent()
    application = Application(
        item=item,
        leaves=chosen or tuple(leaves(item.tree)),
        applicant=applicant,
        agent=agent,
        statement=reader.text("statement"),
        site_address=reader.text("site_address"),
        public_until=reader.day("public_until"),
        no_public=reader.flag("no_public") or False,
        consent=reader.flag("consent"),
    )
    gaps = [gap for gap in applicant_gaps(application, today) if gap.field not in reader.faulty]
    if chosen == ():  # which proofs are meant is not known yet, so neither is whether a visit follows
        gaps = [gap for gap in gaps if gap.field != "site_address"]
    return application, [*gaps, *reader.problems, *problems, *disclosure_problems(application)]


def read_applicant(raw: Raw, today: date) -> tuple[Applicant, list[Problem]]:
    """The applicant alone, of a case without a letter, and all problems of these fields (附件2 一)."""
    reader = _Reader(raw, None, today)
    applicant = reader.applicant()
    organization = applicant.kind is SubjectKind.ORGANIZATION
    needed = {"name": applicant.name, "uscc" if organization else "id_number": applicant.identity.number}
    needed |= {"phone": applicant.phone}
    needed |= {"contact": applicant.contact, "address": applicant.address} if organization else {}
    gaps = [
        Problem("missing", f"未填{FIELD_LABELS[field]}", FORM_CLAUSE, field)
        for field, value in needed.items()
        if not filled(value) and field not in reader.faulty
    ]
    return applicant, [*gaps, *reader.problems]


class _Reader:
    """Reads fields one by one and collects what is wrong with them."""

    def __init__(self, raw: Raw, item: Item | None, today: date) -> None:
        self._raw = raw
        self._item = item
        self._today = today
        self.problems: list[Problem] = []
        self.faulty: set[str] = set()
        self._texts: dict[str, str] = {}

    def text(self, field: str) -> str:
        """A text field without outer blanks; unprintable characters are a problem."""
        text = self._texts.get(field)
        if text is None:
            text = self._texts[field] = self._read_text(field)
        return text

    def _read_text(self, field: str) -> str:
        value = self._raw.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            return self._fault(field, f"{FIELD_LABELS[field]}应是文字")
        text = value.strip(" \u3000")
        found = text_problems(text, FIELD_LABELS[field], field)
        if found:
            self._add(found)
            return ""
        return text

    def flag(self, field: str) -> bool | None:
        """A yes or no; None when it was not said."""
        value = self._raw.get(field)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if not word:
            return None
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        self._fault(field, f"{FIELD_LABELS[field]}应写 是 或 否")
        return None

    def day(self, field: str) -> date | None:
        """An ISO date that is not past."""
        text = self.text(field)
        if not text:
            return None
        try:
            day = parse_day(text)
        except ValueError:
            self._fault(field, f"{FIELD_LABELS[field]}不是有效的日期，应写作“年-月-日”的数字")
            return None
        if day < self._today:
            self._fault(field, f"{FIELD_LABELS[field]}早于办理日期")
        return day

    def proofs(self) -> tuple[str, ...]:
        """Ids or names of the proofs asked for; a text may hold several ids, apart by 、 ； , or blanks."""
        value = self._raw.get("proof") or ()
        if not isinstance(value, (str, list, tuple)) or not all(isinstance(v, str) for v in value):
            self._fault("proof", "证明事项应是文字，或一列文字")
            return ()
        listed = [value] if isinstance(value, str) else list(value)
        names = {proof.name for proof in self._item.proofs} if listed and self._item else set()
        found: list[str] = []
        for text in listed:
            whole = text.strip() in names
            found += [text.strip()] if whole else re.split(r"[、；;，,\s]+", text.strip())
        return tuple(name for name in found if name)

    def applicant(self) -> Applicant:
        """申请人, one branch of the 二选一: a citizen by 证件编号, an organization by its code."""
        citizen, only_organization = self.text("id_number"), ("contact", "address")
        organization = bool(self.text("uscc")) or (
            not citizen and any(self.text(field) for field in only_organization)
        )
        if citizen and self.text("uscc"):
            self._fault("uscc", "证件编号（公民）与统一社会信用代码（法人或其他组织）只能填一项")
        for field in only_organization:
            if citizen and not organization and self.text(field):
                message = f"申请人是公民，表上没有{FIELD_LABELS[field]}一栏；现场地址请填现场地址"
                self._fault(field, message)
        kind = SubjectKind.ORGANIZATION if organization else SubjectKind.CITIZEN
        if organization:
            identity = self.identity(IdType.USCC, "uscc")
        else:
            identity = self.identity(self.id_type("id_type"), "id_number")
        return Applicant(
            kind=kind,
            name=self.text("name"),
            identity=identity,
            phone=self.phone("phone"),
            contact=self.text("contact"),
            address=self.text("address"),
        )

    def agent(self) -> Agent | None:
        """委托代理人 or 法定监护人, when anything of one was given."""
        kind = self.agent_kind()
        if kind is not AgentKind.GUARDIAN and not any(self.text(field) for field in AGENT_FIELDS):
            return None
        return Agent(
            name=self.text("agent_name"),
            identity=self.identity(self.id_type("agent_id_type"), "agent_id_number"),
            phone=self.phone("agent_phone"),
            authorization=self.text("authorization"),
            kind=kind,
        )

    def agent_kind(self) -> AgentKind:
        """代理人类型 by label or word; 委托代理人 when not said. An organization has no 法定监护人."""
        text = self.text("agent_kind")
        kind = parse_word(AgentKind, text) if text else AgentKind.DELEGATE
        if kind is None:
            self._fault("agent_kind", f"{FIELD_LABELS['agent_kind']}应是 {labels(AgentKind)} 之一")
        elif kind is AgentKind.GUARDIAN and self.text("uscc"):
            message = "申请人是法人或其他组织，没有法定监护人；由他人代为承诺的，代理人类型请填委托代理人"
            self._fault("agent_kind", message)
        return kind or AgentKind.DELEGATE

    def id_type(self, field: str) -> IdType:
        """证件类型 by label or word; 居民身份证 when not said."""
        text = self.text(field)
        if not text:
            return IdType.ID_CARD
        word = parse_word(IdType, text)
        if word is None or word is IdType.USCC:
            self._fault(
                field,
                f"{FIELD_LABELS[field]}应是 {labels(IdType).removesuffix('|' + IdType.USCC.label)} 之一",
            )
            return IdType.ID_CARD
        return word

    def identity(self, type_: IdType, field: str) -> Identity:
        """A number in normal form, checked for its kind of document."""
        number = normal_number(self.text(field))
        if number:
            label = FIELD_LABELS[field]
            found = identity_problems(type_, number, today=self._today, label=label, field=field)
            self._add(found)
        return Identity(type_, number)

    def phone(self, field: str) -> str:
        """联系方式."""
        text = self.text(field)
        if text:
            self._add(phone_problems(text, FIELD_LABELS[field], field))
        return text

    def _fault(self, field: str, message: str) -> str:
        self._add([Problem("field", message, field=field)])
        return ""

    def _add(self, problems: list[Problem]) -> None:
        for problem in problems:
            if problem not in self.problems:
                self.problems.append(problem)
                self.faulty.add(problem.field)
