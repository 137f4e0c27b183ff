"""Floor 5: the command `matchbox`, one file for each verb; parses, calls, prints; holds no logic."""
