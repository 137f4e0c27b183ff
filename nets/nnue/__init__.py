"""Efficiently updatable networks: configurations, files, quantisation, and the kernels that train and evaluate them."""
