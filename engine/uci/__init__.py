"""The Universal Chess Interface: how programs with a board talk to this engine."""
