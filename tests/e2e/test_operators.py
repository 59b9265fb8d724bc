"""Operators by verb, and teammates at kd's server: they halt, the target is never left halted for long."""

import re
import signal

import pytest

from support.rig import SPEED, Rig, slow

MEMBERS = """name port baud_rate state since for_ms evidence why arm breakpoints owner symbols result target client boot hits
    stops halts breaks_sent kd_starts clients_seen remote log journal lost_bytes journal_trouble kd_pid
    writer viewers""".split()


def milliseconds(deadline):
    number, unit = re.match(r"(\d+)(\w+)", slow(deadline)).groups()
    return int(number) * {"ms": 1, "s": 1000, "m": 60000}[unit]


@pytest.fixture
def rig(build, root, tmp):
    with Rig(build, root, tmp, keys={"halt_max": slow("1s")}) as rig:
        rig.one.wait_armed()
        yield rig


def still_armed(rig):
    rig.one.wait_table(filled=True)
    status = rig.daemon.wait_status(rig.one.name, state="running", arm="armed", owner=None)
    assert rig.one.count("armed") == 1  # it never had to be armed anew
    return status


def ends_well(rig):
    assert rig.stop() == 0, rig.daemon.lines[-4:]
    end = rig.target.stop()
    assert end["running"] and end["breakpoints"] == [], end


def test_status_has_each_member(rig):
    status = still_armed(rig)
    assert sorted(status) == sorted(MEMBERS)
    assert (status["name"], status["port"], status["baud_rate"]) == ("livedebug", "COM1", 19200)
    assert (status["boot"], status["hits"], status["kd_starts"], status["lost_bytes"]) == (1, 0, 1, 0)
    assert status["kd_pid"] > 0 and status["result"] is None and status["journal_trouble"] is None
    assert status["log"] == str(rig.one.log) and status["journal"] == str(rig.one.journal_path)
    assert status["evidence"] and re.fullmatch(r"kd -remote npipe:server=\S+,pipe=livedebug", status["remote"])
    assert "Windows" in status["target"]


def test_break_is_resumed_by_itself_at_halt_max(rig):
    s = rig.one
    s.verb("break")
    rig.target.wait("halted", why="break-in")
    status = s.status()
    assert (status["state"], status["owner"]) == ("halted", "operator")
    s.wait("halt_begin", owner="operator")
    rig.target.wait("running", was="break-in")
    assert s.wait("halt_end", owner="operator")["ms"] >= 0.9 * milliseconds("1s")
    still_armed(rig)
    ends_well(rig)


def test_hold_extends_the_halt_and_go_ends_it(rig):
    s = rig.one
    s.verb("hold", "1m", code=4)  # it never breaks in
    assert rig.target.state()["running"]
    s.verb("break")
    s.wait("halt_begin", owner="operator")
    s.verb("hold", "1m")
    rig.target.let_pass(int(1.5 * milliseconds("1s") * SPEED))  # beyond halt_max
    assert not rig.target.state()["running"]
    assert s.status()["owner"] == "operator"
    s.verb("go")
    assert s.wait("halt_end", owner="operator")["ms"] > milliseconds("1s")
    still_armed(rig)
    s.verb("go", code=4)
    ends_well(rig)


def test_hold_ends_by_itself_too(rig):
    s = rig.one
    s.verb("break")
    s.verb("hold", slow("2s"))
    rig.target.wait("running", was="break-in")
    assert s.wait("halt_end", owner="operator")["ms"] > milliseconds("1s")
    still_armed(rig)


def test_disarm_then_arm(rig):
    s = rig.one
    s.verb("disarm")
    s.wait_table(filled=False)
    rig.daemon.wait_status(s.name, state="running", arm="disarmed")
    s.verb("arm")
    s.wait_table(filled=True)
    rig.daemon.wait_status(s.name, state="running", arm="armed")
    ends_well(rig)


def test_stop_and_start_of_one_session(rig):
    s = rig.one
    pid = s.kd_pid()
    s.verb("stop")
    state = rig.target.state()
    assert state["running"] and state["breakpoints"] == []
    status = s.status()
    assert (status["state"], status["result"], status["kd_pid"]) == ("stopped", "released", 0)
    s.verb("break", code=4)
    s.verb("start")
    s.wait("armed")
    s.wait_table(filled=True)
    assert s.kd_pid() not in (0, pid)
    ends_well(rig)


def test_codes_of_what_is_not_there(rig):
    s = rig.one
    for verb in ("status", "break", "go", "arm", "disarm", "stop", "start"):
        rig.daemon.verb(verb, "nobody", code=3)
    rig.daemon.verb("hold", "nobody", "1m", code=3)
    s.verb("go", code=4)
    still_armed(rig)
    ends_well(rig)
    for verb in ("status", "break", "stop"):
        s.verb(verb, code=7)


# --- teammates ------------------------------------------------------------------------------


@pytest.fixture
def teammate(rig):
    with rig.client() as client:
        try:
            rig.one.wait("client_connected")
            yield client
        finally:
            client.kill()


def breaks(rig, teammate):
    teammate.send_signal(signal.SIGINT)
    rig.target.wait("halted", why="break-in")
    rig.one.wait("halt_begin", owner="client")


def test_teammate_is_named(rig, teammate):
    event = rig.one.events("client_connected")[0]
    assert "\\" in event["who"] and event["who"] in rig.one.log.read_text()
    status = rig.one.status()
    assert status["clients_seen"] == 1 and status["client"]
    assert teammate.poll() is None
    still_armed(rig)


def test_teammate_breaks_and_goes(rig, teammate):
    breaks(rig, teammate)
    teammate.stdin.write("g\n")
    rig.target.wait("running", was="break-in")
    rig.one.wait("halt_end", owner="client")
    still_armed(rig)
    assert rig.one.status()["breaks_sent"] == 1  # the one that armed
    ends_well(rig)


def test_teammate_who_walks_away_is_resumed_at_halt_max(rig, teammate):
    breaks(rig, teammate)
    rig.target.wait("running", was="break-in")
    assert rig.one.wait("halt_end", owner="client")["ms"] >= 0.9 * milliseconds("1s")
    still_armed(rig)
    ends_well(rig)


def test_teammate_who_is_killed_in_a_halt_is_resumed(rig, teammate):
    breaks(rig, teammate)
    teammate.kill()
    rig.target.wait("running", was="break-in")
    still_armed(rig)
    ends_well(rig)


def test_teammates_breakpoint_is_gone_after_the_stop(rig, teammate):
    breaks(rig, teammate)
    teammate.stdin.write("bp nt!ExAllocatePoolWithTag\n")
    teammate.stdin.write("g\n")
    rig.target.wait("running", was="break-in")
    ends_well(rig)


def test_breakpoints_that_a_teammate_cleared_stay_so(rig, teammate):
    """Across a reboot and a restart of the daemon too (rule 11), until somebody arms."""
    s = rig.one
    breaks(rig, teammate)
    teammate.stdin.write("bd 0\n")
    s.wait("disarmed")
    teammate.stdin.write("bc *\ng\n")
    s.wait("halt_end", owner="client")
    s.wait_table(filled=False)
    rig.target.command("fault reboot 1s")
    s.wait("reboot")
    assert rig.stop() == 0
    rig.start()
    rig.daemon.wait_status(s.name, arm="disarmed")
    rig.target.command("fault reboot 1s")
    rig.target.wait("boot", n=3)
    rig.daemon.wait_status(s.name, state="running", arm="disarmed")
    assert s.count("armed") == 1
    s.verb("arm")
    s.wait("armed")
    s.wait_table(filled=True)
    ends_well(rig)


def test_teammate_who_ends_kd_in_a_halt(rig, teammate):
    """The next kd finds the target where it stands and brings it back."""
    s = rig.one
    breaks(rig, teammate)
    teammate.stdin.write("qq\n")
    s.wait("alarm", what="kd ended")
    s.wait("armed")
    s.wait_table(filled=True)
    rig.daemon.wait_status(s.name, state="running", arm="armed")
    ends_well(rig)
