"""What the server's log says of an outage, and of what nobody expected."""

import logging

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from config.logs import Line


def written(error, cause=None) -> str:
    with pytest.raises(type(error)) as raised:
        raise error from cause
    words = ("procrastinate", logging.ERROR, "", 0, "Side task failed: \nDatabase error.\n, stopping", None)
    record = logging.LogRecord(*words, (raised.type, raised.value, raised.tb))
    return Line("{name}: {message}", style="{").format(record)


def test_that_the_database_went_away_is_one_line():
    cause = psycopg.OperationalError("the connection is lost\n\tThis probably means much more")

    assert written(ConnectorException(), cause) == (
        "procrastinate: Side task failed: Database error. , stopping (the connection is lost)"
    )


def test_what_nobody_expected_keeps_its_traceback():
    assert "Traceback (most recent call last)" in written(KeyError("x"))
