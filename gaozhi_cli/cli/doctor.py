"""``gaozhi doctor``: what is missing on this machine and in the county's folder, and how to get it."""

from collections.abc import Callable, Iterable, Iterator

import typer

from gaozhi_cli.cli.commands import Command, examples
from gaozhi_cli.cli.context import Desk, now
from gaozhi_cli.domain.checkup import Area, Look, State, worst
from gaozhi_cli.domain.problem import GaozhiError
from gaozhi_cli.rendering.formats import Column

app = typer.Typer(add_completion=False, rich_markup_mode=None)

COLUMNS = (
    Column("code", "代号", table=False),
    Column("what", "查什么"),
    Column("state", "状态", table=False),
    Column("state_label", "状态"),
    Column("means", "意味着"),
    Column("how", "怎么办"),
)
EXIT = {None: 0, Area.RECORDS: 7, Area.DOCUMENTS: 8}


@app.command("doctor", cls=Command, epilog=examples("gaozhi doctor", "gaozhi doctor --format json"))
def doctor() -> None:
    """体检：本机和县里的目录缺什么，怎么补；只看不改。

    状态有好、提醒、缺三种；提醒不影响办理，缺的要补上才能用。
    没有缺的退出码是 0；登记办不了是 7（目录、台账、密钥、清单），文书出不了是 8（模板、字体、PDF）。
    """
    desk = Desk.here()
    looks = list(examine(desk))
    desk.show((_row(look) for look in looks), COLUMNS)
    lacking = [look.what for look in looks if look.state is State.MISSING]
    if lacking:
        desk.say(f"缺 {len(lacking)} 项：{'、'.join(lacking)}")
    else:
        desk.say("没有缺的；提醒的各项看过即可")
    raise typer.Exit(EXIT[worst(looks)])


def examine(desk: Desk) -> Iterator[Look]:
    """Everything that is looked at, in order; a check that fails says so and the others go on."""
    from gaozhi_cli.rendering.fonts import Fonts, installed_fonts
    from gaozhi_cli.services import examine_home as home
    from gaozhi_cli.services import examine_machine as machine

    fonts: Fonts | None = None
    with_fonts: list[Look] = []
    try:
        fonts = installed_fonts(desk.home.cache)
    except Exception as error:
        with_fonts.append(_failed("fonts", "字体", error))
    checks: list[tuple[str, str, Area, Callable[[], Iterable[Look]]]] = [
        ("program", "程序", Area.RECORDS, machine.program),
        ("encoding", "字符编码", Area.RECORDS, machine.encoding),
        ("home", "县里的目录", Area.RECORDS, lambda: home.home_folder(desk.home)),
        ("ledger", "台账", Area.RECORDS, lambda: home.ledger(desk.settings.ledger, desk.home, now)),
        ("catalog", "清单", Area.RECORDS, lambda: home.catalog(lambda: desk.catalog, desk.today)),
        ("calendar", "工作日历", Area.RECORDS, lambda: home.calendar(lambda: desk.catalog, desk.today)),
        ("template", "模板", Area.DOCUMENTS, lambda: home.templates(desk.home)),
        ("libreoffice", "LibreOffice", Area.DOCUMENTS, machine.libreoffice),
        ("printing", "打印", Area.DOCUMENTS, machine.printing),
        ("fonts", "字体", Area.DOCUMENTS, lambda: with_fonts or machine.boxes(fonts)),
        ("characters", "能印的字", Area.DOCUMENTS, lambda: machine.characters(fonts)),
        (
            "typeface", "表格规定的字体", Area.DOCUMENTS,
            lambda: machine.typefaces(
                fonts, desk.template(), desk.home.template("fonts.yaml"), desk.home.template("fonts.conf")
            ),
        ),
        ("isal", "快速压缩", Area.DOCUMENTS, machine.deflate),
    ]  # fmt: skip
    for code, what, area, check in checks:
        try:
            yield from check()
        except GaozhiError as error:
            yield Look(code, what, State.MISSING, error.message, area=area)
        except Exception as error:
            yield _failed(code, what, error)


def _failed(code: str, what: str, error: Exception) -> Look:
    means = f"没有查成（{type(error).__name__}），不知道好不好"
    return Look(code, what, State.NOTICE, means, "请把这一行交给管理员")


def _row(look: Look) -> dict[str, str]:
    return {
        "code": look.code,
        "what": look.what,
        "state": look.state.value,
        "state_label": look.state.label,
        "means": look.means,
        "how": look.how,
    }
