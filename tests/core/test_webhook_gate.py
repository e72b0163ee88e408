"""A webhook leads nowhere but to public addresses and to networks that the installation allows, and never for long."""

import datetime
import gzip
import socket
import threading
import time
from contextlib import contextmanager, suppress
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.core.webhooks import gate
from apps.core.webhooks.models import Problem
from tests.receiver import receiving, reply

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


def post(address):
    return gate.post(address, b"{}", {"LeanOps-Event": "note"})


@pytest.fixture
def names(monkeypatch):
    """What names stand for: {name: [addresses, one list for each time it is asked]}; all else is asked of the system."""
    known, real = {}, socket.getaddrinfo

    def ask(host, port, *args, **kwargs):
        if host not in known:
            return real(host, port, *args, **kwargs)
        found = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [entry for address in found for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return known


# --- where it may lead

OURS = [
    "0.0.0.0",  # noqa: S104 (called, not listened on)
    "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::127.0.0.1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1", "5f00::1", "100::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "::ffff:93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"]
ALIASES = ["2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.0.1.", "[::ffff:7f00:1]", "localhost",
           "%6c%6fcalhost", "①②⑦.0.0.1"]  # fmt: skip


@pytest.mark.parametrize("address", OURS)
def test_a_private_address_is_refused_when_it_is_registered_and_when_it_is_called(address, names, settings):
    settings.WEBHOOK_NETWORKS = []
    names["inside.example"] = [[address]]
    literal = f"[{address}]" if ":" in address else address

    assert gate.check_address(f"https://{literal}/x") == Problem.REFUSED
    assert gate.check_address("https://inside.example/x") == Problem.REFUSED
    assert post(f"http://{literal}:9/").problem == Problem.REFUSED
    assert post("http://inside.example:9/").problem == Problem.REFUSED


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address, settings):
    settings.WEBHOOK_NETWORKS = []
    assert gate.is_allowed(address)


@pytest.mark.parametrize("alias", ALIASES)
def test_this_machine_is_known_by_all_its_names(alias, settings):
    settings.WEBHOOK_NETWORKS = []
    with receiving() as receiver:
        told, found = gate.check_address(f"http://{alias}:{receiver.port}/"), post(f"http://{alias}:{receiver.port}/")
        assert told in (Problem.REFUSED, Problem.BROKEN) or (told, found.problem) == (None, Problem.NO_NAME)
        assert found.problem in (Problem.REFUSED, Problem.BROKEN, Problem.NO_NAME)
    assert receiver.requests == []


def test_the_installation_lets_webhooks_at_networks_of_its_own(settings):
    with receiving() as receiver:
        settings.WEBHOOK_NETWORKS = [ip_network("10.0.0.0/8")]
        assert post(receiver.address).problem == Problem.REFUSED
        settings.WEBHOOK_NETWORKS = [ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32")]
        assert post(receiver.address).code == 200
        assert post(f"http://[::ffff:127.0.0.1]:{receiver.port}/").problem != Problem.REFUSED


def test_a_name_with_one_private_address_among_public_ones_is_refused(names, settings):
    settings.WEBHOOK_NETWORKS = []
    names["mixed.example"] = [["1.1.1.1", "127.0.0.1"]]

    assert post("http://mixed.example/").problem == Problem.REFUSED


def test_a_name_that_says_something_else_a_moment_later_does_not_get_in(names, settings):
    """What was looked at is what is connected to: the name is asked once for each connection."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.2/32")]
    with receiving() as receiver:  # on 127.0.0.1
        names["rebinds.example"] = [["127.0.0.2"], ["127.0.0.1"]]
        assert gate.check_address("http://rebinds.example/") is None
        assert post(f"http://rebinds.example:{receiver.port}/").problem == Problem.REFUSED
        names["rebinds.example"] = [["127.0.0.2"], ["127.0.0.1"]]
        assert post(f"http://rebinds.example:{receiver.port}/").problem == Problem.NO_CONNECTION
    assert receiver.requests == []


def test_the_next_address_of_a_name_is_tried_and_the_name_is_what_the_receiver_reads(names, settings):
    settings.WEBHOOK_NETWORKS = LOOPBACK
    with receiving() as receiver:
        names["twice.example"] = [["127.0.0.3", "127.0.0.1"]]
        assert post(f"http://twice.example:{receiver.port}/").code == 200
    assert receiver.requests[0].headers["host"] == f"twice.example:{receiver.port}"


WRONG = ["ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "//a.example/", "a.example", "", "http://", "https:///x",
         "http://user:word@a.example/", "http://user@a.example/", "http://@a.example/", "http://a.example/#part",
         "http://a.example:99999/", "http://a.example:0/", "http://a.example:x/", "http://a b.example/", "http://a.example/ x",
         "http://a.example/\r\nHost: b", "http://a.example/\x00", "http://a.example\\@127.0.0.1/", "http://[::1/", "http://[x]/",
         "javascript:alert(1)", "http://127.0.0.1:80:80/", "http://\u202ea.example/"]  # fmt: skip


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_address_is_told(address, settings):
    settings.WEBHOOK_NETWORKS = LOOPBACK
    assert gate.check_address(address) == Problem.BROKEN
    assert post(address).problem  # and would go nowhere


def test_a_name_that_is_not_known_may_be_registered_and_is_told_when_it_is_called(names, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert gate.check_address("https://later.example/") is None
    assert post("https://later.example/").problem == Problem.NO_NAME


def test_a_resolver_that_does_not_answer_holds_nobody_up(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: never.wait(20) or [])
    monkeypatch.setattr(gate, "LOOK_UP", 0.1)
    monkeypatch.setattr(gate, "CONNECT", 0.1)
    assert gate.check_address("https://slow.example/") is None
    assert post("https://slow.example/").problem == Problem.TIMEOUT
    never.set()


# --- what it may answer


@pytest.fixture
def short(settings, monkeypatch):
    """An attempt has a second."""
    settings.WEBHOOK_NETWORKS = LOOPBACK
    monkeypatch.setattr(gate, "TOTAL", 1.0)


def drip(first, piece):
    """Says a little, and then a little more, for ever."""

    def answer(connection):
        with suppress(OSError):
            connection.sendall(first)
            for _ in range(200):
                connection.sendall(piece)
                time.sleep(0.05)

    return answer


def flood(first):
    def answer(connection):
        connection.sendall(first)
        while True:
            connection.sendall(b"x" * 65536)

    return answer


BOMB = gzip.compress(b"0" * 50_000_000)
HEADER = b"HTTP/1.1 200 OK\r\n"
HOSTILE = {
    "redirect to this machine": (lambda r: reply(302, Location="http://127.0.0.1:9/"), (Problem.REDIRECT, 302)),
    "redirect by method": (lambda r: reply(307, Location="http://169.254.169.254/"), (Problem.REDIRECT, 307)),
    "redirect to a file": (lambda r: reply(301, Location="file:///etc/passwd"), (Problem.REDIRECT, 301)),
    "endless redirect": (lambda r: flood(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:9/\r\n\r\n"), (Problem.REDIRECT, 302)),
    "bomb of a redirect": (
        lambda r: reply(302, BOMB, Location="http://127.0.0.1:9/", Content_Encoding="gzip"), (Problem.REDIRECT, 302),
    ),
    "endless body": (lambda r: flood(HEADER + b"\r\n"), ("", 200)),
    "endless chunks": (lambda r: flood(HEADER + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), ("", 200)),
    "dripping body": (lambda r: drip(HEADER + b"Content-Length: 2000\r\n\r\n", b"x"), ("", 200)),
    "dripping header": (lambda r: drip(HEADER + b"X-Long: ", b"x"), (Problem.TIMEOUT, None)),
    "dripping headers": (lambda r: drip(HEADER, b"X: y\r\n"), (Problem.TIMEOUT, None)),
    "dripping status": (lambda r: drip(b"HTTP/1.1 200 ", b"x"), (Problem.TIMEOUT, None)),
    "endless 100": (lambda r: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), (Problem.TIMEOUT, None)),
    "nothing": (lambda r: drip(b"", b""), (Problem.TIMEOUT, None)),
    "bomb": (lambda r: reply(200, BOMB, Content_Encoding="gzip"), ("", 200)),
    "huge header": (lambda r: HEADER + b"X: " + b"y" * 100_000 + b"\r\n\r\n", (Problem.BROKEN, None)),
    "many headers": (lambda r: HEADER + b"X: y\r\n" * 10_000 + b"\r\n", (Problem.BROKEN, None)),
    "no status": (lambda r: b"\x00\xff hello\r\n\r\n", (Problem.BROKEN, None)),
    "strange status": (lambda r: b"HTTP/1.1 99999 X\r\n\r\n", (Problem.BROKEN, None)),
    "wrong length": (lambda r: HEADER + b"Content-Length: -5\r\n\r\nab", ("", 200)),
    "broken chunks": (lambda r: HEADER + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab", ("", 200)),
    "hangs up": (lambda r: b"", (Problem.BROKEN, None)),
    "long wait": (lambda r: reply(429, Retry_After="9" * 5000), (Problem.STATUS, 429)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_ends_in_time_and_is_told(short, name):
    make, expected = HOSTILE[name]
    with receiving(make(None)) as receiver:
        begun = time.monotonic()
        answer = post(receiver.address)

    assert (answer.problem, answer.code) == expected
    assert time.monotonic() - begun < 3 and len(answer.start) <= gate.SHOWN
    assert len(receiver.requests) == 1


def test_what_an_answer_says_can_be_stored_and_shown(short):
    with receiving(reply(500, b"a\x00b\x1b[31m\xff\xe2\x80\xae <b>" + b"x" * 5000)) as receiver:
        start = post(receiver.address).start

    assert start.startswith("a b [31m\ufffd  <b>") and len(start) == gate.SHOWN
    assert start.isprintable()


def test_a_receiver_asks_to_be_left_alone_for_a_while(short):
    with receiving(
        reply(429, Retry_After="120"), reply(503, Retry_After="99999999"), reply(500, Retry_After="9")
    ) as receiver:
        assert [post(receiver.address).wait for _ in range(3)] == [120, 86400, 0]


def test_proxies_and_passwords_of_the_environment_are_not_used(short, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        post(receiver.address)

    assert len(receiver.requests) == 1 and proxy.requests == []
    assert "authorization" not in receiver.requests[0].headers


# --- TLS


@contextmanager
def certified(folder, *names):
    """Paths of a certificate for these names, signed by itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    yield paths


def _alternative(name):
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def test_a_certificate_is_verified_for_the_name_that_was_registered(short, settings, names, tmp_path):
    names["good.example"] = names["other.example"] = [["127.0.0.1"]]
    with certified(tmp_path, "good.example", "127.0.0.1") as paths, receiving(certificate=paths) as receiver:
        address = f"https://good.example:{receiver.port}/"
        assert post(address).problem == Problem.TLS  # nobody that is known has signed it
        settings.WEBHOOK_CA = str(paths[0])
        assert post(address).code == 200
        assert post(f"https://127.0.0.1:{receiver.port}/").code == 200
        assert post(f"https://other.example:{receiver.port}/").problem == Problem.TLS
    assert [r.headers["host"] for r in receiver.requests] == [
        f"{n}:{receiver.port}" for n in ("good.example", "127.0.0.1")
    ]


def test_a_handshake_that_does_not_end_is_cut_off(short):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: drip(b"\x16", b"\x03")(listening.accept()[0]), daemon=True).start()
        begun = time.monotonic()
        answer = post(f"https://127.0.0.1:{listening.getsockname()[1]}/")

    assert answer.problem == Problem.TIMEOUT and time.monotonic() - begun < 3


def test_a_port_where_nobody_listens_is_told(short):
    with receiving() as receiver:
        address = receiver.address
    assert post(address).problem == Problem.NO_CONNECTION
