"""An address that webhooks are sent to: a real server on 127.0.0.1, that answers as a test tells it."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    """What came: the first line, headers by their names in lower case, the body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Receiver:
    """answers: what is said to the first, second, … request; the last goes on. Bytes, or a function of the socket."""

    port: int
    answers: list = field(default_factory=lambda: [reply(200, b"ok")])
    requests: list[Request] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, number):
        """Until so many requests have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= number, 20), f"{len(self.requests)} came"

    def _take(self, connection):
        with connection, connection.makefile("rb") as file:
            line = file.readline().decode()
            headers = {}
            while name := file.readline().decode().strip():
                headers[name.partition(":")[0].lower()] = name.partition(":")[2].strip()
            body = file.read(int(headers.get("content-length", 0)))
            with self.came:
                self.requests.append(Request(line.strip(), headers, body))
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                self.came.notify_all()
            try:
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)
            except OSError:  # it has hung up
                pass


def reply(code, body=b"", **headers) -> bytes:
    """A whole answer; headers with _ for -."""
    lines = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def receiving(*answers, certificate=None, family=socket.AF_INET, host="127.0.0.1"):
    """A receiver, until the end of the block. certificate: paths of certificate and key, to speak TLS."""
    listening = socket.create_server((host, 0), family=family, backlog=64)
    receiver = Receiver(listening.getsockname()[1])
    if answers:
        receiver.answers = list(answers)
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

    def serve(connection):
        try:
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            receiver._take(connection)
        except OSError:
            connection.close()

    def listen():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield receiver
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
