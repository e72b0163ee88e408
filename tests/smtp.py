"""A mail server of the tests' own: it keeps what it took, and can fail in the ways that mail servers do."""

import socketserver
import threading
from email import message_from_string, policy


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 tests")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(":")[0]
            if word.startswith(("EHLO", "HELO")):
                self.say("250 tests")
            elif word == "RCPT TO" and any(address in line for address in self.server.refused):
                self.say("550 nobody of that name")
            elif word == "DATA":
                self.say("354 go on")
                self.take()
            elif word == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def take(self):
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line.removeprefix("."))
        self.server.reached.set()
        if self.server.hangs.is_set():  # it has the mail, and does not say so
            return self.server.goes_on.wait(30)
        self.server.mails.append(message_from_string("".join(lines), policy=policy.default))
        self.say("250 taken")

    def say(self, words):
        try:
            self.wfile.write(f"{words}\r\n".encode())
        except OSError:  # whoever sent it is dead
            pass


class MailServer(socketserver.ThreadingTCPServer):
    """mails: those that it took. hangs: while set, it takes mails and does not answer. refused: addresses it has not."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.mails, self.refused = [], []
        self.hangs, self.goes_on, self.reached = threading.Event(), threading.Event(), threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.goes_on.set()
        self.shutdown()
        self.server_close()
