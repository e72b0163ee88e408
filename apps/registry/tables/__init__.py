"""The registry's files for load_tables and dump_tables (apps/core/tables): those of AMMS, and what ours have beside them."""

from .identities import Categories, Identities, Specs
from .trees import Assets, Locations

TABLES = (Locations(), Categories(), Assets(), Identities(), Specs())
