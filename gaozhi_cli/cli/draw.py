"""``gaozhi draw``: 双随机: the pool frozen and published, drawn with a public seed, replayed by anyone."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import BadInput, NotFound, UsageFault
from gaozhi_cli.domain.supervision import TEAM
from gaozhi_cli.domain.vocabulary import DrawState, Method, labels, parse_word
from gaozhi_cli.rendering.formats import Column, one_line

if TYPE_CHECKING:
    from gaozhi_cli.domain.supervision import Draw, Pick, Rate

app = command_app("双随机：冻结名单、公布、抽取、核对")

DRAW = (
    Column("draw", "抽查"),
    Column("state", "状态代码", table=False),
    Column("state_label", "状态"),
    Column("office", "单位代号", table=False),
    Column("planned_on", "冻结"),
    Column("pool_since", "受理自", table=False),
    Column("pool_until", "受理至", table=False),
    Column("pool_rows", "名单件数"),
    Column("pool_hash", "名单摘要", table=False),
    Column("plan_hash", "方案摘要"),
    Column("team", "每件人数", table=False),
    Column("seed_source", "种子取自"),
    Column("seed_from", "种子公布日期"),
    Column("published_on", "名单公布"),
    Column("published_at", "公布在", table=False),
    Column("seed", "种子"),
    Column("drawn_on", "抽取"),
    Column("picked", "抽中件数"),
    Column("result_hash", "结果摘要", table=False),
    Column("result_published_on", "结果公开"),
    Column("folder", "文件", table=False),
    Column("picks", "抽中", table=False),
    Column("inspectors", "核查人员", table=False),
    Column("next", "下一步", machine=False),
)
LIST = tuple(c for c in DRAW if c.key not in ("picks", "inspectors", "next", "folder", "plan_hash", "seed"))
PICKS = (
    Column("place", "次序"),
    Column("number", "编号"),
    Column("stratum", "事项"),
    Column("inspectors", "核查人员"),
)
Id = Annotated[str, typer.Argument(metavar="抽查", help="抽查的编号，如 CC2026-00001")]


@app.command("plan", cls=WritingCommand, epilog=examples(
    "gaozhi draw plan --inspectors 核查人员.csv --seed-source 福彩双色球第2026140期开奖号码 "
    "--seed-from 2026-12-08 --rate 5% --rate-source 某文号",
))  # fmt: skip
def plan(
    inspectors: Annotated[
        str | None,
        typer.Option("--inspectors", metavar="文件", help="核查人员名单（姓名、单位、回避），xlsx、csv 等"),
    ] = None,
    seed_source: Annotated[
        str | None,
        typer.Option("--seed-source", metavar="出处", help="种子取自将来公布的什么，谁都能查到"),
    ] = None,
    seed_from: Annotated[
        str | None, typer.Option("--seed-from", metavar="日期", help="那一天才公布，之前谁也不知道")
    ] = None,
    dept: options.Dept = None,
    since: Annotated[str | None, typer.Option("--since", metavar="日期", help="这一天起受理的")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="日期", help="到这一天为止受理的，默认昨天")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="方式", help="除免于核查的以外，也抽这种核查方式的承诺"),
    ] = None,
    ordinary: Annotated[
        bool, typer.Option("--ordinary", help="一般程序办理的也按同样比例抽，以便比较")
    ] = False,
    team: Annotated[
        str | None, typer.Option("--team", metavar="人数", help="每件由几名核查人员负责，默认 2，不少于 2")
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="比例", help="县里没有定的事项用，如 5%"),
    ] = None,
    rate_source: Annotated[
        str | None,
        typer.Option("--rate-source", metavar="依据", help="--rate 的依据：文号或本县决定"),
    ] = None,
) -> None:
    """冻结抽查名单，写出要公布的文件；名单公布在先，种子产生在后。"""
    from datetime import timedelta

    from gaozhi_cli.services.plan_draw import Seed, plan_draw
    from gaozhi_cli.storage.draws import Wanted
    from gaozhi_cli.storage.inspector_table import read_inspector_table
    from gaozhi_cli.storage.supervision_entries import county_rates

    absent = [
        flag
        for flag, value in (
            ("--inspectors", inspectors), ("--seed-source", seed_source), ("--seed-from", seed_from),
        )
        if not value
    ]  # fmt: skip
    if absent or inspectors is None or seed_source is None or seed_from is None:
        raise UsageFault(f"缺少 {'、'.join(absent)}")
    desk = Desk.here()
    journal_words(seed_source, "种子的出处", "seed_source")
    wanted = Wanted(
        iso_date(until, "--until") if until else desk.today - timedelta(days=1),
        _methods(method),
        iso_date(since, "--since") if since else None,
        desk.office(dept).code if dept is not None else None,
        ordinary,
    )
    people = read_inspector_table(Path(inspectors), desk.catalog)
    rules = county_rates(desk.home.catalog, desk.catalog)
    draw = plan_draw(
        wanted,
        people,
        _team(team),
        Seed(seed_source.strip(), iso_date(seed_from, "--seed-from")),
        rules=rules,
        rate=_rate(rate, rate_source),
        catalog=desk.catalog,
        ledger=desk.case_ledger(),
        occasion=desk.occasion,
        draws=desk.home.draws,
    )
    desk.committed(f"已冻结 {draw.id} 的名单")
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有写文件，也没有登记")
    desk.show_one(_row(desk, draw), DRAW)


def _team(text: str | None) -> int:
    number = unicodedata.normalize("NFKC", text).strip() if text is not None else str(TEAM)
    if not number.isdecimal() or len(number) > 4:
        raise UsageFault("--team 应是人数，如 2")
    return int(number)


def _methods(given: list[str] | None) -> tuple[Method, ...]:
    methods = [Method.EXEMPT]
    for text in given or ():
        word = parse_word(Method, text)
        if word is None:
            raise UsageFault(f"--method 不认识“{one_line(text)}”，可用：{labels(Method)}")
        methods.append(word)
    return tuple(dict.fromkeys(methods))


def _rate(text: str | None, source: str | None) -> "Rate | None":
    from gaozhi_cli.domain.supervision import Rate, read_percent

    if text is None:
        return None
    share = read_percent(text)
    if share is None:
        raise UsageFault(f"--rate “{one_line(text)}”应写作 5% 或 0.5%，大于 0、不超过 100%")
    if not source or not source.strip():
        raise UsageFault("写了 --rate 就要写依据 --rate-source（文件名称、文号，或者本县决定）")
    return Rate(share, 0, source.strip())


@app.command("publish", cls=WritingCommand, epilog=examples(
    "gaozhi draw publish CC2026-00001 --at 县政府网站双随机专栏",
))  # fmt: skip
def publish(
    id_: Id,
    at: Annotated[str | None, typer.Option("--at", metavar="地方", help="公布在哪里：网址、公示栏等")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="日期", help="公布的日期，默认今天")] = None,
) -> None:
    """登记名单（抽取以后是结果）已经公布：在哪里、哪一天。"""
    from gaozhi_cli.services.publish_draw import publish_draw

    if not at or not at.strip():
        raise UsageFault("请写明 --at 公布的地方")
    desk = Desk.here()
    journal_words(at, "公布的地方", "at")
    day = iso_date(on, "--on") if on else desk.today
    draw = publish_draw(draw_of(id_), at.strip(), day, ledger=desk.case_ledger(), occasion=desk.occasion)
    desk.committed(f"已登记 {draw.id} 公布")
    if desk.settings.dry_run:
        desk.say("试运行：没有登记")
    desk.show_one(_row(desk, draw), DRAW)


@app.command("run", cls=WritingCommand, epilog=examples(
    'gaozhi draw run CC2026-00001 --seed "02 09 15 20 27 31 08" --as-of 2026-12-08',
))  # fmt: skip
def run(
    id_: Id,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="种子", help="公布的那组数字或文字，照原样写")
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="方式", help="抽中的怎样核查，默认现场核查")
    ] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="日期", help="抽中的核查期限")] = None,
) -> None:
    """用公布的种子抽取，写出结果，抽中的各立核查。"""
    from gaozhi_cli.domain.draw_rules import left_undrawn
    from gaozhi_cli.services.run_draw import run_draw
    from gaozhi_cli.storage.draws import draws

    if seed is None:
        raise UsageFault("请写明 --seed 种子（方案里写明出处的那组数字或文字，照公布的原样写）")
    desk = Desk.here()
    journal_words(seed, "种子", "seed")
    word = parse_word(Method, method) if method else Method.ONSITE
    if word is None or word is Method.EXEMPT:
        raise UsageFault("--method 应是 在线核查 或 现场核查")
    ledger = desk.case_ledger()
    done = run_draw(
        draw_of(id_),
        seed,
        ledger=ledger,
        occasion=desk.occasion,
        draws=desk.home.draws,
        method=word,
        due=iso_date(due, "--due") if due else None,
    )
    desk.committed(f"已抽取 {done.draw.id}")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有登记")
    if done.again:
        desk.say(f"这个请求号已登记过，没有再抽：抽中 {done.draw.picks} 件")
    else:
        desk.say(f"抽中 {done.draw.picks} 件，立了 {done.checks} 项核查（gaozhi verify due 可见）")
    left = [one.id for one in left_undrawn(draws(ledger), done.draw, desk.today)]
    if left:
        desk.say(
            f"提示：{'、'.join(left)} 的名单已经公布、种子也已公布，还没有抽；公布了的都要抽，不能挑着抽"
        )
    desk.show_one(_row(desk, done.draw, done.picks), DRAW)


@app.command("show", cls=Command, epilog=examples("gaozhi draw show"))
def show(
    id_: Annotated[str | None, typer.Argument(metavar="抽查", help="不写列出全部；写了列出抽中的")] = None,
) -> None:
    """列出各次抽查；写明一次的，列出抽中的承诺和核查人员。"""
    from gaozhi_cli.storage.draws import draws, find_draw, picks

    desk = Desk.here()
    ledger = desk.read_ledger()
    if ledger is None:
        if id_ is not None:
            raise NotFound("还没有台账，自然也没有这次抽查")
        return desk.show([], LIST)
    if id_ is None:
        return desk.show((_row(desk, draw) for draw in draws(ledger)), LIST)
    draw = find_draw(ledger, draw_of(id_))
    found = tuple(picks(ledger, draw.id))
    if desk.settings.format != "table":
        return desk.show_one(_row(desk, draw, found), DRAW)
    desk.show_one(_row(desk, draw), DRAW)
    return desk.show((pick._asdict() for pick in found), PICKS) if found else None


@app.command("verify", cls=Command, epilog=examples("gaozhi draw verify CC2026-00001"))
def verify(
    what: Annotated[
        str, typer.Argument(metavar="抽查或目录", help="抽查的编号，或者放着公布文件的目录（不用台账）")
    ],
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="种子", help="从出处查到的种子，与公布的核对")
    ] = None,
) -> None:
    """从公布的文件重新抽一遍，与公布的结果逐行核对；被改动一个字节都会发现。"""
    from gaozhi_cli.domain.supervision import parse_draw_id
    from gaozhi_cli.services.verify_draw import verify_draw
    from gaozhi_cli.storage.draws import find_draw

    desk = Desk.here()
    id_, recorded = parse_draw_id(what), None
    folder = Path(what)
    if id_ is not None and not folder.is_dir():
        recorded, folder = find_draw(desk.required_ledger(), id_), desk.home.draws / id_
    if not folder.is_dir():
        raise NotFound(f"没有抽查或者目录“{one_line(what)}”（gaozhi draw show 列出各次抽查）")
    done = verify_draw(folder, seed, recorded)
    if recorded is not None and recorded.state == DrawState.PUBLISHED.value:
        raise BadInput(f"{recorded.id} 在台账里还没有抽取，目录里却有结果")
    desk.say(f"核对无误：{done.plan.pool_rows} 件里抽中 {len(done.picks)} 件，与公布的结果一字不差")
    row = {
        "draw": done.plan.draw,
        "seed": done.seed,
        "pool_hash": done.plan.pool_sha256,
        "plan_hash": done.plan_sha256,
        "pool_rows": done.plan.pool_rows,
        "picked": len(done.picks),
        "picks": [pick.number for pick in done.picks],
        "inspectors": [pick.inspectors for pick in done.picks],
    }
    desk.show_one(row, tuple(column for column in DRAW if column.key in row))


def draw_of(text: str) -> str:
    """The id of a draw in its plain form. Raises NotFound when it is not one."""
    from gaozhi_cli.domain.supervision import parse_draw_id

    found = parse_draw_id(text)
    if found is None:
        raise NotFound(f"“{one_line(text)}”不是抽查的编号，应如 CC2026-00001（gaozhi draw show 可查）")
    return found


def _row(desk: Desk, draw: "Draw", picks: "tuple[Pick, ...]" = ()) -> dict[str, object]:
    state = DrawState(draw.state)
    told: dict[str, object] = {
        "draw": draw.id,
        "state": state.value,
        "state_label": state.label,
        "pool_hash": draw.pool_sha256,
        "plan_hash": draw.plan_sha256,
        "result_hash": draw.result_sha256,
        "picked": draw.picks,
        "folder": str(desk.home.draws / draw.id),
        "picks": [pick.number for pick in picks],
        "inspectors": [pick.inspectors for pick in picks],
        "next": _next(desk, draw, state),
    }
    return draw._asdict() | told


def _next(desk: Desk, draw: "Draw", state: DrawState) -> str:
    if state is DrawState.PLANNED:
        what = f"{draw.seed_from} 之前公布 {desk.home.draws / draw.id} 里的文件"
        return f"{what}，再登记 gaozhi draw publish {draw.id} --at 公布的地方"
    if state is DrawState.PUBLISHED:
        return f"{draw.seed_from} 查到种子后 gaozhi draw run {draw.id} --seed 种子"
    if state is DrawState.DRAWN:
        return f"公开结果，再登记 gaozhi draw publish {draw.id} --at 公布的地方"
    return ""
