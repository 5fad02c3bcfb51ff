"""文书的种类: what a kind of document is, as an office describes it in ``catalog/documents.yaml``.

A kind is data: a template, the blanks in it, where each blank's value comes from, who signs. Another
kind is added by a few lines of YAML and a docx; nothing here knows any of them by name.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple

from gaozhi_cli.domain.vocabulary import CommitmentStatus, Word


class About(Word):
    """What a document is about: a registered case, an item of the 清单, or either."""

    CASE = "case", "编号"
    ITEM = "item", "事项"
    EITHER = "either", "编号或事项"


class Signer(Word):
    """Who signs or seals a document."""

    APPLICANT = "applicant", "申请人"
    AGENT = "agent", "委托代理人"
    OFFICE = "office", "行政机关"
    CLERK = "clerk", "经办人"
    INSPECTOR = "inspector", "核查人员"
    ASSISTING = "assisting", "协助机关"


class By(Word):
    """Who supplies a blank that the program cannot fill in."""

    CLERK = "clerk", "经办人"
    APPLICANT = "applicant", "申请人"
    OFFICE = "office", "单位"


class Source(Word):
    """Where the value of a blank comes from: typed, or one of the things that the program knows."""

    TYPED = "typed", "填写"
    COUNTY = "county", "县名"
    OFFICE_NAME = "office-name", "机关名称"
    OFFICE_CONTACT = "office-contact", "机关联系人"
    OFFICE_PHONE = "office-phone", "机关联系方式"
    COMPLAINTS = "complaints", "投诉举报方式"
    MATTER = "matter", "行政事项名称"
    PROOF_NAMES = "proof-names", "证明事项名称"
    PROOFS = "proofs", "承诺的证明"
    PROOFS_RULE = "proofs-rule", "承诺的证明的要求"
    PROOFS_METHODS = "proofs-methods", "证明和核查方式"
    METHODS = "methods", "核查方式"
    CHECKING = "checking", "核查说明"
    PROOFS_TO_BRING = "proofs-to-bring", "须提交的证明"
    HOW_TO_BRING = "how-to-bring", "须提交的证明的要求"
    AGENT_RULE = "agent-rule", "可否代为承诺"
    DISCLOSURE_RULE = "disclosure-rule", "是否公开"
    NUMBER = "number", "承诺书编号"
    NUMBER_LINE = "number-line", "承诺书编号的一段"
    APPLICANT_NAME = "applicant-name", "申请人"
    APPLICANT_ID_TYPE = "applicant-id-type", "申请人证件类型"
    APPLICANT_ID_NUMBER = "applicant-id-number", "申请人证件号码"
    APPLICANT_ID_MASKED = "applicant-id-masked", "申请人证件号码（遮蔽）"
    APPLICANT_PHONE = "applicant-phone", "申请人联系方式"
    APPLICANT_CONTACT = "applicant-contact", "申请人联系人"
    APPLICANT_ADDRESS = "applicant-address", "申请人地址"
    SITE_ADDRESS = "site-address", "现场地址"
    AGENT_NAME = "agent-name", "代理人"
    AGENT_ID_TYPE = "agent-id-type", "代理人证件类型"
    AGENT_ID_NUMBER = "agent-id-number", "代理人证件号码"
    AGENT_PHONE = "agent-phone", "代理人联系方式"
    AUTHORIZATION = "authorization", "特别授权"
    TODAY = "today", "今天"
    DRAWN_UP_ON = "drawn-up-on", "制作日期"
    SIGNED_ON = "signed-on", "签署日期"
    ACCEPTED_ON = "accepted-on", "受理日期"
    CONCLUDED_ON = "concluded-on", "办结日期"
    # What the act that makes the document knows: one check, one request to another agency, one measure.
    CHECK_ID = "check-id", "核查编号"
    CHECK_PROOF = "check-proof", "核查的证明"
    CHECK_METHOD = "check-method", "该项核查方式"
    CHECK_STANDARD = "check-standard", "核查标准"
    FINDING = "finding", "核查结论"
    CHECKED_ON = "checked-on", "核查日期"
    INSPECTORS = "inspectors", "核查人员"
    ASSIST_ID = "assist-id", "协查编号"
    ASSISTING = "assisting", "协助机关"
    ASSIST_ASKED_ON = "assist-asked-on", "发函日期"
    ASSIST_DUE = "assist-due", "答复期限"
    OUTCOME_ID = "outcome-id", "处理编号"
    MEASURE = "measure", "处理措施"
    MEASURE_BASIS = "measure-basis", "处理依据"
    NOTICED_ON = "noticed-on", "告知日期"
    STATEMENT_UNTIL = "statement-until", "陈述申辩期限"
    HEARING_RIGHT = "hearing-right", "听证权利"
    STATEMENT = "statement", "陈述申辩情况"
    RECTIFY_UNTIL = "rectify-until", "整改期限"
    DECISION_NUMBER = "decision-number", "决定文号"
    REMEDIES = "remedies", "救济途径"


class Fact(Word):
    """What 清单 or 台账 say that contradicts a coded answer; the label is how the refusal names it."""

    LISTED = "item-listed", "事项在清单之内"
    AGENT_MAY = "agent-may", "可以代为承诺"
    NO_AGENT = "no-agent", "没有委托代理人"
    AUTHORIZED = "authorization-recorded", "已登记特别授权"
    SITE_ADDRESS = "has-site-address", "已登记现场地址"
    SIGNED = "signed", "已登记签署"


LISTS = frozenset(
    {Source.PROOFS, Source.PROOFS_METHODS, Source.PROOFS_TO_BRING, Source.NUMBER_LINE, Source.STATEMENT}
)
# Sources that only an act fills in: a kind that has any of them is made by its own command.
OF_ACT = frozenset(list(Source)[list(Source).index(Source.CHECK_ID) :])
DATES = frozenset(
    {
        Source.TODAY, Source.DRAWN_UP_ON, Source.SIGNED_ON, Source.ACCEPTED_ON, Source.CONCLUDED_ON,
        Source.CHECKED_ON, Source.ASSIST_ASKED_ON, Source.ASSIST_DUE, Source.NOTICED_ON,
        Source.STATEMENT_UNTIL, Source.RECTIFY_UNTIL,
    }
)  # fmt: skip
APPLICANTS = frozenset(source for source in Source if source.value.startswith(("applicant-", "site-")))
AGENTS = frozenset(
    {
        Source.AGENT_NAME,
        Source.AGENT_ID_TYPE,
        Source.AGENT_ID_NUMBER,
        Source.AGENT_PHONE,
        Source.AUTHORIZATION,
    }
)
PERSONAL = APPLICANTS | AGENTS
OFFICES = frozenset(
    {
        Source.COUNTY, Source.OFFICE_NAME, Source.OFFICE_CONTACT, Source.OFFICE_PHONE, Source.COMPLAINTS,
        Source.MATTER, Source.AGENT_RULE, Source.DISCLOSURE_RULE,
        # county data: standards, periods, bases, remedies
        Source.CHECK_STANDARD, Source.ASSIST_DUE, Source.MEASURE_BASIS, Source.STATEMENT_UNTIL,
        Source.HEARING_RIGHT, Source.RECTIFY_UNTIL, Source.REMEDIES,
    }
)  # fmt: skip
# Sources for which the sealed rows of a case are opened: its people, and what its 承诺书 says.
SEALED = PERSONAL | {Source.AGENT_RULE, Source.DISCLOSURE_RULE}
# What a row of a list may print; 勾选 is ☑ or ☐ where all choices are listed.
ROW_FIELDS = ("序号", "中文序号", "勾选", "内容")


class Choice(NamedTuple):
    """A coded answer: what is printed for it, its clause, the facts beside which it cannot stand."""

    code: str
    text: str
    clause: str = ""
    unless: tuple[Fact, ...] = ()


class Field(NamedTuple):
    """A blank of a template. ``value``: what the county has laid down once, with its ``origin``.

    ``several``: a list of lines; ``ticked``: every choice is listed with a box; ``closed``: nothing but
    the choices; ``blank``: how many underscores stand for an empty one; ``terms``: its lines explain short
    names (“通知”指…) and only those that the document uses are printed, as one row.
    """

    name: str
    source: Source
    by: By = By.CLERK
    help: str = ""
    required: bool = False
    several: bool = False
    ticked: bool = False
    closed: bool = False
    choices: tuple[Choice, ...] = ()
    value: tuple[str, ...] = ()
    origin: str = ""
    blank: int = 16
    terms: bool = False

    @property
    def supplier(self) -> By:
        """Who has to supply it where it is empty: a gap of the office is told, any other refuses."""
        if self.source in PERSONAL:
            return By.APPLICANT
        return By.OFFICE if self.source in OFFICES else self.by

    @property
    def listed(self) -> bool:
        """Whether the blank is a list of rows in the template."""
        return self.several or self.ticked or self.terms or self.source in LISTS

    def chosen(self, text: str) -> Choice | None:
        """The choice meant: by place, code, text, or two or more characters that only its text holds."""
        wanted = text.strip()
        if wanted.isdecimal():
            place = int(wanted[:3])
            return self.choices[place - 1] if len(wanted) < 3 and 1 <= place <= len(self.choices) else None
        for choice in self.choices:
            if wanted.lower() == choice.code or wanted.rstrip("。；") == choice.text.rstrip("。；"):
                return choice
        holding = [c for c in self.choices if self.closed and len(wanted) >= 2 and wanted in c.text]
        return holding[0] if len(holding) == 1 else None


class Kind(NamedTuple):
    """A kind of document. ``official``: a 公文 (GB/T 9704); ``barred``: statuses in which it comes too late.

    ``late``: why it does; ``once``: one for a case (一次性); ``agent``: only where an agent may promise;
    ``wording``: what the template must say; ``command``: the step that alone makes it, where one does.
    """

    id: str
    title: str
    template: str
    official: bool
    about: About
    signers: tuple[Signer, ...]
    clause: str
    fields: tuple[Field, ...]
    purpose: str = ""
    source: str = ""
    wording: tuple[str, ...] = ()
    barred: tuple[CommitmentStatus, ...] = ()
    once: bool = False
    agent: bool = False
    late: str = ""
    command: str = ""

    @property
    def blanks(self) -> tuple[str, ...]:
        """The names a template may use."""
        return tuple(field.name for field in self.fields)

    @property
    def rows(self) -> dict[str, tuple[str, ...]]:
        """The blanks that are lists, with what their rows may print."""
        return {field.name: ROW_FIELDS for field in self.fields if field.listed}

    def field(self, name: str) -> Field | None:
        """The blank with a name."""
        return next((field for field in self.fields if field.name == name), None)


def find_kind(kinds: tuple[Kind, ...], text: str) -> Kind | None:
    """The kind called ``text``: id, title, or words that only one title, else only one purpose, holds."""
    wanted = text.strip()
    for kind in kinds:
        if wanted.lower() == kind.id or wanted == kind.title:
            return kind
    for said in ([kind.title for kind in kinds], [kind.purpose for kind in kinds]):
        holding = [kind for kind, words in zip(kinds, said, strict=True) if wanted in words]
        if holding and len(wanted) >= 2:
            return holding[0] if len(holding) == 1 else None
    return None


def near_kinds(kinds: tuple[Kind, ...], text: str, limit: int = 3) -> list[Kind]:
    """Kinds called something like ``text``, the nearest first."""
    wanted = text.strip().lower()

    def likeness(kind: Kind) -> float:
        shared = len(set(wanted) & set(kind.title)) / (len(set(wanted)) or 1)
        return max(shared, *(SequenceMatcher(None, wanted, name).ratio() for name in (kind.id, kind.title)))

    return sorted(kinds, key=likeness, reverse=True)[:limit]
