"""Each fault of the bench through the daemon: afterwards armed, running, and a clean end."""

import pytest

from support.rig import Rig

TARGET = ["bugcheck", "int3", "corrupt 3", "lose 3", "mute 2s", "garbage", "slow 2", "reboot 1s", "flood 100"]
KD = ["crash@cmd3", "exit:3@start", "crash@prompt2", "noread@cmd3", "noprompt@prompt2", "nobanner@start",
      "slowcmd:300ms@cmd3", "block-client@start"]


def ends_well(rig):
    rig.one.wait_table(filled=True)
    assert rig.stop() == 0, rig.daemon.lines[-4:]
    end = rig.target.stop()
    assert end["running"] and end["breakpoints"] == [], end


@pytest.mark.parametrize("fault", TARGET)
def test_of_the_target(build, root, tmp, fault):
    with Rig(build, root, tmp, keys={"halt_max": "1s"}) as rig:
        rig.one.wait("armed")
        rig.target.command(f"fault {fault}")
        rig.target.wait("fault")
        if fault.split()[0] in ("bugcheck", "reboot"):
            rig.one.wait("reboot")
        elif fault == "int3":
            rig.one.wait("halt_begin")
        ends_well(rig)


@pytest.mark.parametrize("fault", KD)
def test_of_kd(build, root, tmp, fault):
    with Rig(build, root, tmp, keys={"halt_max": "1s", "env.BENCH_KD_FAULT": fault,
                                     "env.BENCH_KD_FAULT_ONCE": tmp / "once"}) as rig:
        rig.one.wait("armed")
        ends_well(rig)
