"""An option of the engine: how the protocol declares it, and what values it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Value = str | int | bool


@dataclass(frozen=True)
class Option:
    """One option: what the protocol says of it, and what values it takes."""

    name: str
    kind: Literal["check", "spin", "combo", "string", "button"]
    default: Value = ""
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()
    real: tuple[float, float] | None = None
    """Of a string that is a number: the least and the most; the protocol knows whole numbers only."""

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
        if self.real is not None:
            return self._read_real(text)
        return "" if text == "<empty>" else text

    def _read_real(self, text: str) -> str:
        """The same text, if it is a number within the limits."""
        assert self.real is not None
        least, most = self.real
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{self.name} is a number from {least:g} to {most:g}, not {text[:40]!r}") from None
        if not least <= value <= most:
            raise ValueError(f"{self.name} is from {least:g} to {most:g}; {text[:40]} is not")
        return text


@dataclass
class Settings:
    """The values of some options."""

    options: Mapping[str, Option]
    """By name, in lower case."""
    values: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = {option.name: option.default for option in self.options.values()} | self.values

    def find(self, name: str) -> Option:
        """The option of this name, in any case; ValueError if there is none."""
        option = self.options.get(" ".join(name.split()).lower())
        if option is None:
            raise ValueError(f"there is no option {name[:60]!r}; 'uci' lists the options")
        return option

    def number(self, name: str) -> int:
        """The value of a spin."""
        return int(self.values[name])

    def real(self, name: str) -> float:
        """The value of a string that is a number."""
        return float(self.values[name])

    def flag(self, name: str) -> bool:
        """The value of a check."""
        return bool(self.values[name])

    def text(self, name: str) -> str:
        """The value of a string or combo."""
        return str(self.values[name])
