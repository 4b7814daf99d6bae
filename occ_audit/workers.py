"""Runs tasks in processes of their own, so that none waits for Python's lock of another.

What a task returns goes through an anonymous pipe from one of our processes to the other, secrets
too; nothing is stored. The processes are forks: where there is no safe fork, there are no workers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import multiprocessing
import operator
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from occ_audit.model import Finding, Location, Origin, Part
from occ_audit.secret import Secret

NUMBER = 2
"""Bytes of a task's number; all numbers fit into a pipe."""
Told = Callable[[Any], object]
"""Takes what a task tells while it runs."""
Result = TypeVar("Result")


def available() -> bool:
    """Say whether this process can be forked: on Linux, while it has a single thread."""
    return sys.platform == "linux" and threading.active_count() == 1


@contextlib.contextmanager
def running(
    tasks: Sequence[Callable[[Told], Result]], jobs: int, told: Told
) -> Iterator[Callable[[], list[Result]]]:
    """Begin tasks in so many processes, each one after the other; give what waits for results.

    It returns what the tasks return, in their order, and raises what one of them raises. `told`
    gets what they tell, in a thread. The processes are ended with the block.
    """
    context = multiprocessing.get_context("fork")
    running: list[Connection] = []
    processes = []
    turns = _turns(len(tasks))
    try:
        for _ in range(min(jobs, len(tasks))):
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(tasks, turns, there), daemon=True)
            process.start()
            there.close()
            running.append(here)
            processes.append(process)
        with ThreadPoolExecutor(max_workers=1) as pool:
            results = pool.submit(_results, running, told)
            try:
                yield lambda: [done for _, done in sorted(results.result().items())]
            finally:
                _end(processes)  # what is received from them ends with them
    finally:
        os.close(turns)
        _end(processes)


def _results(running: list[Connection], told: Told) -> dict[int, Any]:
    """Return what tasks return, by their numbers."""
    results: dict[int, Any] = {}
    while running:
        for ready in cast(list[Connection], wait(running)):
            kind, value = _received(ready)
            if kind == "told":
                told(value)
            elif kind == "raised":
                raise value
            elif kind == "returned":
                results.update([value])
            else:
                running.remove(ready)
    return results


def _end(processes: Iterable[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
        process.join()


def _turns(tasks: int) -> int:
    """Return a pipe from which each process takes the number of the next task."""
    here, there = os.pipe()
    os.write(there, b"".join(number.to_bytes(NUMBER) for number in range(tasks)))
    os.close(there)
    return here


def _work(tasks: Sequence[Callable[[Told], object]], turns: int, out: Connection) -> None:
    # An interrupt from the terminal reaches all processes; the one that started us ends us, in a
    # way that lets us end what we started.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with contextlib.suppress(BrokenPipeError, SystemExit):
        try:
            while turn := os.read(turns, NUMBER):
                number = int.from_bytes(turn)
                done = tasks[number](lambda value: _send(out, "told", value))
                _send(out, "returned", (number, done))
            _send(out, "ended", None)
        except BrokenPipeError:
            raise
        except Exception as error:
            import traceback  # needed for a fault of ours alone

            error.add_note(f"raised in a process of its own:\n{traceback.format_exc()}")
            _send(out, "raised", error)
        out.close()


def _received(connection: Connection) -> tuple[str, Any]:
    try:
        received: tuple[str, Any] = pickle.loads(connection.recv_bytes())  # noqa: S301 - of ours
    except EOFError:
        return "raised", RuntimeError("a worker process ended before its work was done")
    return received


def _send(connection: Connection, kind: str, value: object) -> None:
    data = io.BytesIO()
    pickler = pickle.Pickler(data, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _TAKEN_APART
    pickler.dump((kind, value))
    connection.send_bytes(data.getbuffer())


def _by_fields(kind: type) -> Callable[[Any], tuple[type, tuple[object, ...]]]:
    """Return what takes a dataclass apart: of thousands, the usual way takes twice as long."""
    values = operator.attrgetter(*(field.name for field in dataclasses.fields(kind)))
    return lambda one: (kind, values(one))


def _secret(value: bytes, identity: bytes, public: bool) -> Secret:
    return Secret(value, identity, public=public)


_TAKEN_APART: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    # A secret refuses to be pickled by itself, because a pickle could be stored.
    Secret: lambda one: (_secret, (one.reveal(), one.decoded(), one.public)),
    **{kind: _by_fields(kind) for kind in (Finding, Location, Origin, Part)},
}
