"""Check a time bank's papers without it: verify_proof.py PROOF.json|SEALS.jsonl [KEPT.jsonl]."""

import json
import sys
from hashlib import sha256
from pathlib import Path


def climb(at, size, old, new, path):
    if not 0 <= at < size or (size == 1 and path):
        raise ValueError("path")
    if size == 1:
        return old, new
    half = 1 << (size - 1).bit_length() - 1
    rest, beside = path[:-1], bytes.fromhex(path[-1])
    if at < half:
        old, new = climb(at, half, old, new, rest)
        return old, sha256(b"\1" + new + beside).digest()
    tops = climb(at - half, size - half, old, new, rest)
    return tuple(sha256(b"\1" + beside + one).digest() for one in tops)


def of_entry(proof):
    leaf, block, words = proof["leaf"].split("\n"), proof["block"].split("\n"), proof["words"]
    if words is not None:
        texts = [words[name] for name in ("actor_name", "memo", "document", "reason")]
        said = bytes.fromhex(words["salt"]) + "".join(f"{len(t)}:{t}" for t in texts).encode()
        yield "words -> entry / 文字 -> 账目", sha256(said).hexdigest() == leaf[12]
    one, two = (sha256(b"\0" + proof[text].encode()).digest() for text in ("leaf", "block"))
    root = climb(proof["position"], int(block[3]), one, one, proof["path"])[1].hex()
    yield f"entry -> block {block[2]} / 账目 -> 块", root == block[4] and leaf[2] == block[1]
    head = climb(int(block[2]) - 1, proof["blocks"], two, two, proof["block_path"])[1].hex()
    yield f"block -> head {head} / 块 -> 总封", head == proof["head"]


def of_heads(proof):
    first, old, second, new = (proof[at][of] for at in ("from", "to") for of in ("number", "head"))
    at, size = (first - 1, second) if first != second else (0, 1)
    while at > 0 and at % 2:
        at, size = at // 2, (size + 1) // 2
    start, *rest = proof["path"] if at else [old, *proof["path"]]
    tops = climb(at, size, bytes.fromhex(start), bytes.fromhex(start), rest)
    yield f"head {new} keeps {old} / 新总封含旧总封", [one.hex() for one in tops] == [old, new]


def main(name, *kept):
    text = Path(name).read_text("utf-8")
    proof = {} if name.endswith(".jsonl") else json.loads(text)
    steps = list((of_heads if "from" in proof else of_entry)(proof)) if proof else []
    head = proof and (proof.get("head") or proof["to"]["head"])
    for other in (Path(one).read_text("utf-8") for one in kept):
        has = head in other if head else set(other.splitlines()) <= set(text.splitlines())
        steps += [("agrees with the kept list / 与留存的清单相符", has)]
    print(*(f"{'OK' if ok else 'WRONG'}  {title}" for title, ok in steps), sep="\n")
    return steps and all(ok for _, ok in steps)


if __name__ == "__main__":
    sys.excepthook = lambda *error: print("cannot be read / 读不出来:", *error[:2])
    sys.exit(not main(*sys.argv[1:]))
