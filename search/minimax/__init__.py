"""Minimax with memory: solves games that are small enough, exactly."""

from search.minimax.packing import Packing, pack, register_packing, unpack
from search.minimax.searcher import Minimax
from search.minimax.solution import Entry, Solution, solve

__all__ = ["Entry", "Minimax", "Packing", "Solution", "pack", "register_packing", "solve", "unpack"]
