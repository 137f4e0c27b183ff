"""Puzzles in pictures, by name; what each is stands in `latplan.domains.domain`."""

from latplan.domains.domain import ImageDomain, Instance, Picture, State
from latplan.domains.registry import DOMAINS, domain

__all__ = ["DOMAINS", "ImageDomain", "Instance", "Picture", "State", "domain"]
