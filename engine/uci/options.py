"""The options of the engine, as the protocol declares and sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Value = str | int | bool

#: Boards on which Hexapawn is offered as a variant.
HEXAPAWNS = tuple(f"hexapawn{files}x{ranks}" for files in range(3, 9) for ranks in range(3, 9))


@dataclass(frozen=True)
class Option:
    """One option: what the protocol says of it, and what values it takes."""

    name: str
    kind: Literal["check", "spin", "combo", "string", "button"]
    default: Value = ""
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()

    def declare(self) -> str:
        """The `option` line of the protocol."""
        line = f"option name {self.name} type {self.kind}"
        if self.kind == "check":
            line += f" default {str(self.default).lower()}"
        elif self.kind == "spin":
            line += f" default {self.default} min {self.least} max {self.most}"
        elif self.kind == "combo":
            line += f" default {self.default} " + " ".join(f"var {choice}" for choice in self.choices)
        elif self.kind == "string":
            line += f" default {self.default or '<empty>'}"
        return line

    def read(self, text: str) -> Value:
        """The value that `text` stands for; ValueError, with what would be right, if it stands for none."""
        if self.kind == "check":
            if text.lower() not in ("true", "false"):
                raise ValueError(f"{self.name} is true or false, not {text!r}")
            return text.lower() == "true"
        if self.kind == "spin":
            try:
                value = int(text)
            except ValueError:
                raise ValueError(
                    f"{self.name} is a whole number from {self.least} to {self.most}, not {text[:40]!r}"
                ) from None
            if not self.least <= value <= self.most:
                raise ValueError(f"{self.name} is from {self.least} to {self.most}; {value} is not")
            return value
        if self.kind == "combo":
            for choice in self.choices:
                if choice.lower() == text.lower():
                    return choice
            choices = self.choices if len(self.choices) <= 8 else (*self.choices[:4], "…", self.choices[-1])
            raise ValueError(f"{self.name} is one of {', '.join(choices)}; {text[:40]!r} is not")
        return "" if text == "<empty>" else text


OPTIONS: tuple[Option, ...] = (
    Option("Hash", "spin", 16, 1, 1 << 20),
    Option("Clear Hash", "button"),
    Option("Threads", "spin", 1, 1, 256),
    Option("MultiPV", "spin", 1, 1, 256),
    Option("Ponder", "check", False),
    Option("Move Overhead", "spin", 20, 0, 5000),
    Option("UCI_Chess960", "check", False),
    Option("UCI_Variant", "combo", "chess", choices=("chess", *HEXAPAWNS)),
    Option("UCI_LimitStrength", "check", False),
    Option("UCI_Elo", "spin", 1800, 800, 2600),
    Option("UCI_ShowWDL", "check", False),
    Option("UCI_AnalyseMode", "check", False),
    Option("UCI_Opponent", "string"),
    Option("OwnBook", "check", False),
    Option("BookFile", "string"),
    Option("SyzygyPath", "string"),
    Option("SyzygyProbeDepth", "spin", 1, 1, 100),
    Option("Search", "combo", "alphabeta", choices=("alphabeta", "mcts")),
    Option("VerboseMoveStats", "check", False),
    Option("Evaluation", "combo", "classical", choices=("classical", "material")),
    Option("EvalFile", "string"),
    Option("Log File", "string"),
    Option("Reproducible Output", "check", False),
)

_BY_NAME: Mapping[str, Option] = {option.name.lower(): option for option in OPTIONS}


@dataclass
class Settings:
    """The values of all options."""

    values: dict[str, Value] = field(default_factory=lambda: {option.name: option.default for option in OPTIONS})

    def find(self, name: str) -> Option:
        """The option of this name, in any case; ValueError if there is none."""
        option = _BY_NAME.get(" ".join(name.split()).lower())
        if option is None:
            raise ValueError(f"there is no option {name[:60]!r}; 'uci' lists the options")
        return option

    def number(self, name: str) -> int:
        """The value of a spin."""
        return int(self.values[name])

    def flag(self, name: str) -> bool:
        """The value of a check."""
        return bool(self.values[name])

    def text(self, name: str) -> str:
        """The value of a string or combo."""
        return str(self.values[name])
