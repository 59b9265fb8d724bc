"""A laptop's life: sleep, with and without notice, and a battery. The computer is a folder (LIVEDEBUG_POWER_ROOT), logind's
tools are stand-ins, and the clock that goes on in sleep is the shim's."""
import os
import pathlib

import pytest

from support.rig import Rig, is_alive, until

HOUR_MS = 3600 * 1000


class Laptop:
    """Its power supplies, its logind, its sleep."""

    def __init__(self, build, folder):
        self.root, self.slept, self.bin = folder / "root", folder / "slept", folder / "bin"
        self.calls, self.bus = folder / "calls", folder / "bus"
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.bin.mkdir()
        os.mkfifo(self.bus)
        self.slept.write_text("0")
        self.tool("systemd-inhibit", f'echo "$$ $*" >>"{self.calls}"\nexec cat\n')
        self.tool("dbus-monitor", f'exec cat "{self.bus}"\n')
        self.supply("AC", type="Mains", online="1")
        self.supply("BAT0", type="Battery", status="Charging", capacity="80")
        self.env = {"LIVEDEBUG_POWER_ROOT": str(self.root), "HOSTSHIM_SLEPT": str(self.slept),
                    "PATH": f"{self.bin}:{os.environ['PATH']}",
                    "LD_PRELOAD": f"{build}/bench/ptyshim.so {build}/bench/hostshim.so"}

    def tool(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def supply(self, name, **values):
        folder = self.root / "sys/class/power_supply" / name
        folder.mkdir(parents=True, exist_ok=True)
        for key, value in values.items():
            (folder / (key + ".new")).write_text(value + "\n")
            (folder / (key + ".new")).rename(folder / key)

    def sleep(self, ms):
        fresh = pathlib.Path(f"{self.slept}.new")
        fresh.write_text(str(ms))
        fresh.rename(self.slept)

    def tell(self, word):
        """What dbus-monitor prints of PrepareForSleep(word)."""
        with open(self.bus, "w", encoding="ascii") as bus:
            bus.write(f"signal time=1 sender=:1.2 -> destination=(null destination) member=PrepareForSleep\n   boolean {word}\n")
            bus.flush()

    def inhibitors(self, what):
        """Live ones."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [int(line.split()[0]) for line in lines if f"--what={what}" in line and is_alive(int(line.split()[0]))]


@pytest.fixture
def laptop(build, tmp):
    return Laptop(build, tmp)


AWAKE = "idle:sleep:handle-lid-switch"


def test_asleep_without_notice(build, root, tmp, laptop):
    """Port and kd are taken as lost, the halt it slept through counts, and it comes back to armed and running."""
    with Rig(build, root, tmp, env=laptop.env) as rig:
        rig.one.wait_armed()
        old = rig.one.kd_pid()
        rig.one.verb("break")
        rig.one.verb("hold", "10m")
        laptop.sleep(HOUR_MS)
        assert abs(rig.one.wait("power", what="slept")["ms"] - HOUR_MS) < 100  # two clocks, read one behind the other
        assert rig.one.wait("halt_end", owner="operator")["ms"] > HOUR_MS - 100
        rig.one.wait_state("unknown")
        rig.one.wait_armed()
        assert rig.one.kd_pid() != old and not is_alive(old)
        assert rig.one.count("clock") == 0  # the wall clock did not step: time went by
        assert rig.one.status()["halts"]["total_ms"] > HOUR_MS - 100
        assert rig.stop() == 0
        assert not rig.target.state()["breakpoints"]


def test_a_sleep_that_is_announced(build, root, tmp, laptop):
    """Detached before it, up again behind it; held up just so long; kept awake while armed."""
    with Rig(build, root, tmp, env=laptop.env) as rig:
        rig.one.wait_armed()
        until(lambda: laptop.inhibitors(AWAKE) and laptop.inhibitors("sleep"), "inhibitors")
        bus = os.open(laptop.bus, os.O_WRONLY)  # dbus-monitor lives on between two signals
        try:
            laptop.tell("true")
            rig.one.wait("released", result="released")
            state = rig.target.state()
            assert state["running"] and not state["breakpoints"]
            until(lambda: not laptop.inhibitors("sleep"), "the sleep is let go")
            assert not laptop.inhibitors(AWAKE)
            laptop.sleep(HOUR_MS)
            laptop.tell("false")
            rig.one.wait_armed()
            assert rig.one.count("alarm", what="kd replaced") == 0
            until(lambda: laptop.inhibitors(AWAKE) and laptop.inhibitors("sleep"), "inhibitors again")
            pids = laptop.inhibitors(AWAKE) + laptop.inhibitors("sleep")
            assert rig.stop() == 0
            assert not any(is_alive(pid) for pid in pids)
        finally:
            os.close(bus)


def test_the_battery_ends(build, root, tmp, laptop):
    """Told, then disarmed once, cleanly; who arms again means it."""
    laptop.supply("AC", online="0")
    laptop.supply("BAT0", status="Discharging", capacity="47")
    with Rig(build, root, tmp, env=laptop.env) as rig:
        assert rig.one.wait("power", what="on battery")["percent"] == 47
        rig.one.wait_armed()
        laptop.supply("BAT0", capacity="15")
        assert "15 %" in rig.one.wait("alarm", what="battery low")["why"]
        assert "battery" in rig.one.wait("break", owner="guard")["cause"]
        rig.one.wait("disarmed")
        rig.one.wait_table(filled=False)
        until(lambda: not laptop.inhibitors(AWAKE), "may sleep")
        rig.one.verb("arm")
        rig.one.wait_armed()
        until(lambda: laptop.inhibitors(AWAKE), "awake")
        rig.profile["daemon"]["keep_awake"] = "no"
        rig.daemon.path.write_text(rig.text())
        rig.daemon.verb("reload")
        until(lambda: not laptop.inhibitors(AWAKE), "keep_awake = no is taken at once")
        laptop.supply("BAT0", capacity="14")
        laptop.supply("AC", online="1")
        rig.one.wait("power", what="on mains")
        assert rig.one.count("disarmed") == 1 and rig.one.status()["arm"] == "armed"


def test_without_the_tools_it_is_said(build, root, tmp, laptop):
    """One without the rights for all inhibits what it may; one that may nothing is told of, once."""
    laptop.tool("systemd-inhibit", f'case $1 in *handle*) exit 1;; esac\necho "$$ $*" >>"{laptop.calls}"\nexec cat\n')
    laptop.tool("dbus-monitor", "exit 3\n")
    with Rig(build, root, tmp, env=laptop.env) as rig:
        rig.one.wait_armed()
        until(lambda: laptop.inhibitors("idle"), "the least")
        line = rig.daemon.wait("livedebug: info daemon: power ")
        assert "not heard of" in line and "dbus-monitor ended, code 3" in line


def test_without_logind_it_is_said(build, root, tmp, laptop):
    (laptop.root / "run/systemd/system").rmdir()
    with Rig(build, root, tmp, env=laptop.env) as rig:
        assert "not kept awake" in rig.daemon.wait("livedebug: info daemon: power ")
        rig.one.wait_armed()
        assert not laptop.calls.exists()
