"""`manage.py prepare_database`: roles and database on a PostgreSQL of one's own, by an administrator, once."""

import os

import psycopg
from django.core.management.base import BaseCommand

from config import database, roles
from config.errors import Refusal


class Command(BaseCommand):
    help = "Make the roles and the database which DATABASE_URL names. Running it again changes nothing."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--admin-url",
            required=True,
            help="postgresql://administrator:password@host:5432/postgres, of someone who may create roles and databases",
        )

    def handle(self, *, admin_url, **options):
        if "DATABASE_URL" not in os.environ:
            raise Refusal("Set DATABASE_URL to the address the application will use; the embedded server needs none.")
        wanted = database.parameters()
        if wanted["USER"] != roles.APPLICATION:
            raise Refusal(f"DATABASE_URL must name the role {roles.APPLICATION}, not {wanted['USER']}.")
        address = database.libpq(database.parse(admin_url, name="--admin-url"))
        try:
            made = roles.prepare(
                lambda name: psycopg.connect(**address | {"dbname": name}, connect_timeout=10),
                database=wanted["NAME"],
                password=wanted["PASSWORD"],
            )
        except psycopg.Error as error:
            raise Refusal(f"The server of --admin-url refuses: {database.reason(error)}") from error
        self.stdout.write(f"Made {', '.join(made)}." if made else "Everything was there.")
