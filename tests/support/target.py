"""The target stand-in as a test sees it: its process, its commands and its truth as it happens."""

import json
import os
import subprocess
import threading
import time


class Target:
    """Use as `with Target(build, tmp, "--hits", 3) as t:`; t.link is the serial port."""

    def __init__(self, build, folder, *args, speed=50, limit=20.0):
        self.link, self.limit = str(folder / "COM1"), limit
        self.log, self.at = [], 0  # all truth so far; how much of it wait() has passed
        self.marks = 0
        self.news = threading.Condition()
        self.path = folder / "truth"
        read_end, write_end = os.pipe()
        command = [str(build / "bench" / "target"), "--link", self.link, "--speed", str(speed),
                   "--truth", f"/dev/fd/{write_end}", *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        pass_fds=[write_end], text=True, bufsize=1)
        os.close(write_end)
        self.reader = threading.Thread(target=self._read, args=[read_end], daemon=True)
        self.reader.start()
        assert self.process.stdout.readline() == f"ready {self.link}\n"

    def _read(self, read_end):
        """Always read, so that a target that nobody waits for is not held up; keep a copy."""
        with open(read_end, encoding="utf-8") as truth, open(self.path, "w", encoding="utf-8") as copy:
            for line in truth:
                copy.write(line)
                with self.news:
                    self.log.append(json.loads(line))
                    self.news.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.process.stdin.close()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; all of the truth is then in self.log, its last line is returned."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(self.limit)
        self.reader.join(self.limit)
        return self.log[-1]

    def _find(self, event, members):
        while self.at < len(self.log):
            found = self.log[self.at]
            self.at += 1
            if found["event"] == event and members.items() <= found.items():
                return found
        return None

    def wait(self, event, **members):
        """The next such event that no earlier wait() has passed."""
        end = time.monotonic() + self.limit
        with self.news:
            while not (found := self._find(event, members)):
                if not self.news.wait(end - time.monotonic()):
                    raise TimeoutError(f"no {event} {members}; the last were {self.log[-5:]}")
        return found

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        assert answer.startswith("ok "), answer
        return answer[3:]

    def state(self):
        return json.loads(self.command("state"))

    def count(self, event, **members):
        """How many such events there were when it was called."""
        self.marks += 1
        mark = {"event": "mark", "text": f"count {self.marks}"}
        self.command(f"mark {mark['text']}")
        n, i = 0, 0
        with self.news:
            while True:
                while i == len(self.log):
                    assert self.news.wait(self.limit)
                if mark.items() <= self.log[i].items():
                    return n
                n += self.log[i]["event"] == event and members.items() <= self.log[i].items()
                i += 1

    def let_pass(self, milliseconds):
        """Wait until so much bench time is over."""
        self.command(f"wait {milliseconds}ms")
