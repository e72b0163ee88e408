"""Mails what is due of notifications: what the worker does every minute, for cron."""

from django.core.management.base import BaseCommand

from apps.core.notifications.tasks import mail_notifications


class Command(BaseCommand):
    help = "Mail the notifications that are due."

    def handle(self, *args, **options):
        self.stdout.write(f"{mail_notifications()} mails sent.")
