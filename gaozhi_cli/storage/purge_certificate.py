"""清除证明: what a purge destroyed, made from its journal entries alone; nothing personal stands in it."""

from __future__ import annotations

import json
from pathlib import Path

from gaozhi_cli.domain.journal import anchor, sm3
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.home import write_private
from gaozhi_cli.storage.purging import PurgeEntry

NAME = "清除证明"


def certified(folder: Path, ledger_id: str) -> set[int]:
    """The journal entries of a ledger for which a certificate lies in the folder."""
    return {seq for path in folder.glob(f"{NAME}-*.json") for seq in _entries(path, ledger_id)}


def _entries(path: Path, ledger_id: str) -> list[int]:
    try:
        body = json.loads(path.read_bytes())
        return [int(seq) for seq in body["entries"]] if body["ledger"] == ledger_id else []
    except (OSError, ValueError, KeyError, TypeError):
        return []  # damaged: it is made anew from the journal


def _of_another(path: Path, ledger_id: str) -> bool:
    """Whether it is the certificate of another ledger kept in the same home."""
    try:
        return bool(json.loads(path.read_bytes())["ledger"] != ledger_id)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def certify(entries: list[PurgeEntry], ledger_id: str, folder: Path) -> Path:
    """清除证明 of one run, from its journal entries: as JSON, and as a text to print. Raises NotReady."""
    first, last = entries[0], entries[-1]
    facts = [json.loads(entry.detail) for entry in entries]
    body: dict[str, object] = {
        "certificate": NAME,
        "ledger": ledger_id,
        "dated_on": last.dated_on,
        "operator": last.operator,
        "login": last.login,
        "machine": last.machine,
        "retention": {name: facts[-1][name] for name in ("years", "since", "source")},
        "ended_before": facts[-1]["until"],
        **({"unsigned": facts[-1]["unsigned"]} if "unsigned" in facts[-1] else {}),
        "numbers": [number for one in facts for number in one["numbers"]],
        "rows": sum(one["rows"] for one in facts),
        "subjects": sum(one["subjects"] for one in facts),
        "entries": [entry.seq for entry in entries],
        "anchor_before": anchor(first.seq - 1, first.prev),
        "anchor_after": anchor(last.seq, last.hash),
    }
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body["sm3"] = sm3(plain.encode()).hex()
    path = folder / f"{NAME}-{last.dated_on}-{last.seq}.json"
    if path.is_file() and _of_another(path, ledger_id):
        path = path.with_stem(f"{path.stem}-{ledger_id}")
    try:
        write_private(path.with_suffix(".txt"), _text(body).encode())
        write_private(path, json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n")
    except OSError as error:
        message = f"个人信息已清除，但清除证明没有写成（{os_reason(error)}：{folder}）"
        raise NotReady(f"{message}；腾出空间后再运行一次 gaozhi ledger purge，会补上") from None
    return path


def _text(body: dict[str, object]) -> str:
    """The certificate to read and to print; nothing personal stands in it."""
    kept, numbers = body["retention"], body["numbers"]
    assert isinstance(kept, dict) and isinstance(numbers, list)
    lines = [
        "清除证明",
        "",
        f"台账：{body['ledger']}",
        f"日期：{body['dated_on']}",
        f"经办人：{body['operator']}（登录名 {body['login']}，机器 {body['machine']}）",
        f"依据：{kept['source']}，保管 {kept['years']} 年（自 {kept['since']} 起用）",
        f"范围：{body['ended_before']} 之前办结、不予适用或者撤回的",
        *_unsigned(body.get("unsigned")),
        "",
        f"下列 {len(numbers)} 件的个人信息共 {body['rows']} 行，行密钥已经销毁，所存的密文从此打不开；",
        f"另有 {body['subjects']} 个主体不再有任何一件在保管期限之内，其姓名、号码和对应的摘要一并清除。",
        "存放处的告知承诺书和同一编号的其他文书已经删除。流水和各行的摘要没有改动，台账仍可校验。",
        "台账和密钥从前的备份、另处存放的文书、打印件和合订的 PDF 不在内，应当另行销毁。",
        "",
        f"清除之前的锚：{body['anchor_before']}",
        f"清除之后的锚：{body['anchor_after']}",
        f"本证明的摘要（SM3）：{body['sm3']}",
        "",
        *map(str, numbers),
    ]
    return "\n".join(lines) + "\n"


def _unsigned(told: object) -> list[str]:
    """The second period, of letters drawn up and never signed, where the county has one."""
    if not isinstance(told, dict):
        return []
    since = f"（自 {told['since']} 起用）"
    return [
        f"并依据：{told['source']}，没有签署的承诺书保管 {told['years']} 年{since}",
        f"并范围：{told['until']} 之前制作，申请人始终没有签署交回的",
    ]
