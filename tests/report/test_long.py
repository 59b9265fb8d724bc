"""livedebug report on what nobody has, until somebody has: make long."""
import os
import subprocess
import sys
import threading

import pytest

HEADER = b"ChildEBP RetAddr  Args to Child              \n"


def report(build, *args, **more):
    """(exit code, stdout, stderr, peak memory in MiB); `feed`: a function that writes to its stdin."""
    feed = more.pop("feed", None)
    child = subprocess.Popen([build / "livedebug", "report", *args], stdin=subprocess.PIPE if feed else
                             subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    told = []
    threads = [threading.Thread(target=lambda: told.append(child.stderr.read()))]
    if feed:
        threads.append(threading.Thread(target=lambda: (feed(child.stdin), child.stdin.close())))
    for t in threads:
        t.start()
    out = child.stdout.read()
    for t in threads:
        t.join()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    child.stderr.close()
    return child.returncode, out, told[0], used.ru_maxrss / 1024


def times(line, count):
    frames, hits = line.rsplit(b" ", 1)
    return frames + b" %d" % (int(hits) * count)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_four_gigabytes(build, tmp):
    done = subprocess.run([build / "bench/report-log", "x86", "64", "400"], capture_output=True, check=True).stdout
    block = done[:done.rindex(b"Breakpoint 0 hit\n")] + b"Breakpoint 0 hit\n"
    (tmp / "block").write_bytes(block)
    wanted = [times(line, 65) for line in report(build, "--format", "folded", tmp / "block")[1].splitlines()]

    def write(out):
        for _ in range(65):
            out.write(block)
    with open(tmp / "log", "wb") as log:
        write(log)
    assert (tmp / "log").stat().st_size > 1 << 32
    for args, feed in ((["--threads", "1", tmp / "log"], None), (["--threads", "3", tmp / "log"], None), (["-"], write)):
        code, out, told, memory = report(build, "--format", "folded", *args, feed=feed)
        print(f"4 GiB {args[0]} {args[1] if len(args) > 1 else ''}: {memory:.0f} MiB")
        assert (code, told) == (0, b"") and sorted(out.splitlines()) == sorted(wanted) and memory < 200


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_line_of_a_gigabyte(build, tmp):
    with open(tmp / "log", "wb") as log:
        log.truncate(1 << 30)
        log.seek(1 << 30)
        log.write(b"\n" + HEADER + b"f64138c0 8048b640 00000001 00000002 00000003 nt!Alloc+0x1\n")
    for threads in ("1", "4"):
        code, out, told, memory = report(build, "--format", "folded", "--threads", threads, tmp / "log")
        print(f"1 GiB in one line, {threads} threads: {memory:.0f} MiB")
        assert (code, out, told) == (0, b"nt!Alloc 1\n", b"") and memory < 100


@pytest.mark.long
@pytest.mark.timeout(900)
def test_millions_of_unique_stacks(build, tmp):
    count, keep = 3000000, 10000

    def write(out):
        row = b"f64138c0 8048b640 00000001 00000002 00000003 "
        for begin in range(0, count, 1000):
            out.write(b"".join(b"%s%snt!Alloc+0x1\n%sdrv%d!Work+0x2\n%snt!Root%d\nBreakpoint 0 hit\n" %
                               (HEADER, row, row, i % 7, row, i) for i in range(begin, begin + 1000)))
    with open(tmp / "log", "wb") as log:
        write(log)
    results = [report(build, "--format", "folded", "--max-stacks", str(keep), *args, feed=feed)
               for args, feed in ((["--threads", "1", tmp / "log"], None), (["--threads", "4", tmp / "log"], None),
                                  (["-"], write))]
    for code, out, told, memory in results:
        lines = out.splitlines()
        print(f"{count} unique stacks, {keep} kept: {memory:.0f} MiB, {told.decode().strip()}")
        assert code == 0 and out == results[0][1] and memory < 200
        assert b"%d hits of further unique stacks" % (count - keep) in told
        assert sum(int(line.rsplit(b" ", 1)[1]) for line in lines) == count
        assert [line.startswith(b"(other stacks);drv") for line in lines[:8]] == [True] * 7 + [False]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_log_of_100_kb_cut_at_every_offset(build):
    done = subprocess.run([build / "tests/report/test_reader"], env=dict(os.environ, LONG="1"), capture_output=True,
                          check=False)
    sys.stdout.write(done.stdout.decode() + done.stderr.decode())
    assert done.returncode == 0 and b"every_offset_of_a_long_log" in done.stdout + done.stderr
