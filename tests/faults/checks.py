"""After a fault: the book of what was answered against what is stored."""

from collections import Counter

EVENTS = """
    select payload ->> 'note', event_type, station_id::text from events_log
    where tenant_id = %s and payload ->> 'note' like %s
"""
QUANTITIES = """
    select a.id, a.qty_done, (
        select coalesce(sum((e.payload ->> 'good')::int), 0) from events_log e
        where e.tenant_id = a.tenant_id and e.payload ->> 'assignment' = a.id::text
    ) from station_assignments a where a.tenant_id = %s
"""
RECORDS = """
    select (select count(*) from {table}_history where tenant_id = %s),
           (select count(*) from audit_logs where tenant_id = %s and entity_type = '{table}')
"""


def every_press_counts_once(load) -> None:
    """Nothing that was answered is lost, nothing is there twice, nothing is there that nobody was told of."""
    product, keys = load.product, [press.key for press in load.pressed]
    assert len(keys) == len(set(keys))

    told = Counter(key for key, *_ in product.ask(EVENTS, product.tenant, f"{load.name}-%"))
    wanted = Counter(keys)
    assert told == wanted, f"missing: {wanted - told}; doubled, or nobody was told of: {told - wanted}"

    for assignment, done, reported in product.ask(QUANTITIES, product.tenant):
        assert done == reported, assignment
    kept = product.ask(
        "select key, status_code from request_keys where tenant_id = %s and key like %s",
        product.tenant,
        f"{load.name}-%",
    )
    assert sorted(kept) == sorted((key, 200) for key in keys), "keys without an effect, or effects without a key"

    audited = {word for (word,) in product.ask("select distinct request_id from audit_logs")}
    assert {press.request for press in load.pressed if press.request} <= audited
    for table in ("stations", "jobs", "station_assignments"):
        history, audit = product.ask(RECORDS.format(table=table), product.tenant, product.tenant)[0]
        assert history == audit, table

    assert not load.nonsense, load.nonsense[:5]
    product.run("seed.verify()")
