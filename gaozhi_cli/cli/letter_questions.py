"""What ``letter new`` asks on a terminal: only what is missing, in the order of the form."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.cli.ask import ask, choose, confirm, say
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.catalog import Branch, Group, Item, Node, Proof, choose_proofs
from gaozhi_cli.domain.intake import FIELD_LABELS, read_form
from gaozhi_cli.domain.letter import onsite
from gaozhi_cli.domain.problem import NotFound
from gaozhi_cli.domain.vocabulary import AgentKind, GroupKind, IdType, parse_word

Raw = dict[str, object]


def ask_item(desk: Desk, text: str | None) -> Item:
    """The item, by number or words; several hits are listed to choose from."""
    while True:
        words = text or ask("行政事项（序号或名称里的字词）", lambda _: None)
        try:
            found = desk.items(words)
        except NotFound as error:
            if text:
                raise
            desk.say(f"  {error.message}")
            continue
        if len(found) > 20:
            desk.say(f"  “{words}”对应 {len(found)} 个事项，请多写几个字")
            text = None
            continue
        if len(found) == 1:
            desk.say(
                f"事项 {found[0].no}：{found[0].matter}（{desk.catalog.office(found[0].office).called}）"
            )
            return found[0]
        offices = [desk.catalog.office(item.office).called for item in found]
        place = choose(
            "哪一个事项", [f"{i.no} {i.matter}（{o}）" for i, o in zip(found, offices, strict=True)]
        )
        return found[place]


def ask_missing(raw: Raw, item: Item, today: date, *, yes: bool) -> None:
    """Fill ``raw`` with answers to what the form still needs. Ctrl-C or Ctrl-D leaves all undone."""
    asked = False
    if not raw.get("proof"):
        _, problems = choose_proofs(item, ())
        if problems:
            raw["proof"] = _walk(item.tree)
            asked = True
    organization = bool(raw.get("uscc") or raw.get("contact") or raw.get("address"))
    if not organization and not raw.get("id_number"):
        organization = choose("申请人是", ["公民", "法人或其他组织"]) == 1
        asked = True
    fields = (
        ["name", "uscc", "contact", "phone", "address"] if organization else ["name", "id_number", "phone"]
    )
    agent_said = ("agent_kind", "agent_name", "agent_id_number", "authorization")
    wants_agent = any(raw.get(field) for field in agent_said)
    for field in fields:
        asked = _ask_field(raw, field, item, today, organization) or asked
    if asked and not wants_agent:
        wants_agent = _ask_agent(raw, item, organization)
    if wants_agent:
        for field in ("agent_name", "agent_id_number", "agent_phone", "authorization"):
            asked = _ask_field(raw, field, item, today, organization) or asked
    asked = _ask_field(raw, "statement", item, today, organization) or asked
    chosen, _ = choose_proofs(item, _ids(raw.get("proof")))
    if onsite(chosen, item, today):
        asked = _ask_field(raw, "site_address", item, today, organization) or asked
    if asked and not yes:
        _look_over(raw, item, today, organization)


def _ask_agent(raw: Raw, item: Item, organization: bool) -> bool:
    """Whether somebody else promises, asked where the item lets one; a citizen's may be a 法定监护人."""
    if item.agent is None:
        return False
    if organization or item.agent.guardian is not True:
        return item.agent.yes and confirm("由委托代理人代为承诺吗", default=False)
    kinds = [kind for kind in AgentKind if item.agent.yes or kind is AgentKind.GUARDIAN]
    place = choose("由谁承诺", ["申请人本人", *(kind.label for kind in kinds)])
    if place:
        raw["agent_kind"] = kinds[place - 1].value
    return place > 0


def _look_over(raw: Raw, item: Item, today: date, organization: bool) -> None:
    """Show what will be registered; a line can be typed again, or all given up."""
    while True:
        fields = [field for field in FIELD_LABELS if raw.get(field) and field not in ("item", "proof")]
        _, problems = read_form(raw, item, today)
        say(f"将登记：{item.no} {item.matter}")
        for n, field in enumerate(fields, start=1):
            kind = parse_word(AgentKind, str(raw[field])) if field == "agent_kind" else None
            value = "是" if raw[field] is True else kind.label if kind else str(raw[field])
            say(f"  {n}. {FIELD_LABELS[field]}：{value}")
        for problem in problems:
            say(f"  ！{problem.message}")

        def check(answer: str, most: int = len(fields)) -> str | None:
            if answer.lower() in ("n", "否", "q") or (answer.isdecimal() and 1 <= int(answer) <= most):
                return None
            return "请按回车、输入序号，或输入 n"

        answer = ask("回车登记，输入序号改那一项，输入 n 放弃", check, needed=False)
        if answer.isdecimal():
            field = fields[int(answer) - 1]
            if isinstance(raw[field], str):
                raw[field] = ""
                _ask_field(raw, field, item, today, organization)
            else:
                del raw[field]
        elif answer:
            raise KeyboardInterrupt
        elif not problems:
            return


def _ids(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(v) for v in value) if isinstance(value, (list, tuple)) else ()


def _ask_field(raw: Raw, field: str, item: Item, today: date, organization: bool) -> bool:
    """Ask for one field when it is empty; an answer is checked by the form's own rules."""
    if raw.get(field):
        return False

    def check(answer: str) -> str | None:
        tried = {**raw, **_answered(field, answer)}
        if organization:
            tried.pop("id_number", None)
        _, problems = read_form(tried, item, today)
        return next((p.message for p in problems if p.field == field), None)

    label = {"name": "名称" if organization else "姓名"}.get(field, FIELD_LABELS[field])
    guardian = parse_word(AgentKind, str(raw.get("agent_kind") or "")) is AgentKind.GUARDIAN
    if guardian and field.startswith(("agent_", "auth")):
        label = label.replace("代理人", "法定监护人").replace("特别授权书", "监护关系的依据")
    if field in TYPE_OF:
        given = raw.get(TYPE_OF[field])
        label += f"（{given}）" if given else "（居民身份证；其他证件写作“护照 E12345678”）"
    raw |= _answered(field, ask(label, check))
    return True


TYPE_OF = {"id_number": "id_type", "agent_id_number": "agent_id_type"}


def _answered(field: str, answer: str) -> Raw:
    """The fields that an answer fills: a number may name its kind of document before it."""
    kind, blank, number = answer.strip().partition(" ")
    if field in TYPE_OF and blank and parse_word(IdType, kind) is not None:
        return {TYPE_OF[field]: kind, field: number}
    return {field: answer}


def _walk(node: Node) -> list[str]:
    """The ids of the proofs that apply, asking at every 情形 and 任选其一."""
    if isinstance(node, Proof):
        return [node.id]
    if isinstance(node, Branch):
        return _walk(node.node)
    if node.kind is GroupKind.ALL:
        return [id_ for child in node.nodes for id_ in _walk(child)]
    label = "申请人属于哪种情形" if node.kind is GroupKind.BY_CIRCUMSTANCE else "承诺哪一项（任选其一）"
    options = [_shown(child) for child in node.nodes]
    return _walk(node.nodes[choose(label, options)])


def _shown(node: Node) -> str:
    if isinstance(node, Branch):
        return node.when
    if isinstance(node, Proof):
        return node.name
    return node.name or "、".join(_shown(child) for child in _children(node))


def _children(node: Group) -> tuple[Node, ...]:
    return node.nodes
