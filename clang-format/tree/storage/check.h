// Checks.
