"""What makes LeanOps an application of the phone: its name and icons, the service worker, and what it asks."""

import json

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from apps.core.roles import EVERYONE, roles_allowed

COLOUR, GROUND = "#00785a", "#f3f2ee"


@require_safe
@login_not_required
def manifest(request):
    """How the application is called, and looks, on a phone's own screen."""
    icons = [
        ("icon-192.png", "192x192", "any"),
        ("icon-512.png", "512x512", "any"),
        ("icon-512.png", "512x512", "maskable"),
    ]
    words = {
        "id": "/", "name": "LeanOps", "short_name": "LeanOps", "start_url": "/", "scope": "/", "display": "standalone",
        "theme_color": COLOUR, "background_color": GROUND,
        "icons": [
            {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in icons
        ],
        "shortcuts": [{"name": _("Scan"), "url": "/scan/"}, {"name": _("Report a problem"), "url": "/service-requests/new/"}],
    }  # fmt: skip
    return HttpResponse(json.dumps(words), content_type="application/manifest+json")


@require_safe
@login_not_required
def service_worker(request):
    """The script that keeps pages for when there is no signal: static/sw.js, at an address above all pages."""
    path = finders.find("sw.js")
    return FileResponse(
        open(path, "rb"), content_type="text/javascript; charset=utf-8", headers={"Service-Worker-Allowed": "/"}
    )


@require_safe
@login_not_required
def offline(request):
    """What the service worker shows in place of a page that it has not kept. Of nobody: it is kept by everybody."""
    return render(request, "core/offline.html")


@require_GET
@roles_allowed(*EVERYONE)
def unsent(request):
    """What a browser asks before it sends what it has kept: who is signed in, the form's token, and the time here."""
    now = round(timezone.now().timestamp() * 1000)
    return JsonResponse({"person": str(request.user.pk), "token": get_token(request), "now": now})
