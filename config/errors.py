"""What stops a command before it begins."""


class Refusal(Exception):
    """A person must put something right first: manage.py prints the sentence and exits with code 2."""
