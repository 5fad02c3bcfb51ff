"""一般程序: record a matter that goes without a promise, and why (通知五（二）, 规程四（二）).

The choice stands in the same ledger as the commitments, so that both tracks can be compared.
"""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.applicant import Applicant
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.vocabulary import OrdinaryReason
from gaozhi_cli.storage.cases import record_ordinary
from gaozhi_cli.storage.ledger import Ledger

ACT = "ordinary.new"


class Opened(NamedTuple):
    """The number of the case, and whether it was there already."""

    number: str
    repeated: bool = False


def open_ordinary(
    applicant: Applicant,
    item: Item,
    because: OrdinaryReason,
    *,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
) -> Opened:
    """Number and record a case of the 一般程序, accepted today. Raises NotReady."""
    digest = ledger.asked(occasion.request_id, ACT, applicant=applicant, item=item.id, because=because.value)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = ledger.repeated(occasion.request_id, ACT, digest)
        if before is not None:
            act.nothing()
            return Opened(before, repeated=True)
        number = record_ordinary(act, applicant, item, because, catalog=catalog, occasion=occasion)
        act.record(
            occasion.entry(
                ACT, number, request_digest=digest, item=item.id, because=because.value,
                catalog=catalog.version,
            )
        )  # fmt: skip
    return Opened(number)
