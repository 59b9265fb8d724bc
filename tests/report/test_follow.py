"""livedebug report --follow: what comes is told, rotation is survived, Ctrl-C ends it with the report."""
import os
import pty
import re
import select
import signal
import struct
import subprocess
import fcntl
import termios
import time

import pytest

HEADER = "ChildEBP RetAddr  \n"


def stack(module):
    return HEADER + "".join(f"f64138c0 8048b640 {frame}+0x1\n" for frame in ("nt!Alloc", f"{module}!Get", "nt!Start")) + "kd> g\n"


@pytest.fixture
def log(tmp):
    (tmp / "x.log").write_text(stack("a") * 2)
    return tmp / "x.log"


def add(log, text):
    with open(log, "a", encoding="ascii") as out:
        out.write(text)


@pytest.fixture
def follow(build, tmp):
    """Started and at work: its first line has come."""
    running = []

    def start(*words):
        process = subprocess.Popen([build / "livedebug", "report", "--follow", *words, "x.log"], cwd=tmp, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.append(process)
        return process
    yield start
    for process in running:
        process.kill()
        process.wait()


def end(process, number=signal.SIGINT):
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out, err


def test_lines_then_the_report(follow, log):
    process = follow()
    assert process.stdout.readline() == "+2 hits, 2 in all: a!Get 2\n"
    add(log, stack("b") + stack("a") * 3)
    assert process.stdout.readline() == "+4 hits, 6 in all: a!Get 3, b!Get 1\n"
    add(log, stack("c")[:-20])  # half a stack is no news
    add(log, stack("c")[-20:] + "".join(stack(f"m{i}") for i in range(9)))
    assert re.fullmatch(r"\+10 hits, 16 in all: (\w+!Get 1(, )?){4} and 6 more functions\n", process.stdout.readline())
    out, err = end(process)
    assert out.startswith("16 hits; 12 unique stacks\n") and err == ""


@pytest.mark.parametrize("rotate", ["replace", "truncate"])
def test_survives_rotation(follow, log, tmp, rotate):
    process = follow()
    process.stdout.readline()
    add(log, stack("late"))  # into the old file, just before
    if rotate == "replace":
        log.rename(tmp / "x.log.1")
        log.write_text(stack("b") * 5)
        seen = ""
        while "8 in all" not in seen:
            seen += process.stdout.readline()
        assert "late!Get 1" in seen and "b!Get 5" in seen
    else:
        assert process.stdout.readline() == "+1 hit, 3 in all: late!Get 1\n"
        log.write_text(stack("b"))
        assert process.stdout.readline() == "+1 hit, 4 in all: b!Get 1\n"
    out, err = end(process, signal.SIGTERM)
    assert "b!Get" in out and "late!Get" in out and err == ""


def test_a_file_that_is_gone_for_a_while(follow, log, tmp):
    process = follow()
    process.stdout.readline()
    log.rename(tmp / "old")
    add(tmp / "old", stack("b"))  # the writer still has it open
    assert process.stdout.readline() == "+1 hit, 3 in all: b!Get 1\n"
    log.write_text(stack("c"))
    assert process.stdout.readline() == "+1 hit, 4 in all: c!Get 1\n"
    end(process)


def test_other_formats_tell_on_stderr(follow, log):
    process = follow("--format", "folded")
    assert process.stderr.readline() == "+2 hits, 2 in all: a!Get 2\n"
    assert end(process)[0] == "nt!Start;a!Get;nt!Alloc 2\n"


def test_a_journals_lines_have_a_time(follow, log):
    log.write_text("".join(f"2026-11-23T23:45:12.345678Z {n} < {line}\n" for n, line in enumerate(stack("a").splitlines(), 1)))
    process = follow()
    assert process.stdout.readline() == "2026-11-23 23:45:12  +1 hit, 1 in all: a!Get 1\n"
    end(process)


def test_lines_come_at_most_once_a_second(follow, log):
    process = follow()
    process.stdout.readline()
    began, lines = time.monotonic(), 0
    while lines < 3:
        add(log, stack("a"))
        lines += bool(select.select([process.stdout], [], [], 0.02)[0]) and process.stdout.readline() != ""
    assert time.monotonic() - began > 2.0  # the first comes a second after the one above
    end(process)


def test_usage_and_missing_log(run, tmp):
    for words in (("a", "b"), ("-",), ("--explain", "a")):
        assert (run("--follow", *words).returncode, run("--follow", *words).stdout) == (2, b"")
    done = run("--follow", "none.log")
    assert (done.returncode, done.stdout) == (1, b"") and b"cannot read none.log" in done.stderr
    assert run("--follow", str(tmp)).returncode == 1


def test_a_closed_pipe_ends_it(follow, log):
    process = follow()
    process.stdout.readline()
    process.stdout.close()
    add(log, stack("b"))
    assert process.wait(20) == 0


def test_in_place_on_a_terminal(build, tmp, log):
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 90, 0, 0))
        os.chdir(tmp)
        os.execv(build / "livedebug", ["livedebug", "report", "--follow", "x.log"])
    got = ""

    def screens(wanted):
        """What stands on the screen when `wanted` does: each report begins at the top, on an empty screen."""
        nonlocal got
        while wanted not in got.rpartition("\x1b[H\x1b[J")[2]:
            got += os.read(fd, 65536).decode()
        return got.rpartition("\x1b[H\x1b[J")[2].replace("\r", "").splitlines()
    first = screens("Ctrl-C ends")
    assert first[0] == "2 hits; 1 unique stack" and len(first) <= 20
    add(log, "".join(stack(f"m{i}") for i in range(50)))
    second = screens("52 hits; 51 unique stacks")
    assert first != second
    second = screens("Ctrl-C ends")
    assert len(second) <= 20 and max(map(len, second)) <= 90
    os.write(fd, b"\x03")
    try:
        while True:
            got += os.read(fd, 65536).decode()
    except OSError:
        pass  # the terminal's end
    os.close(fd)
    assert os.waitpid(pid, 0)[1] == 0
    last = got.rpartition("\x1b[H\x1b[J")[2]
    assert last.startswith("52 hits; 51 unique stacks") and "Ctrl-C" not in last
