"""Where an installation keeps its data. Imports without Django."""

import os
import pwd
from pathlib import Path

import platformdirs

from config.errors import Refusal

SYSTEM_STATE = Path("/var/lib/leanops")


class FolderError(Refusal):
    """A folder cannot be made or written."""


def data_folder() -> Path:
    """LEANOPS_DATA; else /var/lib/leanops for root, and the platform's user data folder for anybody else."""
    if given := os.environ.get("LEANOPS_DATA"):
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(platformdirs.user_data_dir("leanops"))


def make_private(path: Path) -> Path:
    """Make what is missing of a folder's path, for its owner only (0700), and return it.

    Permissions of folders that were there are left alone: they may not be ours. Raises FolderError when the folder
    cannot be made or written.
    """
    missing = []
    folder = path
    while not os.path.exists(folder):  # Path.exists() raises where one may not look
        missing.append(folder)
        folder = folder.parent
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderError(f"The folder {folder} cannot be made ({error.strerror}); {_remedy()}") from error
    if not os.path.isdir(path):
        raise FolderError(f"{path} is not a folder; {_remedy()}")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise FolderError(f"The folder {path} cannot be written by this user; {_remedy()}")
    return path


def open_private(path: Path) -> int:
    """A file descriptor to read and write a file of the data folder, made for its owner only if it is missing.

    Raises FolderError when it is another user's.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        owner = pwd.getpwuid(path.stat().st_uid).pw_name
        raise FolderError(f"{path} belongs to {owner}; run this as {owner}, or {_remedy()}") from error


def static_folder(checkout: Path) -> Path:
    """Where collectstatic writes: LEANOPS_STATIC, else staticfiles/ of the checkout, if need be in the data folder."""
    if given := os.environ.get("LEANOPS_STATIC"):
        return Path(given).expanduser().absolute()
    folder = checkout / "staticfiles"
    return folder if os.access(folder if folder.exists() else checkout, os.W_OK) else data_folder() / "static"


def files_folder() -> Path:
    """Where the files lie that people send: LEANOPS_FILES, else files/ of the data folder."""
    if given := os.environ.get("LEANOPS_FILES"):
        return Path(given).expanduser().absolute()
    return data_folder() / "files"


def _remedy() -> str:
    return "name another one in LEANOPS_DATA."
