"""A scripted endpoint on loopback: a function answers the chat requests, and a log records them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Response:
    """A response of the server; `cut` ends the connection in the middle of the body, or before its first byte."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: bool = False


class Server:
    """`script` returns the response to a request and its number; `requests` has the bodies in order of arrival."""

    def __init__(self) -> None:
        self.script: Callable[[dict[str, Any], int], Response] = lambda body, number: self.replies("hello")
        self.requests: list[dict[str, Any]] = []
        self.arrivals: list[float] = []
        self.keys: set[str | None] = set()
        self.concurrent = self.max_concurrent = 0
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    number = len(server.requests)
                    server.requests.append(body)
                    server.arrivals.append(time.monotonic())
                    server.keys.add(self.headers["Authorization"])
                    server.concurrent += 1
                    server.max_concurrent = max(server.max_concurrent, server.concurrent)
                response = server.script(body, number)
                time.sleep(response.seconds)
                with lock:
                    server.concurrent -= 1
                self.send_response(response.status)
                for name, value in {"Content-Type": "application/json", **response.headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(response.body) + 100 * response.cut))
                self.end_headers()
                self.wfile.write(response.body)
                self.close_connection = response.cut

            def log_message(self, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @staticmethod
    def replies(
        *texts: str | None, finish: str = "stop", tokens: int | None = 10, refusal: str | None = None
    ) -> Response:
        """Return a chat completion with one choice per text."""
        choices = [
            {
                "index": index,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
            }
            for index, text in enumerate(texts)
        ]
        usage = None if tokens is None else {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}
        return Response(json.dumps(body).encode())

    @staticmethod
    def fault(
        status: int = 200, body: bytes | None = None, message: str = "no", cut: bool = False, **headers: str
    ) -> Response:
        """Return an error status, or a body that is not a completion."""
        error = json.dumps({"error": {"message": message}}).encode()
        return Response(error if body is None else body, status, headers, cut=cut)

    def prompts(self) -> list[str]:
        """Return the last message of each request."""
        return [body["messages"][-1]["content"] for body in self.requests]

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
