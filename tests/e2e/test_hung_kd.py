"""A kd that hangs while it arms, or at an operator's break, is replaced within halt_max; the target runs again."""

import pytest

from support.rig import Rig, is_alive, until

HUNG = {"halt_max": "1s", "command_timeout": "700ms", "break_timeout": "700ms"}


def replaced(rig, old_kd):
    """The alarm, the end of the old kd, and what the target says afterwards."""
    s, t = rig.one, rig.target
    assert s.wait("alarm", what="kd replaced")["why"]
    s.wait_state("waiting")
    until(lambda: not is_alive(old_kd), "the hung kd is gone")
    s.wait("armed")
    s.wait_table(filled=True)
    assert s.kd_process() != old_kd
    assert rig.stop() == 0
    end = t.stop()
    assert end["running"] and end["breakpoints"] == [], end


@pytest.mark.parametrize("fault", ["hang@cmd2", "hang@cmd4"])
def test_while_arming(build, root, tmp, fault):
    keys = HUNG | {"env.BENCH_KD_FAULT": fault, "env.BENCH_KD_FAULT_ONCE": tmp / "once"}
    with Rig(build, root, tmp, keys=keys) as rig:
        s = rig.one
        s.wait("state", to="halted")
        pid = s.kd_process()
        replaced(rig, pid)
        assert (tmp / "once").exists()


def test_at_an_operators_halt(build, root, tmp):
    with Rig(build, root, tmp, keys=HUNG | {"env.BENCH_KD_FAULT": "hang@break2",
                                            "env.BENCH_KD_FAULT_ONCE": tmp / "once"}) as rig:
        s = rig.one
        s.wait("armed")
        pid = s.kd_process()
        s.verb("break", code=5)
        replaced(rig, pid)


def test_in_a_hit(build, root, tmp):
    """It has said "Breakpoint 0 hit" and nothing after it. A kd that hangs without a word cannot be told from a
    quiet target: rule 1 forbids to break in only to find out."""
    with Rig(build, root, tmp, "--hits", 3, keys=HUNG | {"env.BENCH_KD_FAULT": "hang@hit1",
                                            "env.BENCH_KD_FAULT_ONCE": tmp / "once"}) as rig:
        s = rig.one
        s.wait("armed")
        replaced(rig, s.kd_process())
