"""读回交换表: the answers of another agency, row by row; all that is wrong is told first (通知五（四）)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, is_open
from gaozhi_cli.domain.exchange import (
    Given,
    Reply,
    is_blank,
    is_unanswered,
    read_reply,
    reply_problems,
    row_problem,
    sealed_text,
)
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, Refused
from gaozhi_cli.storage.assistances import ANSWER, find_request, keep_answer, the_request
from gaozhi_cli.storage.ledger import Ledger

ANSWERED, REFUSED = "assist.answer", "assist.refuse"
SEAL = "assistance"  # kind of the keyed digest, as the export seals
MOST_FAULTS = 1000  # told one by one; a table may be hostile


class Taken(NamedTuple):
    """A row that was read back; ``before``: its answer stood in the ledger already."""

    row: int
    request: Assistance
    before: bool = False


class Imported(NamedTuple):
    """What became of the rows: taken, left empty by the agency (how many), and faulty ones."""

    taken: tuple[Taken, ...]
    unanswered: int
    faults: tuple[Problem, ...]


def import_answers(
    rows: Iterable[Given], sha256: str, *, ledger: Ledger, occasion: Occasion, keep_going: bool = False
) -> Imported:
    """Record the answers of a file, each an act of its own, all in one go; ``sha256`` names the file.

    A row that was recorded before adds nothing. Raises BadInput with all faults unless ``keep_going``,
    NotReady where a request changes meanwhile.
    """
    replies: list[tuple[Reply, Assistance]] = []
    taken: list[Taken] = []
    faults: list[Problem] = []
    seen: dict[str, int] = {}
    unanswered = faulty = 0
    for given in rows:
        if is_blank(given):
            continue
        request, reply, problems = _look_at(given, seen, ledger, occasion)
        if problems:
            faulty += 1
            faults += problems[: max(0, MOST_FAULTS - len(faults))]
        elif reply is None:
            unanswered += 1
        elif request is not None and not is_open(request):
            taken.append(Taken(given.row, request, before=True))
        elif request is not None:
            replies.append((reply, request))
    if faults and not keep_going:
        message = f"交换表有 {faulty} 行有误，一行也没有登记；改好再读，或加 --keep-going 先登记其余各行"
        raise BadInput(message, tuple(faults))
    taken += _record(replies, sha256, ledger, occasion)
    return Imported(tuple(sorted(taken, key=lambda one: one.row)), unanswered, tuple(faults))


def _look_at(
    given: Given, seen: dict[str, int], ledger: Ledger, occasion: Occasion
) -> tuple[Assistance | None, Reply | None, list[Problem]]:
    """The request of a row and its answer (None: left empty), or all that is wrong with the row."""
    if given.faults:
        return None, None, list(given.faults)
    if is_unanswered(given):
        return None, None, []
    reply, problems = read_reply(given)
    if reply is None:
        return None, None, problems
    request = find_request(ledger, reply.id)
    if request is None:
        message = f"的 {reply.id} 不在本台账里，是发给别处的请求"
        return None, None, [row_problem(given.row, message, "id", "other-request")]
    if not _sealed(given, ledger):
        message = f"（{reply.id}）锁定的栏目被改动过，或者不是本台账发出的；请用原表重新填写"
        return None, None, [row_problem(given.row, message, "seal", "altered")]
    first = seen.setdefault(reply.id, given.row)
    if first != given.row:
        message = f"和第 {first} 行是同一个请求 {reply.id}，请只留一行"
        return None, None, [row_problem(given.row, message, "id", "twice")]
    if not is_open(request) and _same(reply, request, ledger):
        return request, reply, []
    return request, reply, reply_problems(reply, request, occasion)


def _sealed(given: Given, ledger: Ledger) -> bool:
    wanted = ledger.keyed(SEAL, sealed_text(given.values)).hex()[:32]
    return hmac.compare_digest(given.values.get("seal", "").strip().lower().encode(), wanted.encode())


def _same(reply: Reply, request: Assistance, ledger: Ledger) -> bool:
    """Whether this very answer stands in the ledger already."""
    word = reply.result.value if reply.result is not None else None
    if word != request.result:
        return False
    try:
        return ledger.personal(request.id, ANSWER).get("text", "") == reply.text
    except Refused:  # purged: nobody can tell any more
        return False


def _record(
    replies: list[tuple[Reply, Assistance]], sha256: str, ledger: Ledger, occasion: Occasion
) -> list[Taken]:
    done = []
    with ledger.acts(dry_run=occasion.dry_run) as acts:
        for reply, before in replies:
            with acts.act() as act:
                request = the_request(ledger, reply.id)
                if request != before:
                    raise NotReady(f"{reply.id} 刚刚变动，一行也没有登记；请再运行一次")
                name = ANSWERED if reply.result is not None else REFUSED
                once = occasion.request_id and f"{occasion.request_id}/{reply.id}"
                digest = ledger.asked(once, name, assistance=reply.id, result=reply.result, text=reply.text)
                ledger.repeated(once, name, digest)  # refuses an id that was used for something else
                keep_answer(
                    act, request, occasion.today.isoformat(), reply.text, result=reply.result, sha256=sha256
                )
                act.record(
                    occasion._replace(request_id=once).entry(
                        name, request.number, request_digest=digest, assistance=reply.id,
                        check=request.verification, agency=request.agency, row=reply.row,
                        file_sha256=sha256, **({"result": reply.result.value} if reply.result else {}),
                    )
                )  # fmt: skip
                done.append(Taken(reply.row, the_request(ledger, reply.id)))
    return done
