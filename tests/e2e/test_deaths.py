"""kd or the daemon dies; the target, quiet, runs or stands; all comes back by one break request."""

import os
import signal

import pytest

from support.scene import NAME, Scene


def be_halted(s):
    s.event("armed")
    s.daemon.verb("break", NAME)
    assert s.daemon.status(NAME)["state"] == "halted"


def be_running(s):
    s.event("armed")
    s.event("state", to="running") if s.daemon.status(NAME)["state"] != "running" else None


def be_arming(s):
    s.said("bp nt!", kind=">")
    s.target.wait("halted", why="break-in")


MOMENTS = {"running": be_running, "halted": be_halted, "arming": be_arming}


@pytest.mark.parametrize("victim", ["kd", "daemon"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_comes_back(root, build, tmp, seed, victim, moment):
    # A kd that is slow at the second line it gets (bp, behind the proof) gives time to strike while arming.
    env = {"BENCH_KD_FAULT": "slowcmd:20s@cmd2", "BENCH_KD_FAULT_ONCE": tmp / "once"} if moment == "arming" else {}
    with Scene(root, build, tmp, seed=seed, speed=20, env=env) as s:
        MOMENTS[moment](s)
        logs = [tmp / "kd.log", tmp / "state" / f"{NAME}.journal"]
        breaks = len(s.events("break"))
        before = len(s.journal())
        if victim == "kd":
            pid = s.kd_process()
            old = [path.read_bytes() for path in logs]
            os.kill(pid, signal.SIGKILL)
            s.at = before
            s.event("alarm", what="kd ended")
        else:
            s.kill_daemon()
            old = [path.read_bytes() for path in logs]
            s.at = len(s.journal())
            s.start()
        s.event("armed")
        assert s.state_is_running() and s.table() == ["0xfffff80001003000"]
        assert len(s.events("break")) == breaks + 1
        assert not s.events("alarm", what="release mode")
        s.target.command("hits 2")
        s.wait_hits(2)
        for path, was in zip(logs, old):
            assert path.read_bytes().startswith(was) and was, path
        s.daemon.journal(NAME)  # numbered without a hole, over both lives
        assert s.complete()
        s.check_typing()
