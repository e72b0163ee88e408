"""Networks of its own that an installation lets webhooks at, from the environment."""

import os
from ipaddress import ip_network

from config.errors import Refusal


def allowed() -> list:
    """LEANOPS_WEBHOOK_NETWORKS: networks as 10.0.0.0/8, separated by commas; none without it."""
    words = [word.strip() for word in os.environ.get("LEANOPS_WEBHOOK_NETWORKS", "").split(",")]
    try:
        return [ip_network(word) for word in words if word]
    except ValueError as error:
        raise Refusal(
            f"LEANOPS_WEBHOOK_NETWORKS must be networks like 10.0.0.0/8, separated by commas: {error}."
        ) from None
