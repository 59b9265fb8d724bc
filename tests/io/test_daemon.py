"""The daemon and its verbs from outside: places, readiness, second copies, sudden death."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from support.daemon import Daemon, profile

FAKE_KD = """#!/bin/sh
echo $$ > "$KD_PID"
env > "$KD_PID.env"
echo 'Waiting to reconnect...'
while read line; do :; done
exec sleep 1000
"""


@pytest.fixture
def absent(tmp):
    """A session whose port is not there: it waits, and no kd starts."""
    return {"kd": "/bin/true", "port": "COM1", "port_device": tmp / "no-port", "baud_rate": 19200,
            "log_file": tmp / "kd.log"}


@pytest.fixture
def present(tmp):
    """A session with a port, and a kd that says one line and then nothing."""
    master, slave = os.openpty()
    kd = tmp / "kd"
    kd.write_text(FAKE_KD)
    kd.chmod(0o755)
    yield {"kd": kd, "port": "COM1", "port_device": os.ttyname(slave), "baud_rate": 19200,
           "log_file": tmp / "kd.log", "env.KD_PID": tmp / "kd.pid", "arm_at": "manual"}
    os.close(master)
    os.close(slave)


def wait_until(check, limit=20):
    end = time.monotonic() + limit
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_waits_for_its_port_and_ends_cleanly(build, tmp, absent):
    with Daemon(build, tmp, profile(tmp, {"web1": absent})) as d:
        status = d.wait_status("web1", state="port")
        assert "No such file or directory" in status["why"]
        assert status["kd_pid"] == 0 and status["lost_bytes"] == 0
        head, line, end = d.verb("status").split("\n")
        assert head.startswith("SESSION") and line.split()[:3] == ["web1", "COM1", "port"] and end == ""
        assert "no-port: No such file or directory" in line
        assert d.stop() == 0
        assert "web1: released" in d.lines
    for name in ("state", "state/web1.journal"):
        assert (tmp / name).stat().st_mode & 0o077 == 0
    assert not (tmp / "ctl").exists()
    assert all(kind in "*!" and json.loads(text)["session"] == "web1" for _, kind, text in d.journal("web1"))


def test_says_when_it_is_ready(build, tmp, absent):
    for address in (str(tmp / "notify"), "@" + str(tmp / "abstract")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(address.replace("@", "\0", 1))
            sock.settimeout(20)
            with Daemon(build, tmp, profile(tmp, {"web1": absent}), env={"NOTIFY_SOCKET": address}) as d:
                assert sock.recv(100) == b"READY=1"
                d.stop()
                assert sock.recv(100) == b"STOPPING=1"


def test_second_copy_harms_nothing(build, tmp, absent):
    text = profile(tmp, {"web1": absent})
    with Daemon(build, tmp, text) as d:
        with Daemon(build, tmp, text, wait=False) as second:
            assert second.process.wait(20) == 1
            second.reader.join(20)
            assert "another livedebug answers at" in second.lines[0]
        other = text.replace("/ctl", "/ctl2")
        with Daemon(build, tmp, other, wait=False) as third:
            assert third.process.wait(20) == 1
            third.reader.join(20)
            assert "web1.journal: another livedebug has it" in third.lines[0]
        (tmp / "debug.ini").write_text(text)
        assert d.status("web1")["state"] == "port"


def test_sessions_are_chosen_by_name(build, tmp, absent):
    text = profile(tmp, {"web1": absent, "web2": absent | {
        "port": "COM2", "port_device": tmp / "none2", "log_file": tmp / "kd2.log"}})
    with Daemon(build, tmp, text, "WEB2") as d:
        assert [s["name"] for s in json.loads(d.verb("status", "--json"))] == ["web2"]
        d.verb("status", "web1", code=3)
    with Daemon(build, tmp, text, "web3", wait=False) as d:
        assert d.process.wait(20) == 3


def test_verbs_without_a_daemon(build, tmp, absent):
    path = tmp / "debug.ini"
    path.write_text(profile(tmp, {"web1": absent}))
    program = str(build / "livedebug")
    rows = [(["status", "-c", path], 7), (["stop", "--all", "-c", path], 7), (["status", "--control", tmp / "x"], 7),
            (["stop"], 2), (["break"], 2), (["hold", "a"], 2), (["hold", "a", "10"], 2), (["go", "a", "b"], 2),
            (["arm", "--all"], 2), (["stop", "--all", "a"], 2), (["status", "--nonsense"], 2),
            (["go", "x" * 40], 3), (["status", "-c", tmp / "none.ini"], 2)]
    for words, code in rows:
        done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
        assert (done.returncode, words) == (code, words)
        assert done.stderr and not done.stdout
    for verb in "run status events start stop break go arm disarm hold ports".split():
        done = subprocess.run([program, verb, "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and done.stdout.startswith(f"usage: livedebug {verb}")


def test_verbs_of_a_session_in_the_wrong_state(build, tmp, absent):
    with Daemon(build, tmp, profile(tmp, {"web1": absent})) as d:
        d.wait_status("web1", state="port")
        d.verb("break", "web1", code=4)
        d.verb("go", "web2", code=3)
        d.verb("stop", "web1")
        assert d.status("web1")["state"] == "stopped"
        d.verb("start", "web1")
        d.verb("stop", "--all")
        assert d.stop() == 0


def test_events_are_told_as_they_come(build, tmp, absent):
    with Daemon(build, tmp, profile(tmp, {"web1": absent})) as d:
        d.wait_status("web1", state="port")
        past = [json.loads(line) for line in d.verb("events").splitlines()]
        assert [e["seq"] for e in past] == list(range(1, len(past) + 1))
        follow = subprocess.Popen(d.words("events", "--follow"), stdout=subprocess.PIPE, text=True)
        with follow:
            # There is no line that says that it listens: stop and start until it is heard.
            seen = []
            while not seen:
                d.verb("stop", "web1")
                d.verb("start", "web1")
                os.set_blocking(follow.stdout.fileno(), False)
                seen = follow.stdout.readlines()
            assert {json.loads(line)["session"] for line in seen} == {"web1"}
            os.set_blocking(follow.stdout.fileno(), True)
            d.stop()
            follow.stdout.read()
            assert follow.wait(20) == 0


def test_kd_gets_its_environment_and_dies_with_the_daemon(build, tmp, present):
    text = profile(tmp, {"web1": present})
    (tmp / "kd.log").write_text("old")
    dirty = {"_NT_DEBUG_BUS": "1394", "KDQUIET": "1", "NOT_ITS_OWN": "kept"}
    with Daemon(build, tmp, text, env=dirty) as d:
        d.wait_status("web1", state="waiting")
        pid = d.status("web1")["kd_pid"]
        assert int((tmp / "kd.pid").read_text()) == pid
        env = dict(line.split("=", 1) for line in (tmp / "kd.pid.env").read_text().splitlines() if "=" in line)
        assert env["_NT_DEBUG_PORT"] == "COM1" and env["_NT_DEBUG_BAUD_RATE"] == "19200"
        assert env["_NT_DEBUG_LOG_FILE_APPEND"] == str(tmp / "kd.log") and "_NT_DEBUG_LOG_FILE_OPEN" not in env
        assert env["NOT_ITS_OWN"] == "kept" and not {"_NT_DEBUG_BUS", "KDQUIET"} & set(env)
        assert os.getpgid(pid) == pid
        d.process.kill()
        d.process.wait()
        wait_until(lambda: not is_alive(pid))
    assert ("<", "Waiting to reconnect...") in [(k, t) for _, k, t in d.journal("web1")]
    state = json.loads((tmp / "state/web1.state").read_text())
    assert state["running"] and state["dirty"]
    # The next one knows of it, goes on behind the last record, and clears the dead socket away.
    with Daemon(build, tmp, text) as d:
        d.wait_status("web1", state="waiting")
        assert len(json.loads((tmp / "state/web1.state").read_text())["deaths"]) == 1
        d.process.kill()
    d.journal("web1")
    assert (tmp / "kd.log").read_text() == "old"


def test_old_log_is_moved_aside_once(build, tmp, present):
    (tmp / "kd.log").write_text("old")
    with Daemon(build, tmp, profile(tmp, {"web1": present | {"log_mode": "open"}})) as d:
        d.wait_status("web1", state="waiting")
        assert (tmp / "kd.log.1").read_text() == "old"
        assert f"_NT_DEBUG_LOG_FILE_OPEN={tmp / 'kd.log'}\n" in (tmp / "kd.pid.env").read_text()
        d.process.kill()


def test_missing_kd_is_told(build, tmp, present):
    with Daemon(build, tmp, profile(tmp, {"web1": present | {"kd": tmp / "none"}})) as d:
        d.wait_status("web1", state="backoff")
        assert "none': no such file or directory" in d.status("web1")["why"]
        assert d.stop() in (0, 5)


def test_stderr_that_nobody_reads_holds_nothing_up(build, tmp, absent):
    text = profile(tmp, {"web1": absent})
    (tmp / "debug.ini").write_text(text)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        while os.write(write_end, b"x" * 65536):
            pass
    except BlockingIOError:
        os.set_blocking(write_end, True)
    process = subprocess.Popen([build / "livedebug", "run", "-c", tmp / "debug.ini"], stderr=write_end)
    try:
        command = [build / "livedebug", "status", "-c", tmp / "debug.ini"]
        wait_until(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(read_end)
        os.close(write_end)
