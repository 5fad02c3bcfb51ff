"""导入清单, the wide cells of a row: what differs from the item is read, the rest stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.cells import cells_of, entry_of
from gaozhi_cli.domain.importing.values import Known, TableRow, Where

# cells that are read together, with the keys of the entry they make
GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("contact_person", "contact_phone"), ("contact",)),
    (("disclosure", "disclosure_period", "triggers"), ("disclosure",)),
    (("period",), ("verification",)),
    (("issuer",), ("issuer", "issuer_source")),
    *(
        ((key,), (key,))
        for key in (
            "code", "duty", "field", "frequency", "difficulty", "risk", "channels", "basis", "content",
            "standard", "assessment", "agent", "materials", "replaces", "valid_from", "valid_until",
        )
    ),
)  # fmt: skip


def fill_in(
    entry: dict[str, Any],
    row: TableRow,
    before: Item | None,
    columns: frozenset[str],
    ids: set[str],
    known: Known,
    where: Where,
) -> None:
    """The cells that differ from what the item has; what is as it was stays as it was written."""
    was = cells_of(before, known.base) if before is not None else {}
    details = {
        id_: dict(detail) for id_, detail in (entry.pop("proof_details", None) or {}).items() if id_ in ids
    }
    changed: dict[str, str] = {}
    for cells, keys in GROUPS:
        asked = {
            cell: row.extra.get(cell, was.get(cell, "") if cell not in columns else "") for cell in cells
        }
        if not columns & set(cells) or all(_same_lines(asked[c], was.get(c, "")) for c in cells):
            continue
        written = known.written.get(row.extra.get("id", ""), known.written.get(entry["id"], {}))
        if _written(written, keys):
            message = "县里的 catalog/items/ 里写着这一项，那里的为准；请在那里改，或者先把那里的删去"
            where.fault(cells[0], message)
            continue
        changed |= asked
        for key in keys:
            entry.pop(key, None)
            for detail in details.values():
                detail.pop(key, None)
    filled, faults = entry_of(changed, ids, known.base.fields)
    for fault in faults:
        where.fault(fault.key, fault.message)
    for id_, detail in filled.pop("proof_details", {}).items():
        details[id_] = details.get(id_, {}) | detail
    entry |= filled
    kept = {id_: detail for id_, detail in details.items() if detail}
    if kept:
        entry["proof_details"] = kept


def _same_lines(one: str, other: str) -> bool:
    """Whether two cells say the same, blanks at the ends of lines apart."""
    return [line.strip() for line in one.splitlines() if line.strip()] == [
        line.strip() for line in other.splitlines() if line.strip()
    ]


def _written(written: Mapping[str, Any], keys: Iterable[str]) -> bool:
    """Whether the county itself fills in one of these keys, for the item or for one of its proofs."""
    details = written.get("proof_details") or {}
    return any(key in written or any(key in detail for detail in details.values()) for key in keys)
