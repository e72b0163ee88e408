"""Running load_tables and dump_tables in tests, and files to run them on."""

from io import StringIO
from pathlib import Path
from shutil import copytree

from django.core.management import CommandError, call_command

V2 = Path(__file__).parent / "shopfloor" / "v2"  # an export of a small plant, as Supabase writes it


def load(folder, tenant, *words) -> tuple[int, str]:
    """The exit code, and all that was said. tenant: the short name, or a Tenant."""
    return _run("load_tables", str(folder), "--tenant", getattr(tenant, "slug", tenant), *words)


def dump(folder, tenant) -> tuple[int, str]:
    return _run("dump_tables", str(folder), "--tenant", getattr(tenant, "slug", tenant))


def _run(*words):
    said = StringIO()
    try:
        call_command(*words, stdout=said, stderr=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}\n{error}"
    return 0, said.getvalue()


def write(folder, **files) -> Path:
    """Write files into a folder: name="text" or bytes; a text loses its indentation and may begin with a newline."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if isinstance(content, str):
            lines = [line.strip(" ") for line in content.strip("\n").split("\n")]
            content = "\n".join(lines).encode()
        (folder / f"{name}.csv").write_bytes(content)
    return folder


def v2_copy(folder) -> Path:
    return Path(copytree(V2, folder / "v2"))


def content(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
