"""Closed lists of words with their Chinese labels (all rooms). No behaviour beyond naming.

Each member's value is the English word used in tables, JSON and files; ``label`` is what people read.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self, TypeVar


class Word(StrEnum):
    """A word with one meaning: English value, Chinese label."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


class Method(Word):
    """核查方式 (清单 第五栏)."""

    ONLINE = "online", "在线核查"
    ONSITE = "onsite", "现场核查"
    EXEMPT = "exempt", "免于核查"


class GroupKind(Word):
    """How the proofs of an item combine."""

    ALL = "all", "全部"
    ANY = "any", "任选其一"
    BY_CIRCUMSTANCE = "by circumstance", "按情形"


class Level(Word):
    """风险等级、获取难度 (通知二（四）, 规程一)."""

    LOW = "low", "低"
    MIDDLE = "middle", "中"
    HIGH = "high", "高"


class Trigger(Word):
    """Why a letter should be made public (通知五（六）)."""

    PUBLIC_INTEREST = "public-interest", "公共利益"
    THIRD_PARTY = "third-party", "第三人利益"
    HARD_TO_VERIFY = "hard-to-verify", "核查难度"


class HandlingChannel(Word):
    """办理渠道 (通知五（一）：协同推进线上线下办理)."""

    ONLINE = "online", "线上"
    OFFLINE = "offline", "线下"


class Severity(Word):
    """How grave a finding of the catalog's lint is: an unwaived error makes ``catalog check`` exit 5."""

    ERROR = "error", "错误"
    WARNING = "warning", "警告"
    ADVICE = "advice", "提示"


class SubjectKind(Word):
    """附件2 一（一）：申请人二选一."""

    CITIZEN = "citizen", "公民"
    ORGANIZATION = "organization", "法人或其他组织"


class IdType(Word):
    """证件类型 (附件2)."""

    ID_CARD = "id-card", "居民身份证"
    RESIDENCE_PERMIT = "residence-permit", "港澳台居民居住证"
    FOREIGN_RESIDENT = "foreign-resident", "外国人永久居留身份证"
    PASSPORT = "passport", "护照"
    HK_MACAO_PASS = "hk-macao-pass", "港澳居民来往内地通行证"
    TAIWAN_PASS = "taiwan-pass", "台湾居民来往大陆通行证"
    OFFICER = "officer", "军官证"
    USCC = "uscc", "统一社会信用代码"


class Track(Word):
    """Which procedure a case follows (规程四)."""

    COMMITMENT = "commitment", "告知承诺"
    ORDINARY = "ordinary", "一般程序"


class CommitmentStatus(Word):
    """Where a commitment stands (规程四)."""

    DRAWN_UP = "drawn-up", "已制作"
    SUPPLEMENTING = "supplementing", "补正中"
    SIGNED = "signed", "已签署"
    ACCEPTED = "accepted", "已受理"
    CONCLUDED = "concluded", "已办结"
    REFUSED = "refused", "不予适用"
    WITHDRAWN = "withdrawn", "已撤回"
    TERMINATED = "terminated", "已终止办理"
    REVOKED = "revoked", "已撤销行政决定"


class OrdinaryReason(Word):
    """Why a matter goes by the 一般程序 (通知五（二）, 规程四（二）): asked for each case, no default."""

    NOT_CHOSEN = "not-chosen", "申请人不选择告知承诺方式"
    UNABLE = "unable", "申请人不愿承诺或者无法承诺"
    NOT_ELIGIBLE = "not-eligible", "不符合证明事项告知承诺"


class ServedWay(Word):
    """How a decision was served on the applicant (规程四（一）：送达申请人)."""

    DIRECT = "direct", "直接送达"
    LEFT = "left", "留置送达"
    ENTRUSTED = "entrusted", "委托送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"
    PUBLIC = "public", "公告送达"


class AgentKind(Word):
    """Who promises in the applicant's place (通知五（二）): an agent by 特别授权, or a 法定监护人."""

    DELEGATE = "delegate", "委托代理人"
    GUARDIAN = "guardian", "法定监护人"


class CreditKind(Word):
    """What an adverse entry of a 诚信档案 says; ``credit.BARRING``: those that bar (通知五（二）)."""

    BAD_CREDIT = "bad-credit", "较严重的不良信用记录"
    FALSE_PROMISE = "false-promise", "曾作出虚假承诺"
    BROKEN_PROMISE = "broken-promise", "未履行承诺"


class LetterState(Word):
    """Whether the letter's file exists yet: number and state are committed first, files made after."""

    PENDING = "pending", "待生成"
    MADE = "made", "已生成"
    PURGED = "purged", "已清除"


class PrintState(Word):
    """A print job: handed to the queue is not printed."""

    SUBMITTED = "submitted", "已提交"
    PRINTED = "printed", "已打印"
    FAILED = "failed", "打印失败"


class Sameness(Word):
    """How a file on hand compares with the letter recorded."""

    IDENTICAL = "identical", "就是登记的那一份，一字节不差"
    SAME_TEXT = "same-text", "文字与登记的一致，文件另存或另印过；签章和画面请看纸面"
    CODE = "code", "二维码是登记的那一个；纸上的内容没有核对，请与下面登记的逐项比对"
    ALTERED = "altered", "与登记的不一致"


class ToldWay(Word):
    """How the applicant was told (告知): on paper, by an electronic text (通知四：书面形式含电子文本)."""

    PAPER = "paper", "纸质"
    ELECTRONIC = "electronic", "电子文本"


class CheckState(Word):
    """Where a verification stands."""

    PLANNED = "planned", "待核查"
    CLOSED = "closed", "已核查"


class Finding(Word):
    """核查结论."""

    TRUE = "true", "属实"
    FALSE = "false", "不实"
    UNFULFILLED = "unfulfilled", "未履行"
    UNVERIFIABLE = "unverifiable", "无法核实"
    LAPSED = "lapsed", "不再核查"


class CreditPast(Word):
    """What a 诚信档案 that bars nothing today still tells of: records repaired or past their last day."""

    CLEAR = "clear", "没有信用记录"
    FALSE_PROMISE = "past-false-promise", "曾有虚假承诺记录"
    BAD_CREDIT = "past-bad-credit", "曾有不良信用记录"


class CheckOrigin(Word):
    """Why there is a check: planned on acceptance, another way after 无法核实, after 限期整改, after 申辩."""

    PLANNED = "planned", "受理时立项"
    FOLLOW_UP = "follow-up", "无法核实，再行核查"
    RECHECK = "recheck", "整改复查"
    REVIEW = "review", "申辩后再行核查"
    DRAWN = "drawn", "双随机抽查"


class CheckStage(Word):
    """Whether a check has to be closed before the matter is (规程四（三）：办结前、办结后)."""

    BEFORE = "before", "办结前"
    AFTER = "after", "办结后"


class CountedFrom(Word):
    """From which day the period of a check is counted."""

    ACCEPTED = "accepted", "受理"
    CONCLUDED = "concluded", "办结"


class ClockEvent(Word):
    """What moves a date that is counted in working days."""

    PAUSED = "paused", "中止"
    RESUMED = "resumed", "恢复"
    EXTENDED = "extended", "延长"
    SET = "set", "指定"


class EvidenceKind(Word):
    """What a file shown as evidence is; only its digest is kept."""

    PHOTO = "photo", "照片"
    RECORD = "record", "核查记录"
    FILE = "file", "其他文件"


class AssistanceState(Word):
    """Where a request for 协助核查 stands: closed only by a result or by a written refusal."""

    ASKED = "asked", "待答复"
    ANSWERED = "answered", "已答复"
    REFUSED = "refused", "不能协助"


class AssistanceResult(Word):
    """What the agency asked says; the finding is drawn by the office that asked."""

    CONFIRMED = "confirmed", "相符"
    DIFFERS = "differs", "不相符"
    NOT_FOUND = "not-found", "查无记载"


class Measure(Word):
    """处理措施 (通知五（三）)."""

    TERMINATE = "terminate", "终止办理"
    RECTIFY = "rectify", "责令限期整改"
    REVOKE = "revoke", "撤销行政决定"
    PENALIZE = "penalize", "行政处罚"
    TRANSFER = "transfer", "移送司法机关"


class OutcomeState(Word):
    """Where a measure stands."""

    NOTICED = "noticed", "已事先告知"
    HEARD = "heard", "已听取陈述申辩"
    DECIDED = "decided", "已决定"
    DROPPED = "dropped", "不予处理"
    CLOSED = "closed", "已了结"


class DrawState(Word):
    """Where a 双随机 draw stands: the pool is frozen and published before the seed is known."""

    PLANNED = "planned", "名单已冻结"
    PUBLISHED = "published", "名单已公布"
    DRAWN = "drawn", "已抽取"
    ANNOUNCED = "announced", "结果已公开"


class Compared(Word):
    """What comparing a promise with a register gave; only the first is about the promise being true.

    A technical failure is never a finding about the applicant.
    """

    MATCH = "match", "相符"
    MISMATCH = "mismatch", "有字段不一致，待人工认定"
    NOT_FOUND = "not-found", "来源答复没有这条记录，待人工认定"
    AMBIGUOUS = "ambiguous", "有几条记录，待人工认定"
    NOT_COVERED = "not-covered", "来源不包括这类事项"
    STALE = "stale", "数据过期"
    UNAVAILABLE = "unavailable", "来源暂不可用"
    TIMEOUT = "timeout", "来源超时"
    DENIED = "denied", "来源拒绝访问"
    RATE_LIMITED = "rate-limited", "来源限流"
    DEFERRED = "deferred", "来源稍后答复"
    BAD_ANSWER = "bad-answer", "来源的答复读不懂"
    BAD_REQUEST = "bad-request", "来源说查询有误"


class OutcomeResult(Word):
    """How a decided measure ended."""

    DONE = "done", "已执行"
    RECTIFIED = "rectified", "整改到位"
    FAILED = "failed", "整改不到位"
    ACCEPTED = "accepted", "司法机关已受理"
    RETURNED = "returned", "司法机关退回"
    OVERTURNED = "overturned", "决定被依法撤销"


class HearingRight(Word):
    """Whether the party may ask for a 听证 before a measure: always, never, or decided for each case."""

    YES = "yes", "是"
    NO = "no", "否"
    EACH = "each", "逐件确定"


class SourceKind(Word):
    """What kind of register a promise is compared with (通知五（四）：比对相关数据)."""

    EXTRACT = "extract", "文件"
    TABLE = "table", "数据库"
    GATEWAY = "gateway", "接口"


class ClaimPart(Word):
    """What of the applicant's own words a register is asked about."""

    NUMBER = "number", "证件号码"
    NAME = "name", "姓名或名称"
    BORN = "born", "出生日期"
    PHONE = "phone", "联系方式"
    CONTACT = "contact", "联系人"
    ADDRESS = "address", "地址"
    SITE_ADDRESS = "site_address", "现场地址"
    AGENT_NUMBER = "agent_number", "代理人证件号码"
    AGENT_NAME = "agent_name", "代理人姓名"


class CompareAs(Word):
    """How a field of a register is compared with what was promised."""

    NAME = "name", "名称"
    NUMBER = "number", "号码"
    DATE = "date", "日期"
    TEXT = "text", "文字"
    STATUS = "status", "状态"
    VALID = "valid", "有效期"


class Held(Word):
    """How one field of a register's record stands to what was promised."""

    SAME = "same", "一致"
    DIFFERS = "differs", "不一致"
    ABSENT = "absent", "没有内容"
    UNREADABLE = "unreadable", "读不懂"


AnyWord = TypeVar("AnyWord", bound=Word)


def parse_word(words: type[AnyWord], text: str) -> AnyWord | None:
    """The member named by its English value, its label, or two or more characters only its label holds."""
    wanted = text.strip()
    for word in words:
        if wanted.lower() == word.value or wanted == word.label:
            return word
    holding = [word for word in words if len(wanted) >= 2 and wanted in word.label]
    return holding[0] if len(holding) == 1 else None


def labels(words: type[AnyWord]) -> str:
    """All labels of a list, for messages: 属实|不实|…"""
    return "|".join(word.label for word in words)
