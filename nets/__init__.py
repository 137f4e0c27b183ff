"""Floor 2: networks, their files, and their inference kernels."""
