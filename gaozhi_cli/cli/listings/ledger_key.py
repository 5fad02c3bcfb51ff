"""What ``ledger key`` says: which key, how much is sealed under it, when it was backed up. No secret."""

from __future__ import annotations

import json
from pathlib import Path

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.rendering.formats import Column

INFO = (
    Column("id", "密钥编号"),
    Column("file", "密钥文件"),
    Column("state", "情况"),
    Column("rows", "用它包装的行"),
    Column("retired", "从前的密钥"),
    Column("backed_up_on", "最近备份"),
    Column("backup_current", "备份打得开现在的台账"),
    Column("rotated_on", "最近轮换"),
    Column("hint", "提示", machine=False),
)


def info(desk: Desk) -> None:
    """The key in a few lines, also where its file is missing; nothing where there is no ledger yet."""
    from gaozhi_cli.services.back_up_key import ACT as BACK_UP
    from gaozhi_cli.services.rotate_key import ACT as ROTATE
    from gaozhi_cli.storage.vault import key_path, read_keys

    ledger = desk.read_ledger()
    if ledger is None:
        return
    path, counts = key_path(desk.home.keys, ledger.id()), ledger.key_ids()
    try:
        keys = read_keys(desk.home.keys, ledger.id()).led_by(ledger.present_key())
        opens = ledger.rows_open(keys)
        state = "完好，打得开台账" if opens else "打不开台账，请运行 gaozhi ledger verify"
        id_, others, lost = keys.id, [key.id for key in keys.retired], False
    except NotReady as error:
        id_ = ledger.present_key() or next(iter(counts), "")
        state, others, lost = error.message, [key for key in counts if key != id_], True
    saved, rotated = ledger.last_act(BACK_UP), ledger.last_act(ROTATE)
    current = saved is not None and json.loads(saved["detail"])["key"] == id_
    row = {
        "id": id_,
        "file": str(path),
        "state": state,
        "rows": str(counts.get(id_, (0, ""))[0]),
        "retired": [f"{key}（{counts[key][0]} 行）" if key in counts else key for key in others],
        "backed_up_on": saved["dated_on"] if saved else None,
        "backup_current": current,
        "rotated_on": rotated["dated_on"] if rotated else None,
        "hint": "" if current or lost else "还没有备份现在的密钥，请运行 gaozhi ledger key backup --out 文件",
    }
    desk.show_one(row, INFO)


def lies_in(target: Path, places: tuple[Path, ...]) -> bool:
    """Whether a file would lie in one of the folders or below."""
    folder = target.absolute().parent.resolve()
    return any(folder.is_relative_to(place.resolve()) for place in places)
