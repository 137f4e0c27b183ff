"""Floor 3: the games and the programs that play them."""
