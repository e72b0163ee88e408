"""The stores' files for load_tables and dump_tables (apps/core/tables): those of AMMS, and what ours have beside them."""

from .balances import StockRows, Wallets
from .ledger import Moves
from .parts import Barcodes, Parts, Units
from .promises import CountLines, Counts, Handovers, Orders, Reservations

TABLES = (
    Parts(),
    Barcodes(),
    Units(),
    Moves(),
    StockRows(),
    Wallets(),
    Reservations(),
    Orders(),
    Handovers(),
    Counts(),
    CountLines(),
)
