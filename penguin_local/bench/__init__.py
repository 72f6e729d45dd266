"""Measuring: arms, plan, runner, sums and the report."""
