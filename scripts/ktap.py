# SPDX-License-Identifier: GPL-2.0
"""Results as KTAP, for the checks of the sources that test themselves, too. Imported."""


def report(results):
    """Print (is it good?, name, what was said) of each. Return: are all good?"""
    print(f"KTAP version 1\n1..{len(results)}")
    for n, (good, name, said) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {n} {name}")
        print("".join(f"# {line}\n" for line in said if not good), end="")
    return all(good for good, _, _ in results)
