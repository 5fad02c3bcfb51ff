"""协助核查交换表: what another agency fills in without this program, and what is read back from it.

A row tells one request by locked cells and a seal over them (校验码, a keyed digest that holds nothing
personal); the agency fills in 结果 and 说明. What is read back is taken only where every locked cell still
reads as it went out, so an answer cannot end at another case (通知五（四）).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, answer_problems, parse_request_id, refusal_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState, labels

FORMAT = "gaozhi.assistance.1"
TITLE = "协助核查交换表"
LOCKED = {
    "id": "协查编号",
    "check": "核查编号",
    "matter": "行政事项名称",
    "proof": "核查的证明",
    "applicant": "申请人",
    "id_number": "证件号码",
    "content": "请求协助的内容",
    "asked_on": "发函日期",
    "due": "答复期限",
    "seal": "校验码",
}
ANSWERS = {"result": "结果", "text": "说明或者理由"}
COLUMNS = LOCKED | ANSWERS
CANNOT = AssistanceState.REFUSED.label
CHOICES = (*(word.label for word in AssistanceResult), CANNOT)
HOW_TO = (
    "本表由请求协助的机关制作，对应协助核查函；一行是一个请求。",
    f"只填写“结果”和“说明或者理由”两栏。“结果”从下拉列表中选：{'、'.join(CHOICES)}。",
    "相符：与贵单位掌握的情况一致；不相符：不一致，请在说明里写明哪里不一致；查无记载：贵单位没有这方面的记载。",
    "确有原因不能提供协助的选“不能协助”，并写明理由；加盖印章的书面材料请另行送达。",
    "其他各栏已锁定，请不要改动、增删、合并或者调换；改动过的行不能读回。",
    "暂时不能答复的行留空，以后可以再填、再发回；填好后按原来的格式保存、发回。",
    "表内信息只用于本次核查，请注意保密，用完后按规定处理。",
)


class Given(NamedTuple):
    """A row as it was read: its number in the file, its cells by key of ``COLUMNS``, what spoilt them."""

    row: int
    values: Mapping[str, str]
    faults: tuple[Problem, ...] = ()


class Reply(NamedTuple):
    """An answer read back: ``result`` None = 不能协助."""

    row: int
    id: str
    result: AssistanceResult | None
    text: str


def plain(text: str) -> str:
    """A cell as it is compared and kept: one line, single blanks."""
    return " ".join(text.split())


def sealed_text(values: Mapping[str, str]) -> str:
    """What the seal of a row is taken over: all its locked cells but the seal."""
    return json.dumps([FORMAT, *(plain(values.get(key, "")) for key in LOCKED if key != "seal")],
                      ensure_ascii=False)  # fmt: skip


def is_blank(given: Given) -> bool:
    """Whether a row holds nothing."""
    return not any(plain(value) for value in given.values.values())


def is_unanswered(given: Given) -> bool:
    """Whether the agency has left a row's two cells empty."""
    return not any(plain(given.values.get(key, "")) for key in ANSWERS)


def read_reply(given: Given) -> tuple[Reply | None, list[Problem]]:
    """What a row answers, or what is wrong with it by itself."""
    id_ = parse_request_id(given.values.get("id", ""))
    word = plain(given.values.get("result", ""))
    text = plain(given.values.get("text", ""))
    if id_ is None:
        return None, [row_problem(given.row, "没有可以认出的协查编号，应如 RS-2026-X00001", "id")]
    result = next((one for one in AssistanceResult if word in (one.label, one.value)), None)
    if result is None and word not in (CANNOT, AssistanceState.REFUSED.value):
        told = "没有选结果" if not word else "的结果不认识"
        message = f"（{id_}）{told}，应是 {labels(AssistanceResult)}|{CANNOT} 之一"
        return None, [row_problem(given.row, message, "result")]
    return Reply(given.row, id_, result, text), []


def reply_problems(reply: Reply, request: Assistance, occasion: Occasion) -> list[Problem]:
    """Why an answer to a known request cannot be recorded, each with its row."""
    if reply.result is None:
        found = refusal_problems(request, occasion.today, reply.text, check=None)
    else:
        found = answer_problems(request, occasion.today, reply.result, reply.text, paper=True, check=None)
    return [row_problem(reply.row, f"：{one.message}", one.field, one.code, one.clause) for one in found]


def row_problem(row: int, message: str, field: str = "", code: str = "row", clause: str = "") -> Problem:
    """A problem with the number of its row."""
    return Problem(code, f"第 {row} 行{message}", clause, COLUMNS.get(field, field))


def heading_places(cells: Sequence[str]) -> dict[str, int] | None:
    """Where the columns of a heading row stand, by key; None where the row is no heading row."""
    there = [plain(cell) for cell in cells]
    if not all(COLUMNS[key] in there for key in ("id", "seal", "result")):
        return None
    return {key: there.index(heading) for key, heading in COLUMNS.items() if heading in there}


def heading_faults(cells: Sequence[str], places: Mapping[str, int]) -> str:
    """What is wrong with a heading row, in words; empty where all columns stand in it once."""
    there = [plain(cell) for cell in cells]
    twice = [heading for heading in COLUMNS.values() if there.count(heading) > 1]
    absent = [heading for key, heading in COLUMNS.items() if key not in places]
    told = [f"有两栏“{heading}”" for heading in twice] + [f"少了“{heading}”一栏" for heading in absent]
    return "，".join(told)
