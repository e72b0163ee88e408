"""The one server: event streams natively, everything else through Django's WSGI handler in threads.

So Django keeps its persistent connections and its speed, and an open stream costs no thread.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application as django_application  # isort: skip  (sets Django up)

import asyncio

from a2wsgi import WSGIMiddleware
from django.db import DatabaseError

from apps.core import guards, live

THREADS = 8
STREAMS = ("/board/stream/", "/api/v1/stream/")
pages = WSGIMiddleware(django_application, workers=THREADS)  # type: ignore[arg-type]


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] in STREAMS and scope["method"] == "GET":
        await live.stream(scope, receive, send)
    elif scope["type"] == "http":
        await pages(scope, receive, send)


async def _lifespan(receive, send):
    """Refuse to serve where tenants could see each other; listen for changes while serving."""
    await receive()
    try:
        problems = await asyncio.to_thread(guards.problems)
    except DatabaseError as error:
        problems = [f"The database does not answer: {error}"]
    if problems:
        await send({"type": "lifespan.startup.failed", "message": " ".join(problems)})
        return
    live.hub.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await live.hub.stop()
    await send({"type": "lifespan.shutdown.complete"})


app = application
