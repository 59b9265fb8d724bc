"""arm_method = poolhittag: the kernel's own stops, answered one by one; its edit is always undone."""

import pytest

from support.scene import NAME, Scene, stacks

OFF, TAG = "0xffffff0f", "0x206b6444"  # the kernel's own value; "Ddk "
KEYS = {"arm_method": "poolhittag", "pool_tag": "Ddk"}


@pytest.fixture
def scene(root, build, tmp, seed):
    with Scene(root, build, tmp, seed=seed, speed=200, **KEYS) as s:
        s.event("armed", boot=1)
        assert s.target.state()["poolhittag"] == TAG
        yield s


def released(s):
    assert s.daemon.stop() == 0
    end = s.target.stop()
    assert end["running"] and end["breakpoints"] == [] and end["poolhittag"] == OFF, end


def test_allocations_and_frees_have_their_stacks(scene):
    s = scene
    s.target.command("rate 20")
    s.target.command("fault free 2")
    s.target.command("hits 6")
    s.wait_hits(6)
    wanted = [t["stack"] for t in s.truth("hit")]
    assert stacks(s.said_lines()) == wanted == stacks(s.kd_log())
    kinds = [r.event["kind"] for r in s.events("hit")]
    assert kinds == ["free" if "Free" in stack[0] else "allocation" for stack in wanted]
    assert sorted(kinds) == ["allocation"] * 4 + ["free"] * 2
    s.check_typing()
    released(s)


def test_other_stops_are_told_from_hits(scene):
    s = scene
    s.target.command("fault int3")
    s.event("halt_end", owner="found")
    s.daemon.verb("break", NAME)
    s.event("halt_begin", owner="operator")
    s.daemon.verb("go", NAME)
    s.target.command("fault bugcheck")
    s.event("bugcheck")
    s.event("armed", boot=2)
    assert s.target.state()["poolhittag"] == TAG
    assert s.events("hit") == [] and not [r for r in s.typed() if r.text.startswith("kb")]
    s.check_typing()


def test_disarm_restores_and_arm_sets_again(scene):
    s = scene
    s.daemon.verb("disarm", NAME)
    assert s.target.state()["poolhittag"] == OFF
    s.daemon.verb("arm", NAME)
    assert s.target.state()["poolhittag"] == TAG
    released(s)


def test_what_a_dead_daemon_left_is_undone(scene):
    """The next one has another profile: it must still know what to put back."""
    s = scene
    s.target.command("hits 2")
    s.wait_hits(2)
    s.kill_daemon()
    assert s.target.state()["poolhittag"] == TAG
    s.text = s.text.replace("arm_method = poolhittag", "arm_method = breakpoint")
    s.start()
    s.event("armed")
    state = s.target.state()
    assert state["poolhittag"] == OFF and state["breakpoints"]
    released(s)


def test_storm_is_paused(root, build, tmp, seed):
    """The guard acts at one of the stops: the target is never seen running between them."""
    keys = KEYS | {"hits_per_minute": "5", "storm_hold_off": "10m"}
    with Scene(root, build, tmp, seed=seed, speed=200, target=["--rate", "5"], **keys) as s:
        s.event("armed", boot=1)
        s.target.command("hits 100000")
        s.event("storm")
        s.event("paused")
        assert s.target.state()["poolhittag"] == OFF and s.state_is_running()
        s.target.command("hits 0")
        hits = s.truth("hit")
        assert len(hits) == len(s.events("hit")) < 50
        assert len(s.events("break")) == 1  # the one that armed
        s.check_typing()
        released(s)
