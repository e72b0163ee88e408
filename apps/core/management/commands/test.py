"""`manage.py test`: all tests, with pytest; further arguments are pytest's."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from config.database import COMMAND


class Command(BaseCommand):
    help = "Run all tests with pytest. Further arguments go to pytest: manage.py test -k board"
    requires_system_checks = ()

    def run_from_argv(self, argv):
        """Hand everything to pytest in this process's place: signals and the exit code are its own."""
        environment = {name: value for name, value in os.environ.items() if name != COMMAND}
        os.chdir(settings.BASE_DIR)
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, "-m", "pytest", *argv[2:]], environment)  # noqa: S606 (no shell)
