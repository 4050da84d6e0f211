"""A client of django-hordak, in a process of its own: Django and Flask never meet.

It does what a careful user of that library does by hand: lock both accounts in one order, move the
amount, and refuse when the account that is bounded would fall below zero.
"""

import random
from collections.abc import Mapping
from typing import Any  # orders as JSON has them

import django
from django.conf import settings

from tests.benchmarks import serving
from tests.benchmarks.serving import Answer, Role

CURRENCY = "CNY"

Spec = Mapping[str, Any]


def configure(spec: Spec) -> None:
    """Set Django up on the database that the specification names."""
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "mptt", "djmoney", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": spec["host"],
                "NAME": spec["database"],
                "USER": spec["user"],
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        CURRENCIES=[CURRENCY],
        DEFAULT_CURRENCY=CURRENCY,
        HORDAK_CURRENCIES=[CURRENCY],
        HORDAK_INTERNAL_CURRENCY=CURRENCY,
        HORDAK_DECIMAL_PLACES=0,
    )
    django.setup()


def _open(spec: Spec) -> Role:
    """Create the tables, an account that minutes come from, and the members' accounts."""

    def work(order: Mapping[str, Any]) -> Answer:
        del order
        from django.core.management import call_command
        from django.db import transaction
        from hordak.models import Account, AccountType

        call_command("migrate", verbosity=0)
        facts = {"currencies": [CURRENCY]}
        with transaction.atomic():
            source = Account.objects.create(name="issuance", type=AccountType.asset, **facts)
            made = [
                Account.objects.create(name=f"member:{at}", type=AccountType.liability, **facts).pk
                for at in range(spec["members"])
            ]
        return {"source_id": source.pk, "member_ids": made}

    return work


def _post(spec: Spec) -> Role:
    """Move minutes from the source to members at random, each committed, for a while."""
    from django.db import transaction
    from hordak.models import Account
    from moneyed import Money

    pick = random.Random(spec["seed"])

    def act() -> None:
        ids = [spec["source_id"], pick.choice(spec["member_ids"])]
        with transaction.atomic():
            locked = Account.objects.select_for_update(of=("self",)).filter(pk__in=ids)
            source, member = locked.order_by("pk")
            # Of a transfer to a liability, the source's side is debited and the member's credited.
            member.transfer_to(
                source, Money(pick.randint(1, 240), CURRENCY), description="陪同就医"
            )
            left = Account.objects.filter(pk=member.pk).with_balances().get().balance
            if left < Money(0, CURRENCY):
                raise ArithmeticError

    return serving.for_a_while(act)


def open_role(spec: Spec) -> Role:
    """Return the role that a specification names."""
    configure(spec)
    return {"open": _open, "post": _post}[spec["role"]](spec)


if __name__ == "__main__":
    serving.serve(open_role)
