"""What the tests of the report share."""
import subprocess

import pytest


@pytest.fixture
def run(build, tmp):
    def call(*args, stdin=b""):
        return subprocess.run([build / "livedebug", "report", *args], cwd=tmp, input=stdin, capture_output=True,
                              timeout=20, check=False)
    return call
