"""A real print service for tests: a cupsd of our own, its queues, and what came out of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_BIN = Path("/usr/lib/cups")
PROGRAMS = ("lp", "lpstat", "lpadmin", "cancel", "cupsdisable", "cupsenable", "cupsreject")
FILES = """ServerRoot {0}
RequestRoot {0}/spool
CacheDir {0}/cache
StateDir {0}/state
TempDir {0}/tmp
ErrorLog {0}/error_log
AccessLog {0}/access_log
PageLog {0}/page_log
ServerBin {0}/bin
DataDir /usr/share/cups
SystemGroup root
"""
DAEMON = """LogLevel warn
Listen {0}/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""
# Our printer is a folder: what the filters of CUPS made of the PDF is kept in it, copies and all.
BACKEND = """#!/bin/sh
[ $# -eq 0 ] && {{ echo 'direct keep "Unknown" "keep"'; exit 0; }}
[ -e {0}/jammed ] && {{ echo 'ERROR: jammed' >&2; exit 4; }}
while [ -e {0}/slow ]; do sleep 0.2; done
cat ${{6:+"$6"}} > {0}/paper/"$1-$3-$4.pdf"
"""
DRIVER = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "KEEP.PPD"
*Manufacturer: "Test"
*Product: "(Keep)"
*ModelName: "Keep"
*ShortNickName: "Keep"
*NickName: "Keep"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: True
*DefaultColorSpace: RGB
*FileSystem: False
*Throughput: "1"
*LandscapeOrientation: Plus90
*TTRasterizer: Type42
*cupsManualCopies: True
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
*OpenUI *PageSize/Media Size: PickOne
*DefaultPageSize: A4
*PageSize A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion/Region: PickOne
*DefaultPageRegion: A4
*PageRegion A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: "0 0 595 842"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: "595 842"
*OpenUI *Duplex/Two-Sided: PickOne
*DefaultDuplex: None
*Duplex None/Off: ""
*Duplex DuplexNoTumble/Long: ""
*CloseUI: *Duplex
"""


def lacking() -> str:
    """Why there can be no print service here; empty where there can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "cupsd 要由 root 启动"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if shutil.which("cupsd", path="/usr/sbin:/usr/bin") is None or not SERVER_BIN.is_dir() or absent:
        return "CUPS 未安装（cups、cups-client）"
    if not (SERVER_BIN / "filter" / "pdftopdf").exists():
        return "CUPS 的 PDF 过滤器未安装（cups-filters）"
    return ""


class Service:
    """A running print service with the queue ``Hall``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"CUPS_SERVER": str(folder / "cups.sock")}
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start cupsd and wait until it answers."""
        command = ["/usr/sbin/cupsd", "-f", "-c", str(self.folder / "cupsd.conf")]
        command += ["-s", str(self.folder / "cups-files.conf")]
        self._daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if "is running" in self.call("lpstat", "-r"):
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "error_log").read_text("utf-8", "replace"))

    def stop(self) -> None:
        """End cupsd."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(30)
        self._daemon = None

    def call(self, *command: str) -> str:
        """What a program of CUPS says, asked about this service."""
        environment = {**os.environ, **self.environment, "LC_ALL": "C"}
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=60)
        return done.stdout

    def queue(self, name: str) -> None:
        """Add a queue that prints into the folder."""
        self.call("lpadmin", "-p", name, "-E", "-v", "keep:/", "-P", str(self.folder / "keep.ppd"))

    def paper(self) -> list[Path]:
        """What has been printed, in order of the jobs."""
        return sorted((self.folder / "paper").glob("*.pdf"), key=lambda p: int(p.name.split("-")[0]))


@contextmanager
def service() -> Iterator[Service]:
    """A print service in a folder that its filters, which are another user, can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gaozhi-cups-"))
    try:
        for name in ("spool", "cache", "state", "tmp", "ppd", "paper", "bin/backend"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        for name in ("tmp", "paper"):
            (folder / name).chmod(0o1777)
        for part in SERVER_BIN.iterdir():
            if part.name != "backend":
                (folder / "bin" / part.name).symlink_to(part)
        backend = folder / "bin" / "backend" / "keep"
        backend.write_text(BACKEND.format(folder))
        backend.chmod(0o755)
        (folder / "keep.ppd").write_text(DRIVER)
        (folder / "cupsd.conf").write_text(DAEMON.format(folder))
        (folder / "cups-files.conf").write_text(FILES.format(folder))
        running = Service(folder)
        try:
            running.start()
            running.queue("Hall")
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
