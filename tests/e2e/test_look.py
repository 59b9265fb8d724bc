"""What a person sees of a session: `status` on a screen and in a pipe, `log` with and without a daemon."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from support.rig import LIMIT, Rig, until

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def rig(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        rig.one.wait_armed()
        yield rig


class Screen:
    """`livedebug WORDS` on a terminal of its own; what it writes, read by read."""

    def __init__(self, rig, *words, size=(24, 80), env=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen([*rig.daemon.program, words[0], "-c", str(rig.daemon.path), *words[1:]],
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env=os.environ | {"TERM": "xterm", "NO_COLOR": ""} | (env or {}))
        os.close(slave)
        self.reads = []

    def read(self):
        try:
            data = os.read(self.master, 65536).decode()
        except OSError:  # the other end is closed
            return False
        self.reads.append(data)
        return bool(data)

    def wait(self, text):
        end = time.monotonic() + LIMIT
        while text not in "".join(self.reads):
            assert self.read() and time.monotonic() < end, self.reads
        return "".join(self.reads)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def test_status_in_a_pipe_is_plain(rig):
    text = rig.daemon.verb("status")
    header, row, join = text.splitlines()
    assert header.split()[:3] == ["SESSION", "PORT", "STATE"] and row.split()[:3] == ["livedebug", "COM1", "running"]
    assert "armed 1" in row and "Windows" in row and re.fullmatch(r"join: kd -remote npipe:server=\S+,pipe=SESSION", join)
    assert "\x1b" not in text and "\x1b" not in rig.daemon.verb("status", rig.one.name)
    page = rig.daemon.verb("status", rig.one.name)
    for words in ("livedebug on COM1 at 19200", "armed, 1 breakpoint", "since 20", "join", "journal"):
        assert words in page, page


def test_since_is_a_moment(rig):
    """It was computed anew from two clocks at each question: it moved by microseconds."""
    assert len({rig.one.status()["since"] for _ in range(20)}) == 1


@pytest.mark.parametrize("env, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_only_where_it_is_wanted(rig, env, coloured):
    with Screen(rig, "status", env=env) as screen:
        while screen.read():
            pass
        text = "".join(screen.reads)
        assert "livedebug" in text and ("\x1b[" in text) == coloured, text


def test_watch_draws_in_place_and_puts_the_screen_back(rig):
    with Screen(rig, "status", "--watch") as screen:
        screen.wait("armed 1")
        rig.one.verb("break")
        text = screen.wait("halted(operator)")
        rig.one.verb("go")
        assert text.startswith("\x1b[?1049h\x1b[?25l") and "\x1b[2J" not in text  # never cleared: no flicker
        frames = text.split("\x1b[H")[1:]
        for frame in frames[:-1]:
            lines = frame.replace("\r", "").split("\n")
            assert frame.endswith("\x1b[J") and all("\x1b[K" in line for line in lines), frame
            assert all(len(ESCAPE.sub("", line)) <= 80 for line in lines) and len(lines) <= 24
        begins = [r for r in screen.reads if "\x1b[H" in r]
        assert all(r.rstrip().endswith("\x1b[J") for r in begins), begins  # one write a frame
        screen.process.send_signal(signal.SIGINT)
        while screen.read():
            pass
        assert "".join(screen.reads).endswith("\x1b[?25h\x1b[?1049l")
        assert screen.process.wait(LIMIT) == 0


def test_watch_outlives_its_daemon(rig):
    with Screen(rig, "status", "--watch", size=(40, 120)) as screen:
        screen.wait("armed 1")
        assert rig.stop() == 0
        screen.wait("no daemon answers")
        rig.start()
        seen = len("".join(screen.reads))
        until(lambda: screen.read() and "livedebug  COM1" in ESCAPE.sub("", "".join(screen.reads)[seen:]), "it is back")
        screen.process.send_signal(signal.SIGTERM)
        while screen.read():
            pass
        assert screen.process.wait(LIMIT) == 0


def test_watch_in_a_pipe_ends_with_it(rig):
    with subprocess.Popen([*rig.daemon.program, "status", "-c", str(rig.daemon.path), "--watch"],
                          stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout.readline().startswith("SESSION")
        watch.stdout.close()
        assert watch.wait(LIMIT) == 0
    for words, code in ((("--watch", "nobody"), 3), (("--watch", "--control", "/no/such"), 7)):
        done = rig.daemon.ask("status", *words)
        assert done.returncode == code and words[-1] in done.stderr, done


# --- log


def test_log_tells_what_kd_and_the_daemon_said(rig):
    rig.target.command("hits 2")
    rig.one.wait("hit")
    text = rig.one.verb("log")
    assert re.match(r"--- 20\d\d-\d\d-\d\d, UTC\n\d\d:\d\d:\d\d\.\d{3} \* stopped -> port: started\n", text)
    for line in (r"    Opened \\\\\.\\COM1", r"> bp nt!MmAllocateSpecialPool \";kb;g\"", r"\* armed",
                 r"\* break-in is sent \(arming\): arm: kd has started", r"  Breakpoint 0 hit"):
        assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} " + line.replace("    ", "  "), text, re.M), (line, text[:3000])
    assert "{" not in "".join(line for line in text.splitlines() if line[13:14] in "*!")
    assert rig.one.verb("log", "--since", "1h").startswith(text)
    assert "started" not in rig.one.verb("log", "--since", "1ms")


def test_log_as_json_has_every_record(rig):
    rig.stop()
    records = rig.daemon.journal(rig.one.name)
    found = [json.loads(line) for line in rig.one.verb("log", "--json").splitlines()]
    assert [f["seq"] for f in found] == [seq for seq, _, _ in records]
    assert {f["kind"] for f in found if "kind" in f} == {"<", ">"} and all("time" in f for f in found)
    assert any(f.get("event") == "armed" for f in found)


def test_log_without_a_daemon(rig):
    with_it = rig.one.verb("log")
    assert rig.stop() == 0
    assert rig.one.verb("log").startswith(with_it)
    rig.one.verb("log", "--control", rig.folder / "ctl", code=7)
    for name in ("nobody", "x" * 40):
        done = rig.daemon.ask("log", name)
        assert done.returncode == 3 and name in done.stderr, done


def test_log_of_nobody_and_of_others(rig):
    done = rig.daemon.ask("log", "nobody")
    assert done.returncode == 3 and "nobody" in done.stderr, done
    assert rig.daemon.ask("log").returncode == 2
    done = rig.daemon.ask("log", "--since", "10", rig.one.name)
    assert done.returncode == 2 and "--since 10" in done.stderr, done


@pytest.mark.parametrize("end", ["interrupt", "pipe"])
def test_log_follows(rig, end):
    with subprocess.Popen([*rig.daemon.program, "log", "-c", str(rig.daemon.path), "-f", rig.one.name],
                          stdout=subprocess.PIPE, text=True) as log:
        assert "---" in log.stdout.readline()
        rig.target.command("hits 1")
        for line in log.stdout:
            if "Breakpoint 0 hit" in line:
                break
        if end == "interrupt":
            log.send_signal(signal.SIGINT)
        else:
            log.stdout.close()
            rig.target.command("hits 1")
        assert log.wait(LIMIT) == 0
