"""`manage.py load_demo`: two plants with a week of history, for whoever looks at LeanOps for the first time."""

import multiprocessing
import os
import signal
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.utils import timezone

from apps.core.models import Tenant
from apps.shopfloor.demo.load import create_platform_person, is_demo, load_plant
from apps.shopfloor.demo.plants import PLANTS


class Command(BaseCommand):
    help = "Load the demo: two tenants, north and south, with a week of history that ends now."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="another number makes another week (1)")

    def handle(self, *, seed, **options):
        began = time.monotonic()
        tenants = list(Tenant.objects.all())
        if strangers := [tenant.slug for tenant in tenants if not is_demo(tenant)]:
            raise CommandError(
                f"The demo is not loaded beside tenants of your own ({', '.join(strangers)}); "
                "give it a database of its own."
            )
        create_platform_person()
        missing = [plant for slug, plant in PLANTS.items() if slug not in {tenant.slug for tenant in tenants}]
        if not missing:
            self.stdout.write("The demo plant is here already; nothing was done.")
            return
        load_plants(missing, now=timezone.now(), seed=seed, say=self.say)
        self.say(f"The demo plant is loaded, in {time.monotonic() - began:.0f} s")

    def say(self, text):
        """Progress, at once; not in the colour of errors."""
        self.stderr.write(text, style_func=str)
        self.stderr.flush()


def load_plants(plants, **options) -> None:
    """Load all the plants or none: side by side where there are processors for it, else one after the other."""
    if len(plants) > 1 and sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        return _side_by_side(plants, options)
    with transaction.atomic():
        for plant in plants:
            load_plant(plant, **options)


def _side_by_side(plants, options) -> None:
    """One process for each plant; each commits when all have written theirs."""
    if connections["default"].in_atomic_block:
        raise transaction.TransactionManagementError("what another process writes is not part of this transaction")
    connections.close_all()  # a child must not share its parent's
    fork = multiprocessing.get_context("fork")
    pipes, workers = [], []
    try:
        for plant in plants:
            here, there = fork.Pipe()
            pipes.append(here)
            workers.append(fork.Process(target=_load_one, args=(plant, options, there, list(pipes)), daemon=True))
            workers[-1].start()
            there.close()  # so that its end is seen as the end of the pipe
        for pipe in pipes:
            pipe.recv()
        for pipe in pipes:
            pipe.send("commit")
        for worker in workers:
            worker.join()
    except EOFError:
        pass
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    if any(worker.exitcode for worker in workers):
        raise CommandError("The demo plant could not be loaded; what went wrong is told above. Nothing was written.")


def _load_one(plant, options, pipe, ends_of_parent) -> None:
    """In a process of its own: write, say so, and commit when the parent says so. Without a parent, nothing stays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in ends_of_parent:
        end.close()

    def wait_for_the_others():
        pipe.send("written")
        pipe.recv()

    load_plant(plant, before_commit=wait_for_the_others, **options)
