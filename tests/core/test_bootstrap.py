"""From a bare Python to a running command: real virtual environments, with a package made here."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from config import bootstrap

CHECKOUT = Path(__file__).resolve().parents[2]
PROBE = """
import os, sys
from config import bootstrap
bootstrap.ensure(sys.argv)
import lean_probe
print(os.getpid(), sys.prefix, lean_probe.VERSION, *sys.argv[1:])
"""


@pytest.fixture(scope="module")
def checkout():
    """A checkout in small: bootstrap, a script that uses it, requirements of one package."""
    found = Path(tempfile.mkdtemp(prefix="lo-"))
    (found / "config").mkdir()
    (found / "config" / "__init__.py").touch()
    shutil.copy(CHECKOUT / "config" / "bootstrap.py", found / "config")
    (found / "probe.py").write_text(PROBE)
    for version in ("1.0", "2.0"):
        make_wheel(found / "wheels", version)
    require(found, "1.0")
    yield found
    shutil.rmtree(found)


def make_wheel(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    facts = f"lean_probe-{version}.dist-info"
    with zipfile.ZipFile(folder / f"lean_probe-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("lean_probe.py", f"VERSION = '{version}'\n")
        wheel.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: lean-probe\nVersion: {version}\n")
        wheel.writestr(
            f"{facts}/WHEEL", "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{facts}/RECORD", f"lean_probe.py,,\n{facts}/METADATA,,\n{facts}/WHEEL,,\n{facts}/RECORD,,\n")


def require(checkout: Path, version: str) -> None:
    (checkout / "requirements.txt").write_text(f"lean-probe=={version}\n")


def begin(checkout: Path) -> subprocess.Popen:
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "LEANOPS_BOOTSTRAP"}}
    return subprocess.Popen(
        [sys.executable, str(checkout / "probe.py"), "hello"],
        env=kept | offline,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout: Path) -> tuple[subprocess.Popen, str, str]:
    process = begin(checkout)
    return process, *process.communicate(timeout=120)


def test_the_environment_is_made_entered_kept_and_mended(checkout):
    # Two at once: one installs, both end up inside, with their own process numbers and arguments.
    both = [begin(checkout), begin(checkout)]
    said = [process.communicate(timeout=120) for process in both]
    for process, (output, words) in zip(both, said, strict=True):
        assert output.split() == [str(process.pid), str(checkout / ".venv"), "1.0", "hello"], words
    assert sum("Installing what requirements.txt names" in words for _, words in said) == 1

    # The next start does nothing.
    _, output, words = run(checkout)
    assert " 1.0 hello" in output and words == ""

    # Changed requirements are installed.
    require(checkout, "2.0")
    _, output, words = run(checkout)
    assert " 2.0 hello" in output and "Installing" in words

    # A run cut off in the middle of installing is begun anew.
    (installed,) = (checkout / ".venv").rglob("lean_probe.py")
    installed.unlink()
    (checkout / ".venv" / "leanops-installing").touch()
    (checkout / ".venv" / "leanops-installed").unlink()
    _, output, words = run(checkout)
    assert " 2.0 hello" in output and "Making a virtual environment" in words

    # What cannot be installed is said, and the way back is open.
    require(checkout, "3.0")
    process, output, words = run(checkout)
    assert process.returncode == 2 and output == ""
    assert "The Python packages cannot be installed" in words and "lean-probe==3.0" in words
    assert "Traceback" not in words
    require(checkout, "2.0")
    process, output, _ = run(checkout)
    assert process.returncode == 0 and " 2.0 hello" in output


def test_an_environment_made_by_somebody_else_is_taken_as_it_is(tmp_path, monkeypatch):
    assert bootstrap.has_all(["requirements.txt"])

    pinned = (CHECKOUT / "requirements.txt").read_text()
    (tmp_path / "requirements.txt").write_text(re.sub("^psutil==.*\\d", "psutil==0.1", pinned, flags=re.MULTILINE))
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    assert not bootstrap.has_all(["requirements.txt"])


def test_somebody_elses_folder_is_not_emptied(checkout):
    other = checkout / "other"
    shutil.copytree(checkout / "config", other / "config", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(checkout / "probe.py", other)
    require(other, "1.0")
    letter = other / ".venv" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("mine")

    process, _, words = run(other)

    assert process.returncode == 2
    assert "is no virtual environment of Python" in words
    assert letter.read_text() == "mine"


@pytest.mark.parametrize("name", ["manage.py", "config/bootstrap.py", "config/__init__.py"])
def test_an_old_python_can_read_far_enough_to_say_that_it_is_too_old(name):
    ast.parse((CHECKOUT / name).read_text(), feature_version=(3, 4))
    if name == "manage.py":
        assert not re.search(r"\bf\"|:=|match ", (CHECKOUT / name).read_text())


def old_pythons() -> list[str]:
    """Those of the search path and of pyenv, but not pyenv's stand-ins."""
    found = [shutil.which(f"python3.{minor}") for minor in range(4, 12)]
    found += [str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python")]
    return [path for path in found if path and "shims" not in path and not re.search(r"/3\.1[2-9]\.", path)]


@pytest.mark.parametrize("python", old_pythons())
def test_an_old_python_is_one_sentence(python):
    outcome = subprocess.run([python, CHECKOUT / "manage.py", "up"], capture_output=True, text=True, check=False)

    assert outcome.returncode == 2
    assert outcome.stderr.startswith("LeanOps needs Python 3.12 or newer; this is 3.")
    assert len(outcome.stderr.splitlines()) == 1
