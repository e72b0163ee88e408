"""Trees that stay whole under concurrent writers: django-mptt with one writer per tenant's tree at a time.

`parent` is the truth; left, right, level and tree_id are a cache of it, which `check_trees` proves and mends.
"""

from contextlib import contextmanager

from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from mptt.exceptions import InvalidMove
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule
from apps.core.isolation import TenantTable
from apps.core.models import Row, TenantQuerySet

TREE_FIELDS = ("lft", "rght", "tree_id", "level")
LAST = 2**31 - 1


@contextmanager
def tree_guard(model, tenant_id):
    """Hold the tenant's tree of this model until the transaction ends; the database refuses tree writes without it."""
    table = model._meta.db_table
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtext(%s), hashtext(%s)), set_config(%s, 'on', true)",
                [table, str(tenant_id), f"app.tree_{table}"],
            )
        yield


class SafeTreeManager(TreeManager.from_queryset(TenantQuerySet)):
    def _get_next_tree_id(self):
        # Not mptt's max + 1: under row-level security every tenant would get tree 1.
        with connection.cursor() as cursor:
            cursor.execute("select nextval('tree_ids')")
            return cursor.fetchone()[0]

    def _move_node(self, node, target, position="last-child", **kwargs):
        # Beside a root there is no order to keep, and making room would renumber other trees: it becomes a new root.
        if target is not None and position in ("left", "right") and target.is_root_node():
            target = None
        super()._move_node(node, target, position=position, **kwargs)

    def move_node(self, node, target, position="last-child"):
        """Move a node below (or beside) another, or to the top (None). Raises BrokenRule for a circle."""
        with tree_guard(self.model, node.tenant_id):
            node._is_moving = True
            try:
                super().move_node(node, target, position=position)
            except InvalidMove as error:
                raise BrokenRule(
                    _("%(node)s cannot move there: %(target)s is part of it.") % {"node": node, "target": target}
                ) from error
            finally:
                node._is_moving = False


class SafeTree(MPTTModel, Row):
    """Base of locations and assets. Saving never moves: `objects.move_node` does, from the registry's services."""

    parent = TreeForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)

    objects = SafeTreeManager()
    _is_moving = False

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with tree_guard(type(self), self.tenant_id):
            if self._state.adding:
                if self.parent_id:  # its edges may have moved since the caller read it
                    self.parent = type(self).objects.get(pk=self.parent_id)
            elif self._is_moving:
                pass  # the move has read the edges, and saves the new parent
            elif self.parent_id != self._mptt_cached_fields["parent"]:
                raise BrokenRule(_("%s is moved by its own action, not by saving it.") % self)
            else:
                type(self).objects._refresh_tree_fields(self, include_parent=True)
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        with tree_guard(type(self), self.tenant_id):
            if type(self).objects.filter(parent=self).exists():
                raise BrokenRule(_("%s still has others below it; move or retire them first.") % self)
            return super().delete(*args, **kwargs)


class TreeTable(TenantTable):
    """A business table whose tree columns the database lets only the guard write."""

    def __init__(self, table: str, references: dict | None = None, **kwargs):
        super().__init__(table, references, **kwargs)
        self.sql += (
            f";\ncreate trigger tree_guard before insert or delete or update of parent_id, lft, rght, tree_id, level "
            f"on {table} for each statement execute function refuse_unguarded_tree_write()"
            f";\ncreate index {table}_tree on {table} (tenant_id, tree_id, lft)"
        )


# Each node's place as its parents tell it: preorder position p, level l and subtree size s give the edges
# left = 2p - l - 1 (p from 1) and right = left + 2s - 1. `true_root` numbers the tree; siblings keep their order.
TRUE_PLACES = """
with recursive ranked as (
    select id, parent_id, row_number() over (partition by parent_id order by lft, id) as place from {table}
), walk as (
    select id, id as root, 0 as level, array[place] as path, array[id] as ids from ranked where parent_id is null
    union all
    select r.id, w.root, w.level + 1, w.path || r.place, w.ids || r.id
    from ranked r join walk w on r.parent_id = w.id
), sizes as (
    select ancestor as id, count(*) as size from walk, unnest(ids) as ancestor group by ancestor
), places as (
    select w.id, w.root, w.level, s.size,
           2 * row_number() over (partition by w.root order by w.path) - w.level - 1 as lft
    from walk w join sizes s using (id)
), true_places as (
    select p.id, p.level, p.lft, p.lft + 2 * p.size - 1 as rght, r.tree_id,
           count(*) filter (where p.level = 0) over (partition by r.tree_id) as trees_of_that_number
    from places p join {table} r on r.id = p.root
)
"""


def add_nodes(model, tenant_id, nodes, **history) -> None:
    """Write many new nodes, with history, and number the tree once: node by node, each would push all others aside.

    nodes: each with its parent's key; a parent may be among them, before its children.
    """
    with tree_guard(model, tenant_id):
        for node in nodes:
            # Behind all siblings, in the order in which they were made; a root's number comes with the renumbering.
            node.lft, node.rght, node.level, node.tree_id = LAST, LAST, 0, 0
        bulk_create_with_history(nodes, model, **history)
        renumber(model, tenant_id)


def tree_faults(model) -> list[str]:
    """Rows of the tenant in force whose cached place differs from what their parents say, as sentences."""
    sql = (
        TRUE_PLACES
        + """select t.name, t.id from {table} t left join true_places p using (id)
             where p.id is null or p.trees_of_that_number > 1
                or (t.lft, t.rght, t.level, t.tree_id) is distinct from (p.lft, p.rght, p.level, p.tree_id)
             order by t.tree_id, t.lft, t.id"""
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=model._meta.db_table))
        return [f"{model._meta.verbose_name} {name} ({key})" for name, key in cursor.fetchall()]


def renumber(model, tenant_id) -> int:
    """Write every node's place anew from the parents, in one statement; returns how many rows changed.

    Nodes in a parent circle are reached from no root: their parent has to be mended first.
    """
    table = model._meta.db_table
    with tree_guard(model, tenant_id), connection.cursor() as cursor:
        # Roots that share a number, or have none yet, get one of their own first.
        cursor.execute(
            f"update {table} set tree_id = nextval('tree_ids') where parent_id is null and (tree_id = 0 or tree_id in "
            f"(select tree_id from {table} where parent_id is null group by tree_id having count(*) > 1))"
        )
        sql = (
            TRUE_PLACES
            + """update {table} t set lft = p.lft, rght = p.rght, level = p.level, tree_id = p.tree_id
                 from true_places p where t.id = p.id
                 and (t.lft, t.rght, t.level, t.tree_id) is distinct from (p.lft, p.rght, p.level, p.tree_id)"""
        )
        # What was just written has no statistics: the planner would take it for a few rows, and compare all with all.
        cursor.execute("set local enable_nestloop = off")
        cursor.execute(sql.format(table=table))
        changed = cursor.rowcount
        cursor.execute("set local enable_nestloop to default")
        return changed
