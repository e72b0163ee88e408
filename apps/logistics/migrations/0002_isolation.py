"""The guards of movements, and custody: the database refuses a gap and an overlap, whoever writes."""

from django.db import migrations

from apps.core.isolation import TenantTable

# Where an asset's line breaks: it starts while the movement before is on its way, or before that one has ended, or
# elsewhere than it ended (after a loss it may go on anywhere); and where the asset is not where its line ends.
FAULTS = """
create function custody_faults(of_tenant uuid, of_asset uuid) returns table (movement_id uuid, fault text)
language sql stable as $$
    with line as (
        select m.*, coalesce(m.received_at, m.lost_at) as ended_at, row_number() over place as place,
               row_number() over (order by m.dispatched_at desc, coalesce(m.received_at, m.lost_at) desc nulls first, m.id desc) as last
        from asset_movements m
        where m.tenant_id = of_tenant and m.asset_id = of_asset and m.status in ('in_transit', 'received', 'lost')
        window place as (order by m.dispatched_at, coalesce(m.received_at, m.lost_at) nulls last, m.id)
    )
    select m.id, case when b.ended_at is null or m.dispatched_at < b.ended_at then 'overlap' else 'gap' end
    from line m join line b on b.place = m.place - 1
    where b.ended_at is null or m.dispatched_at < b.ended_at
       or (b.status = 'received' and b.received_location_id <> m.from_location_id)
    union all
    select m.id, 'elsewhere' from line m join assets a on a.tenant_id = of_tenant and a.id = of_asset
    where m.last = 1 and a.location_id <> case m.status when 'received' then m.received_location_id
                                                        when 'in_transit' then m.from_location_id else a.location_id end
$$;
"""

# Deferred to the end of the transaction: what belongs together may be written in any order. The asset is locked, so that
# of two transactions the second sees the first; and the row's own tenant is looked at, whatever is in force by then.
GUARD = """
create function refuse_broken_custody() returns trigger language plpgsql as $$
declare
    touched record := coalesce(new, old);
    of_asset uuid;
    former text := coalesce(current_setting('app.tenant_id', true), '');
    broken text;
    at_movement uuid;
begin
    perform set_config('app.tenant_id', touched.tenant_id::text, true);
    if tg_table_name = 'assets' then
        of_asset := touched.id;
    else
        of_asset := touched.asset_id;
    end if;
    perform from assets where tenant_id = touched.tenant_id and id = of_asset for no key update;
    select fault, movement_id into broken, at_movement from custody_faults(touched.tenant_id, of_asset) limit 1;
    if broken is null and tg_table_name = 'assets' and not exists (
        select from asset_movements m join assets a on a.tenant_id = m.tenant_id and a.id = m.asset_id
        where m.tenant_id = touched.tenant_id and m.asset_id = of_asset and m.status = 'received'
            and m.received_location_id = a.location_id
    ) then
        broken := 'unwritten';
    end if;
    perform set_config('app.tenant_id', former, true);
    if broken is not null then
        raise exception 'custody of asset % is broken: % (movement %)', of_asset, broken, at_movement
            using errcode = 'check_violation', constraint = 'custody_is_one_unbroken_line', table = tg_table_name;
    end if;
    return null;
end $$;
create constraint trigger custody after insert or update of tenant_id, asset_id, status, from_location_id,
    received_location_id, dispatched_at, received_at, lost_at or delete on asset_movements
    deferrable initially deferred for each row execute function refuse_broken_custody();
create constraint trigger custody after update of location_id on assets deferrable initially deferred
    for each row when (old.location_id is distinct from new.location_id) execute function refuse_broken_custody();
"""

UNDO = """
drop trigger custody on assets;
drop trigger custody on asset_movements;
drop function refuse_broken_custody();
drop function custody_faults(uuid, uuid);
"""

PLACES = {"from_location_id": "locations", "to_location_id": "locations", "received_location_id": "locations"}
OF_TRAVEL = {"movement_id": "asset_movements", "shipment_id": "shipments", "signature_id": "attachments"}


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial"), ("registry", "0004_identities_and_logs_isolated")]

    operations = [
        TenantTable("shipments", history=True),
        TenantTable(
            "asset_movements",
            PLACES
            | {
                "asset_id": "assets",
                "shipment_id": "shipments",
                "returns_id": "asset_movements",
                "carried_by_id": "asset_movements",
            },
            history=True,
        ),
        TenantTable("gate_passes", {"file_id": "attachments"}, history=True),
        TenantTable("custody_handovers", OF_TRAVEL, history=True),
        TenantTable("yard_counts", {"location_id": "locations"}, history=True),
        TenantTable("yard_count_lines", {"count_id": "yard_counts", "asset_id": "assets"}, history=True),
        migrations.RunSQL(FAULTS + GUARD, UNDO),
    ]
