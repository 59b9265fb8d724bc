"""A profile that is read again: who is not meant is not touched, who is gets a clean end before the new values."""

import json
import os
import signal
import subprocess
import time

import pytest

from support.rig import LIMIT, Rig, slow, until

ONE, TWO, THREE = "web1", "web2", "web3"


@pytest.fixture
def rig(build, root, tmp):
    """Three targets; the profile begins with two of them."""
    with Rig(build, root, tmp, names=(ONE, TWO, THREE), keys={"stop_max": slow("10s")}, start=False) as rig:
        rig.spare = rig.profile.pop(f"session {THREE}")
        rig.start()
        for name in (ONE, TWO):
            rig.sessions[name].wait_armed()
        yield rig


def write(rig, **changes):
    """The file anew; keys of sessions as NAME={key: value}."""
    for name, keys in changes.items():
        rig.profile[f"session {name}"] |= keys
    rig.daemon.path.write_text(rig.text())


def reload(rig, code=0):
    """{session: (did, keys)} of the answer."""
    answer = json.loads(rig.daemon.verb("reload", "--json", code=code))
    rig.answer = answer
    return {row["session"]: (row["did"], row["keys"]) for row in answer.get("reload", [])}


def traces(session):
    """What an untouched session must keep: kd's process, and every byte of its journal, log and state."""
    state = session.rig.folder / "state" / f"{session.name}.state"
    return (session.kd_pid(), session.journal_path.read_bytes(), session.log.read_bytes(), state.read_bytes(),
            session.status()["since"])


def ends_well(rig, names):
    assert rig.stop() == 0, rig.daemon.lines[-5:]
    for name in names:
        end = rig.sessions[name].target.stop()
        assert end["running"] and end["breakpoints"] == [], (name, end)


def test_nothing_changed_nothing_touched(rig):
    before = [traces(rig.sessions[name]) for name in (ONE, TWO)]
    rig.profile["session web1"]["# a remark"] = "only"
    rig.daemon.path.write_text("; another text of the same profile\n" + rig.text().replace(" = ", "   =   "))
    assert reload(rig) == {ONE: ("untouched", None), TWO: ("untouched", None)}
    assert [traces(rig.sessions[name]) for name in (ONE, TWO)] == before
    ends_well(rig, (ONE, TWO))


def test_one_comes_one_goes_one_stays(rig):
    one, two, three = (rig.sessions[name] for name in (ONE, TWO, THREE))
    before = traces(one)
    rig.profile[f"session {THREE}"] = rig.spare | {"port": "COM3"}
    gone = rig.profile.pop(f"session {TWO}")
    write(rig)
    with subprocess.Popen([*rig.daemon.program, "attach", "-c", str(rig.daemon.path), TWO], stdout=subprocess.PIPE,
                          stdin=subprocess.PIPE, text=True) as viewer:
        until(lambda: two.status()["viewers"] == 1, "the viewer")
        assert reload(rig) == {ONE: ("untouched", None), TWO: ("removed", None), THREE: ("started", None)}
        viewer.communicate(timeout=LIMIT)  # told by the end of it
    state = two.target.state()
    assert state["running"] and state["breakpoints"] == [], state
    assert two.events("released")[-1]["result"] == "released"
    rig.daemon.verb("status", TWO, code=3)
    three.wait_armed()
    assert traces(one) == before
    rig.profile[f"session {TWO}"] = gone  # and back, behind its own journal
    write(rig)
    assert reload(rig)[TWO] == ("started", None)
    two.wait("armed")
    two.wait_table(filled=True)
    rig.daemon.journal(TWO)  # checks that its numbers go on
    ends_well(rig, (ONE, TWO, THREE))


def test_live_keys_leave_kd_alone(rig):
    one, two = rig.sessions[ONE], rig.sessions[TWO]
    before, other = (one.kd_pid(), one.log.read_bytes(), one.count("armed")), traces(two)
    write(rig, web1={"halt_max": slow("700ms"), "stop_after": "5 hits", "journal_rate": "5M"})
    assert reload(rig) == {ONE: ("adjusted", "halt_max stop_after journal_rate"), TWO: ("untouched", None)}
    assert (one.kd_pid(), one.log.read_bytes(), one.count("armed")) == before and traces(two) == other
    one.verb("break")
    one.target.wait("running", was="break-in")  # halt_max as it is now
    one.target.command("hits 5")
    one.wait("finished")
    one.wait_table(filled=False)
    ends_well(rig, (ONE, TWO))


def test_kd_keys_have_a_clean_detach_between(rig):
    one, two = rig.sessions[ONE], rig.sessions[TWO]
    other, pid = traces(two), one.kd_pid()
    write(rig, web1={"arm": 'bp nt!ExAllocatePoolWithTag ";kb;g"', "env.EXTRA": "1"})
    assert reload(rig) == {ONE: ("restarted", "env arm"), TWO: ("untouched", None)}
    until(lambda: one.count("armed") == 2, "armed with the new command")
    assert any(kind == ">" and "ExAllocatePoolWithTag" in text for kind, text in one.records())
    assert one.kd_pid() not in (0, pid) and one.events("released")[-1]["result"] == "released"
    assert one.events("reload")[-1]["did"] == "restarted"
    assert traces(two) == other
    ends_well(rig, (ONE, TWO))


def test_a_persons_words_stay(rig):
    """Disarmed stays disarmed through a new kd; stopped stays stopped (rule 11)."""
    one, two = rig.sessions[ONE], rig.sessions[TWO]
    one.verb("disarm")
    two.verb("stop")
    write(rig, web1={"noshell": "no"}, web2={"noshell": "no"})
    found = reload(rig)
    assert found == {ONE: ("restarted", "noshell"), TWO: ("taken, not started", "noshell")}
    assert any("livedebug start web2" in (row["why"] or "") for row in rig.answer["reload"])
    one.wait("reload")
    one.wait_state("waiting")
    rig.daemon.wait_status(ONE, arm="disarmed")
    assert one.count("armed") == 1 and rig.daemon.status(TWO)["state"] == "stopped"
    two.verb("start")
    two.wait("armed")
    two.wait_table(filled=True)


@pytest.mark.parametrize("by", ["verb", "signal"])
def test_a_bad_file_changes_nothing_and_says_why(rig, by):
    before, good = [traces(rig.sessions[name]) for name in (ONE, TWO)], rig.text()
    rig.profile["session web1"]["baud_rate"] = 7
    rig.profile["session web2"]["arm_at"] = "tea time"
    write(rig)
    if by == "verb":
        done = rig.daemon.ask("reload")
        assert done.returncode == 2 and "baud_rate = 7" in done.stderr and "tea time" in done.stderr, done
        assert "nothing was changed" in done.stderr and str(rig.daemon.path) in done.stderr
    else:
        rig.daemon.process.send_signal(signal.SIGHUP)
        assert "SIGHUP" in rig.daemon.wait("livedebug: info: SIGHUP")
        told = [rig.daemon.wait("livedebug: reload: ") for _ in range(2)]
        assert any("baud_rate = 7" in line for line in told) and any("tea time" in line for line in told)
        assert "nothing was changed" in rig.daemon.wait("livedebug: warning daemon: reload")
        assert json.loads(rig.daemon.verb("events", "--control", rig.folder / "ctl").splitlines()[-1])["ok"] is False
    assert [traces(rig.sessions[name]) for name in (ONE, TWO)] == before
    rig.daemon.path.unlink()
    control = rig.folder / "ctl"
    done = subprocess.run([*rig.daemon.program, "reload", "--control", control], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2 and str(rig.daemon.path) in done.stderr, done
    rig.daemon.path.write_text(good)
    assert [traces(rig.sessions[name]) for name in (ONE, TWO)] == before


def test_signal_reloads_as_the_verb_does(rig):
    one = rig.sessions[ONE]
    write(rig, web1={"noshell": "no"})
    for _ in range(3):  # those that come meanwhile are one more
        rig.daemon.process.send_signal(signal.SIGHUP)
    one.wait("reload", did="restarted", who="SIGHUP")
    one.wait("armed")
    rig.daemon.wait("livedebug: info daemon: reload ok=true")
    assert one.count("reload") == 1
    ends_well(rig, (ONE, TWO))


def test_ports_change_places(rig):
    """Neither may have the other's port before its kd has let go of it (rule 7)."""
    one, two = rig.profile["session web1"], rig.profile["session web2"]
    for key in ("port", "port_device"):
        one[key], two[key] = two[key], one[key]
    for keys in (one, two):
        keys |= {"env.BENCH_COM1": rig.sessions[ONE].target.link, "env.BENCH_COM2": rig.sessions[TWO].target.link}
    write(rig)
    assert {did for did, _ in reload(rig).values()} == {"restarted"}
    for name in (ONE, TWO):
        s = rig.sessions[name]
        until(lambda s=s: s.count("armed") == 2, "armed again")
        assert not [e for e in s.events("alarm") if "port" in e["what"]], s.events("alarm")
    assert rig.daemon.status(ONE)["port"] == "COM2"
    ends_well(rig, (ONE, TWO))


def test_wrong_rate_is_cured_by_a_reload(build, root, tmp):
    """The target cannot be released at a rate that it does not speak: the new kd looks for it."""
    with Rig(build, root, tmp, keys={"baud_rate": 9600, "stop_max": slow("1s"), "break_timeout": slow("500ms")}) as rig:
        rig.one.wait_state("waiting")
        rig.profile["session livedebug"]["baud_rate"] = 19200
        write(rig)
        assert reload(rig)["livedebug"][0] == "restarted"
        rig.one.wait("armed")
        rig.one.wait_table(filled=True)
        ends_well(rig, ("livedebug",))


def test_one_that_cannot_be_released_stays_listed(rig):
    """Its kd hangs at a stop: who removed it from the file must not lose sight of a frozen server."""
    one, two = rig.sessions[ONE], rig.sessions[TWO]
    write(rig, web1={"stop_max": slow("500ms")})
    assert reload(rig)[ONE] == ("adjusted", "stop_max")
    kd = one.kd_pid()
    os.kill(kd, signal.SIGSTOP)
    gone = rig.profile.pop(f"session {ONE}")
    write(rig)
    try:
        assert reload(rig, code=5)[ONE][0] == "kept"
    finally:
        if os.path.exists(f"/proc/{kd}"):
            os.kill(kd, signal.SIGCONT)
    assert "livedebug release web1" in next(r["why"] for r in rig.answer["reload"] if r["session"] == ONE)
    assert one.status()["state"] == "stopped" and two.status()["state"] == "running"
    one.verb("start", code=4)
    one.verb("release")
    until(lambda: rig.daemon.ask("status", ONE).returncode == 3, "it is gone when its target is free")
    state = one.target.state()
    assert state["running"] and state["breakpoints"] == [], state
    assert gone


def test_keys_of_the_daemon(rig, tmp):
    rig.profile["daemon"] |= {"clients_max": 2, "state_dir": tmp / "elsewhere", "view": "daemon"}
    write(rig)
    assert set(reload(rig).values()) == {("untouched", None)}
    assert {row["key"]: row["taken"] for row in rig.answer["daemon"]} == {
        "state_dir": False, "clients_max": True, "view": True}
    assert (tmp / "ctl").stat().st_mode & 0o777 != 0o600 and not (tmp / "elsewhere").exists()
    assert "only the next daemon" in rig.daemon.verb("reload")


def test_second_reload_waits_its_turn(rig):
    write(rig, web1={"noshell": "no"})
    os.kill(rig.sessions[ONE].kd_pid(), signal.SIGSTOP)  # its detach takes all of stop_max
    with subprocess.Popen([*rig.daemon.program, "reload", "-c", str(rig.daemon.path)], stdout=subprocess.PIPE,
                          text=True) as first:
        rig.sessions[ONE].wait("reload")
        done = rig.daemon.ask("reload")
        assert done.returncode == 4 and "another reload" in done.stderr, done
        assert rig.sessions[TWO].status()["state"] == "running"
        begin = time.monotonic()
        assert "web1: restarted" in first.communicate(timeout=3 * LIMIT)[0]
        assert time.monotonic() - begin < 3 * LIMIT
