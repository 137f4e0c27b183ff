"""`matchbox net benchmark`: sizes of batches against evaluations a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.json_report import JsonOption, write_json
from cli.net.facts import NetworkArgument
from cli.refusal import refuse, understood

if TYPE_CHECKING:
    from engine.encoding import Encoding
    from nets.residual import ResidualNetwork


def benchmark(
    network: NetworkArgument,
    batch: Annotated[str, typer.Option(help="Sizes of batches, with commas.")] = "1,4,16,64,256",
    backend: Annotated[str, typer.Option(help="live, torch, compiled, onnx, with commas.")] = "live,torch,onnx",
    precision: Annotated[str, typer.Option(help="auto, float32, bfloat16 (for torch) or int8 (for onnx).")] = "auto",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 1,
    seconds: Annotated[float, typer.Option(min=0.01, help="For each figure.")] = 1.0,
    json: JsonOption = None,
) -> None:
    """Measure how many states a second a network evaluates, by the size of the batch and by what computes it.

    Counted is the network with its input at hand: no search, no planes to write. Each figure is the best of many
    batches within its seconds; on one thread of a processor, its own time counts, not that of other programs. The JSON
    has the network, its size, torch's threads, and a list of rows: backend, batch, and evaluations a second.

    \b
    Examples:
      matchbox net benchmark network.safetensors
      matchbox net benchmark network.safetensors --backend torch,onnx --batch 1,8,64 --json speed.json
    """
    import torch

    from engine.backends import new_backend
    from engine.encodings import encoding
    from nets.checkpoint import load_checkpoint
    from nets.description import size_text
    from nets.shipped import network_file

    names = [name.strip() for name in backend.split(",")]
    try:
        sizes = [int(size) for size in batch.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        refuse(f"sizes of batches are whole numbers above 0 with commas, as 1,8,64, not {batch!r}")
    with understood():
        file = network_file(network)
        checkpoint = load_checkpoint(file)
        known = encoding(checkpoint.encoding)
    rows: list[dict[str, Any]] = []
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    clock = time.thread_time if device == "cpu" and threads == 1 else time.perf_counter
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress, understood():
            task = progress.add_task("measuring", total=len(names) * len(sizes))
            for name in names:
                lacks = "bfloat16" if name == "onnx" else "int8"
                fitting: Any = "auto" if precision == lacks else precision
                computed: Any = new_backend(
                    checkpoint.network, name, precision=fitting, device=device, encoding=known  # type: ignore[arg-type]
                )  # fmt: skip
                for size in sizes:
                    speed = _speed(checkpoint.network, known, computed, size, seconds, clock)
                    rows.append({"backend": computed.name, "batch": size, "evaluations_per_second": speed})
                    progress.advance(task)
    finally:
        torch.set_num_threads(before)
    if json is not None:
        config = checkpoint.network.config
        facts = {"network": str(file), "size": size_text(config), "threads": threads, "rows": rows}
        write_json(json, facts)
    if json != "-":
        _print(rows, sizes)


def _speed(
    network: ResidualNetwork, known: Encoding, computed: Any, size: int, seconds: float, clock: Callable[[], float]
) -> float:
    """Evaluations a second by `clock`: the best batch of those within the time."""
    import numpy as np

    rng = np.random.default_rng(1)
    planes = rng.random((size, *known.shape), np.float32)
    actions = rng.integers(0, network.config.actions, (size, known.rules.max_moves)).astype(np.int32)
    computed.answer(planes, actions)  # the first one prepares
    best, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < seconds:
        started = clock()
        computed.answer(planes, actions)
        best = min(best, clock() - started)
    return size / best


def _print(rows: list[dict[str, Any]], sizes: list[int]) -> None:
    """A row for each backend, a column for each size."""
    table = Table("evaluations/s at a batch of", *map(str, sizes), box=None, header_style="")
    for name in dict.fromkeys(row["backend"] for row in rows):
        speeds = [f"{row['evaluations_per_second']:,.0f}" for row in rows if row["backend"] == name]
        table.add_row(name, *speeds)
    Console(soft_wrap=True).print(table, highlight=False)
