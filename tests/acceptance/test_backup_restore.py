"""A backup is rehearsed: made while the site runs, read back, restored, and nobody who was erased comes back."""

import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from tests.servers import QUIET, ROOT, empty_database
from viral_engine.backups.sealing import PART, SealBroken, seal, unseal

KEY = urlsafe_b64encode(b"a-backup-key-of-32-bytes-of-text").decode()
PEOPLE = (
    "from viral_engine.accounts.models import User; from viral_engine.kernel.models import LoggedEvent;"
    "print(sorted(User.objects.filter(is_active=True, username__in=['ada', 'bo']).values_list('username', flat=True)),"
    " LoggedEvent.objects.count() > 20)"
)
FORGET_BO = (
    "from viral_engine.accounts.models import User; from viral_engine.accounts.services.erasure import erase_account;"
    "from viral_engine.kernel.clock import now; bo = User.objects.get(username='bo');"
    "erase_account(user=bo, by=bo, at=now())"
)


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"REDIS_URL": ""} | QUIET | environment
    asked = [sys.executable, "manage.py", *command]
    return subprocess.run(asked, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_restored_site_has_everything_but_the_people_who_were_erased(database_url: str, tmp_path: Path) -> None:
    site = {"BACKUP_KEY": KEY, "DELETION_LOG": str(tmp_path / "deletions.log")}
    with empty_database(tmp_path, "before", database_url) as site["DATABASE_URL"]:
        assert "verified, encrypted" in said(manage("backup", str(tmp_path / "backups"), **site))
        [backup] = (tmp_path / "backups").iterdir()
        assert backup.stat().st_mode & 0o077 == 0
        assert b"@example.com" not in backup.read_bytes()
        said(manage("shell", "-c", FORGET_BO, **site))
        refusal = manage("restore", str(backup), **site)
        assert refusal.returncode == 1
        assert "add --overwrite" in refusal.stderr
        assert "Erased 1 accounts again" in said(manage("restore", str(backup), "--overwrite", **site))
        assert "['ada'] True" in said(manage("shell", "-c", PEOPLE, **site))


def test_a_backup_is_restored_into_an_empty_database_and_a_broken_one_is_refused(
    database_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    said(manage("backup", str(tmp_path), DATABASE_URL=database_url, DELETION_LOG=""))
    [backup] = tmp_path.iterdir()
    with empty_database(tmp_path_factory.mktemp("empty"), "after") as empty:
        broken = tmp_path / "broken.tar"
        whole = backup.read_bytes()
        broken.write_bytes(whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :])
        refusal = manage("restore", str(broken), DATABASE_URL=empty, DELETION_LOG="")
        assert refusal.returncode == 1
        assert "broken.tar" in refusal.stderr
        assert "Traceback" not in refusal.stderr
        said(manage("restore", str(backup), DATABASE_URL=empty, DELETION_LOG=""))
        assert "['ada', 'bo'] True" in said(manage("shell", "-c", PEOPLE, DATABASE_URL=empty))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART])
def test_a_sealed_file_opens_whole_and_with_its_key_alone(size: int, tmp_path: Path) -> None:
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    plain.write_bytes(os.urandom(size))
    key = os.urandom(32)
    seal(plain, sealed, key)
    unseal(sealed, opened, key)
    assert opened.read_bytes() == plain.read_bytes()
    whole = sealed.read_bytes()
    part = PART + 16
    for damaged in (
        whole[:-1],
        whole + b"x",
        bytes([whole[0] ^ 1]) + whole[1:],
        whole[: 8 + part] if size > PART else b"",
    ):
        sealed.write_bytes(damaged)
        with pytest.raises(SealBroken):
            unseal(sealed, opened, key)
    sealed.write_bytes(whole)
    with pytest.raises(SealBroken):
        unseal(sealed, opened, os.urandom(32))
