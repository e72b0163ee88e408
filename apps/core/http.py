"""Small words about requests."""

from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
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


def lasting_address(request, path: str) -> str:
    """A path as it stands on paper, for phones to open: at LEANOPS_ADDRESS, else at the host that was asked."""
    return settings.ADDRESS + path if settings.ADDRESS else request.build_absolute_uri(path)


def stays_here(address: str) -> bool:
    """Whether an address leads no further than the machine that asks for it, like http://127.0.0.1:8000/."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
