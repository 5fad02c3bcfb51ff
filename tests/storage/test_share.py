"""Network shares are told from local disks by what the system says; a ledger there is only read."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import share
from gaozhi_cli.storage.connect import create_ledger
from gaozhi_cli.storage.share import is_unc, share_in_mount_list, share_in_mountinfo, share_of
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, a_clock, a_ledger, an_occasion

LINUX = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 0:40 / /srv/nfs rw,relatime shared:2 master:3 - nfs4 filer:/export rw,vers=4.2
41 40 8:1 / /srv/nfs/local rw,relatime - xfs /dev/sda1 rw
42 27 0:42 / /mnt/my\040share rw - cifs //server/dept\040a rw
43 27 0:43 / /mnt/tab\011back\134slash rw - smb3 //server/b rw
44 27 0:44 / /home/u/far rw - fuse.sshfs u@host:/ rw
45 27 0:45 / /mnt/dav rw - fuse https://dav.example/ rw
46 27 0:46 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw
47 27 0:47 / /mnt/auto rw - autofs systemd-1 rw
48 47 0:48 / /mnt/auto rw - nfs filer:/auto rw
49 27 0:49 / /mnt/c rw - 9p C:\134 rw
50 27 0:50 / /mnt/gluster rw - fuse.glusterfs node:/vol rw
rubbish
51 27 0:51
"""
MACOS = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//clerk@server/dept on /Volumes/dept (smbfs, nodev, nosuid, mounted by clerk)
filer:/export on /Volumes/with on it (nfs)
/dev/disk4 on /Volumes/USB (msdos, local)
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/u/ledger.db", None),
        ("/srv/nfs/ledger.db", "nfs4"),
        ("/srv/nfs", "nfs4"),
        ("/srv/nfs/local/ledger.db", None),
        ("/srv/nfs-other/ledger.db", None),
        ("/mnt/my share/台账.db", "cifs"),
        ("/mnt/tab\tback\\slash/x", "smb3"),
        ("/home/u/far/x", "fuse.sshfs"),
        ("/mnt/dav/x", "fuse"),
        ("/mnt/ntfs/x", None),
        ("/mnt/auto/x", "nfs"),
        ("/mnt/c/x", None),
        ("/mnt/gluster/x", "fuse.glusterfs"),
    ],
)
def test_share_in_mountinfo(path: str, kind: str | None) -> None:
    """The longest mount point decides, of equal ones the last; escapes are undone."""
    assert share_in_mountinfo(path, LINUX) == kind


def test_no_mounts_at_all() -> None:
    """Nothing known is no share."""
    assert share_in_mountinfo("/x", "") is None and share_in_mount_list("/x", "") is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/Users/u/ledger.db", None), ("/Volumes/dept/ledger.db", "smbfs"),
        ("/Volumes/with on it/x", "nfs"), ("/Volumes/USB/x", None),
    ],
)  # fmt: skip
def test_share_in_mount_list(path: str, kind: str | None) -> None:
    """macOS: what ``mount`` prints."""
    assert share_in_mount_list(path, MACOS) == kind


@pytest.mark.parametrize(
    ("path", "unc"),
    [
        ("\\\\server\\dept\\ledger.db", True), ("//server/dept/ledger.db", True),
        ("\\\\?\\UNC\\server\\dept\\x", True), ("\\\\?\\C:\\x", False), ("\\\\.\\pipe\\x", False),
        ("C:\\Users\\u\\ledger.db", False), ("ledger.db", False),
    ],
)  # fmt: skip
def test_is_unc(path: str, unc: bool) -> None:
    """Windows: a path that names a server."""
    assert is_unc(path) is unc


def test_the_disk_of_the_tests_is_local(tmp_path: Path) -> None:
    """The system itself is asked."""
    assert share_of(tmp_path / "not there") is None


def pretended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system that says that the folder is an NFS mount."""
    told = tmp_path / "mountinfo"
    place = str(tmp_path.resolve()).replace(" ", "\\040")
    told.write_text(f"1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / {place}/share rw - nfs4 filer:/x rw\n")
    monkeypatch.setattr(share, "MOUNTINFO", str(told))


def test_a_ledger_on_a_share_is_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused with the way out before anything is written; verifying goes on; none is made there."""
    place = tmp_path / "share"
    a_ledger(place).close()
    pretended(monkeypatch, tmp_path)
    before = (place / "ledger.db").read_bytes()
    with closing(a_ledger(place)) as ledger:
        assert verify(ledger).faults == ()
        words = r"网络共享（nfs4）.*没有写入.*本机的磁盘.*backup"
        with pytest.raises(NotReady, match=words) as refusal, ledger.transaction() as act:
            act.record(an_occasion().entry("test", "x"))
        assert "\n" not in refusal.value.message
    assert (place / "ledger.db").read_bytes() == before
    with pytest.raises(NotReady, match="网络共享"):
        create_ledger(str(place / "new" / "ledger.db"), place / "new" / "keys", a_clock, ACTOR)
    assert not (place / "new").exists()
