"""A service as small as can be: real processes with the commands and the health of a real one, and faults to order."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def main(service: str) -> None:
    command = sys.argv[1]
    if os.environ.get("STANDIN_FAILS") == f"{service} {command}":
        print(f"{service} cannot {command}: something is missing", flush=True)
        sys.exit(3)
    if command == "web":
        serve(service)
    elif command in {"worker", "relay"}:
        print(f"{service} {command} works", flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    elif command == "demo":
        print('{"level": "info", "event": "not for people"}')
        print("half of it is loaded")
        print(f"Page of {service}\t{{site}}/{service}")


def serve(service: str) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/enkat/breaks-off"):
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                return
            answer = {
                "status": "ok",
                "service": service,
                "path": self.path,
                "headers": dict(self.headers),
                "environ": dict(os.environ),
            }
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
