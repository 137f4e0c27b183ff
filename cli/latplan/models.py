"""`matchbox latplan models`: the models that come with Matchbox."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from cli.json_report import JsonOption, write_json


def models(json: JsonOption = None) -> None:
    """List the models that come with Matchbox, with what they explained of pairs that they had not seen.

    The JSON has a key for each model, with file, megabytes, and everything that is known of how it was learnt.

    \b
    Examples:
      matchbox latplan models
    """
    from latplan.model import load_model
    from latplan.shipped import shipped

    facts = {
        name: {"file": str(file), "megabytes": round(file.stat().st_size / 1e6, 2), **load_model(file).facts}
        for name, file in shipped().items()
    }
    if json is not None:
        write_json(json, facts)
    if json == "-":
        return
    table = Table("model", "MB", "bits", "actions", "explained", "branching", box=None, header_style="")
    for name, known in facts.items():
        numbers = (known["megabytes"], known["bits"], known["actions"])
        table.add_row(name, *map(str, numbers), f"{known['explained']:.1%}", f"{known['branching']:.2f}")
    Console().print(table)
