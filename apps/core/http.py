"""Small words about requests."""

from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request, address: str) -> str:
    """The address if it leads to a page of this very host, else "": nobody is sent elsewhere."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours and address.startswith("/") else ""
