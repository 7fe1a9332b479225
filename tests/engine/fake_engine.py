"""An engine that does what it is told: what a request's ``run`` says, in words one after another.

Run as a script, without the package, so that it starts at once. A word is ``name`` or
``name=value``; see the functions below.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import Any

requests: queue.Queue[str | None] = queue.Queue()
commands: queue.Queue[str] = queue.Queue()
stop = threading.Event()
deaf = threading.Event()


def say(kind: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"event": kind, **values}) + "\n")
    sys.stdout.flush()


def listen() -> None:
    for line in sys.stdin:
        values = json.loads(line)
        if values.get("command") == "stop":
            stop.set()
        elif "command" in values:
            commands.put(values["command"])
        else:
            stop.clear()
            requests.put(values["run"])
    if not deaf.is_set():
        os._exit(0)


def stage(value: str) -> None:
    say("StageStarted", stage=value or "learn", text="learning")


def finish_stage(value: str) -> None:
    say("StageFinished", stage=value or "learn", seconds=1.0, summary={})


def progress(value: str) -> None:
    for done in range(int(value)):
        say("Progress", stage="learn", done=done, total=int(value), text="")


def flood(value: str) -> None:
    total = int(value)
    for step in range(total):
        say("Progress", stage="learn", done=step, total=total, text="")
        say("Losses", step=step, total_steps=total, terms={"data": 1.0 / (step + 1)})


def garbage(_: str) -> None:
    for junk in (b"hello\n", b'{"event": "Nonsense"}\n', b"\xff\xfe\n", b"[1]\n", b"\n", b"{}\n"):
        sys.stdout.buffer.write(junk)
    sys.stdout.buffer.flush()


def errors(value: str) -> None:
    for number in range(int(value)):
        sys.stderr.write(f"complaint {number}\n")
    sys.stderr.flush()


def die(value: str) -> None:
    os._exit(int(value))


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(_: str) -> None:
    deaf.set()
    while True:
        time.sleep(0.05)


def child(_: str) -> None:
    code = "import time; time.sleep(600)"
    started = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL)
    say("Notice", text=str(started.pid), level="info")


def wait(_: str) -> None:
    while not stop.wait(0.01):
        try:
            word = commands.get_nowait()
        except queue.Empty:
            continue
        replies = {"pause": "Paused", "continue": "Continued"}
        if word in replies:
            say(replies[word])
        else:
            say("Notice", text=word, level="info")


def env(value: str) -> None:
    say("Notice", text=os.environ.get(value, ""), level="info")


def work(script: str) -> None:
    for word in script.split():
        name, _, value = word.partition("=")
        globals()[name](value)
    if stop.is_set():
        say("Halted")
    else:
        say("Finished", result={"script": script, "pid": os.getpid()})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=listen, daemon=True).start()
    while True:
        script = requests.get()
        if script is not None:
            work(script)
