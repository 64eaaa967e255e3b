"""A user's own style: from some pieces to a model of their own, how well that went, and models as files."""
