"""service_requests.csv: what was reported, and what became of it."""

from apps.core.tables.columns import (
    DEFAULT,
    NULL,
    Aside,
    Choice,
    Flag,
    Key,
    Moment,
    Reference,
    ReferenceById,
    Text,
)
from apps.maintenance.models import Priority, RequestStatus, ServiceRequest

from .orders import DocumentNumber, Numbered


class Requests(Numbered):
    model = ServiceRequest
    kind = "SR"
    columns = [
        Key("id"),
        Aside("tenant_id"),
        DocumentNumber("number"),
        ReferenceById("asset_id", NULL, to="assets"),
        ReferenceById("location_id", NULL, to="locations"),
        Reference("station_id", NULL, to="stations"),
        ReferenceById("reported_by_user_id", NULL, "reported_by_id", to="users"),
        Text("reporter_name", NULL, usual=100),
        Text("description", usual=5000, longest=0),
        Text("photo_url", NULL, usual=300, longest=0),
        Choice("status", values=tuple(RequestStatus.values), any_case=True),
        Choice("urgency", DEFAULT, values=tuple(Priority.values), any_case=True),
        Flag("is_down", DEFAULT),
        Text("rejection_reason", NULL, usual=500, longest=0),
        ReferenceById("work_order_id", NULL, to="work_orders"),
        ReferenceById("triaged_by_id", NULL, to="users"),
        Moment("triaged_at", NULL),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.number"
    turn = 8

    def derive(self, values, load):
        """What other systems leave out: when a request was answered, and why it was rejected."""
        if values.get("status") != RequestStatus.PENDING and values.get("triaged_at") is None:
            values["triaged_at"] = values.get("created_at") or load.now
            load.given[self.name].add("triaged_at")
        if values.get("status") == RequestStatus.REJECTED and not values.get("rejection_reason"):
            values["rejection_reason"] = "no reason was kept"
            load.given[self.name].add("rejection_reason")

    def check(self, load):
        self.check_numbers(load)
        load.refuse_where(
            self,
            """select at_line, 'asset_id', '', 'is about nothing: name an asset, a place or a station'
               from load_service_requests where num_nonnulls(asset_id, location_id, station_id) = 0 union all
               select at_line, 'work_order_id', work_order_id::text, 'only what was converted has an order'
               from load_service_requests where status <> 'converted' and work_order_id is not null union all
               select at_line, 'triaged_at', triaged_at::text, 'what waits has not been answered'
               from load_service_requests where status = 'pending' and triaged_at is not null""",
        )
