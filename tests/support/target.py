"""The target stand-in as a test sees it: its process, its commands and its truth as it happens."""

import json
import os
import select
import subprocess
import time


class Target:
    """Use as `with Target(build, tmp, "--hits", "3") as t:`; t.link is the serial port."""

    def __init__(self, build, folder, *args, speed=50, limit=20.0):
        self.link, self.limit = str(folder / "COM1"), limit
        self.path = folder / "truth"
        self.log, self.events, self.rest = [], [], b""
        read_end, write_end = os.pipe()
        command = [str(build / "bench" / "target"), "--link", self.link, "--speed", str(speed),
                   "--truth", f"/dev/fd/{write_end}", *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        pass_fds=[write_end], text=True, bufsize=1)
        os.close(write_end)
        self.truth = read_end
        assert self.process.stdout.readline() == f"ready {self.link}\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        os.close(self.truth)
        self.process.stdin.close()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; all of the truth is then in self.log, its last line is returned."""
        if self.process.poll() is None:
            self.process.terminate()
        while self._more(self.limit):
            pass
        self.process.wait(self.limit)
        self.path.write_text("".join(json.dumps(e) + "\n" for e in self.log))
        return self.log[-1]

    def _more(self, limit):
        """Some more truth; False at its end."""
        if not select.select([self.truth], [], [], limit)[0]:
            raise TimeoutError(f"no truth; so far {self.log[-5:]}")
        data = os.read(self.truth, 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        new = [json.loads(line) for line in lines]
        self.log += new
        self.events += new
        return data != b""

    def wait(self, event, **members):
        """The next such event that no earlier wait() has passed."""
        end = time.monotonic() + self.limit
        while True:
            while self.events:
                found = self.events.pop(0)
                if found["event"] == event and members.items() <= found.items():
                    return found
            self._more(end - time.monotonic() if time.monotonic() < end else 0)

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        assert answer.startswith("ok "), answer
        return answer[3:]

    def state(self):
        return json.loads(self.command("state"))

    def count(self, event, **members):
        """How many such events there were until now (the `state` answer comes after them)."""
        self.state()
        while select.select([self.truth], [], [], 0)[0] and self._more(0):
            pass
        return sum(e["event"] == event and members.items() <= e.items() for e in self.log)

    def let_pass(self, milliseconds):
        """Wait until so much bench time is over."""
        end = self.state()["t"] + milliseconds
        while self.state()["t"] < end:
            pass
