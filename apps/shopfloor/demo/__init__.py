"""The demo plant: two tenants with a week of history, made through the services from a seed.

`plants` says who and what is there. `work` and `week` invent what happens, in the words of `floor`; `ending` leads it
to the board a visitor sees first. All that is pure: the same seed and moment make the same plan. `load` writes it.
"""
