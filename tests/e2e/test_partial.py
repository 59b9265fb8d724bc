"""A breakpoint that fails is told, and the target runs."""

import pytest

from support.scene import NAME, Scene

WAYS = {
    "cannot_resolve": ('bp nt!NoSuchFunction ";kb;g"', "NoSuchFunction", []),
    "deferred": ('bp leaky2!Allocate ";kb;g"', "deferred", []),
    "command_string": ('bp nt!MmAllocateSpecialPool ";kb;frobnicate;g"', "own command", []),
}


@pytest.mark.parametrize("way", WAYS)
def test_partial(root, build, tmp, seed, way):
    command, why, table = WAYS[way]
    with Scene(root, build, tmp, seed=seed, speed=20, target=["--hits", 2, "--rate", 2], arm=command) as s:
        told = s.event("partial")
        assert why in told.event["why"], told
        s.daemon.wait_status(NAME, state="running", arm="partial")
        assert s.state_is_running() and s.table() == table
        assert why in s.daemon.status(NAME)["why"]
        s.check_typing()
