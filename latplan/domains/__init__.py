"""Puzzles in pictures, by name; what each is stands in `latplan.domains.domain`."""

from latplan.domains.domain import ImageDomain, Instance, State
from latplan.domains.registry import DOMAINS, domain
from latplan.picture import Picture

__all__ = ["DOMAINS", "ImageDomain", "Instance", "Picture", "State", "domain"]
