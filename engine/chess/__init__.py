"""Chess: rules as kernels over one record, text forms, and the hand-written evaluation."""
