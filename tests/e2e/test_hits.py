"""Armed from the boot on: every hit of the target's truth is in kd's log and in the journal."""

import pytest

from support.platform import PLATFORM
from support.scene import SLOW, Scene, stacks

# The wire's own time of arming, by the formula of the KD serial protocol's framing: header and trailer 17, a
# control packet 16. A state change with its ACK is 277 bytes, a request and its reply 178 and their data, a
# context 1232, Continue 89 bytes. Arming takes the load notice, two stops (the second by a break that was sent
# twice), each with a context, four reads for the banner, 32 breakpoints cleared, one set.
STOP, TRIP, CONTEXT, GO = 277, 178, 178 + 1232, 89
ARMING = (STOP + GO) + 2 * (STOP + CONTEXT + GO) + 4 * (TRIP + 216) + 33 * TRIP
BAUD = 115200


@pytest.mark.timeout(90)
@pytest.mark.parametrize("hits, rate, speed", [(50, 10, 1), (500, 20, 50)], ids=["true_pace", "fast"])
def test_every_hit_is_on_record(root, build, tmp, seed, hits, rate, speed):
    hits = hits if PLATFORM.name == "linux" else hits // 5  # a hit takes Wine a tenth of a second
    with Scene(root, build, tmp, speed=speed, seed=seed, baud=BAUD,
               settle="1s" if speed == 1 else "100ms", target=["--hits", hits, "--rate", rate]) as s:
        s.event("armed")
        s.wait_hits(hits)
        spans, truth = s.halts(), s.truth("hit")
        assert len(truth) == hits == len(s.events("hit"))
        # kd's and our own time is not divided by the speed: 50 ms of it.
        own = 2000 + ((50 if PLATFORM.name == "linux" else 500) * speed * SLOW if speed > 1 else 0)
        arming = [span for span in spans if "break-in" in span[2]]
        begin = s.truth("connected")[0]["t"]
        assert arming[-1][1] - begin <= ARMING * 10 * 1000 / BAUD + own, (begin, arming)
        for span in spans:
            if span[0] > arming[-1][1]:
                assert set(span[2]) <= {"hit", "step"}, span
            assert span[1] is not None, span
        stacks_wanted = [t["stack"] for t in truth]
        assert stacks(s.kd_log()) == stacks_wanted
        assert stacks(s.said_lines()) == stacks_wanted
        assert len(s.events("break")) == 1
        s.check_typing()
