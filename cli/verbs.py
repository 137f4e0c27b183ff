"""A group of verbs, one file each: the file of a verb is imported when it is used, and none to list them."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any

import typer
import typer.core


class Verbs(typer.core.TyperGroup):
    """The verbs of a package: `package/VERB.py` defines the function `VERB`; a group, `package/VERB/`, its `app`."""

    package: str
    #: In the order of the help, each with its line there.
    verbs: Mapping[str, str]
    listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs whose file is there."""
        return [verb for verb in self.verbs if importlib.util.find_spec(f"{self.package}.{verb}")]

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command of a verb; while they are listed, one with nothing but its line of help."""
        if name not in self.list_commands(ctx):
            return None
        if self.listing:
            return typer.core.TyperCommand(name, help=self.verbs[name])
        module = importlib.import_module(f"{self.package}.{name}")
        if hasattr(module, "app"):
            return typer.main.get_command(module.app)
        verb = typer.Typer(add_completion=False, rich_markup_mode=None)
        verb.command(name, short_help=self.verbs[name])(getattr(module, name))
        return typer.main.get_command(verb)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of the group."""
        self.listing = True
        super().format_help(ctx, formatter)


def show_help(context: typer.Context) -> None:
    """What a group does: its help where no verb follows."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def group(package: str, text: str, verbs: Mapping[str, str], *, kind: type[Verbs] = Verbs) -> typer.Typer:
    """The command of a package of verbs, with the text of its help; without a verb it shows that."""
    return typer.Typer(
        cls=type(kind.__name__, (kind,), {"package": package, "verbs": verbs}),
        name=package.rpartition(".")[2],
        help=text,
        callback=show_help,
        add_completion=False,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
