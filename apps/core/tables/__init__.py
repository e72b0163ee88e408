"""Tables as CSV files: `manage.py load_tables` and `dump_tables`.

A file is one `Table` (table.py) made of `Column`s (columns.py); each app lists its own in its `tables`, where files.py
finds them, and a further one is a few lines there. A load reads each file once (reading.py) into a temporary table of
the database (staging.py), where the whole is checked (checking.py), then written (writing.py) in the same transaction:
memory stays flat, and either everything is written or nothing. dumping.py writes the files again, byte for byte.
"""
