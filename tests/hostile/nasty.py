"""What nobody should type, how a page is read for what became of it, and what an address reads."""

from contextlib import contextmanager
from html.parser import HTMLParser
from urllib.parse import parse_qs

from django import forms
from django.http import QueryDict

MARKUP = "<script>alert(1)</script><x-hostile onclick=alert(1)>"
NASTIES = {
    "nothing": "",
    "blanks": " \t\u00a0\u3000",
    "NUL": "a\x00b",
    "a megabyte": "x" * 1_000_000,
    "right to left": "\u202eecalp\u202c \u0645\u0631\u062d\u0628\u0627",
    "combining": "e" + "\u0301" * 500,
    "beyond the plane": "\U0001f3ed\ufeff\u200b\uffff",
    "lines": "a\r\nb\nc\rd\u2028e",
    "markup": MARKUP,
    "end of an attribute": "\"'><x-hostile onmouseover=alert(1) x=\"'",
    "template tags": "{{ 'evalu'|add:'ated' }}{% debug %}{# #}",
    "format": "%s%n%(x)s {0} {x.__class__}",
    "SQL": "'; drop table jobs; --",
    "LIKE": "%_\\",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "JSON": '{"__proto__": [null]}',
    "NaN": "NaN",
    "infinity": "-Infinity",
    "1e308": "1e308",
    "1e-308": "1e-308",
    "below zero": "-1",
    "zero": "0",
    "a long number": "9" * 400,
    "over four bytes": "2147483648",
    "over eight bytes": "9223372036854775808",
    "other digits": "\u0661\u0662\u0663",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the first minute": "0001-01-01T00:00",
    "the last minute": "9999-12-31T23:59",
    "another's page": "//evil.example/",
    "a script's address": "javascript:alert(1)",
    "a path": "../../etc/passwd",
    "a cursor": "9999-12-31T23:59:59+00:00~99999999999999999999",
}
# Those that a field of free text takes, or a field of numbers or dates nearly: tried alone, with all else as it should be.
KEEN = ("NUL", "a megabyte", "markup", "the last minute")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """A page as a browser would take it: its elements, its visible text, and what was made by somebody's input."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.made: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = {name: value or "" for name, value in attributes}
        self.elements.append((tag, found))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "x-hostile" or any(name.startswith("on") for name in found):
            self.made.append(self.get_starttag_text() or tag)
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            address = found.get(name, "").strip().lower()
            if address.startswith(("javascript:", "data:text", "//")) or "evil.example/" in address.partition("?")[0]:
                self.made.append(self.get_starttag_text() or tag)

    def handle_endtag(self, tag):
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "script" in self._open and "alert(1)" in data:
            self.made.append(data)
        if not {"script", "style", "template", "head"} & set(self._open):
            self.text += data + " "

    def attributes(self, name: str) -> list[str]:
        return [found[name] for _tag, found in self.elements if name in found]

    def words(self) -> str:
        """All that a person or a script is given to read: text and attributes."""
        return self.text + " ".join(value for _tag, found in self.elements for value in found.values())


@contextmanager
def all_told():
    """Collects what is wrong, and fails at the end with all of it: a sweep finds more than one thing at a time."""
    wrong: list[str] = []

    def check(look, *args):
        try:
            return look(*args)
        except AssertionError as error:
            wrong.append(str(error).partition("\n")[0][:250])

    yield check
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])


def look_at(answer, where) -> Page | None:
    """Whatever was sent: no crash, nothing made by it, and a refusal has a sentence."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code < 500, f"{where}: {answer.status_code} {getattr(answer, 'exc_info', '')}"
    for name, value in answer.items():
        assert "\n" not in value and "\r" not in value, f"{where}: a header was made by it: {name}"
    if not answer.get("Content-Type", "").startswith("text/html"):
        return None
    page = Page(content.decode())
    assert not page.made, f"{where}: made by the input: {page.made}"
    assert "evaluated" not in page.words(), f"{where}: a template tag was followed"
    if answer.status_code >= 400:
        assert len(page.text.split()) > 3, f"{where}: {answer.status_code} without a sentence"
    return page


@contextmanager
def recorder():
    """Collects the names that a request reads from its query or body, and the form fields that were filled in."""
    names: set[str] = set()
    fields: dict[str, forms.Field] = {}
    former = {name: getattr(QueryDict, name) for name in ("get", "getlist", "__getitem__", "__contains__")}
    clean = forms.BaseForm.full_clean

    def reading(read):
        def wrapped(query, key, *rest):
            names.add(str(key))
            return read(query, key, *rest)

        return wrapped

    def cleaning(form):
        if form.is_bound:
            FORMS.add(type(form))
            fields.update({form.add_prefix(name): field for name, field in form.fields.items() if not field.disabled})
        clean(form)

    for name, read in former.items():
        setattr(QueryDict, name, reading(read))
    forms.BaseForm.full_clean = cleaning
    try:
        yield names, fields
    finally:
        for name, read in former.items():
            setattr(QueryDict, name, read)
        forms.BaseForm.full_clean = clean


FORMS: set[type] = set()  # every class of forms that was filled in
NOT_TRIED = {"csrfmiddlewaretoken"}


def names_read(send, body) -> tuple[set[str], dict]:
    """The names an address reads, found by sending what it asked for until it asks for nothing new; and the form
    fields that this body fills in."""
    known, filled = set(body), None
    while True:
        with recorder() as (names, fields):
            send(dict.fromkeys(known - set(body), "") | body)
        filled = fields if filled is None else filled
        if names - NOT_TRIED <= known:
            return known, filled
        known |= names - NOT_TRIED


def bodies(names, good, keen=KEEN):
    """What to send: all fields at once, each nasty in every third of them or more (in each, of fewer than three); then the
    keen ones each alone in good company."""
    names, texts = sorted(names), list(NASTIES.items())
    for turn in range(0, len(texts), max(1, min(3, len(names)))):
        chosen = [texts[(turn + place) % len(texts)] for place in range(len(names))]
        yield "all at once", {name: text for name, (_what, text) in zip(names, chosen, strict=True)}
    for name in names:
        for what in keen:
            yield f"{what} in {name}", good | {name: NASTIES[what]}


def names_of_links(page: Page) -> set[str]:
    """The names in the page's own links to itself: its filters."""
    return {name for link in page.attributes("href") if link.startswith("?") for name in parse_qs(link[1:])}
