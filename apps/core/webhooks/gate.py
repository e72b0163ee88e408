"""The gate to the outside: who may be called, and a call that ends in time, reads little and follows nobody.

`requests-hardened` gives the session and its list of networks that are nobody's public address. Its filter looks at the
first of a name's addresses only and knows no allowed networks, so the addresses are looked at here, at the very connection:
what was looked at is what is connected to, whatever the name says a moment later.
"""

import ipaddress
import queue
import re
import socket
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened import HTTPSession
from requests_hardened.config import Config
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from apps.core.webhooks.models import Problem

CONNECT = 5.0  # seconds to find and reach it
TOTAL = 15.0  # seconds for all of an attempt
LOOK_UP = 3.0  # seconds for the name, when an address is registered: a page waits for it
MOST_READ = 2048  # bytes of an answer
SHOWN = 500  # letters of it
MOST_ADDRESSES = 3  # of a name that are tried
BUSY = (429, 503)  # come again later
LONGEST_WAIT = 24 * 3600  # seconds that a Retry-After may ask for
CONFIG = Config(
    ip_filter_enable=False,
    ip_filter_allow_loopback_ips=False,
    never_redirect=True,
    default_timeout=(CONNECT, TOTAL),
    user_agent_override="LeanOps",
)


class Stopped(Exception):
    """No answer, and why."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Answer:
    """What came of an attempt. problem: empty if it was taken. wait: the seconds that it asks to be left alone."""

    problem: str = ""
    code: int | None = None
    start: str = ""
    seconds: float = 0
    wait: int = 0


def is_allowed(address: str) -> bool:
    """Whether an IP address may be called: a public one, or one of LEANOPS_WEBHOOK_NETWORKS."""
    ip: Any = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if any(ip in network for network in settings.WEBHOOK_NETWORKS):
        return True
    if ip.version == 6 and ip not in ipaddress.ip_network("2000::/3"):
        return False
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not any(ip in n for n in EXTRA_BLOCKED_NET_RANGES)
    )


def check_address(address: str) -> Problem | None:
    """What is wrong with an address that is to be registered, as far as can be told now; BROKEN: it is none.

    A name that is not known yet passes: it is looked at again at each connection.
    """
    try:
        parts = parse_url(address)
        is_address = (
            parts.scheme in ("http", "https")
            and bool(parts.host)
            and "@" not in re.split("[/?#]", address.partition("//")[2])[0]
            and not parts.fragment
            and parts.port != 0
            and address.isprintable()
            and not set(address) & set(' \\"<>')
        )
        if not is_address or not requests.Request("POST", address).prepare().url:
            return Problem.BROKEN
        _looked_up(str(parts.host).strip("[]"), parts.port or 443, LOOK_UP)
    except (LocationParseError, requests.RequestException, UnicodeError, ValueError):
        return Problem.BROKEN
    except Stopped as stopped:
        return stopped.problem if stopped.problem == Problem.REFUSED else None
    return None


def _looked_up(host: str, port: int, seconds: float) -> list:
    """The addresses of a name, all of them allowed, as getaddrinfo gives them. Raises Stopped.

    In a thread, because the system's resolver takes as long as it likes.
    """
    found: queue.SimpleQueue = queue.SimpleQueue()

    def look():
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=look, daemon=True).start()
    try:
        addresses = found.get(timeout=max(seconds, 0))
    except queue.Empty:
        raise Stopped(Problem.TIMEOUT) from None
    if not addresses:
        raise Stopped(Problem.NO_NAME)
    if not all(is_allowed(address[4][0]) for address in addresses):
        raise Stopped(Problem.REFUSED)
    return addresses


class _Watch:
    """The time of one attempt. When it is up the connection is cut, whatever reads from it: a handshake, a header that
    drips, a body."""

    def __init__(self):
        self.until = time.monotonic() + TOTAL
        self.is_over = False
        self._twin: socket.socket | None = None
        self._timer = threading.Timer(TOTAL, self._cut)
        self._timer.daemon = True

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *_error):
        self._timer.cancel()
        if self._twin:
            self._twin.close()

    def _cut(self):
        self.is_over = True
        if self._twin:
            try:
                self._twin.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                pass

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to one of the addresses of a name that were looked at. Raises Stopped."""
        until = time.monotonic() + CONNECT
        for family, kind, protocol, _name, address in _looked_up(host, port, CONNECT)[:MOST_ADDRESSES]:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(until - time.monotonic(), 0.1))
                sock.connect(address)
            except OSError:
                sock.close()
                continue
            self._twin = sock.dup()  # TLS takes the socket's file away from it
            return sock
        raise Stopped(Problem.TIMEOUT if time.monotonic() >= until else Problem.NO_CONNECTION)


class _Watched(HTTPAdapter):
    """Connections of one attempt: through the gate, and under its watch."""

    def __init__(self, watch: _Watch):
        self.watch = watch
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, *args, **kwargs):
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        connect = {
            "_new_conn": lambda connection: self.watch.connect(connection._dns_host.strip("[]"), connection.port)
        }
        pool.ConnectionCls = type("Watched", (pool.ConnectionCls,), connect)
        return pool


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post to an address, once. Never raises: what went wrong is in the answer."""
    begun = time.monotonic()
    with _Watch() as watch, HTTPSession(CONFIG) as session:
        session.trust_env = False  # no proxies, no passwords of a .netrc
        session.verify = settings.WEBHOOK_CA or True
        # (requests reads the whole body of an answer that leads elsewhere, even if it is not to go there)
        session.get_redirect_target = lambda response: None
        session.headers.update(
            {"Accept-Encoding": "identity", "Connection": "close", "Content-Type": "application/json"} | headers
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Watched(watch))
        answer = _answer(session, watch, address, body)
    return replace(answer, seconds=round(time.monotonic() - begun, 3))


def _answer(session, watch, address, body) -> Answer:
    try:
        with session.post(address, data=body, stream=True) as response:
            if watch.is_over:  # cut off, what there was of a header reads as a whole one
                return Answer(Problem.TIMEOUT)
            code = response.status_code
            problem = "" if 200 <= code < 300 else Problem.REDIRECT if 300 <= code < 400 else Problem.STATUS
            return Answer(problem, code, _start_of(response), wait=_wait_of(response))
    except Stopped as stopped:
        return Answer(stopped.problem)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        if watch.is_over or isinstance(error, requests.Timeout):
            return Answer(Problem.TIMEOUT)
        return Answer(Problem.TLS if isinstance(error, requests.exceptions.SSLError) else Problem.BROKEN)


def _start_of(response) -> str:
    """The beginning of the answer as text that can be stored and shown; compressed ones are not unpacked."""
    taken = b""
    try:
        while len(taken) < MOST_READ and (piece := response.raw.read1(MOST_READ - len(taken), decode_content=False)):
            taken += piece
    except (HTTPError, OSError, ValueError):
        pass  # the status has come: that is what counts
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return ""
    text = taken.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:SHOWN].strip()


def _wait_of(response) -> int:
    asked = re.fullmatch("[0-9]{1,8}", response.headers.get("Retry-After", ""))
    return min(int(asked[0]), LONGEST_WAIT) if asked and response.status_code in BUSY else 0
