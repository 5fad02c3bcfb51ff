"""申请人 and 委托代理人: text that can be carried faithfully, identity numbers that can be true.

附件2 一; GB 11643 (18-digit numbers: checksum and date are errors, the region never), GB 32100
(统一社会信用代码). No message here repeats the value it complains of: errors hold nothing personal.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import AgentKind, IdType, SubjectKind

FORM_CLAUSE = "附件2 一"
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NONCHARACTERS = frozenset(chr(0xFDD0 + n) for n in range(32))
LONGEST = 2000


class Identity(NamedTuple):
    """A kind of document and its number in normal form (NFKC, capitals, no blanks)."""

    type: IdType
    number: str


# Their numbers are one series: a person is the same whichever of them was ticked.
RESIDENTS = (IdType.ID_CARD, IdType.RESIDENCE_PERMIT, IdType.FOREIGN_RESIDENT)


def alike(identity: Identity) -> tuple[Identity, ...]:
    """The identities under which the same person may have been recorded."""
    if identity.type not in RESIDENTS:
        return (identity,)
    return tuple(Identity(type_, identity.number) for type_ in RESIDENTS)


class Applicant(NamedTuple):
    """申请人: a citizen, or an organization with its contact person and address."""

    kind: SubjectKind
    name: str
    identity: Identity
    phone: str
    contact: str = ""
    address: str = ""


class Agent(NamedTuple):
    """委托代理人 and the 特别授权书 that lets them promise (通知五（二）).

    Of a 法定监护人 ``authorization`` holds what the guardianship rests on (监护关系的依据).
    """

    name: str
    identity: Identity
    phone: str
    authorization: str
    kind: AgentKind = AgentKind.DELEGATE


def text_problems(text: str, label: str, field: str) -> list[Problem]:
    """Refuse what no document can carry: control, surrogate, bidi and non-characters, too long a text."""
    if text.isprintable():  # then none of its characters is of those kinds
        return _too_long(text, label, field)
    for place, char in enumerate(text, start=1):
        category = unicodedata.category(char)
        plane_end = ord(char) & 0xFFFE == 0xFFFE
        if category in ("Cc", "Cs", "Zl", "Zp") or char in BIDI or char in NONCHARACTERS or plane_end:
            kind = "换行、制表或其他控制字符" if category == "Cc" else "无法印出或会改变文字方向的字符"
            message = f"{label}的第 {place} 个字符是{kind}（U+{ord(char):04X}），请删去后重填"
            return [Problem("text-unprintable", message, field=field)]
    return _too_long(text, label, field)


def _too_long(text: str, label: str, field: str) -> list[Problem]:
    if len(text) > LONGEST:
        return [Problem("text-too-long", f"{label}超过 {LONGEST} 字，请缩短", field=field)]
    return []


def normal_number(text: str) -> str:
    """A number as it is kept: NFKC, capitals, no blanks inside or outside."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def identity_problems(type_: IdType, number: str, *, today: date, label: str, field: str) -> list[Problem]:
    """What is wrong with a number in normal form for its kind of document; says which digit or rule."""
    check = {
        IdType.ID_CARD: _id_card,
        IdType.RESIDENCE_PERMIT: _id_card,
        IdType.FOREIGN_RESIDENT: _foreign_resident,
        IdType.USCC: _uscc,
    }.get(type_, _other_document)
    return [
        Problem("id-number", f"{label}：{message}", FORM_CLAUSE, field) for message in check(number, today)
    ]


def _id_card(number: str, today: date) -> list[str]:
    if len(number) == 15:
        return ["这是 15 位旧号码，请提供 18 位号码"]
    if len(number) != 18:
        return [f"应为 18 位，现为 {len(number)} 位，请核对证件"]
    if number.isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X"):
        return _birth_date(number, today) or _mod_11_2(number)
    for place, char in enumerate(number, start=1):
        if not ("0" <= char <= "9" or (place == 18 and char == "X")):
            return [f"第 {place} 位不是数字{'或 X' if place == 18 else ''}，请核对证件"]
    return _birth_date(number, today) or _mod_11_2(number)


def _birth_date(number: str, today: date) -> list[str]:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return ["第 7 至 14 位不是有效的出生日期，请核对证件"]
    if born > today:
        return ["第 7 至 14 位的出生日期晚于办理日期，请核对证件"]
    if born.year < 1850:
        return ["第 7 至 14 位的出生年份过早，请核对证件"]
    return []


def _mod_11_2(number: str) -> list[str]:
    from stdnum.iso7064 import mod_11_2

    if mod_11_2.is_valid(number):
        return []
    return ["第 18 位校验码与前 17 位不符，可能抄错一位，请逐位核对证件"]


def _foreign_resident(number: str, today: date) -> list[str]:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return []
    if re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        return _mod_11_2(number)
    return ["应为 9 开头的 18 位号码，或三个字母加 12 位数字，请核对证件"]


def _uscc(number: str, today: date) -> list[str]:
    from stdnum.cn import uscc

    if len(number) != 18:
        return [f"应为 18 位，现为 {len(number)} 位，请核对营业执照"]
    allowed = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for place, char in enumerate(number, start=1):
        if char not in allowed:
            return [f"第 {place} 位不是代码允许的数字或字母（不用 I、O、S、V、Z），请核对营业执照"]
    if not number.strip("0"):
        return ["不能全为 0，请核对营业执照"]
    if uscc.calc_check_digit(number[:-1]) != number[-1]:
        return ["第 18 位校验码与前 17 位不符，可能抄错一位，请逐位核对营业执照"]
    return []


def _other_document(number: str, today: date) -> list[str]:
    if not re.fullmatch(r"[0-9A-Z\u4e00-\u9fff()\-]{4,30}", number):
        return ["应为 4 至 30 位的字母或数字，请核对证件"]
    return []


def phone_problems(phone: str, label: str, field: str) -> list[Problem]:
    """A telephone number has 7 to 20 digits; an address with @ is another way to be reached."""
    plain = unicodedata.normalize("NFKC", phone)
    if "@" in plain or 7 <= sum(char.isdecimal() for char in plain) <= 20:
        return []
    return [Problem("phone", f"{label}：号码应有 7 至 20 位数字", FORM_CLAUSE, field)]


PERSONAL_NUMBER = re.compile(
    r"(?<!\d)(\d{6}[\s-]?\d{4}[\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{3}[\dXx]"  # 18 places, as people group them
    r"|(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4})(?!\d)"  # a mobile number
)
FILLERS = frozenset("\u115f\u1160\u3164\uffa0")


def filled(text: str) -> bool:
    """Whether a text says anything: it holds a letter or a digit that can be seen."""
    if text.isascii():
        return any(map(str.isalnum, text))
    return any(unicodedata.category(char)[0] in "LN" and char not in FILLERS for char in text)


def no_personal_numbers(text: str, label: str, field: str) -> list[Problem]:
    """Words that go into the journal must not hold an identity or mobile number (流水不得含个人信息)."""
    if PERSONAL_NUMBER.search(unicodedata.normalize("NFKC", text)):
        message = f"{label}会写入流水，不能含证件号码或手机号码，请改用文书编号"
        return [Problem("personal-in-journal", message, field=field)]
    return []
