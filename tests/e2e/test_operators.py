"""Verbs end to end, and teammates who halt the target: what they ask is done, and no halt lasts for ever."""

import signal

from support.rig import Rig, until


def test_break_hold_and_go(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        s.verb("break")
        status = s.status()
        assert (status["state"], status["owner"]) == ("halted", "operator")
        assert not s.target.state()["running"]
        s.verb("hold", "1h")
        assert s.wait("hold")["ms"] > 3000  # longer than halt_max
        s.verb("break", code=4)
        s.verb("go")
        s.wait_table(filled=True)
        assert s.status()["state"] == "running"
        s.verb("go", code=4)


def test_a_forgotten_break_is_resumed(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        s.verb("break")
        assert s.wait("alarm", what="halt over")["why"] == "operator"
        s.wait_table(filled=True)
        assert s.wait("halt_end", owner="operator")["ms"] >= 3000


def test_stop_and_start_one_session(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        s.verb("stop")
        assert s.status()["state"] == "stopped"
        s.wait_table(filled=False)
        s.verb("start")
        s.wait("armed")
        s.wait_table(filled=True)


def test_exit_codes(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        rig.one.wait("armed")
        rig.daemon.verb("go", "nosuch", code=3)
        rig.one.verb("hold", "5m", code=4)
        rig.one.verb("hold", "5", code=2)
        assert rig.stop() == 0
        rig.daemon.verb("status", code=7)


def test_a_teammate_halts_and_resumes(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        mate = rig.client()
        assert "\\" in s.wait("client_connected")["who"]
        mate.send_signal(signal.SIGINT)
        s.wait("halt_begin", owner="client")
        mate.stdin.write("g\n")
        mate.stdin.flush()
        s.wait_state("running")
        s.wait_table(filled=True)
        assert s.status()["arm"] == "armed"
        assert s.count("alarm") == 0
        mate.kill()
        mate.communicate()


def test_a_teammate_who_walks_away(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        mate = rig.client()
        s.wait("client_connected")
        mate.send_signal(signal.SIGINT)
        s.wait("halt_begin", owner="client")
        until(lambda: not s.target.state()["running"], "halted by the teammate")
        assert s.wait("alarm", what="halt over")["why"] == "client"
        s.wait_table(filled=True)
        mate.kill()
        mate.communicate()
