"""Serve one simulated portal: `python -m beffroi.simulation lille-like --port 0 --seed 7`."""

import asyncio
from argparse import ArgumentParser

from beffroi.simulation.portal import PORTALS, WALL_CLOCK, Clock, serve
from beffroi.simulation.world.moment import moment_of


def main() -> None:
    parser = ArgumentParser(prog="beffroi.simulation", description=__doc__)
    parser.add_argument("portal", choices=sorted(PORTALS))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tick", type=int, help="stand still at this tick instead of following the clock")
    said = parser.parse_args()
    tick: int | None = said.tick
    clock: Clock = WALL_CLOCK if tick is None else lambda: moment_of(tick)
    asyncio.run(serve(PORTALS[said.portal](said.seed), host=said.host, port=said.port, clock=clock))


if __name__ == "__main__":
    main()
