"""What residual networks learn from, and how: gradient steps on samples, from solved games and from positions."""
