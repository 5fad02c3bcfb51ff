"""LibreOffice as a child process: a profile of its own, a time limit, nothing of it left behind.

soffice exits 0 for missing and corrupt files and twice on one profile does nothing, so every worker has
its own profile and only the files that come out count. A run that hangs is ended with all it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import DocumentFailed, os_reason

# Written into the profile, since options on the command line read differently from version to version:
# bookmarks come out as named destinations; blank pages between odd and even sheets stay where asked for.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Filter/PDF/Export">\
<prop oor:name="ExportBookmarksToPDFDestination" oor:op="fuse"><value>true</value></prop>\
<prop oor:name="IsSkipEmptyPages" oor:op="fuse"><value>{skip}</value></prop></item>
</oor:items>
"""


class Office:
    """One LibreOffice worker: its folder, its profile, at most one process at a time."""

    def __init__(self, soffice: str, folder: Path, fonts: Path | None, *, duplex: bool = False) -> None:
        self._soffice = soffice
        self._profile = folder / "profile"
        self._skip = "false" if duplex else "true"
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self.folder = folder
        self._environment = dict(os.environ)
        if fonts is not None and fonts.is_file():
            self._environment["FONTCONFIG_FILE"] = str(fonts)

    def convert(self, sources: Sequence[Path], limit: float) -> None:
        """Write a PDF beside each source, as far as soffice can: look at the files, it tells nothing.

        Raises DocumentFailed when it cannot be started, or takes longer than ``limit`` seconds.
        """
        command = [
            self._soffice, f"-env:UserInstallation={self._profile.as_uri()}", "--headless", "--norestore",
            "--convert-to", "pdf", "--outdir", str(sources[0].parent), *map(str, sources),
        ]  # fmt: skip
        try:
            self._prepare()
            self._process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            if self._stopped:
                self.stop()
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            message = f"LibreOffice 超过 {limit:.0f} 秒没有出 PDF，已停止；请关闭其他程序后再试"
            raise DocumentFailed(message) from None
        except OSError as error:
            raise DocumentFailed(f"LibreOffice 没有出 PDF（{os_reason(error)}）") from None
        finally:
            self._end()

    def renew(self) -> None:
        """Forget the profile: after a failure nothing of the failed run is used again."""
        shutil.rmtree(self._profile, ignore_errors=True)

    def stop(self) -> None:
        """End what is running, from any thread; what is started later ends at once."""
        self._stopped = True
        process = self._process  # the worker's own thread may forget it meanwhile
        if process is not None:
            end_group(process)

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            end_group(self._process)
        self._process = None

    def _prepare(self) -> None:
        settings = self._profile / "user" / "registrymodifications.xcu"
        if not settings.exists():
            settings.parent.mkdir(parents=True)
            settings.write_text(SETTINGS.format(skip=self._skip), "utf-8")


def end_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process started with ``start_new_session`` and all that it started."""
    if os.name == "nt":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(command, capture_output=True, timeout=30, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
