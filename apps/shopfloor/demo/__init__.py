"""The demo plant: two tenants with a week of history, made through the services from a seed.

`plants` says who and what is there, `week` invents what happened (pure: same seed and moment, same plan), `ending`
leads it to the board a visitor sees first, `load` writes it.
"""
