#!/usr/bin/env python3
"""Every command of LeanOps: `python3 manage.py up` runs it, `python3 manage.py test` tests it."""

import sys

from config import bootstrap

# These make their own database, or need none.
WITHOUT_DATABASE = {"help", "version", "--version", "up", "test", "collectstatic", "prepare_database"}
WITHOUT_DATABASE |= {"makemessages", "compilemessages", "startapp", "upgrade_database"}

# These make the tables of a new database themselves, or look at models alone.
MAKES_TABLES = {"migrate", "makemigrations", "sqlmigrate", "showmigrations"}


def main():
    """Make the environment if need be, start the database if need be, run the command."""
    bootstrap.ensure(sys.argv)

    import os

    from config.errors import Refusal

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if "runserver" not in sys.argv:  # commands may take their time, requests may not
        os.environ["LEANOPS_COMMAND"] = "1"
    try:
        run(os.environ)
    except Refusal as refusal:
        sys.stdout.flush()
        sys.stderr.write("%s\n" % refusal)
        sys.exit(2)


def run(environ):
    """Run Django's command with a database that answers."""
    from django.core.management import execute_from_command_line

    if not environ.get("DATABASE_URL"):
        environ.pop("DATABASE_URL", None)  # set, but empty: not set
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    asks_for_help = bool({"-h", "--help"} & set(sys.argv))
    if "DATABASE_URL" in environ or asks_for_help or command in WITHOUT_DATABASE:
        return execute_from_command_line(sys.argv)

    import signal

    from apps.core import embedded
    from config import folders

    def say(text):
        sys.stderr.write(text + "\n")  # a command's output may be piped

    # So that what was started is stopped; commands that handle it themselves replace this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    data = folders.data_folder()
    with embedded.server(data, say=say):
        if command not in MAKES_TABLES and embedded.is_empty(data):
            say("Making the tables (once)")
            execute_from_command_line([sys.argv[0], "migrate", "--verbosity=0"])
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
