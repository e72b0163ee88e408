"""Makes the environment manage.py runs in: `.venv` in the checkout, with what requirements.txt names.

Standard library only, and written so that any Python 3 can read it: an old one must be able to say that it is too old.
"""

import hashlib
import os
import subprocess
import sys

OLDEST = (3, 12)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "leanops-installed")  # a line for each requirements file that is installed
UNDER_WAY = os.path.join(VENV, "leanops-installing")


def ensure(argv):
    """Return in an environment that has the requirements: this one, or `.venv`, made if need be and entered by exec.

    The process keeps its number, so signals reach it. Says one sentence and exits with code 2 when that cannot be.
    """
    if sys.version_info < OLDEST:
        refuse("LeanOps needs Python 3.12 or newer; this is %d.%d (%s)." % (sys.version_info[:2] + (sys.executable,)))
    files = ["requirements.txt"]
    if argv[1:2] == ["test"]:
        files.append(os.path.join("tests", "requirements.txt"))
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    if not inside and has_all(files):
        return  # an environment made by somebody else: a container's, say
    if not installed(files):
        try:
            install(files)
        except KeyboardInterrupt:
            refuse("Interrupted; the next start installs anew.")
    elif inside:
        return
    if os.environ.get("LEANOPS_BOOTSTRAP") == str(os.getpid()):
        refuse("The environment in %s does not become usable; remove that folder and try again." % VENV)
    os.environ["LEANOPS_BOOTSTRAP"] = str(os.getpid())
    os.execv(PYTHON, [PYTHON] + argv)  # noqa: S606 (no shell)


def has_all(files):
    """Whether the running Python has exactly the pinned packages of the files, but for those of some platforms only."""
    from importlib.metadata import PackageNotFoundError, version

    for name in files:
        for line in read(os.path.join(ROOT, name)).splitlines():
            package, _, wanted = line.rstrip(" \\").partition("==")
            if not wanted or ";" in wanted:  # a hash; a package of some platforms
                continue
            try:
                if version(package.partition("[")[0]) != wanted:
                    return False
            except PackageNotFoundError:
                return False
    return True


def installed(files):
    """Whether `.venv` runs and had these files, as they are now, installed."""
    if not os.access(PYTHON, os.X_OK) or not os.path.exists(STAMP):
        return False
    return set(marks(files)) <= set(read(STAMP).splitlines())


def marks(files):
    """A line for each file: its name, its content's hash and the Python of `.venv`."""
    python = os.path.realpath(PYTHON)
    return [
        "%s %s %s" % (name, hashlib.sha256(read(os.path.join(ROOT, name)).encode()).hexdigest(), python)
        for name in files
    ]


def install(files):
    """Make `.venv` if it is not usable and install the files into it; one process does, others wait for it."""
    import fcntl

    lock = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another process is installing; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if not installed(files):
            make(files)
    finally:
        os.close(lock)


def make(files):
    """Called with the lock held."""
    if not os.access(VENV if os.path.isdir(VENV) else ROOT, os.W_OK):
        refuse("The folder %s cannot be written, and the Python packages of LeanOps must be installed there." % VENV)
    # A run that was cut off may have left half a package, which pip would take for a whole one.
    if os.path.exists(UNDER_WAY) or not works():
        clear()
        say("Making a virtual environment in %s" % VENV)
        base = getattr(sys, "_base_executable", sys.executable)
        run([base, "-m", "venv", VENV], "The virtual environment cannot be made (on Debian: apt install python3-venv)")
    write(UNDER_WAY, "")
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    for name in files:
        command += ["-r", os.path.join(ROOT, name)]
    say("Installing what %s names (once; a minute or so)" % " and ".join(files))
    run(command, "The Python packages cannot be installed", tidy=True)
    kept = [line for line in lines_of_stamp() if line.split()[0] not in files]
    write(STAMP, "".join(line + "\n" for line in kept + marks(files)))
    os.unlink(UNDER_WAY)


def works():
    """Whether `.venv` has a Python of its own version, with pip."""
    if not os.access(PYTHON, os.X_OK):
        return False
    return (
        subprocess.call([PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    )


def clear():
    """Empty `.venv`, leaving the mark that it is unfinished; refuse when somebody else's files are in it."""
    import shutil

    os.makedirs(VENV, exist_ok=True)
    content = os.listdir(VENV)
    if content and "pyvenv.cfg" not in content and os.path.basename(UNDER_WAY) not in content:
        refuse("%s is no virtual environment of Python; move it away." % VENV)
    write(UNDER_WAY, "")
    for name in content:
        path = os.path.join(VENV, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif path != UNDER_WAY:
            os.unlink(path)


def lines_of_stamp():
    return read(STAMP).splitlines() if os.path.exists(STAMP) else []


def run(command, failure, tidy=False):
    """Run a command, showing what it collects as it goes; refuse with the end of what it said when it fails.

    tidy: the mark of an unfinished run goes, as pip has installed all or nothing when it ends by itself.
    """
    tail = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, universal_newlines=True
    )
    for line in process.stdout:
        line = line.rstrip()
        tail = (tail + [line])[-12:]
        if line.startswith(("Collecting ", "Installing collected")):
            say("  " + line.split(" (from")[0][:100])
    if process.wait() != 0:
        if tidy:
            os.unlink(UNDER_WAY)
        refuse("%s: %s\n%s" % (failure, command_name(command), "\n".join("  " + line for line in tail)))


def command_name(command):
    return "`%s` failed. The end of what it said:" % " ".join(command[1:4] if command[1] == "-m" else command)


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def refuse(sentence):
    say(sentence)
    sys.exit(2)
