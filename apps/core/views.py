"""Signing in and out, the person's own settings, the platform's choice of tenant, and whether the server is well."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpResponse


@login_not_required
def healthz(request):
    """200 when the database answers: what `up --check`, proxies and watchdogs ask."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok\n", content_type="text/plain")
