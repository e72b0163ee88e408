"""The reference of the benchmarks: a bare Django page with one query, served the same way as LeanOps.

No sessions, no tenants, no transaction, no middleware: `/?bytes=N` lists 60 stations and fills up to N bytes.
"""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["BARE_DATABASE"],
            "USER": "leanops",
            "HOST": os.environ["BARE_HOST"],
            "CONN_MAX_AGE": 600,
        }
    },
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()

from a2wsgi import WSGIMiddleware
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

PAGE = Engine().from_string(
    "<!doctype html><title>Bare</title><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>"
    "{% endfor %}</tr>{% endfor %}</table>{{ filling }}"
)


def page(request):
    with connection.cursor() as cursor:
        cursor.execute("select name, setting, unit, category, short_desc from pg_settings order by name limit 60")
        rows = cursor.fetchall()
    # 60 rows alone are about 9 kB; the rest is text, which costs a template next to nothing
    filling = "x" * max(int(request.GET.get("bytes", 0)) - 9000, 0)
    return HttpResponse(PAGE.render(Context({"rows": rows, "filling": filling})))


urlpatterns = [path("", page)]
_wsgi = WSGIMiddleware(WSGIHandler(), workers=8)


async def application(scope, receive, send):
    if scope["type"] == "http":
        await _wsgi(scope, receive, send)


if __name__ == "__main__":
    import socket
    import sys

    import uvicorn

    config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
