"""查看协助核查的内容: what was asked and what came back, with a reason, journalled."""

from __future__ import annotations

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.storage.assistances import ANSWER, CONTENT, the_request
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.reveal"


def reveal_answer(id_: str, *, ledger: Ledger, occasion: Occasion, reason: str) -> dict[str, str]:
    """The sealed texts of a request: ``asked`` and, once it is there, ``answer``. Raises NotFound."""
    with ledger.transaction() as act:
        request = the_request(ledger, id_)
        texts = {
            "asked": ledger.personal(id_, CONTENT).get("text", ""),
            "answer": ledger.personal(id_, ANSWER).get("text", ""),
        }
        act.record(occasion.entry(ACT, request.number, reason=reason, assistance=id_))
    return {name: text for name, text in texts.items() if text}
