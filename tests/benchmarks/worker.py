"""One client: our verbs and reads through the application, or a peer on the same driver.

``python -m tests.benchmarks.worker``; the first line of its input names the role and the place.
"""

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from datetime import date
from datetime import time as time_of_day
from functools import partial
from typing import Any  # orders as JSON has them

from sqlalchemy.orm import Session

from tests.benchmarks import books, memory, raw, serving
from tests.benchmarks.serving import Answer, Role
from tests.make import real
from timebank.kernel import clock
from timebank.kernel.db import read_only

Spec = Mapping[str, Any]


def _post(spec: Spec) -> Role:
    """Post transfers to members at random, each committed, for a while."""
    scene = books.scene_of(spec["scene"])
    pick = random.Random(spec["seed"])
    source = spec["source_id"]

    def act() -> None:
        books.post(scene, source, pick.choice(scene.members), pick.randint(1, 240))

    return serving.for_a_while(act)


def _post_many(spec: Spec) -> Role:
    """Post as many entries as asked for as one act; making the drafts is not counted."""
    scene = books.scene_of(spec["scene"])

    def work(order: Mapping[str, Any]) -> Answer:
        made = books.drafts(scene, order["count"])
        return _timed(lambda: books.post_many(scene, made), order["count"])

    return work


def _read(spec: Spec) -> Role:
    """Read accounts, or the page of figures some times; answer with milliseconds."""
    scene = books.scene_of(spec["scene"])
    noon = clock.at_local(date.fromisoformat(spec["on"]), time_of_day(12))

    def work(order: Mapping[str, Any]) -> Answer:
        reads: list[Callable[[Session], object]] = [
            *(partial(books.read_account, account_id=one) for one in order.get("account_ids", ())),
            *[partial(books.read_figures, community_id=scene.community_id)] * order.get("times", 0),
        ]
        took: list[float] = []
        with clock.fixed_at(noon):
            for read in reads:
                begun = time.perf_counter()
                read_only(read)
                took.append((time.perf_counter() - begun) * 1000)
        return {"milliseconds": took}

    return work


def _prove(spec: Spec) -> Role:
    """Prove all books once; answer with the memory that it took at its peak."""
    del spec
    before = memory.most_kib()

    def work(order: Mapping[str, Any]) -> Answer:
        del order
        begun = time.perf_counter()
        with memory.children_watched() as children:
            wrong = read_only(books.prove)
        seconds = time.perf_counter() - begun
        peak = memory.most_kib() + children.most_kib()
        return {"wrong": wrong, "seconds": seconds, "before_kib": before, "peak_kib": peak}

    return work


def _read_everything(spec: Spec) -> Role:
    """Read each row that is proved once, and do nothing with it."""
    del spec
    return lambda order: _timed(lambda: read_only(raw.read_everything), order["count"])


def _write_raw(spec: Spec) -> Role:
    """Write the rows of a transfer with the bare driver, for a while."""
    scene = books.scene_of(spec["scene"])
    pick = random.Random(spec["seed"])
    writer = raw.Writer(spec["path"], scene)
    return serving.for_a_while(
        lambda: writer.write(scene.sources[0], pick.choice(scene.members), pick.randint(1, 240))
    )


def _load_bare(spec: Spec) -> Role:
    """Load the rows of many entries into bare tables; making the rows is not counted."""
    scene = books.scene_of(spec["scene"])
    prepared = raw.loader(spec["bare_address"])

    def work(order: Mapping[str, Any]) -> Answer:
        load = prepared(books.bulk_rows(scene, order["count"]))
        return _timed(load, order["count"])

    return work


def _seal(spec: Spec) -> Role:
    """Seal all entries of a community into a block."""
    scene = books.scene_of(spec["scene"])
    return lambda order: _timed(lambda: books.seal(scene), order["count"])


def _hash_tree(spec: Spec) -> Role:
    """Compute the root of leaves as the job that seals does."""
    del spec
    return lambda order: _hashed(books.root_of, order["count"])


def _hash_plainly(spec: Spec) -> Role:
    """Compute the root of leaves with nothing but hashlib."""
    del spec
    return lambda order: _hashed(raw.root_of, order["count"])


def _hashed(root_of: Callable[[list[bytes]], bytes], count: int) -> Answer:
    leaves = [hashlib.sha256(at.to_bytes(8)).digest() for at in range(count)]
    return _timed(lambda: root_of(leaves), count)


def _timed(act: Callable[[], object], count: int) -> Answer:
    begun = time.perf_counter()
    act()
    return {"acts": count, "seconds": time.perf_counter() - begun}


ROLES: dict[str, Callable[[Spec], Role]] = {
    "post": _post,
    "post_many": _post_many,
    "read": _read,
    "prove": _prove,
    "read_everything": _read_everything,
    "write_raw": _write_raw,
    "load_bare": _load_bare,
    "seal": _seal,
    "hash_tree": _hash_tree,
    "hash_plainly": _hash_plainly,
}


def open_role(spec: Spec) -> Role:
    """Return the role that a specification names, inside the application."""
    app = real.app_with(real.test_settings(spec["address"]))
    app.app_context().push()
    return ROLES[spec["role"]](spec)


if __name__ == "__main__":
    serving.serve(open_role)
