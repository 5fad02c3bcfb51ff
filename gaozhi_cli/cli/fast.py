"""The fast path: script-facing reads parsed from a small table, without importing typer.

``hot_table`` is made from the typer commands themselves (``python docs/build.py``; a test fails when it
is stale), so no option is described twice. Whatever the table does not cover — help, errors, unknown or
doubtful arguments — goes to typer, which alone explains.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from gaozhi_cli.cli.hot_table import COMMON, HOT


def prepared(args: Sequence[str]) -> Callable[[], Any] | None:
    """The call that the arguments ask for; None where typer has to look at them."""
    spec = HOT.get(" ".join(args[:2]))
    parsed = _parse(spec, args[2:]) if spec is not None else None
    if spec is None or parsed is None:
        return None
    values, meta = parsed

    def call() -> Any:
        from gaozhi_cli.cli.context import Desk
        from gaozhi_cli.cli.settings import read_settings

        module = importlib.import_module(f"gaozhi_cli.cli.listings.{spec['module']}")
        return getattr(module, spec["function"])(Desk(read_settings(meta)), **values)

    return call


def _parse(spec: dict[str, Any], args: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Values of the command's parameters and of the common options; None on any doubt."""
    values: dict[str, Any] = dict(spec["defaults"])
    meta: dict[str, Any] = {}
    waiting = list(spec["arguments"])
    rest = list(reversed(args))
    while rest:
        word = rest.pop()
        if word[:1] != "-" or word == "-":
            if not waiting:
                return None
            values[waiting.pop(0)] = word
            continue
        option, equals, value = word.partition("=") if word[:2] == "--" else (word, "", "")
        into, known = (meta, COMMON) if option in COMMON else (values, spec["options"])
        if option not in known:
            return None
        name, takes_value = known[option]
        if takes_value and not equals:
            if not rest or rest[-1][:2] == "--":
                return None
            value = rest.pop()
        elif equals and not takes_value:
            return None
        key = f"gaozhi.{name}" if into is meta else name
        if takes_value or into is values or not meta.get(key):
            into[key] = value if takes_value else True
    return None if waiting else (values, meta)
