"""Training of efficiently updatable networks on shards of scored positions."""
