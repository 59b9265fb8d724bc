"""SIGTERM in each state: the target is left running with no breakpoint and kd is gone, exit 0;
where that could not be, exit 1 or 5 and the words why. The target's own `end` line is the judge."""

import contextlib
import signal
import subprocess
import time

import pytest

from support.platform import PLATFORM
from support.rig import Rig, is_alive


def absent(rig):
    rig.one.wait_state("port")


def busy(rig):
    rig.one.wait("alarm", what="port busy")


def launching(rig):
    rig.one.wait_state("launching")


def waiting(rig):
    rig.one.wait_state("waiting")


def unarmed(rig):
    rig.one.wait_state("waiting")
    rig.target.command("fault reboot 1s")  # a quiet target is only seen when it boots
    rig.one.wait_state("running")


def armed(rig):
    rig.one.wait("armed")
    rig.one.wait_table(filled=True)


def breaking(rig):
    armed(rig)
    rig.ends.enter_context(subprocess.Popen(rig.daemon.words("break", rig.one.name)))
    rig.one.wait("break", owner="operator")


def arming(rig):
    rig.one.wait("halt_begin", owner="arming")


def operator(rig):
    armed(rig)
    rig.one.verb("break")


def hit(rig):
    rig.one.wait("hit")


def backoff(rig):
    rig.one.wait_state("backoff")


def itself(rig):
    armed(rig)
    rig.ends.enter_context(subprocess.Popen(rig.daemon.words("stop", rig.one.name)))
    rig.one.wait("detach")


def teammate(rig):
    armed(rig)
    client = rig.ends.enter_context(rig.client())
    rig.ends.callback(client.kill)
    rig.one.wait("client_connected")
    client.send_signal(signal.SIGINT)
    rig.target.wait("halted", why="break-in")
    rig.one.wait("halt_begin", owner="client")


MANUAL = {"arm_at": "manual"}
ROWS = [  # how to get there, profile, target's options
    (absent, {"port_device": "/nonexistent/port"}, []),
    (busy, {}, []),
    (launching, {"env.BENCH_KD_FAULT": "hang@start"}, []),
    (waiting, MANUAL, []),
    (unarmed, MANUAL, []),
    (armed, {}, []),
    (breaking, {}, []),
    (arming, {}, []),
    (operator, {}, []),
    (teammate, {}, []),
    (hit, {}, ["--hits", 50]),
    (backoff, {"env.BENCH_KD_FAULT": "exit:3@start", "restart_min": "5s", "restart_max": "9s"}, []),
    (itself, {}, []),
]


@pytest.mark.parametrize("reach, keys, options", ROWS, ids=[row[0].__name__ for row in ROWS])
def test_leaves_the_target_running_and_clean(build, root, tmp, reach, keys, options):
    with Rig(build, root, tmp, *options, keys=keys, start=False) as rig:
        with PLATFORM.held(1, rig.target.link) if reach is busy else contextlib.nullcontext():
            rig.start()
            reach(rig)
            pid = rig.one.kd_process()
            code = rig.stop()
        rig.one.wait_table(filled=False)  # a boot without a host goes on by itself
        end = rig.target.stop()
        assert end["running"] and end["breakpoints"] == [], (code, end, rig.daemon.lines[-4:])
        assert code == 0, rig.daemon.lines[-4:]
        assert f"{rig.one.name}: released" in rig.daemon.lines
        assert not pid or not is_alive(pid)


def test_unknown_is_told_as_unknown(build, root, tmp):
    """A target that answers nothing cannot be released: 5, and why; not 0."""
    with Rig(build, root, tmp, keys={"break_timeout": "400ms", "halt_max": "60s", "stop_max": "600ms"}) as rig:
        armed(rig)
        rig.target.command("fault deaf")
        rig.one.verb("break", code=5)
        pid = rig.one.kd_process()
        assert rig.stop() == 5
        said = [line for line in rig.daemon.lines if line.startswith(f"{rig.one.name}: unknown: ")]
        assert said and "breakpoints may be set" in said[0], rig.daemon.lines[-4:]
        assert not is_alive(pid)
        assert rig.target.stop()["breakpoints"]  # so it was true


def test_second_signal_ends_at_once_and_says_what_it_did_not_do(build, root, tmp):
    with Rig(build, root, tmp, keys={"break_timeout": "60s", "stop_max": "90s"}) as rig:
        armed(rig)
        rig.target.command("fault deaf")
        rig.daemon.process.send_signal(PLATFORM.signal(signal.SIGTERM))
        rig.one.wait("break", owner="detach")
        started = time.monotonic()
        assert rig.stop() == 5
        assert time.monotonic() - started < 5
        assert any(line.startswith(f"{rig.one.name}: unknown: no time left") for line in rig.daemon.lines)
        assert rig.target.stop()["breakpoints"]
