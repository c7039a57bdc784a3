"""A small real server of chat completions, on a port of this machine, that can be told to fail.

Each answer is made by a function of the request; `faults` are used up first, one a request.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

Fault = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ModelServer:
    port: int = 0
    key: str = "canary-key-of-the-tests"
    delay_seconds: float = 0.0
    say: Callable[[dict[str, Any]], str] = lambda body: f"{body['model']}: {body.get('seed')}"
    finish_reason: str = "stop"
    tokens_out: int = 7
    faults: list[Fault] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)  # idempotency keys
    answered: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            self._take(handler)
        finally:
            with self._lock:
                self._now -= 1

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            self.times.append(time.monotonic())
            self.bodies.append(body)
            self.keys[handler.headers.get("Idempotency-Key", "")] += 1
            fault = self.faults.pop(0) if self.faults else None
        time.sleep(self.delay_seconds)
        if fault is not None:
            fault(handler)
        elif handler.path != "/v1/chat/completions":
            send(handler, 404, {"error": {"message": "no such address"}})
        elif handler.headers.get("Authorization") != f"Bearer {self.key}":
            said = handler.headers.get("Authorization", "")
            send(handler, 401, {"error": {"message": f"Incorrect API key provided: {said}"}})
        else:
            send(handler, 200, self.answer(body))
            with self._lock:
                self.answered[handler.headers.get("Idempotency-Key", "")] += 1

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{len(self.bodies)}",
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": self.say(body)},
                    "finish_reason": self.finish_reason,
                }
            ],
            "usage": {"prompt_tokens": 11, "completion_tokens": self.tokens_out},
        }


def send(
    handler: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def status(number: int, message: str = "a fault", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: send(handler, number, {"error": {"message": message}}, named)


def raw(body: bytes) -> Fault:
    return lambda handler: send(handler, 200, body)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Half of what was promised, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


def drip(handler: BaseHTTPRequestHandler) -> None:
    """One byte of a header every tenth of a second, for a minute."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _number in range(600):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A body without an end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 2**16)


@contextmanager
def model_server(*, tls: SSLContext | None = None, **fields: Any) -> Iterator[ModelServer]:
    served = ModelServer(**fields)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # the other side had enough
                served.take(self)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_arguments: None
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
