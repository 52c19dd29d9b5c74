"""Suppliers as control servers on loopback: each in a thread of its own, changed while the story goes on."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from beffroi.proof.exchange import Answer
from tests.proof.asking import Asked, Control, answer
from tests.proof.serving import served


@dataclass
class Supplier:
    """A service (simulated) at an address; `control` decides what it answers, None is a server that fails."""

    control: Control | None
    url: str = ""

    def __call__(self, request: Asked) -> Answer:
        if self.control is None:
            return answer(503, "closed (simulated)", "text/plain")
        return self.control(request)


@contextmanager
def open_supplier(control: Control, path: str = "/ogc") -> Iterator[Supplier]:
    """A supplier that answers while the block runs."""
    supplier, ready, stop = Supplier(control), threading.Event(), threading.Event()

    async def serve() -> None:
        async with served(supplier) as origin:
            supplier.url = f"{origin}{path}"
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.05)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(30), "the supplier did not start"
    try:
        yield supplier
    finally:
        stop.set()
        thread.join(20)
