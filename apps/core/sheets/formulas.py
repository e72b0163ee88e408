"""No cell that leaves this house is a formula, and what was written before it to make it none is taken away again."""

import re

# What spreadsheets take for a formula, after whatever they pass over; the wide signs of Japanese keyboards too.
FORMULA = re.compile(r"[\W_]*?[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")


def harmless(cell):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """The text that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
