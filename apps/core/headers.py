"""What every answer tells the browser, the answers that Django or the sign-in wall never see among them.

The content policy and HSTS come from Django's own middleware; here is the rest, and all of it for the event stream.
"""

from django.conf import settings
from django.utils.csp import build_policy

# Cameras scan labels, passkeys sign in, wall screens stay awake and fill the screen. Nothing else of the machine is used.
OURS = ["camera", "fullscreen", "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock"]
NOBODYS = [
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
]

FIXED = {
    "Permissions-Policy": ", ".join([f"{name}=(self)" for name in OURS] + [f"{name}=()" for name in NOBODYS]),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Whoever comes next to a shared screen must not find the last person's pages with "back"; and a board shown from
    # the browser's memory would lie. What may be kept (static files, pictures) says so itself.
    "Cache-Control": "no-store",
}


def on_every_answer(get_response):
    """The outermost middleware: what is refused before all others (a bad host name) carries these too."""

    def middleware(request):
        response = get_response(request)
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def for_asgi(content_type: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that does not pass through Django: the event stream."""
    policy = build_policy(settings.SECURE_CSP)  # type: ignore[arg-type]
    found = FIXED | {"Content-Type": content_type, "Content-Security-Policy": policy}
    if settings.SECURE_HSTS_SECONDS:
        found["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return [(name.lower().encode(), value.encode()) for name, value in found.items()]
