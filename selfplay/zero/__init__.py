"""Learning a game from nothing but its rules, by self-play."""
