"""处理: what follows a promise found false or not kept (通知五（三）; 附件2 二（七）).

Each measure goes its lawful way: 事先告知, 陈述申辩 (听证), decision, document; a finding alone decides
nothing and bars nobody.
"""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """One measure about one check, from the notice to its end (ISO days).

    ``hearing_right``: 1 where a 听证 may be asked for; ``statement``, ``hearing``, ``facts``: ids of sealed
    texts; ``document``: the number of the decision; ``due_on``: of 限期整改, with ``recheck`` the check
    that looks again; ``credit``: the record that the decision wrote.
    """

    id: str
    number: str
    verification: str
    office: str
    measure: str
    finding: str
    state: str
    noticed_on: str | None = None
    served_on: str | None = None
    hearing_right: int | None = None
    statement_until: str | None = None
    provisional: int = 0
    due_source: str | None = None
    statement: str | None = None
    statement_on: str | None = None
    hearing: str | None = None
    heard_on: str | None = None
    decided_on: str | None = None
    document: str | None = None
    facts: str | None = None
    due_on: str | None = None
    period: int | None = None
    clock: str | None = None
    paused_on: str | None = None
    recheck: str | None = None
    credit: str | None = None
    closed_on: str | None = None
    result: str | None = None

    @property
    def waived(self) -> bool:
        """Whether the party gave up its right to state and defend itself, in writing."""
        return self.statement_on is not None and self.statement is None

    @property
    def hearing_asked(self) -> bool:
        """Whether the party asked for a 听证."""
        return self.hearing is not None

    @property
    def open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.closed_on is None


def outcome_id(number: str, place: int) -> str:
    """The id of the ``place``-th measure of a case, e.g. RS-2026-00001-M1."""
    return f"{number}-M{place}"
