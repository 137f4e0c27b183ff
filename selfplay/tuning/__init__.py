"""Tuning: weights of the hand-written evaluation, parameters of the search, what a score says of the result."""
