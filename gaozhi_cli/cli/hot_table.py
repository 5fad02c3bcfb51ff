"""The reads of the fast path, made from the typer commands by docs/build.py. Do not edit."""

from typing import Any

COMMON: dict[str, tuple[str, bool]] = {
    "--home": ("home", True),
    "--ledger": ("ledger", True),
    "--operator": ("operator", True),
    "--as-of": ("as_of", True),
    "--format": ("format", True),
    "--output": ("output", True),
    "-o": ("output", True),
    "--no-input": ("no_input", False),
    "--yes": ("yes", False),
    "-y": ("yes", False),
    "--no-color": ("no_color", False),
    "--debug": ("debug", False),
}
HOT: dict[str, dict[str, Any]] = {
    "catalog list": {
        "module": "catalog",
        "function": "list_items",
        "options": {"--dept": ("dept", True), "--method": ("method", True), "--search": ("search", True)},
        "defaults": {"dept": None, "method": None, "search": None},
        "arguments": [],
    },
    "catalog show": {
        "module": "catalog",
        "function": "show_item",
        "options": {},
        "defaults": {},
        "arguments": ["item"],
    },
    "commitment list": {
        "module": "commitment",
        "function": "list_commitments",
        "options": {
            "--dept": ("dept", True),
            "--status": ("status", True),
            "--since": ("since", True),
            "--until": ("until", True),
            "--search": ("search", True),
            "--subject": ("subject", True),
        },
        "defaults": {
            "dept": None,
            "status": None,
            "since": None,
            "until": None,
            "search": None,
            "subject": None,
        },
        "arguments": [],
    },
    "commitment show": {
        "module": "commitment",
        "function": "show_commitment",
        "options": {"--reveal": ("reveal", False), "--reason": ("reason", True)},
        "defaults": {"reveal": False, "reason": None},
        "arguments": ["number"],
    },
    "commitment history": {
        "module": "commitment",
        "function": "history",
        "options": {},
        "defaults": {},
        "arguments": ["number"],
    },
    "verify due": {
        "module": "verify",
        "function": "due",
        "options": {
            "--within": ("within", True),
            "--overdue": ("overdue", False),
            "--dept": ("dept", True),
            "--method": ("method", True),
            "--assignee": ("assignee", True),
            "--exit-code": ("exit_code", False),
        },
        "defaults": {
            "within": None,
            "overdue": False,
            "dept": None,
            "method": None,
            "assignee": None,
            "exit_code": False,
        },
        "arguments": [],
    },
    "ledger info": {"module": "ledger", "function": "info", "options": {}, "defaults": {}, "arguments": []},
    "ledger verify": {
        "module": "ledger",
        "function": "verify",
        "options": {"--anchor": ("anchor", True)},
        "defaults": {"anchor": None},
        "arguments": [],
    },
}
