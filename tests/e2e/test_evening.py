"""An evening: viewers, two who want to write, a teammate at kd's server and the daemon, all on one session.

Hits pause for the moment of a break. One that lands in a hit ends that hit's kb ("User interrupted operation"):
the hit is counted, its stack is lost, and a teammate's makes the daemon disable the breakpoint. Not shown here.
"""

import contextlib
import signal
import threading

import pytest

from support.rig import Rig, slow, until
from support.scene import stacks
from support.view import View

HALF = 100  # hits, before and behind the reboot
RATE = 5  # hits a second while nobody halts it


@pytest.fixture
def rig(build, root, tmp, seed):
    keys = {"halt_max": slow("20s"), "command_timeout": slow("5s")}
    with Rig(build, root, tmp, "--seed", seed, "--rate", RATE, keys=keys) as rig:
        rig.one.wait_armed()
        yield rig


@contextlib.contextmanager
def quiet(rig):
    """No hit begins, and none is under way."""
    rig.target.command("rate 0")
    until(lambda: rig.one.count("hit") == rig.target.state()["hits"], "each hit so far is on record")
    rig.daemon.wait_status(rig.one.name, state="running")
    yield
    rig.target.command(f"rate {RATE}")


def operator_turn(rig, writer, text):
    """Halt, type, see the answer, let it run."""
    with quiet(rig):
        writer.type(":break")
        rig.one.wait("halt_begin", owner="operator")
    writer.type(f".echo {text}")
    writer.saw(text)
    writer.type("g")
    rig.one.wait("halt_end", owner="operator")


def teammate_turn(rig, teammate, writer, text):
    """A teammate's halt, in which the writer types too."""
    with quiet(rig):
        teammate.send_signal(signal.SIGINT)
        rig.one.wait("halt_begin", owner="client")
    teammate.stdin.write(f".echo {text}\n")
    writer.type(f".echo beside {text}")
    writer.saw(f"beside {text}")
    until(lambda: lines(rig, "<").count(text), f"{text} on record")
    teammate.stdin.write("g\n")
    rig.one.wait("halt_end", owner="client")


@contextlib.contextmanager
def joined(rig):
    """A teammate whose screen is read: one who does not look holds up her own kd."""
    with rig.client() as teammate:
        screen = threading.Thread(target=teammate.stdout.read)
        screen.start()
        try:
            rig.one.wait("client_connected")
            yield teammate
        finally:
            teammate.kill()
            screen.join()


def lines(rig, kind):
    return [text for k, text in rig.one.records() if k == kind]


def all_hits(rig, n):
    """Until so many were hit by the target's truth and are on record, and it runs."""
    def check():
        state = rig.target.state()
        return state["hits"] == n and state["running"] and rig.one.count("hit") == n
    until(check, f"{n} hits")


def rivals(rig, opened):
    """One has the lease, one is refused, then takes it by force. (first, second)"""
    first = opened.enter_context(View(rig, "--write"))
    rig.one.wait("lease", what="taken")
    with View(rig, "--write") as refused:
        refused.heard("--force")
    operator_turn(rig, first, "first-1")
    operator_turn(rig, first, "first-2")
    second = opened.enter_context(View(rig, "--write", "--force"))
    rig.one.wait("lease", what="taken over by force")
    first.type(".echo first-too-late")
    first.heard("has the write lease")
    return first, second


def check_record(rig, first, second):
    """No hit lost, each line whole, and who typed it."""
    truth = [e["stack"] for e in rig.target.log if e["event"] == "hit"]
    log = rig.one.log.read_bytes().decode("latin-1").replace("\r\n", "\n").splitlines()
    assert len(truth) == 2 * HALF
    assert stacks(log) == truth
    assert stacks(lines(rig, "<")) == truth
    typed = {"first-1": first, "first-2": first, "beside teammate-1": second, "second-1": second,
             "beside teammate-2": second, "second-2": second}
    commands = rig.one.events("command")
    assert [c["text"] for c in commands] == [f".echo {text}" for text in typed]
    for command, view in zip(commands, typed.values()):
        assert f"(pid {view.process.pid})" in command["who"], command
    for text in typed:
        assert lines(rig, ">").count(f".echo {text}") == 1 == lines(rig, "<").count(text), text
    for text in ("teammate-1", "teammate-2"):  # not typed by us; kd's own output shows it
        assert lines(rig, "<").count(text) == 1 and f".echo {text}" not in lines(rig, ">")
    assert "first-too-late" not in "\n".join(lines(rig, ">"))
    assert rig.one.count("client_connected") == 1 and "\\" in rig.one.events("client_connected")[0]["who"]


@pytest.mark.timeout(120)
def test_nobody_steps_on_anybody(rig):
    with contextlib.ExitStack() as opened:
        viewers = [opened.enter_context(View(rig)) for _ in range(5)]
        rig.daemon.wait_status(rig.one.name, viewers=5)
        teammate = opened.enter_context(joined(rig))
        rig.target.command(f"hits {HALF}")
        first, second = rivals(rig, opened)
        teammate_turn(rig, teammate, second, "teammate-1")
        operator_turn(rig, second, "second-1")
        all_hits(rig, HALF)
        rig.target.command("fault reboot 2s")
        rig.one.wait("armed", boot=2)
        rig.one.wait_table(filled=True)
        rig.target.command(f"hits {HALF}")
        teammate_turn(rig, teammate, second, "teammate-2")
        operator_turn(rig, second, "second-2")
        all_hits(rig, 2 * HALF)
        for view in (*viewers, first, second):  # each saw what every other one did
            for text in ("second-1", "teammate-2", "second-2"):
                view.saw(text)
        assert second.leave() == 0
        rig.one.wait("lease", what="released")
        assert teammate.poll() is None
        check_record(rig, first, second)
    assert rig.stop() == 0
    end = rig.target.stop()
    assert end["running"] and end["breakpoints"] == []
