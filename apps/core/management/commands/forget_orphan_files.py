"""Removes files that no row names: what the worker does every night, for cron."""

from django.core.management.base import BaseCommand

from apps.core.tasks import forget_orphan_files


class Command(BaseCommand):
    help = "Remove files older than a day that belong to nothing: left by requests that were rolled back."

    def handle(self, *args, **options):
        self.stdout.write(f"{forget_orphan_files()} orphan files removed.")
