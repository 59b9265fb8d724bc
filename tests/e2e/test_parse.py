"""The parse verb from outside: forms, order, encodings, exit codes."""

import json
import os
import subprocess

import pytest

LIVEDEBUG = os.path.abspath(os.environ.get("LIVEDEBUG", "build/livedebug"))
STACK = b"""ChildEBP RetAddr
f0000000 80000000 nt!A
*** ERROR: Module load completed but symbols could not be loaded for d.sys
f0000000 80000000 d+0x1
kd> g
"""


def parse(*args, data=b"", **more):
    return subprocess.run([LIVEDEBUG, "parse", *args], input=data, capture_output=True, timeout=30, **more)


def events(data):
    out = parse("--json", data=data)
    assert out.returncode == 0
    return [json.loads(line) for line in out.stdout.splitlines()]


def test_events_come_in_the_order_of_their_lines():
    got = events(STACK)
    assert [(e["event"], e["line"]) for e in got] == [("stack", 1), ("symbol_error", 3), ("prompt", 5)]
    assert got[0]["frames"] == 2
    assert list(got[0])[:2] == ["event", "line"]


def test_fields_are_as_printed():
    got = events(
        b"*** Fatal System Error: 0x0000000A\n  (0x00000001,0xABCDEF01,0x0,0x4)\n"
        b"Access violation - code C0000005 (!!! second chance !!!)\n"
        b"0:000> LAB\\jo (npipe x) connected at Mon\nBreakpoint 7 hit\nquit:\n"
    )
    assert got == [
        {"event": "bugcheck", "line": 1, "code": "0x0000000A", "params": ["0x00000001", "0xABCDEF01", "0x0", "0x4"]},
        {"event": "exception", "line": 3, "code": "C0000005", "chance": "second"},
        {"event": "prompt", "line": 4, "mode": "user", "text": "0:000> "},
        {"event": "client_connected", "line": 4, "who": "LAB\\jo"},
        {"event": "bp_hit", "line": 5, "id": 7},
        {"event": "quit", "line": 6, "text": "quit:"},
    ]


@pytest.mark.parametrize("encode", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b"\xff\xfe" + b.decode().encode("utf-16-le")])
def test_marked_logs_read_alike(encode):
    assert events(encode(STACK)) == events(STACK)


def test_foreign_bytes_stay_json():
    got = events(b"quit: \xe9\x01\"\\\x1b[2J\n")
    assert got == [{"event": "quit", "line": 1, "text": "quit: \u00e9\x01\"\\\x1b[2J"}]


def test_plain_form_and_files(tmp_path):
    log = tmp_path / "a log"
    log.write_bytes(STACK)
    out = parse(str(log))
    assert out.stdout.startswith(b"1: stack frames=2\n3: symbol_error ")
    assert parse("-", data=STACK).stdout == out.stdout == parse(data=STACK).stdout


def test_exit_codes(tmp_path):
    assert parse(data=b"").returncode == 0
    assert parse("--help").returncode == 0
    assert parse("--nonsense").returncode == 2
    assert parse("a", "b").returncode == 2
    gone = parse(str(tmp_path / "gone"))
    assert gone.returncode == 1 and b"gone" in gone.stderr
    assert parse(str(tmp_path)).returncode == 1


def test_a_reader_that_leaves_is_no_failure():
    child = subprocess.Popen([LIVEDEBUG, "parse"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    try:
        child.stdin.write(b"quit:\n" * 200000)
        child.stdin.close()
    except BrokenPipeError:
        pass
    assert child.wait(30) == 0
    assert child.stderr.read() == b""
