"""livedebug report's text: the answer on one screen."""
import json
import os
import pty
import re
import subprocess

import pytest

HEADER = "ChildEBP RetAddr  Args to Child\n"
ROW = "f64138c0 8048b640 00000001 00000002 00000003 {}\n"


def stack(*frames):
    return HEADER + "".join(ROW.format(frame) for frame in frames)


class Journal:
    """Lines of a journal; second 0 is 2026-11-23 22:00:00."""

    def __init__(self):
        self.lines, self.seq, self.boot = [], 0, 1

    def add(self, second, kind, text):
        self.seq += 1
        day, rest = divmod(22 * 3600 + second, 86400)
        clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        self.lines.append(f"2026-11-{23 + day}T{clock}.000000Z {self.seq} {kind} {text}\n")

    def event(self, second, name, kind="*", **members):
        self.add(second, kind, json.dumps({"event": name, "boot": self.boot} | members))

    def hit(self, second, *frames):
        self.event(second, "hit")
        for line in stack(*frames).splitlines():
            self.add(second, "<", line)
        self.add(second, "<", "kd> g")

    def bytes(self):
        return "".join(self.lines).encode()


LEAKY = ("nt!ExAllocatePoolWithTag", "leaky!Get", "leaky!Read", "nt!IofCallDriver")
SEND = ("nt!ExAllocatePoolWithTag", "NDIS!Alloc", "net!Send", "nt!Start")


@pytest.fixture
def night():
    """Two hours in two boots, a leak that grows beside a steady one; a gap and a sampling window."""
    j = Journal()
    j.add(0, ">", 'bp nt!MmAllocateSpecialPool ";kb;g"')
    for second in range(0, 7200, 60):
        if second == 3600:
            j.event(second, "gap", "!", reason="disk full", bytes=1500, ms=30000)
            j.boot = 2
        for _ in range(second // 1200 + 1):
            j.hit(second, *LEAKY)
        if second % 300 == 0:
            j.hit(second + 1, *SEND)
    j.event(7200, "storm", factor=0.5, hits=6)
    return j.bytes()


def lines_of(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


def test_the_answer_first(run, night):
    hits = 420 + 24
    assert lines_of(run("-", stdin=night)) == [
        f"{hits} hits of bp nt!MmAllocateSpecialPool; 2 unique stacks",
        "2026-11-23 22:00:00 to 2026-11-23 23:59:00 UTC, 1 h 59 min, 2 boots; -",
        "1 gap, 1500 bytes, 30 s not kept: there may have been more hits",
        "sampled in 1 window, 50 to 50 % let through: about 450 hits in truth",
        *run("-", stdin=night).stdout.decode().splitlines()[4:6],
        "",
        "   hits   share  stacks    /min  first (UTC)  last         responsible module",
        "    420   94.6%       1    3.58     22:00:00     23:59:00  leaky",
        "           leaky!Get < leaky!Read < nt!IofCallDriver",
        "     24    5.4%       1    0.20     22:00:01     23:55:01  net",
        "           net!Send < nt!Start",
        "",
        "Stack #1, 420 hits, leaf first:",
        "     nt!ExAllocatePoolWithTag",
        "   > leaky!Get",
        "     leaky!Read",
        "     nt!IofCallDriver"]


def test_the_trend_is_said_plainly(run, night):
    spark, growth = lines_of(run("-", stdin=night))[4:6]
    assert re.fullmatch(r"[ ▁▂▃▄▅▆▇█]{48}\| each 2 min 28 s, at most \d+", spark)
    height = [" ▁▂▃▄▅▆▇█".index(c) for c in spark[:48]]
    assert sum(height[:16]) < sum(height[16:32]) < sum(height[32:])
    match = re.fullmatch(r"grows: #1 leaky!Get, from (\d+\.\d\d) to (\d+\.\d\d) hits a minute", growth)
    assert 0.5 < float(match[1]) < 1.5 and 5.5 < float(match[2]) < 6.5
    steady = Journal()
    for second in range(0, 7200, 60):
        steady.hit(second, *LEAKY)
    assert "no single stack grows; all together: steady at 1.0" in lines_of(run("-", stdin=steady.bytes()))[3]


def test_a_screen_without_utf8_gets_ascii(build, tmp, night):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))} | {"LC_ALL": "C"}
    done = subprocess.run([build / "livedebug", "report", "-"], cwd=tmp, input=night, capture_output=True, env=env,
                          timeout=20, check=True)
    assert done.stdout.isascii() and re.search(rb"^[ .:\-=+*#@]{48}\|", done.stdout, re.M)


def test_by_boot_and_hour(run, night):
    rows = [line for line in lines_of(run("--by", "boot", "-", stdin=night)) if re.match(r" *\d+ +[\d.]+% +\d", line)]
    assert [r.split() for r in rows] == [
        ["132", "29.7%", "2", "2.27", "22:00:00", "22:59:00", "boot", "1"],
        ["312", "70.3%", "2", "5.36", "23:00:00", "23:59:00", "boot", "2"]]
    rows = [line for line in lines_of(run("--by", "hour", "-", stdin=night)) if re.match(r" *\d+ +[\d.]+% +\d", line)]
    assert [(r.split()[0], r.split()[2], r[-16:]) for r in rows] == [
        ("132", "2", "2026-11-23 22:00"), ("312", "2", "2026-11-23 23:00")]
    got = json.loads(run("--json", "--by", "hour", "-", stdin=night).stdout)
    assert [(m["name"], m["key"], m["commonest_count"]) for m in got["modules"]] == [
        ("2026-11-23 22:00", 1795471200.0, 120), ("2026-11-23 23:00", 1795474800.0, 300)]
    assert got["by"] == "hour" and [s["trend"]["kind"] for s in got["stacks"]] == ["grows", "steady"]


MANY = "".join(stack("nt!Alloc", f"drv{i}!Get", *(f"drv{i}!F{k}" for k in range(20))) * (1 + i // 10) + "kd> g\n"
               for i in range(100)).encode()


@pytest.mark.parametrize("by", ["module", "function", "stack", "boot", "hour"])
def test_never_more_than_a_screen(run, night, by):
    for log in (MANY, night, stack("nt!" + "x" * 300, "y" * 200 + "!z").encode(), MANY + b"odd\n" + MANY):
        lines = lines_of(run("--by", by, "-", stdin=log))
        assert len(lines) <= 23 and max(map(len, lines)) <= 80, "\n".join(lines)


def test_top_says_how_many_rows_and_what_was_left_out(run):
    rows = [line for line in lines_of(run("--top", "40", "-", stdin=MANY)) if "%" in line]
    assert len(rows) == 41 and rows[-1].split() == ["210", "38.2%", "in", "60", "more", "rows;", "--top", "100", "shows", "all"]
    assert sum(int(r.split()[0]) for r in rows) == 550
    rows = [line for line in lines_of(run("-", stdin=MANY)) if "%" in line]
    assert sum(int(r.split()[0]) for r in rows) == 550 and "more rows" in rows[-1]
    lines = lines_of(run("--by", "stack", "--top", "3", "-", stdin=MANY))
    assert sum(line.startswith("   > drv") for line in lines) == 3 and len([x for x in lines if "!F" in x]) == 60


def test_the_terminal_says_how_large_it_is(build, tmp):
    (tmp / "x.log").write_bytes(MANY)
    command = f"stty rows 50 cols 100; {build}/livedebug report x.log"
    got = bytearray()
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(tmp)
        os.execv("/bin/sh", ["sh", "-c", command])
    try:
        while chunk := os.read(fd, 65536):
            got += chunk
    except OSError:
        pass  # the terminal's end
    os.close(fd)
    assert os.waitpid(pid, 0)[1] == 0
    lines = got.decode().splitlines()
    assert 40 < len(lines) <= 49 and 80 < max(map(len, lines)) <= 100


def test_what_was_waited_for_is_read_from_the_commands(run):
    def first(log):
        return lines_of(run("-", stdin=log))[0]
    hit = stack("nt!Alloc", "a!F").encode()
    assert first(b"0: kd> bp nt!Foo \"kb;g\"\n" + hit) == "1 hit of bp nt!Foo; 1 unique stack"
    assert first(b"kd> ed nt!PoolHitTag 'dcba'\nkd> bp drv!X\n" + hit) == "1 hit of tag abcd, bp drv!X; 1 unique stack"
    assert first(hit) == "1 hit; 1 unique stack"


def test_bytes_from_outside_are_shown_safely(run):
    log = b"ChildEBP RetAddr  \nf64138c0 8048b640 drv!a\x1b[31m\xc3\xa9\nf64138c0 8048b641 nt!b\n"
    out = run("-", stdin=log).stdout
    assert b"\x1b" not in out and "drv!a_[31mé".encode() in out
