"""Starts the tests' database server before Django's settings are read (so they are not named in pyproject.toml)."""

import os

from tests import server

server.start()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def pytest_unconfigure():
    server.stop()
