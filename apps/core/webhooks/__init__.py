"""Webhooks: what happens in a plant, posted to addresses that its admins have registered.

The service that records an event writes a delivery for each webhook that wants it, in the same transaction (outbox.py);
the worker sends it (sending.py) through a gate that lets nothing at the installation's own networks (gate.py).
"""
