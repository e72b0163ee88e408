"""Small words about requests."""

from urllib.parse import urlsplit, urlunsplit

from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request, address: str) -> str:
    """The path of an address that leads to a page of this very host, else "": nobody is sent elsewhere."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    path = urlunsplit(("", "", parts.path, parts.query, ""))
    return path if path.startswith("/") and not path.startswith("//") else ""


def is_api(request) -> bool:
    """Whether a program asks: it is answered in JSON."""
    return request.path.startswith("/api/")
