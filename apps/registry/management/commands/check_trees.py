"""Proves the trees of places and assets against the parent links; --fix writes them anew."""

from django.core.management.base import BaseCommand, CommandError

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.core.trees import renumber, tree_faults
from apps.registry.models import Asset, Location


class Command(BaseCommand):
    help = "Compare left, right, level and tree of every place and asset with what the parents say."

    def add_arguments(self, parser):
        parser.add_argument("--fix", action="store_true", help="write them anew from the parents")

    def handle(self, *args, fix, **options):
        left = 0
        for tenant in Tenant.objects.order_by("slug"):
            with tenant_context(tenant):
                for model in (Location, Asset):
                    left += self.faults_left(tenant, model, fix)
        if left:
            raise CommandError(f"{left} rows are out of place; manage.py check_trees --fix mends them.")
        self.stdout.write("All trees are whole.")

    def faults_left(self, tenant, model, fix) -> int:
        """The number of faults that remain in one tenant's tree; those found are told."""
        faults = tree_faults(model)
        for fault in faults:
            self.stdout.write(f"{tenant.slug}: {fault}")
        if faults and fix:
            self.stdout.write(f"{tenant.slug}: {renumber(model, tenant.pk)} {model._meta.verbose_name_plural} mended")
            faults = tree_faults(model)
        return len(faults)
