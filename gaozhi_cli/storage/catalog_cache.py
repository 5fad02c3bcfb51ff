"""Opens the catalog: from the compiled cache when the YAML has not changed, else by compiling it anew.

The key is the digest of every source file's name and bytes with the program's version, so the cache
is never stale; a cache that cannot be written only costs time.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from gaozhi_cli import __version__
from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.catalog_plain import catalog_from
from gaozhi_cli.storage.home import Home, shipped, write_private

FORMAT = "1"


def open_catalog(home: Home) -> Catalog:
    """The county's catalog. Raises BadInput for faulty YAML, NotReady when it cannot be read."""
    base, own = shipped("catalog"), home.catalog
    try:
        digest = _digest(base, own)
        path = home.cache / f"catalog-{digest[:32]}.json"
        catalog = _cached(path, digest)
        if catalog is not None:
            return catalog
        from gaozhi_cli.storage.catalog_yaml import compile_catalog

        plain = compile_catalog(base, own)
        _keep(path, plain)
    except OSError as error:
        message = f"读不了清单（{os_reason(error)}：{error.filename}），请检查文件权限"
        raise NotReady(message) from None
    return catalog_from(plain, digest)


def _digest(base: Path, own: Path) -> str:
    digest = hashlib.sha256(f"{FORMAT} {__version__}".encode())
    for prefix, folder in (("base", base), ("own", own)):
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("items/*.yaml")]):
            if path.name == "clauses.yaml":
                continue
            data = path.read_bytes() if path.is_file() else b""
            name = f"{prefix}/{path.relative_to(folder).as_posix()}"
            digest.update(f"{name} {len(data)}\n".encode())
            digest.update(data)
    return digest.hexdigest()


def _cached(path: Path, digest: str) -> Catalog | None:
    """The cached catalog; None where there is none or it does not hold what it should."""
    try:
        return catalog_from(json.loads(path.read_bytes()), digest)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _keep(path: Path, plain: dict[str, Any]) -> None:
    data = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    with suppress(OSError):
        write_private(path, data)
        for old in path.parent.glob("catalog-*.json"):
            if old != path:
                old.unlink()
