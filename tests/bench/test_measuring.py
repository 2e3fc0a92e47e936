"""The benchmark measures right: what it counts, adds up and compares, without any clock that could be in a hurry."""

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from deploy.bench.measure import Load, Measured, Meter, Pair, get, interleaved, post, pss_of
from deploy.bench.report import Result, table
from deploy.bench.smtp import Sink
from deploy.local.program import free_port, until


def test_figure_and_floor_take_turns_in_beginning() -> None:
    done: list[str] = []

    def doing(what: str, values: list[float]) -> Measured:
        done.append(what)
        return Measured(values.pop(0))

    figures, floors = [10.0, 30.0, 20.0], [100.0, 100.0, 400.0]
    pair = interleaved(lambda: doing("figure", figures), lambda: doing("floor", floors), 3)

    assert done == ["floor", "figure", "figure", "floor", "floor", "figure"]
    assert (pair.figure, pair.floor) == (20.0, 100.0)
    assert pair.ratio == 0.1, "the median of 0.1, 0.3 and 0.05, each within its pair"


def test_a_target_is_held_or_not() -> None:
    pair = Pair([Measured(40.0, {"web": 10.0})], [Measured(100.0)])
    enough, too_slow = Result.of("a", pair, "/s", 0.4), Result.of("b", pair, "/s", 0.41)
    too_much, told = Result.of("c", pair, "ms", 0.39, "lower"), Result.of("d", pair, "/s", 0)

    assert [enough.met, too_slow.met, too_much.met] == [True, False, False]
    assert [line.rsplit("|", 2)[1].strip() for line in table([enough, too_slow, too_much, told]).splitlines()[2:]] == [
        "met", "NOT MET", "NOT MET", "",
    ]  # fmt: skip


def test_the_cpu_of_children_counts_after_they_have_ended() -> None:
    meter = Meter({"us": os.getpid()})
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.2: pass"], check=True)

    assert meter.per_unit(1)["us"] >= 180_000


def test_memory_counts_children() -> None:
    before = pss_of([os.getpid()])
    with subprocess.Popen([sys.executable, "-c", "held = b'x' * 50_000_000; input()"], stdin=subprocess.PIPE) as child:
        assert until(lambda: pss_of([os.getpid()]) - before > 45_000_000, seconds=20)
        child.communicate(b"\n")


def test_every_request_is_sent_once_and_answered() -> None:
    with _web() as (port, seen):
        requests = [get("/a"), post("/b", "name=Anna"), *[get(f"/{number}") for number in range(20)]]
        done, _seconds = Load(port, connections=3).run(iter(requests), expect=200)

    assert done == 22
    assert sorted(seen) == sorted(["GET /a ", "POST /b name=Anna", *[f"GET /{number} " for number in range(20)]])


def test_another_answer_than_expected_is_no_success() -> None:
    with _web() as (port, _seen), pytest.raises(RuntimeError, match="expected 303, got 200"):
        Load(port).run(iter([get("/")]), expect=303)


def test_the_mail_server_counts_and_tells_when() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "deploy.bench.smtp", str(port)]) as server:
        try:
            assert until(lambda: _connects(port), seconds=20)
            before = time.monotonic()
            with closing(Sink(port)) as sink, smtplib.SMTP("127.0.0.1", port) as smtp:
                for number in range(3):
                    smtp.sendmail("a@bench.example", "b@bench.example", f"Subject: {number}\r\n\r\n.. and a dot\r\n.\r\nmore")

                assert before < sink.wait_for(3) <= time.monotonic()
                assert sink.count() == 3
                assert sink.last_size() > 20
        finally:
            server.terminate()


def _connects(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _web() -> Iterator[tuple[int, list[str]]]:
    """A web server that says yes, and what it was asked."""
    seen: list[str] = []

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            seen.append(f"{self.command} {self.path} {body}")
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"yes")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()
