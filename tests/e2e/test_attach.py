"""The live view: any number watch, one writes, and the journal tells who did what."""

import subprocess

import pytest

from support.rig import Rig, slow, until
from support.view import View


@pytest.fixture
def rig(build, root, tmp):
    with Rig(build, root, tmp, keys={"halt_max": slow("20s")}) as rig:
        rig.one.wait_armed()
        rig.daemon.wait_status(rig.one.name, state="running")
        yield rig


def test_viewers_see_the_last_screen_and_what_follows(rig):
    with View(rig) as one, View(rig) as two:
        one.saw("MmAllocateSpecialPool")  # from arming, before anyone looked
        two.saw("MmAllocateSpecialPool")
        rig.daemon.wait_status(rig.one.name, viewers=2, writer=None)
        rig.one.verb("cmd", "--break", ".echo seen by all")
        one.saw("seen by all")
        two.saw("seen by all")
        one.heard("*** command: who=")
        one.type("g")  # a viewer's keys go nowhere
    rig.daemon.wait_status(rig.one.name, viewers=0)
    assert rig.one.count("lease") == 0


def test_writer_types_is_guarded_and_leaves_the_target_running(rig):
    with View(rig, "--write") as writer:
        rig.one.wait("lease", what="taken")
        assert "(pid " in rig.one.status()["writer"]
        writer.type(":break")
        rig.one.wait("halt_begin", owner="operator")
        writer.type(".echo mine")
        writer.saw("mine")
        writer.type("q")
        writer.heard(":force")
        writer.type("lm\x02")
        writer.heard("control bytes")
        rig.one.verb("cmd", ".echo not mine", code=4)
        assert rig.one.status()["state"] == "halted"
        assert writer.leave() == 0
    rig.one.wait("lease", what="released")
    rig.one.wait("halt_end", owner="operator")
    rig.daemon.wait_status(rig.one.name, state="running", writer=None, arm="armed")
    assert [e["text"] for e in rig.one.events("command")] == [".echo mine"]


def test_a_hold_outlasts_the_writer(rig):
    with View(rig, "--write") as writer:
        writer.type(":break")
        rig.one.wait("halt_begin", owner="operator")
        rig.one.verb("hold", slow("10m"))
        assert writer.leave() == 0
    rig.one.wait("lease", what="released")
    assert rig.one.status()["state"] == "halted"
    rig.one.verb("go")


def test_rival_is_refused_then_takes_over_by_force(rig):
    with View(rig, "--write") as first:
        rig.one.wait("lease", what="taken")
        with View(rig, "--write") as refused:
            refused.heard("--force")
            until(lambda: refused.process.poll() is not None, "the end of the one refused")
            assert refused.process.returncode == 4
        with View(rig, "--write", "--force") as second:
            assert "(pid " in rig.one.wait("lease", what="taken over by force")["from"]
            first.heard("taken over by force")
            second.type(":break")
            rig.one.wait("halt_begin", owner="operator")
            first.type(".echo too late")
            first.heard("has the write lease")
            second.type(".echo in time")
            second.saw("in time")
            second.leave()
    assert [e["text"] for e in rig.one.events("command")] == [".echo in time"]
    rig.daemon.wait_status(rig.one.name, state="running")


def test_attach_to_nobody(rig):
    rig.daemon.verb("attach", "nobody", code=3)


def test_lines_of_a_file_are_typed_and_answered(rig, tmp):
    lines = tmp / "lines"
    lines.write_text(":break\n.echo from a file\ng\n")
    with lines.open() as stdin:
        done = subprocess.run(rig.daemon.words("attach", "--write", rig.one.name),
                              stdin=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "from a file" in done.stdout, done
    rig.daemon.wait_status(rig.one.name, state="running", writer=None)
