"""livedebug report: inputs as they come, good and bad: what is said, and the exit code."""
import os
import pty
import signal
import subprocess
import time

import pytest

STACK = b"ChildEBP RetAddr  \nf64138c0 8048b640 nt!Alloc+0x1\nf64138f0 8048d8e7 drv!Root+0x2\nBreakpoint 0 hit\n"
FOLDED = b"drv!Root;nt!Alloc %d\n"


def test_empty_binary_and_missing_files(run, tmp, seed):
    (tmp / "empty").write_bytes(b"")
    (tmp / "binary").write_bytes(bytes((i * i + seed) % 251 for i in range(100000)))
    (tmp / "nul").write_bytes(bytes(100000) + b"\n" + STACK)
    for name, stdout in (("empty", b""), ("binary", b""), ("nul", FOLDED % 1)):
        done = run("--format", "folded", name)
        assert (name, done.returncode, done.stdout) == (name, 0, stdout)
    done = run("--format", "folded", "missing", "nul")
    assert (done.returncode, done.stdout) == (1, FOLDED % 1)
    assert b"cannot read missing: no such file" in done.stderr


@pytest.mark.parametrize("threads", [1, 4])
def test_threads_and_a_stream_fold_the_same(run, tmp, build, threads):
    with open(tmp / "log", "wb") as out:
        subprocess.run([build / "bench/report-log", "x64", "20", "300"], stdout=out, check=True)
    log = (tmp / "log").read_bytes()
    assert run("--format", "folded", "--threads", str(threads), "log").stdout == \
        run("--format", "folded", "-", stdin=log).stdout != b""


def test_a_pipe_that_is_closed_early(build, tmp):
    (tmp / "log").write_bytes(STACK * 1000)
    for form in ("text", "folded", "json", "speedscope", "html"):
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([build / "livedebug", "report", "--format", form, tmp / "log"], stdout=theirs,
                              stderr=subprocess.PIPE, timeout=20, check=False)
        os.close(theirs)
        assert (form, done.returncode, done.stderr) == (form, 0, b"")


def feed(child, master, until):
    """Give it stacks until its terminal shows these bytes: what was shown."""
    shown = b""
    end = time.monotonic() + 30
    while until not in shown and time.monotonic() < end:
        child.stdin.write(STACK * 10000)
        child.stdin.flush()
        os.set_blocking(master, False)
        try:
            shown += os.read(master, 65536)
        except BlockingIOError:
            pass
    assert until in shown
    return shown


@pytest.fixture
def on_terminal(build):
    """report on stdin, its stderr a terminal: (child, the terminal's other side)"""
    master, slave = pty.openpty()
    child = subprocess.Popen([build / "livedebug", "report", "--format", "folded", "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    yield child, master
    child.kill()
    child.communicate()
    os.close(master)


def test_progress_on_a_terminal(on_terminal):
    child, master = on_terminal
    feed(child, master, b"-: ")
    out, _ = child.communicate()
    assert child.returncode == 0 and out.startswith(b"drv!Root;nt!Alloc ")
    os.set_blocking(master, False)
    assert os.read(master, 65536).endswith(b" \r")


def test_ctrl_c_wipes_the_progress_and_ends_it(on_terminal):
    child, master = on_terminal
    feed(child, master, b" MiB")
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == -signal.SIGINT
    assert os.read(master, 65536).endswith(b" \r") and child.stdout.read() == b""


def test_no_progress_elsewhere(build):
    child = subprocess.Popen([build / "livedebug", "report", "--format", "folded", "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 1.5  # the first second never shows it
    while time.monotonic() < end:
        child.stdin.write(STACK * 1000)
    out, told = child.communicate()
    assert child.returncode == 0 and out.startswith(b"drv!Root;nt!Alloc ") and told == b""
