"""What stands in a label's QR code: `<tenant>.<chance>`, so that the tenant is known before anybody has signed in."""

import base64
import binascii
import re
import secrets
from uuid import UUID

SHAPE = re.compile(r"([\w-]{22})\.([\w-]{24})", re.ASCII)
USABLE = re.compile(
    r"[\w.~-]{1,200}", re.ASCII
)  # what was loaded with labels that are on the machines may look otherwise


def new_qr_token(tenant_id: UUID) -> str:
    """A token for a label of this tenant, with 144 random bits."""
    return f"{base64.urlsafe_b64encode(tenant_id.bytes).decode().rstrip('=')}.{secrets.token_urlsafe(18)}"


def tenant_of(token: str) -> UUID | None:
    """The key of the tenant that a token names; None where it is no token."""
    found = SHAPE.fullmatch(token)
    if not found:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(found[1] + "=="))
    except (binascii.Error, ValueError):
        return None
