"""What a service raises when the answer is no."""


class BrokenRule(Exception):
    """A rule refuses. The message is one sentence for the person: what is wrong, and the way out.

    code: a short word for programs ("rule" unless a caller has to tell cases apart).
    """

    def __init__(self, message: str, *, code: str = "rule"):
        super().__init__(message)
        self.code = code


class Conflict(BrokenRule):
    """What the person saw has moved meanwhile; nothing was done. `current` is the fresh object, for a fresh view."""

    def __init__(self, message: str, *, current=None):
        super().__init__(message, code="conflict")
        self.current = current


class NotAllowed(BrokenRule):
    """The person's role may not do this to this row now (403), where a role alone does not tell."""

    def __init__(self, message: str):
        super().__init__(message, code="not_allowed")


class BrokenRows(BrokenRule):
    """Rows that go together or not at all, and some of them cannot go. Nothing was done.

    rows: {place in what was sent, from 0: {field ("": the row as a whole): [sentence, …]}}. unusual: {place: fields} of
    those that are only asked about, and taken once they are confirmed. code: "conflict" where something has moved
    meanwhile, "unusual" where nothing but questions is left, else "rows".
    """

    def __init__(self, message: str, *, rows: dict, unusual: dict, code: str = "rows"):
        super().__init__(message, code=code)
        self.rows, self.unusual = rows, unusual
