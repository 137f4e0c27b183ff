"""The puzzles of the house, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from latplan.domains.blocksworld import Blocksworld
from latplan.domains.domain import ImageDomain
from latplan.domains.hanoi import Hanoi
from latplan.domains.lights_out import LightsOut
from latplan.domains.sliding_tiles import SlidingTiles
from latplan.domains.sokoban import LEVELS, Sokoban
from latplan.domains.tiles import digit_tiles, photograph_tiles

#: Pixels along the side of a tile that slides.
SIDE = 14

DOMAINS: dict[str, Callable[[], ImageDomain]] = {
    "8-puzzle": lambda: SlidingTiles("8-puzzle", digit_tiles(9, SIDE), 3),
    "15-puzzle-digits": lambda: SlidingTiles("15-puzzle-digits", digit_tiles(16, SIDE), 4),
    "15-puzzle": lambda: SlidingTiles("15-puzzle", photograph_tiles(4, SIDE), 4),
    "8-puzzle-photograph": lambda: SlidingTiles("8-puzzle-photograph", photograph_tiles(3, SIDE), 3),
    "lightsout": lambda: LightsOut("lightsout", 5),
    "lightsout-twisted": lambda: LightsOut("lightsout-twisted", 5, twisted=True),
    "sokoban": lambda: Sokoban("sokoban", LEVELS["sokoban"]),
    "sokoban-corridor": lambda: Sokoban("sokoban-corridor", LEVELS["sokoban-corridor"]),
    "sokoban-rooms": lambda: Sokoban("sokoban-rooms", LEVELS["sokoban-rooms"]),
    "blocksworld": lambda: Blocksworld("blocksworld", 4, 3),
    "hanoi": lambda: Hanoi("hanoi", 4, 3),
    "hanoi-5": lambda: Hanoi("hanoi-5", 5, 3),
}


@cache
def domain(name: str) -> ImageDomain:
    """The puzzle of that name; ValueError if there is none."""
    if name not in DOMAINS:
        raise ValueError(f"there is no puzzle {name!r}; there are {', '.join(DOMAINS)}")
    return DOMAINS[name]()
