"""The installation's secret key: from the environment, or made once into a file only its owner can read."""

import os
import secrets

from config import folders


def secret_key() -> str:
    """LEANOPS_SECRET_KEY, else the key kept in the data folder (made on first use, mode 600)."""
    if key := os.environ.get("LEANOPS_SECRET_KEY"):
        return key
    path = folders.make_private(folders.data_folder()) / "secret_key"
    if path.exists():
        with open(folders.open_private(path)) as file:
            return file.read()
    draft = path.with_name(f"secret_key.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)  # atomic, and never over a key that another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
