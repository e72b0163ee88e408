"""What the demo's stores keep: parts.py tells what it is, months.py what became of it, load.py writes both."""
