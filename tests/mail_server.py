"""A small real mail server on a port of this machine, that can be told to refuse or to dawdle."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import cast


@dataclass
class MailServer:
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)  # a command and its answer
    answer_late: threading.Event | None = None  # it has the letter, and says so only then
    n_connections: int = 0

    def refusal_of(self, command: str) -> str | None:
        if self.refusals and self.refusals[0][0] == command:
            return self.refusals.pop(0)[1]
        return None


class _Handler(StreamRequestHandler):
    timeout = 20

    def handle(self) -> None:
        served = cast("_Server", self.server).served
        served.n_connections += 1
        self.say("220 test")
        while line := self.rfile.readline():
            command = line.decode("latin-1").strip().split(" ")[0].upper()
            if refusal := served.refusal_of(command):
                self.say(refusal)
            elif command == "DATA":
                self.say("354 go on")
                served.letters.append(self.letter())
                if served.answer_late is not None:
                    served.answer_late.wait(30)
                self.say("250 taken")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()).rstrip(b"\r\n") != b".":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return cast("EmailMessage", message_from_bytes(b"".join(lines), policy=policy.default))

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    served: MailServer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.served = MailServer(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield server.served
        finally:
            if server.served.answer_late is not None:
                server.served.answer_late.set()
            server.shutdown()
            thread.join()
