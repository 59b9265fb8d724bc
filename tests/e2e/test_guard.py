"""The guard over the whole chain: what halts cost, a storm, its sample, the end of the job."""

import json
import subprocess
import time

from support.scene import Scene


def truth_ms(scene, whys, since=0):
    """What the target really stood still for these, in ms of its own time; a span belongs to its first cause."""
    spans = [s for s in scene.halts() if s[1] is not None and s[2][0] in whys and s[0] >= since]
    return sum(end - begin for begin, end, _ in spans), len(spans)


def test_estimated_halts_are_near_the_truth(root, build, tmp):
    """At a rate of the line at which bench time is wall time, so that the daemon's model is not scaled."""
    with Scene(root, build, tmp, target=["--hits", 30, "--rate", 5], speed=1, baud=115200 * 4, settle="300ms") as s:
        s.event("armed")
        s.wait_hits(30)
        estimated = [r.event["ms"] for r in s.events("halt_end", owner="hit")]
        real, count = truth_ms(s, {"hit"})
        assert len(estimated) == count == 30
        assert all(r.event.get("estimate") for r in s.events("halt_end", owner="hit"))
        assert abs(sum(estimated) - real) <= 0.2 * real, (sum(estimated), real)
        print(f"estimated {sum(estimated)} ms, real {real:.0f} ms")
        halts = s.daemon.status("livedebug")["halts"]
        assert halts["hit"]["count"] == 30 and halts["hit"]["estimate"] is True
        assert abs(halts["total_ms"] - sum(r.event["ms"] for r in s.events("halt_end"))) <= 1
        assert set(halts["owners"]) == {"arming", "hit"}
        assert "HALTED" in s.daemon.verb("status")


STORM = {"baud": 115200 * 4, "speed": 1, "settle": "100ms", "hits_per_minute": "20"}


def test_a_storm_is_paused_within_its_minute(root, build, tmp):
    """1,000 calls a second: what hits and guard halt stays below the limit of the storm's own minute."""
    with Scene(root, build, tmp, target=["--hits", 100000, "--rate", 1000], **STORM | {
            "halt_duty": "warn 5% act 10%", "hits_per_minute": "auto"}) as s:
        s.event("armed")
        storm = s.event("storm", mode="pause")
        s.event("break", owner="guard", cause="too many hits: bd *")
        s.event("paused")
        assert s.daemon.status("livedebug")["arm"] == "paused"
        assert s.state_is_running() and s.table() == []
        first = s.truth("hit")[0]["t"]
        halted, _ = truth_ms(s, {"hit", "rehit", "step", "break-in"}, first)
        assert halted <= 0.1 * 60000, halted  # the hold-off, 5 minutes, is longer than that minute
        assert storm.event["hits"] == len(s.events("hit")) or len(s.events("hit")) - storm.event["hits"] < 5
        s.check_typing()


def test_a_sample_scales_to_the_truth(root, build, tmp):
    with Scene(root, build, tmp, target=["--hits", 100000, "--rate", 1000], **STORM | {
            "on_storm": "sample", "storm_hold_off": "3s"}) as s:
        s.event("paused")
        windows, spans = [], []
        for _ in range(3):
            begin = s.event("armed").seq
            window = s.event("storm", mode="sample")
            assert window.event["clock"] == "target"
            windows.append(window.event)
            spans.append((begin, window.seq))
        hits = [r.seq for r in s.events("hit")]
        for (begin, end), window in zip(spans, windows):
            assert sum(begin < seq < end for seq in hits) <= window["hits"]
        scaled = sum(w["hits"] / w["factor"] for w in windows)
        clocks = [s.moment(r)[0] for r in s.typed() if r.text.startswith(".time")]  # disable, enable, disable, ...
        s.target.count("mark")
        real = sum(t["event"] in ("hit", "pass") and clocks[0] < t["t"] <= clocks[6] for t in s.target.log)
        assert abs(scaled - real) <= 0.2 * real, (scaled, real)
        print(f"scaled {scaled:.0f}, real {real}")
        s.daemon.stop()
        told = subprocess.run([build / "livedebug", "report", "--format", "json", s.tmp / "state" / "livedebug.journal"],
                              capture_output=True, text=True, timeout=20, check=True)
        report = json.loads(told.stdout)
        assert [round(w["factor"], 6) for w in report["samples"]] == [w["factor"] for w in windows]
        before = sum(r < spans[0][0] for r in hits)  # the storm's own, each of which counts once
        assert abs(report["weight"] - before - real) <= 0.2 * real, (report["weight"], before, real)


def test_stop_after_disarms_and_keeps_the_session(root, build, tmp):
    with Scene(root, build, tmp, target=["--hits", 50, "--rate", 20], stop_after="3 hits, 72h", baud=115200) as s:
        s.event("break", owner="guard", cause="stop_after is reached")
        s.event("finished")
        status = s.daemon.status("livedebug")
        assert (status["state"], status["arm"]) == ("running", "disarmed")
        assert s.state_is_running() and s.table() == []
        assert status["kd_pid"] > 0


def test_stop_after_counts_over_a_sudden_death(root, build, tmp):
    with Scene(root, build, tmp, stop_after="5 hits, 72h", baud=115200) as s:
        s.event("armed")
        s.target.command("hits 3")
        s.wait_hits(3)
        state = tmp / "state" / "livedebug.state"
        end = time.monotonic() + 20
        while json.loads(state.read_text())["hits"] < 3:
            assert time.monotonic() < end, state.read_text()
            time.sleep(0.01)
        s.kill_daemon()
        s.start()
        s.event("armed")
        s.target.command("hits 9")
        s.event("finished")
        assert s.state_is_running() and s.table() == []
        assert len(s.truth("hit")) >= 5 and len(s.events("finished")) == 1
        s.kill_daemon()
        s.start()
        s.daemon.wait_status("livedebug", state="running", arm="disarmed")  # and it is for good
        assert s.table() == []
        assert s.daemon.verb("arm", "livedebug")
        s.event("armed")
        assert json.loads(state.read_text())["hits"] < 5  # anew; some of the nine are still to come
