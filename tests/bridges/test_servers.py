"""`ripieno serve`: it says where it listens, ends cleanly, and leaves nothing behind; and the doctor."""

import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from pythonosc.osc_message_builder import build_msg

from common import ROOT
from http_support import TOKEN, ServiceStandIn, bare, certificate_in, client
from ripieno import __version__
from ripieno_bridges.api.replies import Failed
from ripieno_bridges.diagnostics import Finding, check_http
from ripieno_bridges.http_server.access import access_of
from ripieno_bridges.osc.packets import decode
from ripieno_bridges.servers import about_access
from ripieno_bridges.service.service import Status
from tiny_network import random_weights

RIPIENO = str(Path(sys.executable).with_name("ripieno"))
LOCAL = ("127.0.0.1", 0)
ASKS = "the page asks for the token, or takes it from its address: http://x/#token=..."
NOT_ENCRYPTED = (
    "it is not encrypted: who listens in the network can read the token; see docs/deploy.md for TLS"
)
POSIX = pytest.mark.skipif(os.name != "posix", reason="this system has no signals")


class ServerProcess(subprocess.Popen[str]):
    """A server. page: its HTTP address."""

    page: str


@contextmanager
def serving(*options, **popen):
    """(process, port) of a server that has printed its ports.

    A server that takes too long is killed, which ends every wait for its output.
    """
    with ServerProcess(
        [RIPIENO, "serve", "--port", "0", "--http-port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **popen,
    ) as process:
        last_resort = threading.Timer(60, process.kill)
        last_resort.start()
        try:
            line = process.stdout.readline()
            found = re.fullmatch(
                rf"ripieno {re.escape(__version__)}: OSC on 127\.0\.0\.1, port (\d+) \(UDP and TCP\)\n", line
            )
            assert found, (line, process.stderr.read() if process.poll() is not None else "")
            line = process.stdout.readline()
            page = re.fullmatch(
                r"HTTP on 127\.0\.0\.1, port (\d+); open (http://127\.0\.0\.1:\1/) in a browser\n", line
            )
            assert page, line
            process.page = page[2]
            yield process, int(found[1])
        finally:
            last_resort.cancel()
            process.kill()


def answer(port, address, *args):
    """The first reply to a message."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(build_msg(address, list(args)).dgram, ("127.0.0.1", port))
        return decode(client.recv(65_535))[0]


def wait_until(true, *, seconds=10.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.02)


def test_it_answers_before_its_model_is_loaded_and_says_when_it_is():
    with serving() as (process, port):
        assert answer(port, "/ripieno/ping", 7) == ("/ripieno/pong", (7, __version__))
        assert process.stdout.readline() == "lstm-chorales is loaded; stop with Ctrl-C\n"
        assert answer(port, "/ripieno/status", 8).args == (8, "lstm-chorales", 0, __version__)


@POSIX
def test_the_page_is_opened_where_that_is_wanted(tmp_path):
    """By whatever the system, or BROWSER, calls the browser."""
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    with serving("--open", env={**os.environ, "BROWSER": f"{browser} %s"}) as (process, _):
        wait_until(opened.exists)
        assert opened.read_text() == process.page


@POSIX
@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_cleanly_and_tells_those_who_wait(stop, busy):
    with serving() as (process, port):
        if busy:
            assert answer(port, "/ripieno/compose", 1).address == "/ripieno/progress"
        process.send_signal(getattr(signal, stop))
        out, errors = process.communicate(timeout=20)
    assert out.endswith("ripieno has stopped\n")
    assert errors == ""
    assert process.returncode == 0


@POSIX
@pytest.mark.parametrize("how", ["the pipe closes", "the parent dies"])
def test_it_ends_with_its_parent_where_that_is_asked(how):
    if how == "the pipe closes":
        with serving("--with-parent", stdin=subprocess.PIPE) as (process, _):
            process.stdin.close()
            process.wait(20)
            assert process.returncode == 0
        return
    parent = (
        "import subprocess, sys, time\n"
        f"command = [{RIPIENO!r}, 'serve', '--port', '0', '--http-port', '0', '--with-parent']\n"
        "process = subprocess.Popen(command,"
        " stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)\n"
        "print(process.stdout.readline(), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, timeout=30)
    port = int(re.search(r"port (\d+)", done.stdout)[1])
    wait_until(lambda: free(port))


def free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def resident_megabytes(process_id):
    """How much memory a process takes."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell it like that")
@pytest.mark.no_cover  # it measures memory
def test_the_memory_of_large_documents_is_given_back():
    twinkle = (ROOT / "scores" / "twinkle.musicxml").read_text("utf-8")
    large = twinkle.replace("<identification>", 3 * f"<!--{'x' * 9_000_000}-->" + "<identification>")
    assert large != twinkle
    with serving() as (process, _), httpx.Client(timeout=60, trust_env=False) as http:
        process.stdout.readline()  # the model is loaded
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        pids = [process.pid, int(children[0])]

        def megabytes_after(document):
            answer = http.post(f"{process.page}v1/musicxml/read", json={"document": document})
            assert answer.status_code == 200, answer.text[:300]
            return [resident_megabytes(pid) for pid in pids]

        def more():
            return [round(resident_megabytes(pid) - then) for pid, then in zip(pids, before, strict=True)]

        before = megabytes_after(twinkle)
        for _ in range(4):
            megabytes_after(large)
        wait_until(lambda: max(more()) < 45, seconds=3)  # a moment after the answer


def test_a_second_server_names_the_port_and_what_to_do():
    with serving() as (_, port):
        again = subprocess.run(
            [RIPIENO, "serve", "--port", str(port), "--http-port", "0"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert again.returncode == 1
    assert again.stdout == ""
    assert again.stderr.startswith(f"ripieno: port {port} is in use")
    assert "--port" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_second_server_names_the_port_for_http_too():
    with socket.create_server(LOCAL) as other:
        port = other.getsockname()[1]
        again = subprocess.run(
            [RIPIENO, "serve", "--port", "0", "--http-port", str(port)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert again.returncode == 1
    assert again.stdout == ""
    assert again.stderr.startswith(f"ripieno: port {port} is in use")
    assert "--http-port" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_model_that_is_not_there_is_named():
    gone = subprocess.run(
        [RIPIENO, "serve", "--port", "0", "--http-port", "0", "--model", "training/nothing"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert gone.returncode == 1
    assert "nothing" in gone.stderr
    assert "Traceback" not in gone.stderr


@POSIX
def test_short_of_file_handles_it_goes_on_and_says_so_in_a_line():
    """The worker dies meanwhile; when there are handles again, it is started again."""

    def few_handles():
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))

    with serving(preexec_fn=few_handles) as (process, port), ExitStack() as stack:
        process.stdout.readline()  # the model is loaded
        http_port = int(re.search(r":(\d+)/", process.page)[1])
        connections = [socket.create_connection((LOCAL[0], http_port)) for _ in range(80)]
        for connection in connections:
            stack.enter_context(connection)
        worker = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
        os.kill(int(worker), signal.SIGKILL)
        wait_until(lambda: answer(port, "/ripieno/status", 1).args[1] == "failed")
        stack.close()
        wait_until(lambda: answer(port, "/ripieno/status", 1).args[1] == "lstm-chorales", seconds=40)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=20)
    assert errors == ""
    lines = out.splitlines()
    assert sorted(set(lines)) == sorted(lines), "each is said once"
    assert (
        "a connection has to wait: Too many open files; others have to end before, or `ulimit -n` to rise"
    ) in lines
    assert "the engine ended: it was ended by SIGKILL; it is started again" in lines
    assert "the engine does not start: Too many open files; it is tried again in 1 second" in lines
    assert "the engine has started" in lines


# -- a server for a class ----------------------------------------------------------------------------------


@POSIX
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not tell its processes")
def test_a_server_for_others_says_its_token_counts_its_work_and_leaves_no_worker_behind(tmp_path):
    """Two workers, over TLS, with a token that is made at the start; at the end the server is killed."""
    certificate, key = certificate_in(tmp_path)
    model = str(random_weights(tmp_path))
    files = ("--certificate", str(certificate), "--key", str(key))
    command = [RIPIENO, "serve", "--host", "0.0.0.0", "--port", "0", "--http-port", "0"]
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [*command, "--workers", "2", "--model", model, *files], stdout=subprocess.PIPE, text=True
            )
        )
        stack.callback(process.kill)
        assert re.search(r"OSC on 127\.0\.0\.1, port \d+ ", process.stdout.readline())
        said = process.stdout.readline()
        port = int(re.search(r"HTTP on 0\.0\.0\.0, port (\d+); open https://\S+ in a browser", said)[1])
        token = re.search(
            r"use it, until ripieno stops: https://\S+/#token=(\S+)", process.stdout.readline()
        )[1]
        assert process.stdout.readline() == "random is loaded; stop with Ctrl-C\n"
        found = check_http(port)
        assert found == Finding("good", f"ripieno answers HTTP on port {port}, to those who have its token")
        verify = ssl.create_default_context(cafile=certificate)
        address, timeout = f"https://127.0.0.1:{port}", httpx.Timeout(30)
        with httpx.Client(base_url=address, verify=verify, trust_env=False, timeout=timeout) as http:
            assert http.get("/v1/status").status_code == 401
            http.headers["Authorization"] = f"Bearer {token}"
            for seed in range(3):
                assert http.post("/v1/compose", json={"bars": 1, "seed": seed}).status_code == 200
            metrics = http.get("/v1/metrics").text
            assert 'ripieno_request_seconds_count{end="done",task="compose"} 3.0\n' in metrics
            assert 'ripieno_workers{state="ready"} 2.0\n' in metrics
            workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            assert len(workers) == 2
            long = {"bars": 512, "id": "long"}
            working = threading.Thread(target=lambda: suppressed(http.post, "/v1/compose", json=long))
            working.start()
            wait_until(lambda: http.get("/v1/requests/long").json().get("state") == "working")
            process.kill()
            working.join()
        wait_until(lambda: not any(is_running(worker) for worker in workers))


@pytest.mark.parametrize(
    ("access", "told"),
    [
        (access_of(), []),
        (access_of(token=TOKEN), [ASKS]),
        (access_of("0.0.0.0", token=TOKEN), [ASKS, NOT_ENCRYPTED]),
        (access_of(names=("music.school.example",), token=TOKEN, proxies=("127.0.0.1",)), [ASKS]),
    ],
)
def test_who_starts_a_server_for_others_is_told_what_it_needs_and_no_token_that_was_given(access, told):
    assert list(about_access(access, "http://x/")) == told


def suppressed(work, *args, **options):
    """Do what may fail, since its server is killed."""
    with suppress(httpx.HTTPError):
        work(*args, **options)


def is_running(process_id):
    """Whether a process is there, and not only its remains that nobody has read."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# -- the doctor --------------------------------------------------------------------------------------------


def examined(port, http_port):
    done = subprocess.run(
        [RIPIENO, "doctor", "--json", "--port", str(port), "--http-port", str(http_port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, {f["what"]: f for f in json.loads(done.stdout)}


def test_the_doctor_finds_the_engine_and_a_running_server():
    with serving() as (process, port):
        http_port = int(re.search(r":(\d+)/", process.page)[1])
        code, found = examined(port, http_port)
    assert code == 0
    assert found[f"ripieno {__version__} answers HTTP; its page is {process.page}"]["grade"] == "good"
    assert found[f"a server (ripieno {__version__}) answers on 127.0.0.1, port {port}"]["grade"] == "good"
    assert any(what.startswith("the engine starts in") for what in found)
    assert any(what.startswith("models: ") and "lstm-chorales" in what for what in found)
    live = found["Ableton Live does not answer, which `ripieno live` needs"]
    assert live["grade"] == "note"
    assert "AbletonOSC" in live["mend"]


def test_the_doctor_says_who_is_in_the_way():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, socket.create_server(LOCAL) as http:
        other.bind(LOCAL)
        port, http_port = other.getsockname()[1], http.getsockname()[1]
        code, found = examined(port, http_port)
    assert code == 1
    fault = found[f"port {http_port}, for the page and MuseScore, is used by another program"]
    assert fault["grade"] == "wrong"
    assert f"ripieno serve --http-port {http_port + 10}" in fault["mend"]
    fault = found[f"port {port} is used by another program"]
    assert fault["grade"] == "wrong"
    assert f"ripieno serve --port {port + 10}" in fault["mend"]


@pytest.mark.parametrize(
    ("state", "fault", "grade", "what", "mend"),
    [
        ("ready", None, "good", "", ""),
        ("loading", None, "note", "; its engine is loading", "wait a moment, and ask again"),
        ("restarting", None, "note", "; its engine is restarting", "wait a moment, and ask again"),
        (
            "failed",
            Failed(
                "failed", "the engine does not start: no memory; it is tried again, so ask again in 4 seconds"
            ),
            "wrong",
            ", but the engine does not start: no memory",
            "the terminal where it runs says more; stop it there, and start it again",
        ),
    ],
)
def test_the_doctor_and_the_status_say_how_the_engine_is(state, fault, grade, what, mend):
    class Sick(ServiceStandIn):
        def status(self):
            return Status(state, 0, 0, 0, 0, 0, 3, state=state, fault=fault, retry_seconds=fault and 4.0)

    with bare(Sick()) as (server, _), client(server) as http:
        found = check_http(server.port)
        answer = http.get("/v1/status")
    said = f"ripieno {__version__} answers HTTP; its page is {server.address}"
    engine = what.replace("but the engine does not start: no memory", "its engine does not start")
    in_report = f"ripieno {__version__} answers HTTP on port {server.port}{engine.replace(',', ';')}"
    assert found == Finding(grade, f"{said}{what}", mend, in_report)
    status = answer.json()
    assert (status["state"], status["restarts"]) == (state, 3)
    if fault is None:
        assert (answer.status_code, status["error"], status["retry_seconds"]) == (200, None, None)
    else:
        assert (answer.status_code, status["retry_seconds"]) == (503, 4.0)
        assert (status["error"]["code"], status["error"]["text"]) == ("failed", fault.text)
