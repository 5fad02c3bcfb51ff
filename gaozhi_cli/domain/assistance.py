"""协助核查: another agency is asked, and owes a result or a written refusal with reasons (通知五（四）)."""

from __future__ import annotations

from typing import NamedTuple

SERIES = "X"  # RS-2026-X00001: the office's own count of 协助核查函


class Assistance(NamedTuple):
    """A request to another agency about one check (ISO days).

    ``agency``: an office's code or a name; ``clock``: what has moved the date; ``answer``: the id of the
    sealed text of the result or the reasons; digests of the letter sent and of the paper that came back.
    """

    id: str
    office: str
    year: int
    n: int
    verification: str
    number: str
    agency: str
    asked_on: str
    due_on: str | None
    provisional: int
    due_source: str | None
    period: int | None
    clock: str | None
    paused_on: str | None
    state: str
    reminded_on: str | None
    reminders: int
    answered_on: str | None
    result: str | None
    answer: str | None
    document_sha256: str | None
    answer_sha256: str | None
