"""法律对事项规定的处理: what a law foresees for an item after a false promise (通知五（三）：依法)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.vocabulary import Finding, Measure


class Sanction(NamedTuple):
    """A measure after some findings, from ``since`` on: ``text``, by ``law`` ``place`` “``words``”.

    ``period``: working days of 限期整改; ``hearing``: whether a 听证 may be asked for (None: not said);
    ``after_rectifying``: only once 限期整改 has failed.
    """

    measure: Measure
    findings: tuple[Finding, ...]
    text: str
    law: str
    place: str
    words: str
    since: date
    source: str
    period: int | None = None
    hearing: bool | None = None
    after_rectifying: bool = False

    @property
    def cited(self) -> str:
        """As a document cites it: 《…》第…条第…款“…”."""
        return f"《{self.law}》{self.place}“{self.words.rstrip('。；')}”"
