"""The presses around reports and one's own work."""

from tests import factories
from tests.faults.recipes import of, word
from tests.faults.recipes_of_assets import picture


def asset(plant):
    return factories.create_asset(tenant=plant, name=word())


def reported(plant, **fields):
    return factories.create_report_of(asset(plant), **fields)


of("maintenance:request_new", role="operator", other={"description": "Smell"})(
    lambda plant: {"asset": asset(plant).pk, "description": "Noise", "urgency": "high", "photos": picture()}
)
of("maintenance:request_convert", other={"priority": "low"})(
    lambda plant: ([reported(plant).number], {"priority": "high"})
)
of("maintenance:request_reject", other={"reason": "Or not"})(lambda plant: ([reported(plant).number], {"reason": "So"}))
of("maintenance:request_take", role="technician", other={"next": "/board/"})(
    lambda plant: ([reported(plant, urgency="critical").number], {})
)


@of("maintenance:request_merge")
def request_merge(plant):
    machine = asset(plant)
    return [factories.create_report_of(machine).number], {"work_order": factories.create_order_of(machine).number}


@of("maintenance:order_confirm")
def order_confirm(plant):
    order = factories.create_order_of(asset(plant), priority="critical")
    factories.start_order(order, by=factories.create_person(tenant=plant, role="technician"))
    return [order.number], {}


of("maintenance:my_work_start", role="technician")(
    lambda plant: ([factories.create_order_of(asset(plant), status="ready").number], {})
)
of("maintenance:my_work_stop", role="technician")(lambda plant: {})
