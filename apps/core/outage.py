"""When the database is away, or cannot go on: an answer in a sentence, made without asking the database for anything.

Wherever the connection goes (the session, a view, the COMMIT), the error comes up in `refusal_of_database` or, outside
of the request's transaction, in `server_error`. At the COMMIT nobody knows whether it was done: pages send the same
request key again, and what was done is not done twice.
"""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from apps.core.http import is_api
from apps.core.request_keys import key_of

log = logging.getLogger("leanops.outage")

RETRY_AFTER = 3  # seconds
DISK_FULL, TOO_SLOW = "53100", "57014"
# By PostgreSQL's classes of errors: the connection, too few resources, an operator's intervention (a stop, a crash),
# the system below it. Without a code there was no connection to tell one. 25P03: idle in a transaction for too long.
AWAY = ("08", "53", "57", "58", "25P03")


def state_of(error) -> str:
    """PostgreSQL's code of an error that Django raised; empty where there is none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_outage(error) -> bool:
    """Whether the database is away or cannot go on; nothing is wrong with what was asked."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return not (state := state_of(error)) or state.startswith(AWAY)


def answer(request, error):
    """503 (507 when the disk is full): a page of its own, with HTMX a notice."""
    log.warning("%s %r: %s", request.method, request.path, " ".join(str(error).split()))
    status, sentence = 503, _("The plant's database is not answering just now. Try again in a moment.")
    if state_of(error) == DISK_FULL:
        status, sentence = 507, _("The server's disk is full, and nothing was done. Tell whoever looks after LeanOps.")
        sentence += " " + _("Then try again.")
    elif state_of(error) == TOO_SLOW:
        sentence = _("This took too long, and nothing was done. Try again in a moment.")
    elif request.method == "POST" and key_of(request):
        sentence = _("The plant's database is not answering just now; whether this was done is not known.")
        sentence += " " + _("Try again in a moment: it is not done twice.")
    if is_api(request):
        response = JsonResponse({"detail": sentence, "code": "outage"}, status=status)
    else:
        response = _page(request, sentence, status)
    response["Retry-After"], response["Cache-Control"] = str(RETRY_AFTER), "no-store"
    response._has_been_logged = True  # by us, in a line; Django would add a traceback for each press
    return response


def _page(request, sentence, status):
    htmx = request.headers.get("HX-Request") == "true"
    html = render_to_string("_notice.html" if htmx else "503.html", {"sentence": sentence, "method": request.method})
    response = defaults.HttpResponseServerError(html, status=status)
    if htmx:
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
    return response


def server_error(request):
    """Django's handler500: what no one caught. Where it is an outage, a sentence; else the usual page."""
    error = sys.exception()
    if is_outage(error):
        return answer(request, error)
    if is_api(request):
        sentence = _("Something went wrong here, and nothing was done. Tell whoever looks after LeanOps.")
        return JsonResponse({"detail": sentence, "code": "server_error"}, status=500)
    return defaults.server_error(request)
