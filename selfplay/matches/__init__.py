"""Matches between programs: players, referee, openings, Elo and the sequential test."""
