"""The figures of a study: agreement, comparisons, power, the report."""
