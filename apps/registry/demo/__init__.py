"""What the demo's plants know of their assets: kinds.py tells what each is, load.py writes it into the database."""
