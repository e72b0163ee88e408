"""The installation's secret key: from the environment, or made once into a file only its owner can read."""

import os
import secrets
import stat

from config import folders
from config.errors import Refusal


def secret_key() -> str:
    """LEANOPS_SECRET_KEY, else the key kept in the data folder (made on first use, mode 600).

    Raises Refusal when others can read the file: mending its mode would hide that they may have read it.
    """
    if key := os.environ.get("LEANOPS_SECRET_KEY"):
        return key
    path = folders.make_private(folders.data_folder()) / "secret_key"
    if path.exists():
        return _read(path)
    draft = path.with_name(f"secret_key.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)  # atomic, and never over a key that another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def fallbacks() -> list[str]:
    """LEANOPS_SECRET_KEY_FALLBACKS: former keys, separated by commas, whose signatures still count."""
    return [key for key in os.environ.get("LEANOPS_SECRET_KEY_FALLBACKS", "").split(",") if key]


def _read(path) -> str:
    with open(folders.open_private(path)) as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise Refusal(
                f"The secret key in {path} is open to others on this machine (mode {mode:o}). If nobody can have read it, "
                f"`chmod 600 {path}`; otherwise delete it: everybody signs in again, PINs and authenticator apps are set up anew."
            )
        return file.read()
