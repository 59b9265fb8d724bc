"""Crashes of the target: each is one event, and it is left to write its dump and to boot again."""

import pytest

from support.scene import NAME, Scene

@pytest.mark.parametrize("recipe, typed, cause", [("record, go", ["g"], "bugcheck"),
                                                  ("analyze", ["!analyze -v", "g"], "bugcheck"),
                                                  ("record, reboot", [".reboot"], "host")])
def test_recipe(root, build, tmp, seed, recipe, typed, cause):
    with Scene(root, build, tmp, seed=seed, speed=100, on_bugcheck=recipe) as s:
        s.event("armed", boot=1)
        s.target.command("print *** Fatal System Error: 0x00000001")  # a DbgPrint, not a crash
        s.target.command("hits 1")
        s.wait_hits(1)
        s.target.command("fault bugcheck")
        s.event("halt_begin", owner="bugcheck")
        event = s.event("bugcheck").event
        assert event["code"] != "0x00000001" and len(event["params"]) == 4
        s.event("armed", boot=2)
        assert len(s.events("bugcheck")) == 1
        begin, end = [next(r.seq for r in s.events(e, owner="bugcheck")) for e in ("halt_begin", "halt_end")]
        assert [r.text.removesuffix("\\n") for r in s.typed() if begin < r.seq < end] == typed
        assert s.truth("reboot")[-1]["cause"] == cause
        s.check_typing()


def test_analysis_that_takes_too_long_is_ended(root, build, tmp, seed):
    """The break that ends it may be late and halt the target once more: that stop is resumed too."""
    with Scene(root, build, tmp, seed=seed, speed=100, on_bugcheck="analyze", bugcheck_max="300ms", arm_at="manual",
               env={"BENCH_KD_FAULT": "slowcmd:60s@cmd2"}) as s:  # the nonce, then the analysis
        s.event("state", to="waiting")
        s.target.command("fault reboot 1s")
        s.said("Kernel Debugger connection established")
        s.target.command("fault bugcheck")
        s.said("!analyze -v", ">")
        s.event("break", owner="bugcheck", cause="the analysis took longer than bugcheck_max")
        s.said("User interrupted operation")
        s.event("reboot", boot=s.events("bugcheck")[-1].event["boot"] + 1)
        assert s.daemon.status(NAME)["state"] == "running"
        assert s.state_is_running()
