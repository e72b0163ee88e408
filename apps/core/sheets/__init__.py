"""Tables from and for spreadsheets.

reading.py makes rows of cells of any file or paste; ways.py reads numbers and dates, and knows what could be two;
columns.py says what a cell may hold; tables.py compares a sheet with what is stored and writes the difference, all or
none; admin.py is its page for managers. docs/import-export.md tells it to people.
"""
