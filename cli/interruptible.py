"""A searcher that Ctrl-C ends: kernels do not see it, so they work in another thread while this one waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillSearching

from search.searcher import Limits, OnInfo, Result, Root, Searcher, Stop

#: Seconds between looks at whether Ctrl-C was pressed.
PATIENCE = 0.1


class Interruptible(Searcher):
    """Another searcher; on Ctrl-C its search is stopped, and KeyboardInterrupt raised when it has ended."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def new_game(self) -> None:
        """See `search.searcher.Searcher.new_game`."""
        self._searcher.new_game()

    def compile(self) -> None:
        """See `search.searcher.Searcher.compile`."""
        self._searcher.compile()

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`."""
        stop = stop or Stop()
        with ThreadPoolExecutor(1, "search") as pool:
            search = pool.submit(self._searcher.search, root, limits, on_info, stop)
            try:
                while True:
                    try:
                        return search.result(PATIENCE)
                    except StillSearching:
                        continue
            finally:
                stop.set()
