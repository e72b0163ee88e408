"""Live pages: one LISTEN connection per process, fanned out in memory to the open event streams.

A message carries no data, only what to read again; the page re-reads it with the reader's own rights. Streams are
native ASGI and cost no thread; signing in and resuming ask the database in a small pool of threads.
"""

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from typing import NamedTuple
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.contrib.auth import get_user
from django.db import Error, close_old_connections
from django.http import HttpRequest, parse_cookie

from apps.core import accounts, headers, sessions, terminals, tokens
from apps.core.hooks import missed
from apps.core.isolation import tenant_context
from apps.core.models import DeviceKind, Tenant
from config import database

log = logging.getLogger("leanops.live")

CHANNEL = "board"
HEARTBEAT = 15  # seconds without a message before a sign of life
MERGE = 0.25  # seconds in which further messages to one page become one
CHECK = 60  # seconds between looks at whether the session still stands

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")


@dataclass(eq=False)
class Subscriber:
    """One open stream: what it has still to be told."""

    tenant: str
    person: str = ""
    is_api: bool = False  # a program: it knows stations by their codes
    must_check: bool = False  # something happened to the person's sessions: look whether this one still stands
    stations: set = field(default_factory=set)
    queue: bool = False
    reload: bool = False
    bell: bool = False  # the person has something unread, or has read it
    seq: int = 0
    is_ended: bool = False  # the server stops; the page will come back by itself
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, message: dict) -> None:
        self.stations.update(message["codes" if self.is_api else "stations"])
        self.queue = self.queue or message["queue"]
        self.reload = self.reload or message.get("reload", False)
        self.seq = max(self.seq, message["seq"])
        self.news.set()

    @property
    def has_news(self) -> bool:
        return bool(self.stations or self.queue or self.reload or self.bell)

    def take(self) -> bytes:
        """The messages that are due, and a clean slate."""
        due: list[tuple[str, dict]] = []
        if self.reload:
            due.append(("reload", {}))
        elif self.stations or self.queue:
            due.append(("board", {"stations": sorted(self.stations), "queue": self.queue}))
        if self.bell:
            due.append(("bell", {}))
        self.stations, self.queue, self.reload, self.bell = set(), False, False, False
        self.news.clear()
        return "".join(f"event: {kind}\nid: {self.seq}\ndata: {json.dumps(data)}\n\n" for kind, data in due).encode()


class Hub:
    """Listens to the database and tells the streams of the tenant concerned."""

    def __init__(self):
        self.subscribers: dict[str, set[Subscriber]] = {}
        self.task: asyncio.Task | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def _listen(self):
        """Listen for ever; after a lost connection every page reads everything again, as messages may be missing."""
        pause = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **{"connect_timeout": 10} | database.libpq(), autocommit=True, keepalives_idle=10
                ) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    for subscriber in self._all():
                        subscriber.reload = True
                        subscriber.news.set()
                    pause = 0.1
                    async for notice in connection.notifies():
                        self._pass_on(json.loads(notice.payload))
            except (psycopg.Error, OSError) as error:
                log.warning("not listening to the database (%s); trying again", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)

    def _pass_on(self, message: dict) -> None:
        if "person" in message or "check" in message:  # look whether the session still stands
            for subscriber in self._all():
                if message.get("person") == subscriber.person or message.get("check") == subscriber.tenant:
                    subscriber.must_check = True
                    subscriber.news.set()
            return
        for subscriber in self.subscribers.get(message["tenant"], ()):
            if "bell" not in message:
                subscriber.tell(message)
            elif message["bell"] is None or subscriber.person in message["bell"]:
                subscriber.bell = True
                subscriber.news.set()

    def end_streams(self) -> None:
        """Let every open stream end properly: the server stops."""
        for subscriber in self._all():
            subscriber.is_ended = True
            subscriber.news.set()

    def _all(self):
        return [subscriber for group in self.subscribers.values() for subscriber in group]

    def add(self, tenant: str, person: str, *, is_api: bool = False) -> Subscriber:
        subscriber = Subscriber(tenant, person, is_api)
        self.subscribers.setdefault(tenant, set()).add(subscriber)
        return subscriber

    def remove(self, subscriber: Subscriber) -> None:
        group = self.subscribers.get(subscriber.tenant, set())
        group.discard(subscriber)
        if not group:
            self.subscribers.pop(subscriber.tenant, None)


hub = Hub()


class Reader(NamedTuple):
    """Whose board somebody reads. person: their key, or a wall display's. used: the API token that was shown, which may
    open only so many a minute.
    """

    tenant: Tenant
    person: str
    used: tokens.TokenUse | None = None


def _reader(cookies: str, token: str | None = None, is_api: bool = False, wall: str = "") -> Reader | None:
    """Who this wall display, this API token, or the session behind these cookies, is now; None if it may read nobody's board."""
    close_old_connections()
    if wall:
        display = tokens.device_of(wall, DeviceKind.WALL)
        return Reader(display.tenant, str(display.pk)) if display else None
    if token is not None:
        kind, _space, text = token.partition(" ")
        used = tokens.use(text.strip()) if kind.lower() == "token" else None
        if used is None or accounts.lacks_second_factor(used.user, used.user.tenant, {}):
            return None
        return Reader(used.user.tenant, str(used.user.pk), used)
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request = HttpRequest()
    session = request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    if not user.is_authenticated or sessions.is_over(session):
        return None
    if "device" in session and is_api:
        return None
    if "device" in session:  # opened by PIN at a terminal: as good as any request of it
        device = tokens.device_of(parse_cookie(cookies).get(settings.DEVICE_COOKIE_NAME, ""))
        return Reader(user.tenant, str(user.pk)) if terminals.stands(session, user, device) else None
    if user.must_change_password:
        return None
    tenant = Tenant.objects.filter(pk=session.get("tenant")).first() if user.is_superuser else user.tenant
    if tenant is None or accounts.lacks_second_factor(user, tenant, session):
        return None
    return Reader(tenant, str(user.pk))


def _resume(tenant: Tenant, last: str, version: str) -> dict:
    """What a page has missed that was told up to event `last`, or was rendered at board version `version`."""
    close_old_connections()
    with tenant_context(tenant):
        return missed(tenant, last, version)


async def stream(scope, receive, send) -> None:
    """The ASGI application of `/board/stream/` and `/api/v1/stream/`: server-sent events until the page or the session goes."""
    try:
        await _stream(scope, receive, send)
    except Error:  # before the first message: later ones are read from no database
        await _refuse(send, 503, b"The database is not answering.\n", scope["path"].startswith("/api/"))


async def _stream(scope, receive, send):
    in_thread = asyncio.get_running_loop().run_in_executor
    sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
    is_api = scope["path"].startswith("/api/")
    query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    wall = "" if is_api else query.get("wall", "")
    shown = (sent.get(b"cookie", ""), sent.get(b"authorization") if is_api else None, is_api, wall)
    found = await in_thread(_threads, _reader, *shown)
    if found is None:
        await _refuse(send, 401, b"Sign in first.\n", is_api)
        return
    tenant, person, used = found
    if used and used.must_wait:
        await _refuse(send, 429, used.wait_sentence.encode(), is_api, wait=used.must_wait)
        return
    subscriber = hub.add(str(tenant.pk), person, is_api=is_api)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        last = sent.get(b"last-event-id", "")
        news = await in_thread(_threads, _resume, tenant, last, query.get("version", ""))
        subscriber.seq = news["seq"]
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*headers.for_asgi("text/event-stream"), (b"x-accel-buffering", b"no")],
            }
        )
        await _write(send, f"retry: 2000\nevent: ready\nid: {news['seq']}\ndata: {{}}\n\n".encode())
        if news["stations"] or news["queue"]:
            subscriber.tell(news)
        await _tell(send, subscriber, gone, lambda: in_thread(_threads, _reader, *shown))
    finally:
        hub.remove(subscriber)
        gone.cancel()


async def _tell(send, subscriber, gone, reader):
    checked = time.monotonic()
    while not gone.done():
        news = asyncio.create_task(subscriber.news.wait())
        try:
            await asyncio.wait({news, gone}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        if gone.done():
            return
        if subscriber.is_ended:
            break
        if subscriber.must_check or time.monotonic() - checked > CHECK:
            subscriber.must_check = False  # before asking: what comes meanwhile is asked for again
            subscriber.news.clear()
            try:
                found = await reader()
            except Error:  # the database is away: asked again at the next sign of life
                subscriber.must_check = True
            else:
                if found is None or (str(found.tenant.pk), found.person) != (subscriber.tenant, subscriber.person):
                    break
                checked = time.monotonic()
        if subscriber.has_news:
            await _write(send, subscriber.take())
            if subscriber.must_check:
                subscriber.news.set()
            await asyncio.sleep(MERGE)  # the first goes at once; what follows closely goes together
        elif not (subscriber.must_check and subscriber.news.is_set()):
            subscriber.news.clear()
            await _write(send, b"event: alive\ndata: {}\n\n")  # an event, not a comment: the page must notice silence
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _write(send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _disconnected(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


CODES = {401: "not_authenticated", 429: "too_many_requests", 503: "outage"}


async def _refuse(send, status: int, words: bytes, is_api: bool = False, *, wait: int = 3) -> None:
    kind = "application/json" if is_api else "text/plain"
    if is_api:
        words = json.dumps({"detail": words.decode().strip(), "code": CODES[status]}).encode()
    sent = [*headers.for_asgi(kind), (b"retry-after", str(wait).encode())]
    if status == 401 and is_api:
        sent.append((b"www-authenticate", b"Token"))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": words})
