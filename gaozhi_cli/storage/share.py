"""Is a file on a network share? SQLite's locks do not hold there, so a ledger is only read there.

The pure functions read what the system says of its mounts; ``share_of`` asks the system. Mounts of a
virtual machine's own host (9p, virtiofs, drvfs) count as local: their locks hold for one machine.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from gaozhi_cli.domain.problem import NotReady

MOUNTINFO = "/proc/self/mountinfo"
SHARES = frozenset((
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afpfs", "afs", "coda", "ceph",
    "glusterfs", "lustre", "davfs", "webdav", "ftp",
    "fuse.sshfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.davfs", "fuse.davfs2", "fuse.rclone",
    "fuse.smbnetfs", "fuse.curlftpfs", "fuse.s3fs", "fuse.juicefs", "fuse.gvfsd-fuse", "macfuse", "osxfuse",
))  # fmt: skip
REMOTE_DRIVE = 4  # GetDriveTypeW: DRIVE_REMOTE
ESCAPED = re.compile(r"\\([0-7]{3})")
MOUNTED = re.compile(r"^(?P<source>.+?) on (?P<point>.+) \((?P<kind>[^,)]+)")


def share_in_mountinfo(path: str, mountinfo: str) -> str | None:
    """The kind of network share that holds an absolute path, by Linux's mountinfo; None on a local disk.

    The longest mount point wins, of equal ones the last: it lies over the others.
    """
    mounts = []
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields, device = before.split(" "), after.split(" ")
        if dash and len(fields) > 4 and len(device) > 1:
            mounts.append((_plain(fields[4]), device[0], _plain(device[1])))
    return _holding(path, mounts)


def share_in_mount_list(path: str, listed: str) -> str | None:
    """The same by what ``mount`` prints on macOS: ``source on point (kind, options)``."""
    found = (MOUNTED.match(line) for line in listed.splitlines())
    return _holding(path, [(m["point"], m["kind"], m["source"]) for m in found if m is not None])


def is_unc(path: str) -> bool:
    r"""Whether a Windows path names a share: ``\\server\share\…``, not ``\\?\C:\…`` or ``\\.\…``."""
    plain = path.replace("/", "\\")
    return plain.upper().startswith("\\\\?\\UNC\\") or (
        plain.startswith("\\\\") and not plain.startswith(("\\\\?\\", "\\\\.\\"))
    )


def _holding(path: str, mounts: list[tuple[str, str, str]]) -> str | None:
    best, answer = -1, None
    for point, kind, source in mounts:
        inside = path == point or path.startswith(f"{point.rstrip('/')}/")
        if inside and len(point) >= best:
            remote = kind in SHARES or (kind.startswith("fuse") and "://" in source)
            best, answer = len(point), kind if remote else None
    return answer


def _plain(field: str) -> str:
    r"""A field of mountinfo with its escapes undone: ``\040`` is a space."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 8)), field)


def share_of(path: Path) -> str | None:
    """The kind of network share that a path lies on, as this system names it; None on a local disk."""
    place = os.path.realpath(path)
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(place)[0]
        remote = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == REMOTE_DRIVE
        return "Windows 网络驱动器" if is_unc(place) or remote else None
    if sys.platform == "darwin":
        import subprocess

        listed = subprocess.run(["/sbin/mount"], capture_output=True, encoding="utf-8", check=False).stdout
        return share_in_mount_list(place, listed)
    try:
        with open(MOUNTINFO, encoding="utf-8", errors="surrogateescape") as file:
            return share_in_mountinfo(place, file.read())
    except OSError:
        return None


def refuse_share(path: Path) -> None:
    """Refuse to write a ledger on a network share. Raises NotReady with the way out."""
    kind = share_of(path)
    if kind is not None:
        message = f"台账 {path} 在网络共享（{kind}）上，那里的文件锁靠不住，没有写入（仍可查看）"
        raise NotReady(
            f"{message}；请把台账移到本机的磁盘（--home 或 --ledger 指明），"
            "要放到共享上的用 gaozhi ledger backup --out 备份"
        )
