"""All options of the engine, in the order in which they are declared."""

from __future__ import annotations

from engine.uci.option import Option
from engine.uci.option import Settings as _Settings
from engine.uci.tree_options import SEARCHES, TREE_OPTIONS

#: The ratings that can be asked for; see `engine.strength`.
LOWEST_ELO, HIGHEST_ELO = 1000, 2850
#: Boards on which Hexapawn is offered as a variant.
HEXAPAWNS = tuple(f"hexapawn{files}x{ranks}" for files in range(3, 9) for ranks in range(3, 9))


OPTIONS: tuple[Option, ...] = (
    Option("Hash", "spin", 64, 1, 1 << 20),
    Option("Clear Hash", "button"),
    Option("Threads", "spin", 1, 1, 256),
    Option("MultiPV", "spin", 1, 1, 256),
    Option("Ponder", "check", False),
    Option("Move Overhead", "spin", 20, 0, 5000),
    Option("UCI_Chess960", "check", False),
    Option("UCI_Variant", "combo", "chess", choices=("chess", *HEXAPAWNS)),
    Option("UCI_LimitStrength", "check", False),
    Option("UCI_Elo", "spin", 1800, LOWEST_ELO, HIGHEST_ELO),
    Option("UCI_ShowWDL", "check", False),
    Option("UCI_AnalyseMode", "check", False),
    Option("UCI_Opponent", "string"),
    Option("OwnBook", "check", False),
    Option("BookFile", "string"),
    Option("SyzygyPath", "string"),
    Option("SyzygyProbeDepth", "spin", 1, 1, 100),
    Option("Search", "combo", "alphabeta", choices=SEARCHES),
    Option("VerboseMoveStats", "check", False),
    Option("Evaluation", "combo", "nnue", choices=("nnue", "classical", "material")),
    Option("EvalFile", "string"),
    Option("Log File", "string"),
    Option("Reproducible Output", "check", False),
    *TREE_OPTIONS,
)


class Settings(_Settings):
    """The values of all options."""

    def __init__(self) -> None:
        super().__init__({option.name.lower(): option for option in OPTIONS})
