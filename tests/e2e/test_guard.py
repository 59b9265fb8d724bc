"""The guard over the whole chain: what halts cost, a storm, its sample, the end of the job."""

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
        assert "halted " in s.daemon.verb("status")
