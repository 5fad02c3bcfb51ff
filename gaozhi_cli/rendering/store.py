"""Where rendering keeps what is costly to make; storage hands in the home's cache."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Named bytes that may be forgotten at any time."""

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, if anything."""

    def put(self, name: str, data: bytes) -> None:
        """Keep something; failing to only costs time."""
