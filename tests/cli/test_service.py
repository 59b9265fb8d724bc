"""livedebug service on Linux: what it writes and what it asks systemctl for (a stand-in that records: no systemd is
PID 1 in a test's machine), and the unit as systemd's own tools see it. And what the daemon tells its manager."""
import os
import re
import socket
import subprocess

import pytest

from support.rig import Rig, until

PROFILE = """[default]
stop_max = 20s
[session s1]
port = COM1
port_device = /dev/null
baud_rate = 19200
log_file = {folder}/kd logs/debug.log
arm = bp nt!MmAllocateSpecialPool ";kb;g"
"""


class Host:
    """Tools of systemd that write down how they were called; `fails` names the words that fail."""

    def __init__(self, build, folder):
        self.program, self.folder = build / "livedebug", folder
        self.bin, self.units, self.calls = folder / "bin", folder / "units", folder / "calls"
        self.bin.mkdir()
        self.units.mkdir()
        self.profile = folder / "my profile" / "debug.ini"
        self.profile.parent.mkdir()
        self.profile.write_text(PROFILE.format(folder=folder))
        for tool in ("systemctl", "systemd-sysusers"):
            self.tool(tool)

    def tool(self, name, code=0):
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho {name} "$@" >>"{self.calls}"\nexit {code}\n')
        path.chmod(0o755)

    def service(self, *words, code=0):
        done = subprocess.run([self.program, "service", *map(str, words), "--unit-dir", self.units], capture_output=True,
                              text=True, check=False, timeout=20, env=os.environ | {"PATH": f"{self.bin}:/usr/bin:/bin"})
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def called(self):
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [" ".join(line.split()) for line in lines]

    @property
    def unit(self):
        return self.units / "livedebug.service"


@pytest.fixture
def host(build, tmp):
    return Host(build, tmp)


def test_install_and_uninstall(host, tmp):
    said = host.service("install", "-c", host.profile)
    assert "service start" in said and f"{tmp}/kd logs" in said
    text = host.unit.read_text()
    program = host.program.resolve()
    assert f'\nExecStart={program} run -c "{host.profile}"\n' in text
    assert f'\nExecReload={program} reload -c "{host.profile}"\n' in text
    assert f'\nReadWritePaths="{tmp}/kd logs"\n' in text and "\nTimeoutStopSec=80\n" in text
    called = host.called()
    assert [re.sub(r"/\S*/", "", c) for c in called] == [
        "systemd-sysusers livedebug.conf", "systemctl daemon-reload", "systemctl enable livedebug.service"]
    assert sorted(p.name for p in host.units.iterdir()) == ["livedebug.service"]
    host.service("uninstall")
    assert host.called() == ["systemctl stop livedebug.service", "systemctl disable livedebug.service",
                             "systemctl daemon-reload"]
    assert not host.unit.exists() and host.profile.exists()
    assert "not installed" in host.service("uninstall", code=7) and host.called() == []


def test_the_other_verbs_are_systemctls(host):
    for verb, call in (("start", "start"), ("stop", "stop"), ("reload", "reload"), ("status", "status")):
        host.service(verb)
        assert [c.split()[-2:] for c in host.called()] == [[call, "livedebug.service"]]


def test_what_fails_is_told(host):
    host.tool("systemctl", code=4)
    assert "systemctl daemon-reload" in host.service("install", "-c", host.profile, code=1)
    assert "journalctl" in host.service("start", code=1)
    host.service("status", code=7)
    (host.bin / "systemctl").unlink()
    (host.bin / "systemctl").symlink_to("/nonexistent")
    done = subprocess.run([host.program, "service", "start"], capture_output=True, text=True, check=False,
                          env=os.environ | {"PATH": str(host.bin)})
    assert done.returncode == 1 and "no systemctl" in done.stderr
    (host.profile).write_text("[session s1]\nport = COM1\n")
    assert "baud_rate" in host.service("install", "-c", host.profile, code=2)


def test_usage(host):
    assert "install, uninstall" in host.service(code=2)
    host.service("install", "start", code=2)
    host.service("restart", code=2)


def test_print_changes_nothing(host):
    said = host.service("install", "--print", "-c", host.profile)
    assert "\nType=notify\n" in said and "_service -c " in said and "NT SERVICE\\livedebug" in said
    assert host.called() == [] and not host.unit.exists()


def test_systemd_finds_no_fault_in_the_unit(host):
    """Unknown keys do not change the exit code of `verify`: what it prints does count."""
    host.service("install", "-c", host.profile)
    done = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", host.unit],
                          capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "livedebug" in line]
    assert said == [], said
    text = host.unit.read_text().replace("RestartSec", "RestartSoon")
    host.unit.write_text(text)  # and it would find one
    done = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", host.unit],
                          capture_output=True, text=True, check=False, timeout=60)
    assert "RestartSoon" in done.stderr
    score = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", host.unit], capture_output=True,
                           text=True, check=True, timeout=60).stdout
    assert float(re.search(r"Overall exposure level.*: ([0-9.]+)", score)[1]) < 2.0


def heard(notify, until):
    """Datagrams of sd_notify(3), the one that starts so included."""
    lines = []
    while not lines or not lines[-1].startswith(until):
        lines.append(notify.recv(4096).decode())
    return lines


def test_the_manager_sees_a_long_stop_go_on(build, root, tmp):
    """A kd that hangs makes the stop last until stop_max; the manager hears of it meanwhile."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.settimeout(30)
        notify.bind(str(tmp / "notify"))
        keys = {"env.BENCH_KD_FAULT": "hang@break2", "stop_max": "3s"}
        with Rig(build, root, tmp, keys=keys, env={"NOTIFY_SOCKET": str(tmp / "notify")}) as rig:
            assert heard(notify, "READY=1") == ["READY=1"]
            rig.one.wait_armed()
            rig.daemon.process.terminate()
            lines = heard(notify, "STATUS=")
            assert lines[0] == "STOPPING=1" and "(2)\nEXTEND_TIMEOUT_USEC=10000000" in lines[-1]
            assert rig.daemon.process.wait(30) == 5


def test_administrators_get_one_line_each(build, root, tmp):
    """By syslog, with numbers; no hit and nothing of a stack; nothing without a service manager."""
    log = tmp / "syslog"
    shim = {"LD_PRELOAD": f"{build}/bench/ptyshim.so {build}/bench/hostshim.so", "HOSTSHIM_SYSLOG": str(log)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp / "notify"))
        with Rig(build, root, tmp, "--hits", 2, "--rate", 5, env=shim | {"NOTIFY_SOCKET": str(tmp / "notify")}) as rig:
            rig.one.wait_armed()
            until(lambda: rig.one.count("hit") == 2 and rig.one.status()["state"] == "running", "both hits")
            rig.one.verb("break")
            assert rig.stop() == 0
    lines = log.read_text().splitlines()
    numbers = [re.match(r"(\d+) livedebug\[(\d+)\] (.+)$", line).groups() for line in lines]
    ids = [int(n[1]) for n in numbers]
    assert ids.count(100) == 1
    assert ids[-1] == 102 and {101, 110, 111, 116, 117, 118} <= set(ids)
    assert not [line for line in lines if "MmAllocate" in line or "owner hit" in line]
    assert {int(n[0]) for n in numbers} == {3 * 8 + 6}  # LOG_DAEMON, LOG_INFO
    for number in set(ids):
        assert str(number) in (root / "daemon/README.md").read_text()


def test_in_the_foreground_the_systems_log_is_left_alone(build, root, tmp):
    shim = {"LD_PRELOAD": f"{build}/bench/ptyshim.so {build}/bench/hostshim.so", "HOSTSHIM_SYSLOG": str(tmp / "syslog")}
    with Rig(build, root, tmp, env=shim) as rig:
        rig.one.wait_armed()
        assert rig.stop() == 0
    assert not (tmp / "syslog").exists()
