"""数据来源: a register as the county declares it, what it serves and how it may be asked (通知五（四）).

建立在线核查支撑体系: which register answers for which proof, by which agreement, under which limits. Limits
that the county leaves open are the program's own caution, not law.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.comparing import Answer, ComparedField, told_fields
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import ClaimPart, Compared, Method, SourceKind

LEAST_SHARE = 80  # percent of the rows of the extract before
TIMEOUT = 10  # seconds of one try
RATE = 5  # questions a second
TRIES = 3
BROKEN_AFTER = 5  # faults in a row: it is asked no more


class Key(NamedTuple):
    """By what a record is found: a part of the claim, the register's column, whose numbers it knows."""

    part: ClaimPart
    column: str
    id_types: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where a register is; a secret stands only as the name of a variable or of a private file.

    ``file``: relative to the county's home. ``table``: of a database; ``sheet``: of a workbook.
    """

    file: str = ""
    sheet: str = ""
    database: str = ""
    dsn_env: str = ""
    dsn_file: str = ""
    table: str = ""
    address: str = ""
    address_env: str = ""
    header: str = ""
    token_env: str = ""
    token_file: str = ""
    ca_file: str = ""


class Asking(NamedTuple):
    """How a gateway is asked, and where in its JSON the answer stands.

    ``ask``: its parameters and what of the claim they carry; ``fixed``: parameters that are always the
    same. ``records``: the path to the records; ``code``: the path to the gateway's own code, of which
    ``ok`` means answered and ``none`` no such record; ``not_found``: its 404 means no such record.
    """

    method: str
    ask: tuple[tuple[str, ClaimPart], ...]
    fixed: tuple[tuple[str, str], ...] = ()
    repeatable: bool = False
    records: str = ""
    code: str = ""
    ok: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    not_found: bool = False


class Limits(NamedTuple):
    """How old, how small, how slow, how often: where the county says nothing, the program's own caution."""

    max_age: int | None = None
    least_share: int = LEAST_SHARE
    timeout: int = TIMEOUT
    rate: int = RATE


class Source(NamedTuple):
    """A declared register. ``declared``: a digest of the declaration; ``closing``: by what a match closes.

    ``dated``: how the day of an extract is told; ``dated_column``: where each record says its own.
    """

    id: str
    name: str
    kind: SourceKind
    source: str
    serves: tuple[str, ...]
    key: Key
    fields: tuple[ComparedField, ...]
    place: Place
    limits: Limits
    declared: str
    asking: Asking | None = None
    dated: str = ""
    dated_column: str = ""
    closing: str = ""

    @property
    def parts(self) -> tuple[ClaimPart, ...]:
        """What of a claim is needed, each once: what is compared and what is asked with."""
        asked = [part for _, part in self.asking.ask] if self.asking is not None else []
        wanted = [self.key.part, *(f.part for f in self.fields if f.part is not None), *asked]
        return tuple(dict.fromkeys(wanted))

    @property
    def columns(self) -> tuple[str, ...]:
        """The register's columns that are read, each once, the key's first."""
        dated = [self.dated_column] if self.dated_column else []
        named = [self.key.column] if self.key.column else []
        return tuple(dict.fromkeys([*named, *(field.column for field in self.fields), *dated]))

    def serves_check(self, item: str, proof: str) -> bool:
        """Whether the register answers for a proof, or for all proofs of an item."""
        return item in self.serves or proof in self.serves

    def knows(self, id_type: str | None) -> bool:
        """Whether the register keeps numbers of this kind of document."""
        return not self.key.id_types or id_type in self.key.id_types

    def claimed(self, values: tuple[str, ...]) -> Mapping[ClaimPart, str]:
        """The values of a claim by the part they are."""
        return dict(zip(self.parts, values, strict=True))


def closes(source: Source, answer: Answer, check: Verification, today: date) -> bool:
    """Whether the county's rule lets this answer close the check: a full match, and nothing in the way.

    Only a proof that the county has named itself: what serves a whole item need not prove all that it asks.
    """
    return (
        bool(source.closing)
        and check.proof in source.serves
        and answer.outcome is Compared.MATCH
        and check.method == Method.ONLINE.value
        and check.finding is None
        and check.paused_on is None
        and (check.not_before is None or check.not_before <= today.isoformat())
        and check.planned_on <= today.isoformat()
    )


def evidence_text(source: Source, answer: Answer) -> str:
    """What is kept, sealed, as the evidence of a check that a match has closed; no values in it."""
    dated = f"，数据日期 {answer.as_of}" if answer.as_of else ""
    return (
        f"在线比对：来源“{source.name}”（{source.source}）{dated}；{told_fields(answer.fields)}；"
        f"收据 {answer.receipt}；全部一致，依“{source.closing}”结论属实"
    )
