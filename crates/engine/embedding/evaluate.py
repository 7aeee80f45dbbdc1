#!/usr/bin/env python3
"""Measures the exported files with the integer reference reader: NDCG@10 of the cosine alone.

    python3 evaluate.py --data FOLDER [--model FOLDER] [--json]      FOLDER holds real/, titles/, skills/"""
import argparse, json, pathlib
import harness
from embedding import Embedding

a = argparse.ArgumentParser(); a.add_argument("--data", required=True); a.add_argument("--json", action="store_true")
a.add_argument("--model", default=str(pathlib.Path(__file__).resolve().parent)); A = a.parse_args()
got = harness.measure(harness.load(A.data), Embedding(A.model).encode)
if A.json: print(json.dumps(got))
else:
    for name, value in got.items():
        path = pathlib.Path(A.data, "real", name, "baselines.json")
        base = {k: v["ndcg10"] for k, v in json.loads(path.read_text()).items()} if path.exists() else {}
        print(f"{name:17} {value:.3f}   " + "  ".join(f"{k} {v:.3f}" for k, v in sorted(base.items(), key=lambda x: -x[1])))
