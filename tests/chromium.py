"""The browser of the browser tests: Debian's, or any other Chromium of this machine."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUEST = "The browser tests need Chromium: install it (Debian, Ubuntu: apt install chromium) and run the tests again."


def found() -> str | None:
    """Path of the browser, None when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def executable() -> str:
    """Path of the browser. Without one the test is skipped, but in CI it fails."""
    if path := found():
        return path
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(REQUEST)
    pytest.skip(REQUEST)
