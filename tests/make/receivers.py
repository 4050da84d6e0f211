"""Receivers at the edge of the network: a mail server and another service, in this process."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Post:
    """What another service received."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """The body as its receiver reads it."""
        return json.loads(self.body)


@dataclass(slots=True)
class Service:
    """Another service: where it is, how it answers, what it got."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)


@contextmanager
def service() -> Iterator[Service]:
    """A service that takes what is posted, or answers the next of ``answers``."""
    kept = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posts.append(Post(dict(self.headers), body))
            self.send_response(kept.answers.pop(0) if kept.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/in?from=timebank"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@dataclass(slots=True)
class MailHouse:
    """A mail server: its port, which addresses it refuses, what it got."""

    port: int = 0
    refuses: dict[str, int] = field(default_factory=dict)
    mails: list[tuple[str, bytes]] = field(default_factory=list)


@contextmanager
def mail_house() -> Iterator[MailHouse]:
    """A mail server that speaks as much SMTP as a sender needs."""
    kept = MailHouse()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mail")
            to = ""
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                    code = kept.refuses.get(to, 250)
                    self.say(f"{code} {to}")
                elif verb == "DATA":
                    self.say("354 go on")
                    kept.mails.append((to, self._mail()))
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def _mail(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            return b"".join(lines)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    kept.port = server.server_address[1]
    yield kept
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)
