"""Floor 1: the searches; they know no game and no network, only contracts."""
