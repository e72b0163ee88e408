"""What is read of maintenance: where schedules stand, orders with their costs, and its figures."""

from apps.maintenance.queries.costs import cost_of, with_costs
from apps.maintenance.queries.figures import (
    Figures,
    Scope,
    closed_orders,
    corrective_orders,
    due_cycles,
    failures,
    maintenance_figures,
    open_orders,
)
from apps.maintenance.queries.schedules import coming, dues

__all__ = [
    "Figures",
    "Scope",
    "closed_orders",
    "coming",
    "corrective_orders",
    "cost_of",
    "due_cycles",
    "dues",
    "failures",
    "maintenance_figures",
    "open_orders",
    "with_costs",
]
