"""What the demo's plants moved: load.py writes it."""
