"""Template filters of maintenance."""
