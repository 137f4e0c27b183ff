"""Options of a configuration by their names, as people type them: `play.resignation.enabled=true`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from selfplay.zero.config import ZeroConfig


def with_settings(config: ZeroConfig, settings: Sequence[str]) -> ZeroConfig:
    """A configuration with some settings NAME=VALUE; names of options of a part have dots.

    ValueError, in one sentence, for what is no setting, and for unknown names and wrong values.
    """
    wanted: dict[str, str] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"{setting!r} is no setting; play.full_share=0.5 is one")
        if name in wanted:
            raise ValueError(f"{name} is set twice, to {wanted[name]} and to {text}")
        _part_with(config, name)
        wanted[name] = text
    changed: ZeroConfig = _changed(config, wanted, "")
    return changed


def setting_names(part: Any, prefix: str = "") -> Iterator[str]:
    """The names of all options of a configuration."""
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            yield from setting_names(value, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"


def _part_with(config: Any, name: str) -> None:
    """ValueError where no option has this name."""
    part, where = config, ""
    *steps, last = name.split(".")
    for step in [*steps, last]:
        known = [field.name for field in fields(part)] if is_dataclass(part) else []
        if step not in known:
            there = f"{where} has" if where else "there are"
            raise ValueError(f"there is no setting {name!r}; {there} {', '.join(known) or 'no parts'}")
        part, where = getattr(part, step), f"{where}.{step}".lstrip(".")
    if is_dataclass(part):
        names = ", ".join(f"{name}.{field.name}" for field in fields(part))
        raise ValueError(f"{name} is a part with settings of its own: {names}")


def _changed(part: Any, wanted: dict[str, str], prefix: str) -> Any:
    """A part with those settings whose names begin with `prefix`, all at once: some make sense only together."""
    hints = get_type_hints(type(part))
    changes: dict[str, Any] = {}
    for field in fields(part):
        name, value = f"{prefix}{field.name}", getattr(part, field.name)
        if is_dataclass(value):
            changes[field.name] = _changed(value, wanted, f"{name}.")
        elif name in wanted:
            changes[field.name] = _read(name, wanted[name], hints[field.name])
    return replace(part, **changes)


def _read(name: str, text: str, kind: Any) -> Any:
    """The value that a text stands for."""
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(f"{name} is one of {', '.join(get_args(kind))}, not {text!r}")
        return text
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(f"{name} is true or false, not {text!r}")
        return text == "true"
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} is {'a whole number' if kind is int else 'a number'}, not {text!r}")
    return value
