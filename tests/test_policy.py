"""Examples of the law, written as files a clerk can read (tests/policy/*.yaml), tried one by one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.catalog import Catalog, Decision, Item, Proof, leaves
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.closing import close_problems
from gaozhi_cli.domain.commitment import (
    STEP_LABELS,
    Commitment,
    Number,
    after_step,
    new_commitment,
    parse_number,
    step_problems,
)
from gaozhi_cli.domain.county import County
from gaozhi_cli.domain.credit import CreditRecord, record_id, standing_on
from gaozhi_cli.domain.eligibility import Request, eligibility_problems
from gaozhi_cli.domain.form import TICKED, holes
from gaozhi_cli.domain.intake import FIELD_LABELS, read_form
from gaozhi_cli.domain.letter import compose
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.standing import CreditStanding, bar_problems
from gaozhi_cli.domain.verification import (
    Verification,
    conclude_problems,
    needs_check,
    next_steps,
    plan_due,
)
from gaozhi_cli.domain.vocabulary import (
    CheckState,
    CommitmentStatus,
    CreditKind,
    Finding,
    Track,
    parse_word,
)
from gaozhi_cli.storage.calendar import work_calendar
from gaozhi_cli.storage.strict_yaml import load
from tests import check_rooms, outcomes, policy_visits
from tests.builders import CITIZEN, ORGANIZATION, TODAY, a_catalog, an_id_number
from tests.conftest import ROOT
from tests.policy_assistance import assistance

FOLDER = ROOT / "tests" / "policy"
CLAUSE = re.compile(r"(通知|规程)[一二三四五六]|附件[123] |行政许可法第|行政处罚法第|县里的设置")
AGENT_FORM = {
    "agent_name": "测试丙",
    "agent_id_number": an_id_number("41018219850505005"),
    "agent_phone": "13900000000",
}

Given = dict[str, Any]
Outcome = dict[str, Any]
Catalogs = dict[str, Catalog]


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Catalogs:
    """The shipped catalog and the complete fixture county, by the names the files use."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    complete = Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder))
    return {"随附清单": a_catalog(tmp_path_factory.mktemp("home")), "示例县": a_catalog(complete)}


def day(given: Given, key: str, default: date | None = TODAY) -> date | None:
    """A date of the case."""
    return date.fromisoformat(given.pop(key)) if key in given else default


def messages(problems: list[Problem]) -> list[str]:
    """What was said, in order."""
    return [problem.message for problem in problems]


def outcome(problems: list[Problem]) -> Outcome:
    """可以, or 不可以 with its reasons."""
    return {"结果": "不可以", "理由": messages(problems)} if problems else {"结果": "可以"}


def decision(given: Given, key: str, yes: str, now: Decision | None) -> Decision | None:
    """The office's decision as the case changes it: 未定, yes or no."""
    word = given.pop(key, "")
    if not word:
        return now
    return {"未定": None, yes: Decision(True, "虚构"), f"不{yes}": Decision(False, "虚构")}[word]


def the_item(given: Given, catalog: Catalog) -> Item:
    """The item of the case, with the changes the case makes to it."""
    no = given.pop("事项")
    item = next(item for item in catalog.items if item.no == no)
    disclosure = decision(given, "公开", "公开", item.disclosure)
    if "清单所定公开时限" in given and disclosure is not None:
        disclosure = disclosure._replace(period=given.pop("清单所定公开时限"))
    agent = decision(given, "代为承诺", "可以", item.agent)
    if "法定监护人" in given and agent is not None:
        agent = agent._replace(
            guardian={"未定": None, "可以": True, "不可以": False}[given.pop("法定监护人")]
        )
    return item._replace(
        agent=agent,
        disclosure=disclosure,
        valid_from=day(given, "有效期自", item.valid_from),
        valid_until=day(given, "有效期至", item.valid_until),
    )


def eligibility(given: Given, catalogs: Catalogs) -> Outcome:
    """适用对象."""
    catalog = catalogs[given.pop("清单", "示例县")]
    item, today = the_item(given, catalog), day(given, "办理日期")
    form = {**CITIZEN, "site_address": ORGANIZATION["site_address"]}  # some are visited
    if given.pop("代理人", "无") == "有":
        form |= AGENT_FORM
    form |= {"authorization": given.pop("特别授权书", ""), "proof": leaves_of_first_choice(item)}
    form |= {"agent_kind": given.pop("代理人类型", "")}
    application, problems = read_form(form, item, TODAY)
    assert application is not None and today is not None, problems
    request = Request(
        item, catalog, application.applicant, application.agent, today, standing=standing(given, today)
    )
    return outcome(eligibility_problems(request))


def standing(given: Given, today: date) -> CreditStanding:
    """What the credit records of the case make of the applicant on the day."""
    records = []
    for n, one in enumerate(map(dict, given.pop("信用记录", [])), start=1):
        kind = parse_word(CreditKind, one.pop("类别"))
        assert kind is not None
        decided_on, source = str(one.pop("决定日期")), one.pop("决定文书")
        until, repaired = (str(one.pop(key)) if key in one else None for key in ("期限至", "修复日期"))
        records.append(
            CreditRecord(
                record_id(2026, n), "S", kind.value, decided_on, source, None, until, decided_on,
                repaired, "示修〔2026〕1号" if repaired else None,
            )
        )  # fmt: skip
        assert not one, f"the record gives what nobody reads: {list(one)}"
    return standing_on(records, today)


def credit(given: Given, catalogs: Catalogs) -> Outcome:
    """信用."""
    today = day(given, "办理日期")
    assert today is not None
    found = standing(given, today)
    return outcome(bar_problems(found)) | {"自": found.since or "无", "至": found.until or "无"}


def leaves_of_first_choice(item: Item) -> str:
    """One proof of the item, whichever: who may promise does not depend on it."""
    return next(leaves(item.tree)).proof.id


def letter(given: Given, catalogs: Catalogs) -> Outcome:
    """告知承诺书."""
    catalog = catalogs[given.pop("清单", "示例县")]
    item, who = the_item(given, catalog), given.pop("申请人")
    form = dict({"公民": CITIZEN, "法人或其他组织": ORGANIZATION}[who])
    keys = {label: key for key, label in FIELD_LABELS.items()}
    form |= {keys[label]: given.pop(label) for label in list(given)}
    application, problems = read_form(form, item, TODAY)
    if application is None:
        return outcome(problems)
    made = compose(application, catalog, "号")
    ticked = [name.removesuffix("勾选") for name, value in made.values.items() if value == TICKED]
    return {
        "结果": "可以",
        "勾选": ticked,
        "单位缺项": messages(list(made.warnings)),
        "印作": made.values,
    }


def whole(given: Given, catalogs: Catalogs) -> Outcome:
    """承诺书齐全."""
    catalog = catalogs[given.pop("清单", "示例县")]
    item, who = the_item(given, catalog), given.pop("申请人")
    form = {"公民": CITIZEN, "法人或其他组织": ORGANIZATION}[who]
    application, problems = read_form(form, item, TODAY)
    assert application is not None, problems
    made = compose(application, catalog, "号")
    changed = given.pop("改作", {})
    assert set(changed) <= set(made.values)
    made = made._replace(values=made.values | changed)
    found = holes(made.values)
    return {
        "齐全": "否" if found else "是",
        "缺": messages(found),
        "提示过": "否" if made.unexplained() else "是",
    }


def a_case(given: Given) -> Commitment:
    """A case in the status and with the days of the given."""
    made = new_commitment(
        Number("RS", 2026, 1),
        county=County("示例县"),
        item="rs-04",
        matter="劳务派遣经营许可（新办）",
        version=("1", "d"),
        subject="s",
        today=day(given, "制作日期") or TODAY,
        consent=None,
        warnings=None,
    )
    status = parse_word(CommitmentStatus, given.pop("状态"))
    assert status is not None
    track = parse_word(Track, given.pop("程序", "告知承诺"))
    assert track is not None
    return made._replace(
        status=status.value, track=track.value, signed_on=given.pop("签署日期", None),
        accepted_on=given.pop("受理日期", None), concluded_on=given.pop("办结日期", None),
        served_on=given.pop("送达日期", None),
    )  # fmt: skip


def a_check(place: int, word: str, planned_on: str = "2026-11-24") -> Verification:
    """A check of the case: 待核查, or closed with a finding."""
    finding = parse_word(Finding, word)
    assert (finding is None) is (word == CheckState.PLANNED.label)
    return Verification(
        id=f"RS-2026-00001-{place}",
        number="RS-2026-00001",
        office="RS",
        item="rs-04",
        matter="劳务派遣经营许可（新办）",
        proof=f"rs-04.{place}",
        proof_name="营业执照",
        method="online",
        state=CheckState.CLOSED.value if finding else CheckState.PLANNED.value,
        planned_on=planned_on,
        finding=finding.value if finding else None,
        closed_on="2026-11-24" if finding else None,
    )


def commitment(given: Given, catalogs: Catalogs) -> Outcome:
    """办理步骤."""
    step = {label: step for step, label in STEP_LABELS.items()}[given.pop("步骤")]
    today = day(given, "办理日期")
    assert today is not None
    checks = [a_check(place, word) for place, word in enumerate(given.pop("核查", []), start=1)]
    case = a_case(given)
    problems = step_problems(step, case, today)
    problems += conclude_problems(checks) if step == "conclude" else []
    after = {} if problems else {"之后": after_step(step, case).label}
    return outcome(problems) | after


def dated(given: Given, key: str) -> tuple[CheckPlan, ...]:
    """A period that the case adds to the catalog."""
    period = given.pop(key, None)
    return (CheckPlan(date.fromisoformat(period["自"]), "虚构", int(period["天数"])),) if period else ()


def due(given: Given, catalogs: Catalogs) -> Outcome:
    """核查期限."""
    catalog, wanted = catalogs[given.pop("清单", "示例县")], given.pop("证明")
    item = next(item for item in catalog.items if any(proof.id == wanted for proof in item.proofs))
    proof: Proof = next(proof for proof in item.proofs if proof.id == wanted)
    item = item._replace(plans=dated(given, "事项期限") or item.plans)
    proof = proof._replace(plans=dated(given, "证明期限") or proof.plans)
    accepted = day(given, "受理日期")
    assert accepted is not None
    set_to = day(given, "指定日期", None)
    planned = plan_due(plan_for(proof, item, catalog, accepted), accepted, work_calendar(catalog), set_to)
    return {
        "逐案核查": "是" if needs_check(proof.method) else "否",
        "期限": planned.day.isoformat() if planned.day else "未定期限",
        "暂定": "是" if planned.provisional else "否",
        "依据": planned.source,
    }


def close(given: Given, catalogs: Catalogs) -> Outcome:
    """核查结论."""
    today = day(given, "核查日期")
    finding = parse_word(Finding, given.pop("结论"))
    status = parse_word(CommitmentStatus, given.pop("案件", "已受理"))
    assert today is not None and finding is not None and status is not None
    check = a_check(1, given.pop("已有结论", "待核查"), given.pop("立项日期", "2026-11-24"))
    problems = close_problems(check, given.pop("凭据"), today)
    said = "；".join(next_steps(finding, "RS-2026-00001", status)) or "无"
    return outcome(problems) | ({} if problems else {"提示": said, "不提": said})


def numbers(given: Given, catalogs: Catalogs) -> Outcome:
    """编号."""
    catalog = catalogs["示例县"]
    number = parse_number(given.pop("写法"), catalog.county, catalog.offices)
    return {
        "编号": str(number) if number else "不认识",
        "文号": number.official(catalog.county) if number else "",
    }


ROOMS: dict[str, Callable[[Given, Catalogs], Outcome]] = {
    "适用对象": eligibility,
    "信用": credit,
    "告知承诺书": letter,
    "承诺书齐全": whole,
    "办理步骤": commitment,
    "核查期限": due,
    "核查期限变动": check_rooms.clock,
    "核查计划": check_rooms.plan,
    "办结前核查": check_rooms.stage,
    "核查结论": close,
    "结论的把关": policy_visits.guards,
    "工作单的回填": policy_visits.answers,
    "上门合并": policy_visits.visits,
    "派出": policy_visits.dispatching,
    "编号": numbers,
    "协助核查": assistance,
    "处理条件": outcomes.may_follow,
    "处理步骤": outcomes.steps,
}


def every_case() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, room and case, in the order of the files."""
    for path in sorted(FOLDER.glob("*.yaml")):
        document = load(path)
        for case in document["cases"]:
            yield path.stem, document["room"], case


CASES = list(every_case())


def agrees(key: str, expected: Any, got: Any) -> bool:
    """Whether what came out is what the file says; reasons and hints by the words they hold."""
    if key in ("理由", "单位缺项", "缺"):
        return len(expected) == len(got) and all(e in g for e, g in zip(expected, got, strict=True))
    if key in ("提示", "依据", "文书依据"):
        return expected in got
    if key == "不提":
        return expected not in got
    if key == "印作":
        return all(got[field] == value for field, value in expected.items())
    return bool(expected == got)


@pytest.mark.parametrize(
    ("room", "case"), [c[1:] for c in CASES], ids=[f"{file}:{case['name']}" for file, _, case in CASES]
)
def test_example(room: str, case: dict[str, Any], catalogs: Catalogs) -> None:
    """The example's own clause: what is given leads to what is expected, to the word."""
    assert set(case) == {"name", "clause", "given", "expect"}
    assert CLAUSE.match(case["clause"]), case["clause"]
    given = dict(case["given"])
    got = ROOMS[room](given, catalogs)
    assert not given, f"the example gives what nobody reads: {list(given)}"
    assert case["expect"], "an example that expects nothing proves nothing"
    for key, expected in case["expect"].items():
        assert key in got, f"{key} 没有结果；结果：{got}"
        assert agrees(key, expected, got[key]), f"{key}：应为 {expected}，实为 {got[key]}"
    if got.get("理由"):
        assert "理由" in case["expect"], got["理由"]


def test_every_room_has_examples_and_no_two_share_a_name() -> None:
    """The files are found by themselves, and each example can be named."""
    assert {room for _, room, _ in CASES} == set(ROOMS)
    names = [(file, case["name"]) for file, _, case in CASES]
    assert len(set(names)) == len(names) >= 30
