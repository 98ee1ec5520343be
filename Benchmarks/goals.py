"""The figures that a benchmark is to reach, and the table that shows them."""
import json


class Goals:
    def __init__(self):
        self.rows = []

    def add(self, name, value, limit, unit=""):
        """`value` is to be at most `limit`; without a limit it is only reported."""
        self.rows.append({"name": name, "value": value, "limit": limit, "unit": unit,
                          "met": None if limit is None else value <= limit})

    def show(self):
        width = max(len(row["name"]) for row in self.rows)
        print(f"\n{'figure':{width}}{'measured':>14}{'goal':>12}")
        for row in self.rows:
            goal = "" if row["limit"] is None else f"≤ {row['limit']:g}"
            mark = {None: "", True: "  met", False: "  MISSED"}[row["met"]]
            print(f"{row['name']:{width}}{row['value']:>14.2f}{goal:>12} {row['unit']}{mark}")
        missed = [row["name"] for row in self.rows if row["met"] is False]
        print(f"\n{sum(1 for row in self.rows if row['met'])} goals met, {len(missed)} missed" + (": " + ", ".join(missed) if missed else ""))
        return not missed

    def write(self, path, **more):
        path.write_text(json.dumps({"goals": self.rows, **more}, indent=2))
