"""Five hundred hostile clients of the control socket harm nobody: not an operator, not memory, not a hit."""

import contextlib
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import time

import pytest

from support import crowd
from support.rig import LIMIT, SLOW, Rig, until

CLIENTS, HITS, ASKED = 500, 60, 300


@pytest.fixture
def rig(build, root, tmp, seed):
    with Rig(build, root, tmp, "--seed", seed, "--rate", 5, daemon={"clients_max": CLIENTS + 100}) as rig:
        rig.one.wait_armed()
        yield rig


@contextlib.contextmanager
def crowd_of(path, seed):
    """Its process; what it sent is an assertion that it was there."""
    with subprocess.Popen([sys.executable, crowd.__file__, str(path), str(CLIENTS), str(seed)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
            assert process.poll() is None, "the crowd went home"
            process.stdin.close()
            assert int(process.stdout.readline()) > CLIENTS
        finally:
            process.kill()


def ask_status(path):
    """Seconds of one honest status, from connecting to the whole answer."""
    begin = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LIMIT)
        client.connect(str(path))
        client.sendall(b'{"version":1,"verb":"status"}\n')
        with client.makefile() as answers:
            answer = json.loads(answers.readline())
    assert answer["code"] == 0 and len(answer["sessions"]) == 1
    return time.perf_counter() - begin


def p99(path):
    return sorted(ask_status(path) for _ in range(ASKED))[int(ASKED * 0.99) - 1]


def rss(rig):
    text = pathlib.Path(f"/proc/{rig.daemon.process.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024


def hit_halts(rig, hits):
    """How long each of the next hits halted the target, in bench time, by its own truth."""
    rig.target.count("mark")
    at, before = len(rig.target.log), rig.target.state()["hits"]
    rig.target.command(f"hits {hits}")

    def check():
        state = rig.target.state()
        return state["hits"] == before + hits and state["running"] and rig.one.count("hit") == before + hits
    until(check, f"{hits} hits")
    rig.target.count("mark")
    spans, begun = [], None
    for t in rig.target.log[at:]:
        if t["event"] == "halted" and t["why"] == "hit":
            begun = t["t"]
        elif t["event"] == "running" and begun is not None:
            spans.append(t["t"] - begun)
            begun = None
    assert len(spans) == hits
    return spans


@pytest.mark.bench  # a 99th percentile is the machine's when others work on it
@pytest.mark.timeout(120)
def test_five_hundred_harm_nobody(rig, tmp, seed):
    path = tmp / "ctl"
    idle, alone, before = p99(path), hit_halts(rig, HITS), rss(rig)
    with crowd_of(path, seed):
        held, cpu, begin = rss(rig), rig.cpu_seconds(), time.monotonic()
        crowded, beside = p99(path), hit_halts(rig, HITS)
        busy = (rig.cpu_seconds() - cpu) / (time.monotonic() - begin)
        held = max(held, rss(rig))
    noise = statistics.quantiles(alone, n=20)[-1]  # 95 of 100 alone were no longer
    print(f"status p99 {idle * 1e3:.2f} ms, {crowded * 1e3:.2f} ms; {(held - before) / CLIENTS / 1024:.1f} KiB a client; "
          f"hit {statistics.median(alone):.0f} ms ({noise:.0f}), {statistics.median(beside):.0f} ms; daemon busy {busy:.0%}")
    assert crowded <= 20 * idle, (crowded, idle)
    if SLOW == 1:  # a sanitizer's memory is its own
        assert held - before <= CLIENTS * 64 * 1024, held - before
    assert statistics.median(beside) <= 1.05 * noise, (alone, beside)
    until(lambda: rig.fds() < CLIENTS / 2, "the crowd's files are closed")
    assert rig.stop() == 0
