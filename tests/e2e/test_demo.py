"""`make demo`'s script: the story that it tells, and that it leaves nothing behind."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

STORY = ["STAND-INS", "1. Connect and arm", "kd runs and waits", "asks for a halt; cause: arm: kd has started", "armed:",
         "2. Hits", "hit 1:", "hit 8:", "3. The server reboots", "sees that the server reboots",
         "cause: arm: the target has booted", "armed:", "4. More hits", "hit 9:", "hit 16:", "5. A teammate joins",
         "kd -remote", "a teammate has joined", "hit 20:", "seen the stacks", "6. Clean detach", "livedebug stop",
         "cause: clean detach", "released", "20 hits, now running, no breakpoint left", "7. The report",
         "20 hits of bp nt!MmAllocateSpecialPool", "2 boots; livedebug.journal", "leakydrv!AllocateContext <",
         "The leaking driver is leakydrv: 1", "of 20 allocations", "for a browser, with flame graph and timeline: ",
         "demo/report.html", "Done in"]


@pytest.fixture
def demo(root, build, tmp):
    """Starts it in a folder of its own, without a terminal."""
    place, away = tmp / "tmp", tmp / "elsewhere"
    place.mkdir()
    away.mkdir()

    def start(**env):
        env = os.environ | {"BUILD": str(build), "TMPDIR": str(place)} | env
        return subprocess.Popen([str(root / "scripts/demo")], cwd=away, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    yield start
    assert not list(place.iterdir()) and not list(away.iterdir())
    assert not users_of(place)


def users_of(place):
    """Processes whose command line names the folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        if os.fsencode(place) in text:
            found.append((path, text))
    return found


@pytest.mark.timeout(150)
def test_tells_the_whole_story_twice(demo, build):
    for _ in range(2):
        began = time.time() - 1
        done = demo()
        out, err = done.communicate()
        assert (done.returncode, err) == (0, ""), out + err
        at = 0
        for words in STORY:
            at = out.find(words, at)
            assert at >= 0, f"no '{words}' in its place in\n{out}"
            at += len(words)
        assert int(re.search(r"^Done in (\d+) s", out, re.M)[1]) < 60
        assert max(map(len, out.splitlines())) <= 100
        page = build / "demo/report.html"
        assert "nt!MmAllocateSpecialPool" in page.read_text() and page.stat().st_mtime >= began


@pytest.mark.parametrize("moment, number", [("server    is up", signal.SIGTERM), ("armed:", signal.SIGINT),
                                            ("hit 2:", signal.SIGINT), ("arm: the target has booted", signal.SIGHUP)])
def test_stopped_in_the_middle_leaves_nothing(demo, moment, number):
    process = demo()
    out = ""
    for line in process.stdout:
        out += line
        if moment in line:
            break
    else:
        pytest.fail(out + process.stderr.read())
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 130 and "demo: stopped" in err


def test_says_what_did_not_happen(demo):
    """A server to which the first break never gets: arming is what does not happen."""
    process = demo(BENCH_KD_FAULT="hang@start", SLOW="0.2")
    out, err = process.communicate()
    assert process.returncode == 1, out
    assert "demo: failed: arming: not within 4 s" in err


def test_says_what_is_not_built(root, tmp):
    done = subprocess.run([sys.executable, str(root / "scripts/demo")], cwd=tmp, capture_output=True, text=True,
                          env=os.environ | {"BUILD": str(tmp / "none")}, check=False)
    assert done.returncode == 1 and "livedebug is not built" in done.stderr
