"""Floor 2: from pairs of pictures to a PDDL model, a plan, and the plan as pictures."""
