"""Reboots: armed again after each, and nothing typed at the wrong moment."""

from support.scene import NAME, Scene

PLACE = "0xfffff80001003000"  # nt!MmAllocateSpecialPool


def armed_again(s, boot):
    s.event("armed", boot=boot)
    assert s.table() == [PLACE]
    assert s.state_is_running()
    listed = [r.text for r in s.journal() if r.kind == "<" and "nt!MmAllocateSpecialPool" in r.text and " e " in r.text]
    assert listed and listed[-1].endswith('";kb;g"')


def test_three_reboots(root, build, tmp, seed):
    """An orderly one, a power cut, and a power cut in the middle of the arming behind that."""
    with Scene(root, build, tmp, seed=seed, speed=20, target=["--fault", "powercut:3s@bp3"]) as s:
        armed_again(s, 1)
        s.target.command("fault reboot 2s")
        s.event("reboot", orderly=True)
        armed_again(s, 2)
        s.target.command("fault powercut 2s")
        s.event("reboot", orderly=False)
        s.target.wait("powercut")
        s.target.wait("bp_set")
        s.target.wait("powercut")
        s.event("reboot", orderly=False)
        armed_again(s, 4)
        s.check_typing()
        assert s.daemon.status(NAME)["state"] == "running"
        # One break request for each boot: the third boot's was answered before the cut.
        assert len(s.events("break")) == 4
        # And it works.
        s.target.command("hits 3")
        s.wait_hits(3)


def test_ten_hours_away(root, build, tmp, seed):
    with Scene(root, build, tmp, seed=seed, speed=10000, return_max="100ms") as s:
        armed_again(s, 1)
        s.target.command("fault reboot 10h")
        s.event("not_back")
        assert s.daemon.status(NAME)["state"] == "waiting"
        armed_again(s, 2)
        assert len(s.events("not_back")) == 1 and len(s.events("break")) == 2
        boots, gone = s.truth("boot"), s.truth("reboot")
        assert boots[-1]["t"] - gone[-1]["t"] >= 36e6
        assert not [r for r in s.typed(True) if gone[-1]["t"] < s.moment(r)[0] < boots[-1]["t"]]
        s.check_typing()
