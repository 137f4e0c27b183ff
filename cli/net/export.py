"""`matchbox net export`: a network as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.net.facts import NetworkArgument
from cli.refusal import understood, writable


def export(
    network: NetworkArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="What to write.", show_default=False)],
) -> None:
    """Write a network as ONNX, for other programs.

    Input: planes, float32 [states, planes, ranks, files]. Outputs: policy [states, actions] and wdl [states, 3], logits
    both, and moves_left [states] where the network has it. The file's metadata says the encoding.

    \b
    Examples:
      matchbox net export network.safetensors network.onnx
    """
    from nets.checkpoint import load_checkpoint
    from nets.onnx import export_onnx
    from nets.shipped import network_file

    writable(file)
    with understood():
        source = network_file(network)
        checkpoint = load_checkpoint(source)
        export_onnx(checkpoint.network, file, {"encoding": checkpoint.encoding, "source": source.name})
    typer.echo(f"{file} ({file.stat().st_size / 1e6:.2f} MB), a network for {checkpoint.encoding}.")
