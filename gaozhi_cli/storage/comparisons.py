"""Extracts and comparisons as the ledger keeps them: no value of a register, no value of a promise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gaozhi_cli.domain.comparing import Comparison, Extract, Fields
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Held
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger


def last_extract(ledger: Ledger, source: str) -> Extract | None:
    """The extract of a source that was seen last."""
    rows = ledger.engine.execute(sql.LAST_EXTRACT, (source,))
    return Extract(*rows[0]) if rows else None


def known_extract(ledger: Ledger, source: str, sha256: str) -> Extract | None:
    """The extract with these bytes, where it has been seen."""
    rows = ledger.engine.execute(sql.EXTRACT_OF_BYTES, (source, sha256))
    return Extract(*rows[0]) if rows else None


def next_extract_id(ledger: Ledger, source: str) -> str:
    """The id of the next extract of a source, e.g. rs-insured-3."""
    return f"{source}-{ledger.engine.execute(sql.COUNT_EXTRACTS, (source,))[0][0] + 1}"


def compared_with(ledger: Ledger, extract: str, adapter: str) -> set[str]:
    """The checks that have been compared with an extract under the same declaration."""
    return {row[0] for row in ledger.engine.stream(sql.COMPARED_WITH, (extract, adapter))}


def checks_in(ledger: Ledger, ids: Sequence[str]) -> dict[str, Verification]:
    """Some checks as they stand."""
    rows = ledger.engine.execute(sql.checks_in(len(ids)), ids)
    return {row[0]: Verification(*row) for row in rows}


def times_compared(ledger: Ledger, ids: Sequence[str]) -> dict[str, int]:
    """How often some checks have been compared, where they have."""
    return dict(ledger.engine.execute(sql.comparisons_in(len(ids)), ids))


def comparison_id(check: str, n: int) -> str:
    """The id of the n-th comparison of a check, e.g. RS-2026-00001-1-C2."""
    return f"{check}-C{n}"


def comparisons(ledger: Ledger, check: str | None = None) -> Iterator[Comparison]:
    """The comparisons of a check in their order, or all of them."""
    if check is None:
        rows = ledger.engine.stream(sql.ALL_COMPARISONS)
    else:
        rows = iter(ledger.engine.execute(sql.COMPARISONS_OF, (check,)))
    for row in rows:
        yield Comparison(*row)


def comparison(ledger: Ledger, id_: str) -> Comparison | None:
    """The comparison with an id."""
    rows = ledger.engine.execute(sql.select(schema.COMPARISONS), (id_,))
    return Comparison(*rows[0]) if rows else None


@lru_cache(maxsize=256)
def fields_of(text: str | None) -> Fields:
    """Fields as they were kept."""
    return tuple((name, Held(state)) for name, state in json.loads(text or "{}").items())


@lru_cache(maxsize=256)
def fields_text(fields: Fields) -> str | None:
    """Fields as the ledger keeps them: names with how they stand, as JSON."""
    if not fields:
        return None
    return json.dumps(
        {name: state.value for name, state in fields}, ensure_ascii=False, separators=(",", ":")
    )
