"""Logistics' files for load_tables and dump_tables (apps/core/tables): those of AMMS, and what ours have beside them."""

from .movements import Movements, Shipments

TABLES = (Shipments(), Movements())
