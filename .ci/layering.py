"""Reads `swift package dump-package` on standard input; prints every arrow that points the wrong way; exit 1 if any."""

import json
import pathlib
import re
import sys

# Folder of a target → folders it may depend on. `calyx` alone may see both halves.
ALLOWED = {
    "System": {"System"},
    "Kit": {"System", "Kit"},
    "Core": {"System", "Kit", "Core"},
    "Gateway": {"System", "Kit", "Gateway"},
    "calyx": {"System", "Kit", "Core", "Gateway"},
}
# Modules of the toolchain and the C library: everybody may use them.
TOOLCHAIN = {"Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization", "Dispatch", "Testing", "Builtin"}
# A product of a package usually has one module, named as the product is; these have more.
MODULES = {
    "Collections": {"BitCollections", "DequeModule", "HashTreeCollections", "HeapModule", "OrderedCollections"},
    "Crypto": {"CryptoExtras", "_CryptoExtras"},
}
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?(\w+)", re.MULTILINE)


def folder(target: dict) -> str:
    path = target.get("path") or f"Sources/{target['name']}"
    return path.split("/")[1]


def is_for_tests(target: dict) -> bool:
    """Test targets and what they share may see everything."""
    return target["type"] == "test" or (target.get("path") or "").startswith("Tests/")


def own_dependencies(target: dict) -> set[str]:
    names = set()
    for dependency in target["dependencies"]:
        for kind in ("byName", "target"):
            if kind in dependency:
                names.add(dependency[kind][0])
    return names


def package_modules(target: dict) -> set[str]:
    names = set()
    for dependency in target["dependencies"]:
        if "product" in dependency:
            product = dependency["product"][0]
            names |= {product} | MODULES.get(product, set())
    return names


def main() -> int:
    targets = {target["name"]: target for target in json.load(sys.stdin)["targets"]}
    problems = []
    for name, target in targets.items():
        declared = own_dependencies(target) & targets.keys()
        if not is_for_tests(target):
            for other in sorted(declared):
                if is_for_tests(targets[other]) or folder(targets[other]) not in ALLOWED[folder(target)]:
                    problems.append(f"Package.swift: {name} ({folder(target)}) depends on {other} ({folder(targets[other])})")
        root = pathlib.Path(target.get("path") or f"Sources/{name}")
        for source in sorted(root.rglob("*.swift")):
            for imported in IMPORT.findall(source.read_text(encoding="utf-8")):
                if imported not in declared | {name} | package_modules(target) | TOOLCHAIN:
                    problems.append(f"{source}: imports {imported}, which {name} does not declare")
    for problem in problems:
        print(problem)
    sources = sum(1 for target in targets.values() if not is_for_tests(target))
    print(f"layering: {sources} targets, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
