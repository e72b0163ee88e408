"""What the demo's plants know of maintenance: kinds.py says what is done to machines, load.py writes it."""
