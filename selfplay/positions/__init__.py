"""Chess positions for training: where they come from, and the files that they are kept in."""
