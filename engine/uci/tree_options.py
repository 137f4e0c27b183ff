"""The options of Monte Carlo tree search, named as Lc0 names them where it has the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.uci.option import Option, Settings

if TYPE_CHECKING:
    from search.mcts import Options, Temperature

#: How moves are searched, by the values of the option Search.
SEARCHES = ("alphabeta", "mcts", "policy", "value")

#: Those that decide what the evaluator is: with another one, the searcher is made anew.
EVALUATOR_OPTIONS: tuple[Option, ...] = (
    Option("WeightsFile", "string"),
    Option("Backend", "combo", "auto", choices=("auto", "torch", "compiled", "onnx")),
    Option("Precision", "combo", "auto", choices=("auto", "float32", "bfloat16", "int8")),
    Option("Device", "combo", "cpu", choices=("cpu", "cuda")),
    Option("MinibatchSize", "spin", 8, 1, 1024),
    Option("EvalCache", "spin", 32, 0, 1 << 16),
)

_SEARCH_OPTIONS: tuple[Option, ...] = (
    Option("Selection", "combo", "auto", choices=("auto", "puct", "uct", "gumbel")),
    Option("CPuct", "string", "1.25", real=(0, 100)),
    Option("CPuctBase", "string", "19652", real=(1, 1e9)),
    Option("CPuctFactor", "string", "1", real=(0, 1000)),
    Option("FpuStrategy", "combo", "reduction", choices=("reduction", "absolute")),
    Option("FpuValue", "string", "0.3", real=(-100, 100)),
    Option("FpuStrategyAtRoot", "combo", "reduction", choices=("reduction", "absolute")),
    Option("FpuValueAtRoot", "string", "0.1", real=(-100, 100)),
    Option("PolicyTemperature", "string", "1", real=(0.1, 10)),
    Option("RootPolicyTemperature", "string", "1", real=(0.1, 10)),
    Option("DrawScore", "string", "0", real=(-1, 1)),
    Option("MovesLeftMaxEffect", "string", "0.03", real=(0, 1)),
    Option("MovesLeftSlope", "string", "0.003", real=(0, 1)),
    Option("MovesLeftThreshold", "string", "0.8", real=(0, 0.999)),
    Option("VirtualLoss", "string", "1", real=(0, 1)),
    Option("NoiseEpsilon", "string", "0", real=(0, 1)),
    Option("NoiseAlpha", "string", "0.3", real=(0.001, 1000)),
)

_TEMPERATURE_OPTIONS: tuple[Option, ...] = (
    Option("Temperature", "string", "0", real=(0, 100)),
    Option("TempDecayDelayMoves", "spin", 0, 0, 1000),
    Option("TempDecayMoves", "spin", 0, 0, 1000),
    Option("TempCutoffMove", "spin", 0, 0, 1000),
    Option("TempEndgame", "string", "0", real=(0, 100)),
    Option("TempValueCutoff", "string", "100", real=(0, 100)),
    Option("TempVisitOffset", "string", "0", real=(-1000, 1000)),
)

TREE_OPTIONS = EVALUATOR_OPTIONS + _SEARCH_OPTIONS + _TEMPERATURE_OPTIONS
#: Names of the options that change the search but not the evaluator.
SEARCH_NAMES = tuple(option.name for option in _SEARCH_OPTIONS + _TEMPERATURE_OPTIONS)
EVALUATOR_NAMES = tuple(option.name for option in EVALUATOR_OPTIONS)


def tree_options(settings: Settings, *, has_policy: bool) -> Options:
    """The options of the search; ValueError where they do not fit. `has_policy`: the evaluator is no random playout."""
    from search.mcts import Options

    selection: Any = settings.text("Selection")
    if selection == "auto":
        selection = "puct" if has_policy else "uct"
    first_play: Any = settings.text("FpuStrategy")
    root_first_play: Any = settings.text("FpuStrategyAtRoot")
    return Options(
        selection=selection,
        c_init=settings.real("CPuct"),
        c_base=settings.real("CPuctBase"),
        c_factor=settings.real("CPuctFactor"),
        first_play=first_play,
        first_play_value=settings.real("FpuValue"),
        root_first_play=root_first_play,
        root_first_play_value=settings.real("FpuValueAtRoot"),
        policy_temperature=settings.real("PolicyTemperature"),
        root_policy_temperature=settings.real("RootPolicyTemperature"),
        draw_score=settings.real("DrawScore"),
        moves_left_effect=settings.real("MovesLeftMaxEffect"),
        moves_left_slope=settings.real("MovesLeftSlope"),
        moves_left_threshold=settings.real("MovesLeftThreshold"),
        virtual_loss=settings.real("VirtualLoss"),
        noise_share=settings.real("NoiseEpsilon"),
        noise_alpha=settings.real("NoiseAlpha"),
        gumbel_scale=0.0,  # noise is for learning
    )


def temperature(settings: Settings) -> Temperature:
    """How the move to play is drawn. Lc0 counts moves and winning chances in percent, the search plies and -1..1."""
    from search.mcts import Temperature

    return Temperature(
        start=settings.real("Temperature"),
        hold=2 * settings.number("TempDecayDelayMoves"),
        fall=2 * settings.number("TempDecayMoves"),
        cutoff=2 * settings.number("TempCutoffMove"),
        end=settings.real("TempEndgame"),
        value_cutoff=settings.real("TempValueCutoff") / 50,
        visit_offset=settings.real("TempVisitOffset"),
    )
