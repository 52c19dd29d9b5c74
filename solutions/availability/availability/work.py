"""The work: take in what changes, forecast, write results, and go on after whatever goes wrong."""

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from availability import VERSION
from availability.config import Config
from availability.listener import Listener
from availability.mapping import Missing, apply, join, read_mapping, whole_of
from availability.memory import Memory, load
from availability.node import Node
from availability.results import result
from availability.trouble import Denied, Trouble

NEEDS = {
    "BikeHireDockingStation": ("availableBikeNumber", "totalSlotNumber"),
    "EVChargingStation": ("availableCapacity", "capacity"),
}
"""What is free and how many there are, by the type that this program asks for."""
LONGEST_PAUSE_S = 60.0
SAVE_S = 30.0


@dataclass
class Work:
    """One run of the program."""

    config: Config
    node: Node = field(init=False)
    memory: Memory = field(init=False)
    mapping: list[dict[str, Any]] = field(init=False)
    fresh: set[str] = field(default_factory=set)
    parts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    written: int = 0
    incomplete: int = 0
    state: str = "starting"
    subscription: str = ""

    def __post_init__(self) -> None:
        self.mapping = [each for each in read_mapping(self.config.mapping) if each["need"] in NEEDS]
        self.memory = load(self.config.state)
        self.node = Node(self.config)

    def status(self) -> dict[str, Any]:
        """How things are, for whoever looks."""
        return {
            "solution": "availability",
            "version": VERSION,
            "state": self.state,
            "things": len(self.memory.known),
            "written": self.written,
            "incomplete": self.incomplete,
            "subscribed": bool(self.subscription),
            "error": self.memory.error(),
        }

    def once(self) -> int:
        """Ask for everything, write every result; how many. Raises Trouble or Denied."""
        self.poll()
        self.fresh |= set(self.memory.known)
        made = self.write()
        self.memory.save(self.config.state)
        return made

    def poll(self) -> None:
        """Ask for every entity. A type that is not granted is left out with a sentence; Denied if all are."""
        refused: list[str] = []
        for mapping in self.mapping:
            try:
                self.take(list(self.node.entities(mapping["from"])))
            except Denied as denial:
                refused.append(str(denial))
                say("denied", need=mapping["need"], reason=str(denial))
        if len(refused) == len(self.mapping):
            raise Denied(refused[0])

    def take(self, entities: list[dict[str, Any]]) -> None:
        """Map entities and take in what they say; one that cannot be mapped is counted and left."""
        for entity in entities:
            types = entity.get("type")
            for mapping in self.mapping:
                if types != mapping["from"] and not (isinstance(types, list) and mapping["from"] in types):
                    continue
                mapped, missing = self._mapped(mapping, entity)
                available, capacity = NEEDS[mapping["need"]]
                if {available, capacity} & set(missing):
                    self.incomplete += 1
                elif self.memory.take(mapped, available, capacity):
                    self.fresh.add(str(mapped["id"]))

    def _mapped(
        self, mapping: dict[str, Any], entity: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """What an entity becomes; a part of a whole, what the whole becomes with all parts known so far."""
        if "group" not in mapping:
            return apply(mapping, entity)
        try:
            whole = whole_of(mapping, entity)
        except Missing as reason:
            return {"id": entity.get("id")}, dict.fromkeys(mapping["attributes"], str(reason))
        parts = self.parts.setdefault(f"{mapping['need']} {whole}", {})
        parts[str(entity.get("id"))] = entity
        return join(mapping, whole, list(parts.values()))

    def write(self) -> int:
        """Write the results of all that is fresh; it stays fresh until the node has taken it."""
        ids = sorted(id for id in self.fresh if id in self.memory.known)
        entities = [result(self.memory.known[id], self.memory.ahead(id)) for id in ids]
        if entities:
            self.node.write(entities)
        self.fresh -= set(ids)
        self.written += len(entities)
        return len(entities)

    def run(self, listener: Listener | None) -> None:
        """Go on until the process is ended. Raises Denied when the node grants nothing of what is needed."""
        pause, polled, saved = 1.0, 0.0, time.monotonic()
        while True:
            try:
                if listener is not None and not self.subscription:
                    self.subscribe(listener)
                if time.monotonic() - polled >= self.config.poll_seconds or polled == 0.0:
                    self.poll()
                    polled = time.monotonic()
                self.take(listener.drain() if listener is not None else [])
                if made := self.write():
                    say("results", written=made, all=self.written)
                self.state, pause = "running", 1.0
            except Trouble as trouble:
                self.state = "waiting"
                say("trouble", reason=str(trouble), again_in=pause)
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
                continue
            if time.monotonic() - saved >= SAVE_S:
                self.memory.save(self.config.state)
                saved = time.monotonic()
            self._wait(listener)

    def subscribe(self, listener: Listener) -> None:
        """Ask to be told of changes; where that is not granted, polling has to do."""
        try:
            self.subscription = self.node.subscribe(
                [each["from"] for each in self.mapping], listener.callback
            )
            say("subscribed", types=[each["from"] for each in self.mapping])
        except Denied as denial:
            self.subscription = "polling"
            say("polling", reason=str(denial))

    def end(self) -> None:
        """Keep what is known and take the subscription back."""
        self.memory.save(self.config.state)
        if self.subscription.startswith("/"):
            try:
                self.node.unsubscribe(self.subscription)
            except (Trouble, Denied) as failure:
                say("trouble", reason=str(failure))

    def _wait(self, listener: Listener | None) -> None:
        if listener is None or not self.subscription.startswith("/"):
            time.sleep(min(self.config.poll_seconds, self.config.result_seconds))
        elif listener.came.wait(self.config.result_seconds):
            time.sleep(min(1.0, self.config.result_seconds))  # what changes together is written together


def say(what: str, **more: Any) -> None:
    """One line of JSON for whoever started the program."""
    print(json.dumps({"event": what, **more}, ensure_ascii=False), file=sys.stderr, flush=True)
