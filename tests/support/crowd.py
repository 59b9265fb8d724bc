"""A hostile crowd at a control socket, as a process of its own: `crowd.py SOCKET COUNT SEED`.

Half of them send garbage and begin anew when they are dropped, half ask without end and never read.
Says `ready` when all are connected, then works until its stdin ends, and says how many lines it sent.
"""

import random
import select
import socket
import sys

STATUS = b'{"version":1,"verb":"status"}\n'
ASK = STATUS * 20 + b'{"version":1,"verb":"events","follow":true}\n'


def dial(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.setblocking(False)
    return client


def garbage(rng):
    kind = rng.randrange(3)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 2000)) + b"\n"
    if kind == 1:
        return b'{"version":1,"verb":"' + rng.randbytes(20).hex().encode() + b'"}\n'
    return b"[" * rng.randrange(1, 20000)  # no end; a line that is too long among them


def push(client, data):
    """False: the daemon has closed it."""
    try:
        client.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def drain(client):
    try:
        while client.recv(65536):
            pass
    except OSError:
        pass


def main(path, count, seed):
    rng, sent = random.Random(seed), 0
    noisy = [dial(path) for _ in range(count // 2)]
    deaf = [dial(path) for _ in range(count - count // 2)]
    for client in deaf:
        push(client, ASK)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.002)[0]:  # a pace, so that it is no race for the processor
        for i in rng.sample(range(len(noisy)), 5):
            sent += 1
            drain(noisy[i])
            if not push(noisy[i], garbage(rng)):
                noisy[i].close()
                noisy[i] = dial(path)
        for i in rng.sample(range(len(deaf)), 1):
            sent += 1
            if not push(deaf[i], STATUS):
                deaf[i].close()
                deaf[i] = dial(path)
                push(deaf[i], ASK)
    print(sent, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
