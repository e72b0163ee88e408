"""How the server's log is written: a line with time, level and name, and the traceback of what nobody expected."""

import copy
import logging

from procrastinate.exceptions import ConnectorException


class Line(logging.Formatter):
    """That the database went away is one line of the worker too: where in a library it was noticed is no news."""

    def format(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ConnectorException):
            cause = str(error.__cause__ or error).strip().partition("\n")[0]
            record = copy.copy(record)
            record.msg, record.args = f"{' '.join(record.getMessage().split())} ({cause})", None
            record.exc_info = record.exc_text = None
        return super().format(record)
