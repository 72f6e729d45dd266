"""Where scenarios come from, and the audit of what they give away."""
