"""Floor 4: matches, Elo and SPRT, self-play, and training."""
