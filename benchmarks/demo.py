"""The demo at size: seconds per stage, API calls, peak memory. Run: python benchmarks/demo.py [--accounts 20000]"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000)
    accounts = parser.parse_args().accounts
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sf_lifecycle", "demo", "--accounts", str(accounts), "--json"]
        began = time.monotonic()
        done = subprocess.run([*command, "--dir", f"{folder}/demo"], capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
    if done.returncode:
        sys.exit(f"the demo ended with {done.returncode}:\n{done.stderr}")
    facts = json.loads(done.stdout)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"demo of {accounts:,} accounts, org and worker in one process: {seconds:.1f} s, peak {peak:,.0f} MB")
    for name in ("first_run", "second_run"):
        run = facts[name]
        written = sum(sum(run[kind].values()) for kind in ("created", "updated")) if "created" in run else run["writes"]
        print(f"\n{name}: {run['status']}, {written:,} records written, {run['api_calls']} API calls")
        for stage, took in run["seconds"].items():
            print(f"  {stage:<10} {took:7.2f} s")


if __name__ == "__main__":
    main()
