"""A break-in that is swallowed, or never answered: not repeated, told, and no busy loop."""

import time

from support.rig import Rig


def test_swallowed_once_is_not_repeated_before_its_deadline(build, root, tmp):
    """kd repeats nothing on a target that it is connected to, and we send none while one is out."""
    with Rig(build, root, tmp, keys={"break_timeout": "1s", "halt_max": "1500ms"}) as rig:
        s, t = rig.one, rig.target
        s.wait("armed")
        t.command("fault swallow 1")
        asked = time.monotonic()
        s.verb("break", code=5)
        assert time.monotonic() - asked >= 0.9  # not told before break_timeout
        alarm = s.wait("alarm")
        assert alarm["what"] == "break-in unanswered"
        assert s.count("break", owner="operator") == 1
        # unknown is left only by evidence: kd is replaced after halt_max, which brings it back.
        assert s.wait("alarm")["what"] == "kd replaced"
        s.wait("armed")
        s.wait_table(filled=True)
        assert t.count("breakin_byte", result="swallowed") == 1
        assert rig.stop() == 0
        end = t.stop()
        assert end["running"] and end["breakpoints"] == []


def test_never_answered_is_unknown_and_no_busy_loop(build, root, tmp):
    with Rig(build, root, tmp, keys={"break_timeout": "500ms", "halt_max": "60s", "stop_max": "1s"}) as rig:
        s, t = rig.one, rig.target
        s.wait("armed")
        t.command("fault deaf")
        s.verb("break", code=5)
        assert s.wait("alarm")["what"] == "break-in unanswered"
        before, bytes_before = rig.cpu_seconds(), t.count("breakin_byte")
        asked = s.status()["breaks_sent"]
        t.let_pass(300_000)  # three seconds of wall time
        assert s.status()["state"] == "unknown"
        assert rig.cpu_seconds() - before < 0.3
        assert s.status()["breaks_sent"] == asked
        assert t.count("breakin_byte") == bytes_before
        for verb in ("break", "go", "arm", "disarm"):
            s.verb(verb, code=5)
        s.verb("hold", "1m", code=5)
        assert rig.stop() == 5
        assert any(line.startswith("livedebug: unknown") for line in rig.daemon.lines), rig.daemon.lines
