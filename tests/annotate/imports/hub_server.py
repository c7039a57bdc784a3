"""A small real hub on a port of this machine: lists of files, and files behind a redirect."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit


@dataclass
class Hub:
    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)  # by data set, revision and path
    status: int = 200
    page_size: int = 1000  # files in one page of a list
    redirect_to: str = ""  # instead of this server's own store
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        place = unquote(parts.path)
        self.asked.append(handler.path)
        if self.status != 200:
            send(handler, self.status, b"no")
        elif place.startswith("/api/datasets/"):
            name, _tree, revision = place.removeprefix("/api/datasets/").partition("/tree/")
            self._list(
                handler, f"{name}@{revision}/", int(parse_qs(parts.query).get("from", "0")[0])
            )
        elif "/resolve/" in place:
            name, _word, rest = place.removeprefix("/datasets/").partition("/resolve/")
            revision, _slash, path = rest.partition("/")
            target = self.redirect_to or f"/store/{name}@{revision}/{path}?Signature=a%2Fb"
            send(handler, 302, b"", Location=quote(target, safe=":/?=%"))
        elif place.startswith("/store/") and parts.query:
            content = self.files.get(place.removeprefix("/store/"))
            send(handler, 404 if content is None else 200, content or b"")
        else:
            send(handler, 404, b"")

    def _list(self, handler: BaseHTTPRequestHandler, start: str, first: int) -> None:
        found = [
            {"type": "file", "path": name.removeprefix(start), "size": len(content)}
            for name, content in self.files.items()
            if name.startswith(start)
        ]
        found.append({"type": "directory", "path": "data", "size": 0})
        page, following = found[first : first + self.page_size], first + self.page_size
        place = handler.path.partition("?")[0]
        more = {"Link": f'<{place}?from={following}>; rel="next"'} if following < len(found) else {}
        send(handler, 200 if len(found) > 1 else 404, json.dumps(page).encode(), **more)


def send(handler: BaseHTTPRequestHandler, status: int, content: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def hub_server(**files: bytes) -> Iterator[Hub]:
    hub = Hub(files=dict(files))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                hub.answer(self)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
