"""Who owns what: kd dies with the daemon, a second daemon harms nothing, a held port is waited for."""

from support.daemon import Daemon
from support.platform import PLATFORM
from support.rig import Rig, is_alive, until


def test_kd_dies_with_the_daemon_and_the_next_one_recovers(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        pid = s.kd_process()
        rig.kill()
        until(lambda: not is_alive(pid), "kd is gone")
        rig.start()
        s.wait("armed")
        s.wait_table(filled=True)
        assert rig.stop() == 0
        end = rig.target.stop()
        assert end["running"] and end["breakpoints"] == []


def test_second_daemon_leaves_the_first_one_armed(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        rig.one.wait("armed")
        pid = rig.one.kd_pid()
        with Daemon(build, tmp, rig.text(), wait=False) as second:
            assert second.process.wait(20) == 1
            second.reader.join(20)
            assert "another livedebug answers at" in second.lines[0]
        status = rig.one.status()
        assert (status["arm"], status["kd_pid"]) == ("armed", pid)


def test_held_port_is_waited_for_then_armed(build, root, tmp):
    with Rig(build, root, tmp, start=False) as rig:
        with PLATFORM.held(1, rig.target.link) as why:
            rig.start()
            assert why in rig.one.wait("alarm", what="port busy")["why"]
            assert rig.one.status()["kd_starts"] == 0
        rig.one.wait("armed")
        rig.one.wait_table(filled=True)


def test_disarm_sticks_across_a_reboot(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        s.verb("disarm")
        s.wait_table(filled=False)
        rig.target.command("fault reboot 1s")
        s.wait("reboot")
        s.wait_table(filled=False)
        assert s.status()["arm"] == "disarmed"
        s.verb("arm")
        s.wait_table(filled=True)
        s.verb("go", code=4)
